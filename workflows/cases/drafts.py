"""Drafts: a form begun and kept as typed, for its writer alone, until it is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Draft
from workflows.core.work import Work, new_id
from workflows.forms import Raw
from workflows.japanese.characters import without_controls
from workflows.japanese.my_number import contains_my_number
from workflows.meetings.parts import may_read_part

# [ours] What one member may have begun: far more than anybody writes at a time, and a record of
# thirty cases with every field full.
MOST_DRAFTS: Final = 50
LARGEST_DRAFT: Final = 200_000  # characters
LARGEST_ALL: Final = 1_000_000
_SMALL: Final = LARGEST_ALL // MOST_DRAFTS  # as many of these as there may be never reach it
BY_ITSELF = frozenset({"opened"})  # prints of a form as it was opened: nobody typed them
FINISHED = "draft"  # the door under which the ids of finished drafts are remembered


@dataclass(frozen=True)
class SaveDraft(Command[str]):
    """Keep what is typed so far. Answers with the draft's id.

    A text with a 12-digit number is left empty (docs/rules.md 8): `fields_with_my_numbers` names it
    to whoever typed it. Raises Refused for more than one member may have begun, and for a draft
    that is too large: draft.too_many, draft.too_large, draft.all_too_large {max, length}. Drafts
    that are there already stay as they are; which of them goes, their writer says.
    """

    form: str
    raw: Raw
    draft_id: str | None = None
    subject: str = ""


@handles(
    SaveDraft,
    Action.USE,
    code="save_draft",
    others={"subject": "one's own words, shown again only by way of `opened`"},
)
def save_draft(command: SaveDraft, work: Work) -> str:
    draft_id = command.draft_id or new_id()
    if work.uow.was_handled(FINISHED, draft_id):
        return draft_id  # a late saving of a form that was sent meanwhile must not bring it back
    before = work.uow.drafts.get(draft_id)
    if before is not None and before.member_id != work.me.id:
        raise NotFound("not_found.draft")
    _within_quota(command.raw, draft_id, work, new=before is None)
    work.uow.drafts.save(
        Draft(
            draft_id,
            work.me.id,
            command.form,
            command.subject,
            without_my_numbers(command.raw),
            work.now,
        )
    )
    if before is None:
        _begun_or_gone(work)
    return draft_id


def _within_quota(raw: Raw, draft_id: str, work: Work, *, new: bool) -> None:
    length = _length(raw)
    if length > LARGEST_DRAFT:
        raise Refused("draft.too_large", max=LARGEST_DRAFT, length=length)
    if not new and length <= _SMALL:
        return
    others = [d for d in work.uow.drafts.of_member(work.me.id) if d.id != draft_id]
    if new and len(others) >= MOST_DRAFTS:
        raise Refused("draft.too_many", max=MOST_DRAFTS)
    together = length + sum(_length(d.raw) for d in others)
    if length > _SMALL and together > LARGEST_ALL:
        raise Refused("draft.all_too_large", max=LARGEST_ALL, length=together)


def _length(raw: object) -> int:
    """The characters of everything typed."""
    match raw:
        case str():
            return len(raw)
        case Mapping():
            return sum(len(str(k)) + _length(v) for k, v in raw.items())
        case list() | tuple():
            return sum(map(_length, raw))
        case _:
            return 0


def _begun_or_gone(work: Work) -> None:
    """My start page in a chat lists what I have begun; what is typed since is not on it."""
    work.uow.posts.stale(work.now, readers=[work.me.id])


# What a draft of a form on a case or a meeting was begun for; on others the case has to be read.
_BEGUN_FOR = {
    "sheet": Action.EDIT_SHEET,
    "split": Action.EDIT_SHEET,
    "plan": Action.MAKE_PLAN,
    "record": Action.WRITE_RECORD,
}


_OF_NO_CASE = frozenset({"attended", "summary"})  # of a record's draft; the rest is by case id


def opened(drafts: Iterable[Draft], work: Work) -> list[Draft]:
    """Those of my drafts that may be shown to me, and of each what may be."""
    return [_readable(d, work) for d in drafts if _is_open(d, work)]


def _readable(draft: Draft, work: Work) -> Draft:
    """A draft of a record without its words on cases that its writer may not read any more."""
    meeting = work.uow.meetings.get(draft.subject) if draft.form == "record" else None
    if meeting is None:
        return draft
    cases = work.uow.cases.rows_of(set(draft.raw) - _OF_NO_CASE)
    mine = {c for c, row in cases.items() if may_read_part(meeting, row, work)}
    return replace(draft, raw={k: v for k, v in draft.raw.items() if k in mine | _OF_NO_CASE})


def _is_open(draft: Draft, work: Work) -> bool:
    """Whether my draft may be shown to me: one on a case ends with what it was begun for.

    It repeats what was on the screen then, so that it is content like the case itself. A new sheet
    is on no case yet.
    """
    if not draft.subject:
        return True
    action = _BEGUN_FOR.get(draft.form, Action.READ_CASE)
    if meeting := work.uow.meetings.row(draft.subject):
        return work.may(action, meeting).allowed
    case_id = work.uow.cases.id_of(draft.subject)
    case = work.uow.cases.row(case_id) if case_id else None
    return case is not None and work.may(action, case).allowed


def fields_with_my_numbers(raw: object, name: str = "") -> list[str]:
    """The names of the typed texts that hold one: `summary`, `household.0.name`."""
    match raw:
        case str():
            return [name] if contains_my_number(raw) else []
        case Mapping():
            inner = [(str(k), v) for k, v in raw.items() if k not in BY_ITSELF]
        case list() | tuple():
            inner = [(str(n), v) for n, v in enumerate(raw)]
        case _:
            return []
    return [f for k, v in inner for f in fields_with_my_numbers(v, f"{name}.{k}" if name else k)]


def without_my_numbers(raw: Mapping[str, Any]) -> dict[str, object]:
    """What was typed, with "" for every text that holds one, and without what no text can hold."""
    return {k: v if k in BY_ITSELF else _without(v) for k, v in raw.items()}


def _without(value: Any) -> object:
    match value:
        case str():
            return "" if contains_my_number(value) else without_controls(value)
        case Mapping():
            return without_my_numbers(value)
        case list() | tuple():
            return [_without(one) for one in value]
        case _:
            return value


@dataclass(frozen=True)
class GetDraft(Query[Draft]):
    draft_id: str


@handles(GetDraft, Action.USE, code="get_draft")
def get_draft(query: GetDraft, work: Work) -> Draft:
    draft = work.uow.drafts.get(query.draft_id)
    mine = [draft] if draft and draft.member_id == work.me.id else []
    found = opened(mine, work)
    if not found:
        raise NotFound("not_found.draft")
    return found[0]


@dataclass(frozen=True)
class FindDraft(Query[Draft | None]):
    """My newest draft of a form on this subject, if there is one."""

    form: str
    subject: str


@handles(
    FindDraft,
    Action.USE,
    code="find_draft",
    others={"subject": "`opened` asks what it was begun for"},
)
def find_draft(query: FindDraft, work: Work) -> Draft | None:
    mine = work.uow.drafts.of_member(work.me.id)
    found = [d for d in mine if (d.form, d.subject) == (query.form, query.subject)]
    return max(opened(found, work), key=lambda d: d.saved_at, default=None)


@dataclass(frozen=True)
class DropDraft(Command[None]):
    draft_id: str


@handles(DropDraft, Action.USE, code="drop_draft")
def drop_draft(command: DropDraft, work: Work) -> None:
    draft = work.uow.drafts.get(command.draft_id)
    if draft is None or draft.member_id != work.me.id:
        raise NotFound("not_found.draft")
    finish_draft(command.draft_id, work)


def finish_draft(draft_id: str, work: Work) -> None:
    """Throw my draft away for good: its form was sent, or is not wanted any more. There may have
    been none ("" or an id that was never kept): nobody had to type for long."""
    if not draft_id:
        return
    draft = work.uow.drafts.get(draft_id)
    if draft and draft.member_id != work.me.id:
        return
    work.uow.mark_handled(FINISHED, draft_id, work.now)
    if draft:
        work.uow.drafts.delete(draft.id)
        _begun_or_gone(work)


def finish_drafts(form: str, subject: str, work: Work) -> None:
    """The same for all that I have begun on this form of this subject."""
    for draft in work.uow.drafts.of_member(work.me.id):
        if (draft.form, draft.subject) == (form, subject):
            finish_draft(draft.id, work)
