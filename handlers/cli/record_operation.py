"""What is done at the command line is written into the audit trail, as far as it takes anything."""

from collections.abc import Callable

from handlers.cli.console import Voice
from workflows.desk import Desk
from workflows.permissions import Caller
from workflows.ports import CannotStore
from workflows.server_operations import RecordServerOperation, ServerOperation

RecordOperation = Callable[[Desk], None]


def recorder_of(
    operation: ServerOperation, voice: Voice, key: str = "", **versions: str
) -> RecordOperation:
    """What writes it down. A full disk is said, and stops nobody: then a backup matters most."""

    def note(desk: Desk) -> None:
        try:
            desk.handle(RecordServerOperation(operation, key, **versions), Caller.CONSOLE)
        except CannotStore:
            voice.complain("cli.trouble.not_noted")

    return note
