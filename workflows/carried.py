"""Where a thing that is owed went, or came from, when cases of one person became one, or two."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Carried:
    """`case_id` is the other case; "" once that one was disposed of."""

    case_id: str
    at: datetime
