"""Commands and queries: what doors hand to the desk, and which workflow carries each out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from workflows.core.errors import NotAllowed
from workflows.core.looks import SHOWS
from workflows.core.permissions import RULES, Action
from workflows.core.subjects import check_subject
from workflows.core.work import Work

R = TypeVar("R")


class Command(Generic[R]):
    """Something somebody wants done. `case_id` or `meeting_id`, if it has one, is its subject."""


class Query(Generic[R]):
    """Something somebody wants to see: the answer is a redacted view, never an entity."""


@dataclass(frozen=True)
class RegisteredMessage:
    """`code` is the message's name in all that is stored: the class may be renamed, it may not.
    `others` are fields that name cases or meetings beside the subject, with how the workflow asks
    about them itself."""

    action: Action
    code: str
    run: Callable[[Any, Work], Any]
    others: Mapping[str, str] = field(default_factory=dict)


REGISTRY: dict[type[Any], RegisteredMessage] = {}
_CODE: Final = re.compile(r"[a-z]+(_[a-z]+)*")
_LONGEST_CODE: Final = 40


def handles(
    kind: type[Any],
    action: Action,
    *,
    code: str,
    others: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Callable[[Any, Work], R]], Callable[[Any, Work], R]]:
    """Register a workflow as the one that carries out `kind`, under the rule for `action`.

    `code`: how trail and memory of events call the message; it is never changed nor given to
    another. `others`: fields that name a case or meeting and are not its subject, with how the
    workflow asks about them. Raises TypeError for a message whose subject the desk would not see,
    ValueError for a code that is none, or is another's.
    """

    def register(run: Callable[[Any, Work], R]) -> Callable[[Any, Work], R]:
        if kind in REGISTRY:
            raise ValueError(f"{kind.__name__} is registered twice")
        if not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE:
            raise ValueError(f"{code} is no code")
        if any(code == one.code for one in REGISTRY.values()):
            raise ValueError(f"{code} is another message's code")
        check_subject(kind, action, others)
        if RULES[action].content and code not in SHOWS:
            raise TypeError(f"{kind.__name__} opens content: say in looks.py what {code} shows")
        REGISTRY[kind] = RegisteredMessage(action, code, run, MappingProxyType(dict(others)))
        return run

    return register


def message_code(message: object) -> str:
    """The code of a command or query. Raises NotAllowed for one that nobody carries out."""
    registered = REGISTRY.get(type(message))
    if registered is None:
        raise NotAllowed("denied.unknown")
    return registered.code
