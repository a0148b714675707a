"""Forms that were sent before: found before anything that they hold is looked at."""

from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import HandledEvent
from workflows.core.work import Work


@dataclass(frozen=True)
class FindHandledEvent(Query[HandledEvent | None]):
    """What is known of an event that came in before; None of one that did not."""

    event_door: str
    event_id: str


@handles(FindHandledEvent, Action.SIGN_IN, code="find_handled_event")
def find_handled_event(query: FindHandledEvent, work: Work) -> HandledEvent | None:
    return work.uow.find_handled(query.event_door, query.event_id)
