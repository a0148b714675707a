"""Which case or meeting a message is about: found by the desk, or refused when it is registered.

The desk asks the permission table about the case or meeting that a message names in `case_id` or
`meeting_id`, and writes a look at content down under it. A message that named one in another field
would be let through on the standings in town alone, with nobody's look in the trail: it is refused
at import, so that it cannot be forgotten.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from workflows.core.permissions import CALLERS, IN_TOWN, RULES, Action

SUBJECT: Final = ("meeting_id", "case_id")

# Words of a field's name by which it names a case or a meeting.
_NAMING: Final = frozenset(
    {"case", "cases", "meeting", "meetings", "number", "numbers", "subject", "subjects", "poll"}
)
# Ids of something else. Of what is not on this list it has to be said what it is the id of.
_OF_SOMETHING_ELSE: Final = frozenset(
    {
        "absence_id",
        "agency_id",
        "agency_ids",
        "chair_id",
        "disposal_id",
        "deputy_id",
        "district_id",
        "draft_id",
        "external_id",
        "member_id",
        "member_ids",
        "named_member_id",
        "notice_id",
        "notice_ids",
        "writer_id",
    }
)
# Ids of a part of the subject; without one they are like a subject of another name.
_OF_A_PART: Final = frozenset(
    {
        *("follow_up_id", "judgement_id", "need_ask_id", "referral_id", "reply_id"),
        *("role_id", "slot_id"),
    }
)


def check_subject(kind: type[Any], action: Action, others: Mapping[str, str]) -> None:
    """Refuse a message whose case or meeting the desk would not see.

    - Where the action asks how somebody stands to a case or meeting, or opens content, there is
      exactly one of `case_id` and `meeting_id`, and it is always filled.
    - Any other field by which a member could name one is in `others`, with how it is asked about.

    Raises TypeError, which says what to do.
    """
    rule = RULES[action]
    named = {f.name: f for f in fields(kind)}
    subjects = [name for name in SUBJECT if name in named]
    if len(subjects) > 1:
        raise TypeError(f"{kind.__name__} names a case and a meeting: the desk asks about one")
    for name in subjects:
        if named[name].type not in (str, "str"):
            raise TypeError(f"{kind.__name__}.{name} has to be a str that is always filled")
    if not subjects and (rule.content or not (IN_TOWN | CALLERS).issuperset(rule.anyone_of)):
        raise TypeError(f"{kind.__name__} is asked under {action} and names no case or meeting")
    if CALLERS.issuperset(rule.anyone_of):
        undeclared: set[str] = set()  # no member sends it, and a caller stands to all things alike
    else:
        undeclared = set(_others(kind, has_subject=bool(subjects)))
    if wrong := undeclared - set(others):
        raise TypeError(
            f"{kind.__name__} names a case or meeting in {', '.join(sorted(wrong))}: call it "
            "case_id or meeting_id, or say in handles(…, others={…}) how the workflow asks about it"
        )
    if unknown := set(others) - undeclared:
        raise TypeError(f"{kind.__name__} has no such other subject: {', '.join(sorted(unknown))}")


def _others(kind: type[Any], *, has_subject: bool) -> Iterator[str]:
    """Fields beside the subject by which a case or meeting may be named."""
    for one in fields(kind):
        if one.name in SUBJECT or one.type in (bool, int):
            continue
        words = one.name.split("_")
        is_id = words[-1] in ("id", "ids") and one.name not in _OF_SOMETHING_ELSE
        of_part = has_subject and one.name in _OF_A_PART
        by_name = bool(_NAMING.intersection(words)) or (is_id and not of_part)
        if by_name or any(any(_others(k, has_subject=True)) for k in _dataclasses(one.type)):
            yield one.name


def _dataclasses(hint: Any) -> Iterator[type[Any]]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    elif typing.get_origin(hint) in (typing.Union, types.UnionType, tuple, list, Mapping):
        for inner in typing.get_args(hint):
            yield from _dataclasses(inner)
