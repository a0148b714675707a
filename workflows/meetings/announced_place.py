"""Where a meeting is held, as it may stand in a message: what the record knows is masked."""

from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.guard.mask_card import for_calendar
from workflows.meetings.views import meeting_of
from workflows.model.meeting import Meeting


@dataclass(frozen=True)
class AnnouncedPlace:
    """`online`: one can take part from afar; the address itself stands on the page."""

    place: str
    online: bool


@dataclass(frozen=True)
class GetAnnouncedPlace(Query[AnnouncedPlace]):
    meeting_id: str


@handles(GetAnnouncedPlace, Action.SEE_MEETING, code="get_announced_place")
def get_announced_place(query: GetAnnouncedPlace, work: Work) -> AnnouncedPlace:
    return announced_place_of(meeting_of(query.meeting_id, work), work)


def announced_place_of(meeting: Meeting, work: Work) -> AnnouncedPlace:
    place, _ = for_calendar(meeting, work)
    return AnnouncedPlace(" ".join(place.split()), bool(meeting.online_url))
