"""Every case and meeting opened once, a part of them in each transaction."""

from workflows.broken import BrokenLine, GetBroken, GetRecords, LookAt
from workflows.desk import Desk
from workflows.permissions import Caller


def look_through(desk: Desk, actor: str | Caller, door: str) -> tuple[BrokenLine, ...]:
    """What cannot be read, once all were looked at."""
    for records in desk.ask(GetRecords(), actor, door=door):
        desk.handle(LookAt(records), actor, door=door)
    return desk.ask(GetBroken(), actor, door=door)
