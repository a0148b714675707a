"""Where a meeting is held, as it may stand in a message: what the record knows is masked."""

from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.guard.mask_card import for_calendar
from workflows.meetings.views import meeting_of
from workflows.model.meeting import Meeting


@dataclass(frozen=True)
class ToldPlace:
    """`online`: one can take part from afar; the address itself stands on the page."""

    place: str
    online: bool


@dataclass(frozen=True)
class GetToldPlace(Query[ToldPlace]):
    meeting_id: str


@handles(GetToldPlace, Action.SEE_MEETING, code="get_announced_place")
def get_told_place(query: GetToldPlace, work: Work) -> ToldPlace:
    return told_place(meeting_of(query.meeting_id, work), work)


def told_place(meeting: Meeting, work: Work) -> ToldPlace:
    place, _ = for_calendar(meeting, work)
    return ToldPlace(" ".join(place.split()), bool(meeting.online_url))
