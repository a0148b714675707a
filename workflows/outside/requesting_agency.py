"""Whom to telephone about something that was sent: the agency that asked."""

from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.directory import Agency


@dataclass(frozen=True)
class RequestingAgency:
    """The agency that asked, and its telephone number, which may be empty."""

    agency: str
    phone: str


@dataclass(frozen=True)
class GetRequestingAgency(Query[RequestingAgency | None]):
    """For the reader of a notice about a meeting or a case; `referral` when it is about one.

    None when that is the reader's own agency, and of a restricted case: who asked is part of it.
    """

    reader: str
    meeting: str = ""
    case: str = ""
    referral: str = ""


@handles(GetRequestingAgency, Action.KEEP_TIME, code="get_requesting_agency")
def get_requesting_agency(query: GetRequestingAgency, work: Work) -> RequestingAgency | None:
    if query.meeting:
        agency = agency_of_meeting(query.meeting, work)
    else:
        agency = agency_of_case(query.case, query.referral, work)
    reader = work.uow.directory.member(query.reader)
    if agency is None or reader is None or agency.id == reader.agency_id:
        return None
    return RequestingAgency(agency.name, agency.phone)


def agency_of_meeting(meeting_id: str, work: Work) -> Agency | None:
    """The agency that convened it."""
    meeting = work.uow.meetings.row(meeting_id)
    if meeting is None:
        return None
    held_for = meeting.organiser_agency_id
    return work.uow.directory.agency(work.seats.agency_of(meeting.organiser_id, held_for))


def agency_of_case(case_id: str, referral_id: str, work: Work) -> Agency | None:
    """The agency that made the referral, else the one that answers for the case now."""
    case = work.uow.cases.get(case_id)
    if case is None or case.is_restricted:
        return None
    referral = case.referral(referral_id)
    by = work.uow.directory.member(referral.asked_by) if referral else None
    return work.uow.directory.agency(by.agency_id if by else case.answering_agency_id)
