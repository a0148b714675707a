"""What a workflow says when it will not do a thing: a message key and facts, never prose."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from workflows.forms import FieldError

if TYPE_CHECKING:
    from workflows.core.ports import SeenEvent


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


class Broken(Refused):
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

    def __init__(self, key: str, /, earlier: "SeenEvent | None" = None) -> None:
        super().__init__(key)
        self.earlier = earlier


class Overtaken(AlreadyDone):
    """A later press of the same row came in before this one, and counts."""
