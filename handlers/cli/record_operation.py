"""What is done at the command line is written into the audit trail, as far as it takes anything."""

import logging
from collections.abc import Callable

from handlers.cli.console import Voice
from workflows.audit.server_operations import RecordServerOperation, ServerOperation
from workflows.core.permissions import Caller
from workflows.core.ports import CannotStore
from workflows.desk import Desk

log = logging.getLogger(__name__)

RecordOperation = Callable[[Desk], None]


def recorder_of(operation: ServerOperation, voice: Voice, key: str = "") -> RecordOperation:
    """What writes it down. A full disk is said, and stops nobody: then a backup matters most."""

    def note(desk: Desk) -> None:
        try:
            desk.handle(RecordServerOperation(operation, key), Caller.CONSOLE)
        except CannotStore:
            voice.complain("cli.trouble.not_noted")

    return note


def record_migration(desk: Desk, before: str, after: str) -> None:
    """Write down that the database was carried up from one version of the tables to another."""
    operation = ServerOperation.DATABASE_CARRIED_UP
    command = RecordServerOperation(operation, before=before, after=after)
    try:
        desk.handle(command, Caller.CONSOLE)
    except CannotStore as error:  # it is done all the same, and stops nobody
        log.warning("not_noted operation=%s error=%s", operation, error.code)
