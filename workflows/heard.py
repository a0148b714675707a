"""What a chat platform told us and we answer: noted, so that a repeat is not answered again."""

from dataclasses import dataclass

from workflows.desk import Command, handles
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class NoteHeard(Command[None]):
    """Handed in with `once`: the same event a second time raises AlreadyDone."""


@handles(NoteHeard, Action.SIGN_IN)
def note_heard(command: NoteHeard, work: Work) -> None:
    """Nothing is changed but that it came in."""
