"""会議で取り上げたい: who may convene but does not read the case asks those who answer for it.

[ours] Nobody grants themselves: a chair who types a number and invites their own agency would read
the name at once. So the case comes on the agenda when one of its writer's agency or lead agency or
a coordinator of its area agrees; until then the meeting is prepared without it, and whether there
is such a case is not said. 緊急 opens it at once, is told at once, and is looked at afterwards.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from workflows.cases.find_case import case_number
from workflows.core.checking import one_error
from workflows.core.errors import Invalid
from workflows.core.free_text import checked_reason, read_text
from workflows.core.permissions import Standing
from workflows.core.work import Work, new_id
from workflows.japanese.characters import as_typed
from workflows.meetings.agenda import add_to_agenda
from workflows.meetings.consent_gate import consent_gate
from workflows.model.case import AgendaRequest, Case
from workflows.model.case_row import CaseRow
from workflows.model.directory import Member
from workflows.model.meeting import Meeting, RequestedNumber

# [ours] Open days in which it is answered: as long as a request at the usual pace.
ANSWER_DAYS: Final = 3
LONGEST_REASON: Final = 100
OTHER_AREA, OWN_AGENCY = "other_area", "own_agency"
_TAKES_PART: Final = frozenset(
    {
        *(Standing.WRITER_AGENCY, Standing.LEAD_AGENCY, Standing.ACCEPTED_AGENCY),
        *(Standing.ROLE_AGENCY, Standing.REFERRED_AGENCY),
    }
)
AGREED, DECLINED, TAKEN_BACK, LAPSED = "agreed", "declined", "taken_back", "lapsed"
REVIEWED, TAKEN_OFF = "reviewed", "taken_off"


def request_agenda_place(  # noqa: PLR0917 -- a number, for which meeting, by which words
    meeting: Meeting, typed: str, agency_ids: Sequence[str], reason: str, urgent: bool, work: Work
) -> None:
    """Ask those who answer for the case of this number, if there is one; nothing tells whether.

    An urgent one is opened at once where it may be told on these footings and is not restricted.
    """
    number = case_number(typed)
    case = open_case_of(number, work)
    last_day = work.days.add_open_days(work.today, ANSWER_DAYS)
    one = AgendaRequest(
        new_id(),
        meeting.id,
        work.me.id,
        work.me.agency_id,
        work.now,
        last_day,
        list(agency_ids),
        reason,
    )
    if case:
        case.agenda_requests.append(one)
    if urgent and case and not case.is_restricted and not consent_gate(case, meeting.bases, reason):
        one.urgent, one.agreed_ids = True, list(agency_ids)
        add_to_agenda(meeting, case, agency_ids, work, reason)
        work.record("opened_urgently", case=case, meeting=meeting)
        tell_urgent_opening(case, one, meeting, work)
        return
    meeting.requested_numbers.append(RequestedNumber(number, one.id, last_day))
    work.record("agenda_number_requested", meeting=meeting)
    if case:
        work.record("agenda_request_made", case=case, request=one.id)
        tell_agenda_request(case, one, meeting, work)


def open_case_of(number: str, work: Work) -> Case | None:
    case_id = work.uow.cases.id_of(number)
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None or row.broken or not row.is_open:
        return None
    return work.uow.cases.get(row.id, change=True)


def answers_for_it(case: Case, work: Work) -> bool:
    """Whether who acts is of the writer's or the lead agency, or a coordinator of its area."""
    if work.standings(case) & {Standing.WRITER_AGENCY, Standing.LEAD_AGENCY}:
        return True
    return work.me.id in {m.id for m in work.coordinators(case)}


def not_agreed_to(
    meeting: Meeting, case: Case, agency_ids: Collection[str], work: Work
) -> list[str]:
    """Those of these agencies that who acts may not have hear the case there: it came on the agenda
    by a request, and those who answer for it agreed to others alone."""
    item = meeting.item(case.id)
    requests = (one for one in case.agenda_requests if one.meeting_id == meeting.id)
    request = next((one for one in requests if item and item.at == _opened_at(one)), None)
    if request is None or answers_for_it(case, work):
        return []
    return [a for a in agency_ids if a not in request.agreed_ids]


def _opened_at(one: AgendaRequest) -> datetime | None:
    """When it put the case on the agenda; None where it did not."""
    if one.urgent:
        return one.at
    return one.ended_at if one.how == AGREED else None


def must_be_agreed_to(
    meeting: Meeting, case: Case, agency_ids: Collection[str], field: str, work: Work
) -> None:
    """Raises Invalid beside `field` with the agencies that were not agreed to."""
    if found := not_agreed_to(meeting, case, agency_ids, work):
        raise one_error(field, "hearing.not_agreed", agencies=list(map(work.agency_name, found)))


def who_decides_on_request(case: Case | CaseRow, work: Work) -> list[Member]:
    """Whom a request reaches: who wrote the sheet, the lead's contacts, coordinators of the area;
    of a restricted case the named among them."""
    found = [*_writer_and_lead(case, work), *work.coordinators(case)]
    me = work.actor.id if work.actor else ""
    return [m for m in found if m.id != me]


def _writer_and_lead(case: Case | CaseRow, work: Work) -> list[Member]:
    lead = case.lead_agency_id or case.answering_agency_id
    return [*work.writer(case), *work.contacts(lead, case)]


def tell_agenda_request(case: Case, one: AgendaRequest, meeting: Meeting, work: Work) -> None:
    work.tell(
        "agenda_request_asked",
        [m for m in who_decides_on_request(case, work) if m.id != one.by],
        once=f"{one.id}:{work.today.isoformat()}",
        facts={
            "agency": work.agency_name(one.agency_id),
            "kind": meeting.called,
            "last_on": one.last_day.isoformat(),
        },
        case=case,
    )


def tell_urgent_opening(case: Case, one: AgendaRequest, meeting: Meeting, work: Work) -> None:
    """Those who answer for it hear that it was opened to somebody at once; once its day is over the
    managers, who cannot answer, hear that nobody has."""
    deciding = {m.id: m for m in who_decides_on_request(case, work)}
    told = dict(deciding)
    if work.today > one.last_day:
        told |= {m.id: m for m in work.managers() if m.id not in deciding}
    for member in told.values():
        if member.id == one.by:
            continue
        work.tell(
            "opened_urgently",
            [member],
            once=f"{one.id}:{work.today.isoformat()}",
            facts={
                "agency": work.agency_name(one.agency_id),
                "who": work.member_name(one.by),
                "kind": meeting.called,
                "may_answer": member.id in deciding,
            },
            case=case,
            urgent=True,
        )


def end_agenda_request(one: AgendaRequest, how: str, work: Work) -> None:
    one.how, one.ended_at = how, work.now
    one.ended_by = work.actor.id if work.actor else ""


def withdraw_requested_numbers(
    meeting: Meeting, asked: Sequence[RequestedNumber], work: Work
) -> None:
    """These numbers are asked for no more: the meeting is off, or its organiser takes it back."""
    gone = {a.request_id for a in asked}
    meeting.drop_requested_numbers(gone)
    for one in asked:
        case = open_case_of(one.number, work)
        for request in case.waiting_agenda_requests if case else ():
            if request.id in gone and not request.urgent:
                end_agenda_request(request, TAKEN_BACK, work)
                work.record("agenda_request_taken_back", case=case, request=request.id)


# -- named at once --------------------------------------------------------------------------------


def is_coordinator_of_other_area(case: Case, work: Work) -> bool:
    """Whether whoever acts takes it up as a coordinator of another area alone; of a restricted case
    the named decide."""
    standings = work.standings(case)
    if Standing.COORDINATOR not in standings or standings & _TAKES_PART or case.is_restricted:
        return False
    return work.me.id not in {m.id for m in work.coordinators(case)}


def adds_own_agency(agency_id: str, meeting: Meeting, work: Work) -> bool:
    """Whether somebody adds their own agency to a meeting that another one organises."""
    organisers = work.organiser(meeting)
    return agency_id == work.me.agency_id and not any(
        m.id == work.me.id or m.agency_id == work.me.agency_id for m in organisers
    )


def reason_for_own_agency(
    agency_ids: Collection[str], typed: str, meeting: Meeting, work: Work
) -> str:
    """Why they add their own agency, if it is among these; "" where it is not asked. Raises
    Invalid beside `reason`."""
    if not any(adds_own_agency(a, meeting, work) for a in agency_ids):
        return ""
    if not as_typed(typed):
        raise one_error("reason", "agenda_request.own_reason")
    text, errors = read_text("reason", typed, LONGEST_REASON, required=True)
    if errors:
        raise Invalid(errors)
    return checked_reason(text, "reason", LONGEST_REASON)


def report_taken_up(case: Case, meeting: Meeting, why: str, reason: str, work: Work) -> None:
    """Tell the writer, the lead and the organiser who took the case up from outside, or added their
    own agency to hear it (`why`), with the reason; it is kept with the case."""
    named = AgendaRequest(
        new_id(),
        meeting.id,
        work.me.id,
        work.me.agency_id,
        work.now,
        work.today,
        [work.me.agency_id],
        reason,
        how=why,
        ended_at=work.now,
    )
    case.agenda_requests.append(named)
    work.record("case_taken_up", case=case, meeting=meeting, why=why)
    people = [*_writer_and_lead(case, work), *work.organiser(meeting, case)]
    work.tell(
        "case_taken_up",
        [m for m in people if m.id != work.me.id],
        once=named.id,
        facts={
            "agency": work.agency_name(work.me.agency_id),
            "who": work.me.name,
            "kind": meeting.called,
            "why": why,
            "reason": reason,
        },
        case=case,
        meeting=meeting,
    )
