"""What a workflow says when it will not do a thing: a message key and facts, never prose."""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from workflows.forms import FieldError

if TYPE_CHECKING:
    from workflows.core.ports import HandledEvent

_PROGRAM: Final = Path(__file__).parents[2]
_OF_OTHERS: Final = "site-packages"  # a virtual environment may lie in our folder
_FIRST, _LAST = 8, 32  # frames that are kept of an error that called itself again and again


class Refused(Exception):
    """A rule of the field says no. `key` names the sentence in templates/words, `facts` fill it."""

    def __init__(self, key: str, /, **facts: object) -> None:
        super().__init__(key)
        self.key = key
        self.facts: Mapping[str, object] = facts


class NotAllowed(Refused):
    """The permission table says no; `key` is the reason it gives."""


class NotFound(Refused):
    """There is no such thing, or not for this person: both are answered alike."""


class CannotOpen(Refused):
    """The document of a case or meeting does not open: the sentence says whom to call."""


class Invalid(Refused):
    """Fields of a form are wrong; each error stands beside its field and nothing was saved."""

    def __init__(self, errors: Sequence[FieldError], key: str = "form.invalid") -> None:
        super().__init__(key, count=len(errors))
        self.errors = tuple(errors)


class Conflict(Refused):
    """Somebody else changed it meanwhile; what was typed is kept by the door."""


class AlreadyDone(Refused):
    """This very submission was accepted before (a double click, a repeat by the platform).

    `earlier` is what is known of the one that was accepted.
    """

    def __init__(self, key: str, /, earlier: "HandledEvent | None" = None) -> None:
        super().__init__(key)
        self.earlier = earlier


class Overtaken(AlreadyDone):
    """A later press of the same row came in before this one, and counts."""


def frames_of(error: BaseException) -> str:
    """Where it was raised, in one line for the log: every frame of ours (`file:line:function`), the
    outermost first, and the innermost one if a library raised it; then ` <- KeyError file:…` for
    each error that it came from. Never a value, never an error's text: it may quote what people
    wrote.
    """
    said = [_places(error.__traceback__)]
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        said.append(f"{type(cause).__name__} {_places(cause.__traceback__)}")
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return " <- ".join(said)


def _places(raised_in: TracebackType | None) -> str:
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(raised_in)]
    ours = [
        f"{Path(code.co_filename).relative_to(_PROGRAM).as_posix()}:{line}:{code.co_name}"
        for code, line in frames
        if _is_ours(code.co_filename)
    ]
    if frames and not _is_ours(frames[-1][0].co_filename):
        code, line = frames[-1]
        ours.append(f"{'/'.join(Path(code.co_filename).parts[-2:])}:{line}:{code.co_name}")
    if (left_out := len(ours) - _FIRST - _LAST) > 0:
        ours = [*ours[:_FIRST], f"({left_out})", *ours[-_LAST:]]
    return " > ".join(ours) or "?"


def _is_ours(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(_PROGRAM) and _OF_OTHERS not in path.parts
