"""Forms that were sent before: found before anything that they hold is looked at."""

from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import SeenEvent
from workflows.core.work import Work


@dataclass(frozen=True)
class FindSeen(Query[SeenEvent | None]):
    """What is known of an event that came in before; None of one that did not."""

    event_door: str
    event_id: str


@handles(FindSeen, Action.SIGN_IN, code="find_handled_event")
def find_seen(query: FindSeen, work: Work) -> SeenEvent | None:
    return work.uow.find_handled(query.event_door, query.event_id)
