"""What is done on the server without a page stands in the audit trail like everything else.

Who has the server has the cases (docs/security.md): that a copy was taken or a key given out is at
least seen by whoever looks at the trail.
"""

from dataclasses import dataclass
from enum import StrEnum

from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work


class ServerOperation(StrEnum):
    """What was done: the kind of its row."""

    BACKUP_TAKEN = "backup_taken"
    KEYS_LISTED = "keys_listed"  # their ids alone
    KEYS_GIVEN_OUT = "keys_given_out"  # the keys themselves, as a text
    KEYS_ROTATED = "keys_rotated"
    KEY_FORGOTTEN = "key_forgotten"
    DATABASE_CARRIED_UP = "database_carried_up"  # by a new version of the program


@dataclass(frozen=True)
class RecordServerOperation(Command[None]):
    """Write down what is about to be done, or was; `key` is the id of a key, never a key; `before`
    and `after` are versions of the tables."""

    operation: ServerOperation
    key: str = ""
    before: str = ""
    after: str = ""


@handles(RecordServerOperation, Action.RECORD_SERVER_OPERATION, code="record_server_operation")
def record_server_operation(command: RecordServerOperation, work: Work) -> None:
    if command.operation is ServerOperation.DATABASE_CARRIED_UP:
        work.record(str(command.operation), before=command.before, after=command.after)
    else:
        work.record(str(command.operation), key=command.key)
