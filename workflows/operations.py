"""What is done on the server without a page stands in the audit trail like everything else.

Who has the server has the cases (docs/security.md): that a copy was taken or a key given out is at
least seen by whoever looks at the trail.
"""

from dataclasses import dataclass
from enum import StrEnum

from workflows.desk import Command, handles
from workflows.permissions import Action
from workflows.work import Work


class Operation(StrEnum):
    """What was done: the kind of its row."""

    BACKUP_TAKEN = "backup_taken"
    KEYS_LISTED = "keys_listed"  # their ids alone
    KEYS_GIVEN_OUT = "keys_given_out"  # the keys themselves, as a text
    KEYS_CHANGED = "keys_changed"
    KEY_FORGOTTEN = "key_forgotten"


@dataclass(frozen=True)
class NoteOperation(Command[None]):
    """Write down what is about to be done, or was; `key` is the id of a key, never a key."""

    operation: Operation
    key: str = ""


@handles(NoteOperation, Action.NOTE_OPERATION)
def note_operation(command: NoteOperation, work: Work) -> None:
    work.record(str(command.operation), key=command.key)
