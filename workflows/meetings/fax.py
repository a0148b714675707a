"""The invitation that goes to an agency by FAX: what is asked, and where the answer comes back.

It leaves the house on paper and may come out at a wrong number: it says no word of a case, nor
the title that somebody typed, nor that there is a restricted case, and the place as the guard lets
it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Event
from workflows.core.work import Work
from workflows.meetings.announced_place import AnnouncedPlace, announced_place_of
from workflows.meetings.answer import refuse_if_closed
from workflows.meetings.answer_views import off_hours
from workflows.meetings.convene import numbers_heard
from workflows.meetings.views import meeting_of
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import Meeting, Slot

PRINTED = "invitation_printed"


@dataclass(frozen=True)
class Office:
    """An agency as it stands at the head of a FAX; numbers may be empty."""

    name: str
    phone: str
    fax: str


@dataclass(frozen=True)
class FaxInvitation:
    """`sender` is asked back by `person`; `dates` are those to come, the earliest first."""

    meeting_id: str
    kind: str
    bases: tuple[LegalBasis, ...]
    numbers: tuple[str, ...]
    place: AnnouncedPlace
    required: bool
    to: Office
    sender: Office
    person: str
    dates: tuple[Slot, ...]
    answer_by: datetime
    off_hours: Mapping[str, str]  # as of Asked


@dataclass(frozen=True)
class GetFaxInvitation(Query[FaxInvitation]):
    """For an invited agency, while its answer is awaited; that it was printed is written down.

    Raises NotFound for an agency that is not invited, Refused once answers are closed.
    """

    meeting_id: str
    agency_id: str


@handles(GetFaxInvitation, Action.RUN_MEETING, code="get_fax_invitation")
def get_fax_invitation(query: GetFaxInvitation, work: Work) -> FaxInvitation:
    meeting = meeting_of(query.meeting_id, work)
    invite = meeting.invite(query.agency_id)
    if invite is None:
        raise NotFound("not_found.agency")
    refuse_if_closed(meeting, work)
    if not printed_today(work.uow.events.of_meeting(meeting.id), PRINTED, query.agency_id, work):
        work.record(PRINTED, meeting=meeting, agency=query.agency_id)
    person = next(iter(work.organiser(meeting)), work.me)
    return FaxInvitation(
        meeting_id=meeting.id,
        kind=meeting.called,
        bases=tuple(meeting.bases),
        numbers=_open_numbers(meeting, query.agency_id, work),
        place=announced_place_of(meeting, work),
        required=invite.required,
        to=office(query.agency_id, work),
        sender=office(person.agency_id, work),
        person=person.name,
        dates=tuple(
            sorted((s for s in meeting.slots if s.starts_at > work.now), key=lambda s: s.starts_at)
        ),
        answer_by=meeting.answer_by,
        off_hours=off_hours(meeting.slots, work),
    )


def _open_numbers(meeting: Meeting, agency_id: str, work: Work) -> tuple[str, ...]:
    numbers = numbers_heard(meeting, agency_id, work)
    rows = work.uow.cases.rows_of(work.uow.cases.ids_of(numbers)).values()
    restricted = {row.number for row in rows if row.restricted}
    return tuple(n for n in numbers if n not in restricted)


def office(agency_id: str, work: Work) -> Office:
    agency = work.agency(agency_id)
    return Office(agency.name, agency.phone, agency.fax)


def printed_today(events: Iterable[Event], kind: str, agency_id: str, work: Work) -> bool:
    """Whether it is written down already that I printed this for the agency today.

    A page is loaded again more often than it is sent.
    """
    return any(
        e.kind == kind
        and e.actor_id == work.me.id
        and e.facts.get("agency") == agency_id
        and e.at.date() == work.today
        for e in events
    )
