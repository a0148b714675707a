"""What is done at the command line is written into the audit trail, as far as it takes anything."""

from collections.abc import Callable

from handlers.cli.console import Voice
from workflows.desk import Desk
from workflows.operations import NoteOperation, Operation
from workflows.permissions import Caller
from workflows.ports import CannotStore

Note = Callable[[Desk], None]


def noting(operation: Operation, voice: Voice, key: str = "") -> Note:
    """What writes it down. A full disk is said, and stops nobody: then a backup matters most."""

    def note(desk: Desk) -> None:
        try:
            desk.handle(NoteOperation(operation, key), Caller.CONSOLE)
        except CannotStore:
            voice.complain("cli.trouble.not_noted")

    return note
