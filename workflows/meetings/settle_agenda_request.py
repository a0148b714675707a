"""What whoever convenes asked for is looked at, agreed to, declined or taken back; or it lapses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from workflows.cases.consent import take_off_agenda
from workflows.core.checking import one_error
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.meetings.agenda import add_to_agenda, tell_who_hears
from workflows.meetings.agenda_requests import (
    AGREED,
    DECLINED,
    LAPSED,
    REVIEWED,
    TAKEN_OFF,
    answers_for_it,
    end_agenda_request,
    tell_agenda_request,
    tell_urgent_opening,
    withdraw_requested_numbers,
)
from workflows.meetings.consent_gate import agencies_allowed_to_hear, consent_gate
from workflows.model.case import AgendaRequest, Case
from workflows.model.case_row import CaseRow
from workflows.model.meeting import Meeting

WEEK: Final = timedelta(days=7)
REVIEW_KINDS: Final = {
    REVIEWED: "urgent_opening_reviewed",
    TAKEN_OFF: "urgent_opening_reversed",
}


@dataclass(frozen=True)
class AgendaRequestLine:
    """One request. `agencies` are (id, name) of those that would hear the case; `chair` (name,
    agency) would read it as who runs the meeting, None where that is who asked; `may_answer`: the
    asker is one of those who answer it."""

    id: str
    by: str
    agency: str
    at: datetime
    last_day: date
    kind: str
    starts_at: datetime | None
    meeting_id: str
    chair: tuple[str, str] | None
    agencies: tuple[tuple[str, str], ...]
    reason: str
    urgent: bool
    may_answer: bool
    how: str
    ended_by: str
    ended_at: datetime | None


@dataclass(frozen=True)
class GetAgendaRequests(Query[tuple[AgendaRequestLine, ...]]):
    """Who wanted to hold a meeting on the case without reading it; the newest first."""

    case_id: str


@handles(GetAgendaRequests, Action.ANSWER_AGENDA_REQUEST, code="get_agenda_requests")
def get_agenda_requests(query: GetAgendaRequests, work: Work) -> tuple[AgendaRequestLine, ...]:
    case = work.case_to_read(query.case_id)
    return tuple(_line(case, one, work) for one in reversed(case.agenda_requests))


def _line(case: Case, one: AgendaRequest, work: Work) -> AgendaRequestLine:
    meeting = work.uow.meetings.get(one.meeting_id)
    slot = meeting.fixed_slot if meeting else None
    waits = not one.how and (one.urgent or work.today <= one.last_day)
    return AgendaRequestLine(
        id=one.id,
        by=work.member_name(one.by, one.at),
        agency=work.agency_name(one.agency_id, one.at),
        at=one.at,
        last_day=one.last_day,
        kind=meeting.called if meeting else "",
        starts_at=slot.starts_at if slot else None,
        meeting_id=one.meeting_id,
        chair=_chair(one, meeting, work),
        agencies=tuple((a, work.agency_name(a)) for a in one.agency_ids),
        reason=one.reason,
        urgent=one.urgent,
        may_answer=waits and _may_answer(case, one, work),
        how=one.how,
        ended_by=work.member_name(one.ended_by, one.ended_at) if one.ended_by else "",
        ended_at=one.ended_at,
    )


def _chair(one: AgendaRequest, meeting: Meeting | None, work: Work) -> tuple[str, str] | None:
    if meeting is None or meeting.chair_id == one.by:
        return None
    return work.member_name(meeting.chair_id), work.agency_name(meeting.chair_agency_id)


def _may_answer(case: Case, one: AgendaRequest, work: Work) -> bool:
    """Not who asked; of the coordinators those of its area (who is told of it)."""
    return one.by != work.me.id and answers_for_it(case, work)


@dataclass(frozen=True)
class SettleAgendaRequest(Command[None]):
    """Agree that the case comes on that meeting's agenda, heard by these agencies, or decline; of
    an urgent one say that it was looked at (`agrees`), or shut it again. Raises Refused, Invalid.
    """

    case_id: str
    request: str
    agrees: bool
    agency_ids: tuple[str, ...] = ()


@handles(SettleAgendaRequest, Action.ANSWER_AGENDA_REQUEST, code="settle_agenda_request")
def settle_agenda_request(command: SettleAgendaRequest, work: Work) -> None:
    case = work.case(command.case_id)
    one = next((r for r in case.waiting_agenda_requests if r.id == command.request), None)
    if one is None or not (one.urgent or work.today <= one.last_day):
        raise Refused("agenda_request.settled_already")
    if not _may_answer(case, one, work):
        raise Refused("agenda_request.not_yours")
    meeting = work.meeting(one.meeting_id)
    if one.urgent:
        end_agenda_request(one, REVIEWED if command.agrees else TAKEN_OFF, work)
        if not command.agrees and meeting.item(case.id):
            take_off_agenda(case, meeting, TAKEN_OFF, work)
    elif command.agrees:
        _agree(case, one, meeting, command.agency_ids, work)
    else:
        end_agenda_request(one, DECLINED, work)
    kind = REVIEW_KINDS.get(one.how, f"agenda_request_{one.how}")
    work.record(kind, case=case, request=one.id)
    # A restricted case is not even known to whoever asked: for them it lapses as any number does.
    if one.urgent or one.how == AGREED or not case.is_restricted:
        meeting.drop_requested_numbers({one.id})
        known = one.urgent or one.how == AGREED
        _tell_asker(one, case.number if known else "", meeting, work)


def _agree(
    case: Case, one: AgendaRequest, meeting: Meeting, chosen: Sequence[str], work: Work
) -> None:
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("agenda_request.over")
    if errors := consent_gate(case, meeting.bases, one.reason):
        raise Refused(errors[0].key, **errors[0].facts)
    invited = [a for a in chosen if meeting.invite(a) is not None]
    heard = agencies_allowed_to_hear(case, invited, meeting.bases)
    if not heard:
        raise one_error("agencies", "agenda_request.nobody")
    end_agenda_request(one, AGREED, work)
    one.agreed_ids = list(heard)
    add_to_agenda(meeting, case, heard, work, one.reason)
    tell_who_hears(meeting, case, heard, work)


def _tell_asker(one: AgendaRequest, number: str, meeting: Meeting, work: Work) -> None:
    asker = work.uow.directory.member(one.by)
    facts = {"number": number, "how": one.how, "kind": meeting.called}
    work.tell(
        "agenda_request_settled",
        [asker] if asker else [],
        once=one.id,
        facts=facts,
        meeting=meeting,
    )


@dataclass(frozen=True)
class TakeBackAgendaRequest(Command[None]):
    """Whoever runs the meeting asks for this number no more."""

    meeting_id: str
    number: str


@handles(
    TakeBackAgendaRequest,
    Action.RUN_MEETING,
    code="take_back_agenda_request",
    others={"number": "one that they typed themselves"},
)
def take_back_agenda_request(command: TakeBackAgendaRequest, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    asked = [a for a in meeting.requested_numbers if a.number == command.number]
    if not asked:
        raise NotFound("not_found.case")
    withdraw_requested_numbers(meeting, asked, work)
    work.record("agenda_number_withdrawn", meeting=meeting)


# -- by the clock ---------------------------------------------------------------------------------


def remind_and_lapse_agenda_requests(work: Work) -> int:
    """Once a day: what waits is told again, what nobody answered in time lapses, and what was
    opened urgently is told until somebody has looked at it. Answers with how many lapsed."""
    lapsed = 0
    for row in [r for r in work.uow.cases.rows(open_only=False) if r.agenda_requests_waiting]:
        if row.broken:
            continue
        case = work.case(row.id)
        for one in case.waiting_agenda_requests:
            lapsed += _remind_or_lapse(case, one, work)
    for line in work.uow.meetings.rows(live_only=False):
        if line.next_lapse_on and line.next_lapse_on < work.today and not line.broken:
            _lapse_requested_numbers(work.meeting(line.id), work)
    return lapsed


def _remind_or_lapse(case: Case, one: AgendaRequest, work: Work) -> int:
    meeting = work.uow.meetings.get(one.meeting_id)
    if one.urgent and meeting:
        if one.at.astimezone(TOKYO).date() < work.today:
            tell_urgent_opening(case, one, meeting, work)
        return 0
    if work.today <= one.last_day and meeting:
        if one.at.astimezone(TOKYO).date() < work.today:
            tell_agenda_request(case, one, meeting, work)
        return 0
    end_agenda_request(one, LAPSED, work)
    work.record("agenda_request_lapsed", case=case, request=one.id)
    return 1


def _lapse_requested_numbers(meeting: Meeting, work: Work) -> None:
    """The same words for a number of which there is no case, that was declined or not answered."""
    over = [a for a in meeting.requested_numbers if a.last_day < work.today]
    meeting.drop_requested_numbers({one.request_id for one in over})
    for one in over:  # a number of a restricted case would be kept from them, and so tell
        facts = {"number": "", "how": LAPSED, "kind": meeting.called}
        work.tell(
            "agenda_request_settled",
            work.organiser(meeting),
            once=one.request_id,
            facts=facts,
            meeting=meeting,
        )


def count_urgent_openings(every: Iterable[CaseRow], work: Work) -> dict[str, int]:
    """How many cases were opened at once in the last week, and how many of all nobody looked at."""
    opened = work.uow.events.of_kinds(["opened_urgently"], work.now - WEEK)
    waiting = 0
    for row in every:
        if row.agenda_requests_waiting and not row.broken:
            case = work.uow.cases.get(row.id)
            waiting += sum(one.urgent for one in case.waiting_agenda_requests) if case else 0
    return {"opened": len(opened), "waiting": waiting}
