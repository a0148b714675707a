"""Open every case and meeting once, a part of them in each transaction, to see which cannot be."""

from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.maintenance.broken_records import BrokenLine, CheckReadable, GetBroken, GetIdsToCheck


def check_all_readable(desk: Desk, actor: str | Caller, door: str) -> tuple[BrokenLine, ...]:
    """Open all of them; answers with those that cannot be read."""
    for records in desk.ask(GetIdsToCheck(), actor, door=door):
        desk.handle(CheckReadable(records), actor, door=door)
    return desk.ask(GetBroken(), actor, door=door)
