"""Where a thing that is owed went, or came from, when cases of one person became one, or two."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Carried:
    """A move of one thing that is owed to another case, or from one.

    `case_id` is the other case, "" once that one was disposed of. `reads_on`: whoever owes it goes
    on reading the case that it left, which is about the same person.
    """

    case_id: str
    at: datetime
    reads_on: bool = False
