"""What whoever convenes asked for is looked at, agreed to, declined or taken back; or it lapses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from workflows.cases.consent import leave_agenda
from workflows.cases.model import Case, HearingRequest
from workflows.checking import one_error
from workflows.dates import TOKYO
from workflows.desk import Command, Query, handles
from workflows.errors import NotFound, Refused
from workflows.meetings.asked_hearings import (
    AGREED,
    CONFIRMED,
    DECLINED,
    LAPSED,
    SHUT,
    end_asked,
    end_request,
    tell_asked,
    tell_opened,
)
from workflows.meetings.consent_gate import agencies_allowed_to_hear, consent_gate
from workflows.meetings.model import Meeting
from workflows.meetings.put_on import put_on, tell_who_hears
from workflows.permissions import Action, Standing
from workflows.work import Work

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class HearingLine:
    """One request. `agencies` are (id, name) of those that would hear the case; `may_answer`: the
    asker is one of those who answer it."""

    id: str
    by: str
    agency: str
    at: datetime
    last_day: date
    kind: str
    starts_at: datetime | None
    meeting_id: str
    agencies: tuple[tuple[str, str], ...]
    reason: str
    urgent: bool
    may_answer: bool
    how: str
    ended_by: str
    ended_at: datetime | None


@dataclass(frozen=True)
class GetHearingRequests(Query[tuple[HearingLine, ...]]):
    """Who wanted to hold a meeting on the case without reading it; the newest first."""

    case_id: str


@handles(GetHearingRequests, Action.ANSWER_HEARING)
def get_hearing_requests(query: GetHearingRequests, work: Work) -> tuple[HearingLine, ...]:
    case = work.case_to_read(query.case_id)
    return tuple(_line(case, one, work) for one in reversed(case.hearing_requests))


def _line(case: Case, one: HearingRequest, work: Work) -> HearingLine:
    meeting = work.uow.meetings.get(one.meeting_id)
    slot = meeting.fixed_slot if meeting else None
    waits = not one.how and (one.urgent or work.today <= one.last_day)
    return HearingLine(
        id=one.id,
        by=work.member_name(one.by, one.at),
        agency=work.agency_name(one.agency_id, one.at),
        at=one.at,
        last_day=one.last_day,
        kind=meeting.called if meeting else "",
        starts_at=slot.starts_at if slot else None,
        meeting_id=one.meeting_id,
        agencies=tuple((a, work.agency_name(a)) for a in one.agency_ids),
        reason=one.reason,
        urgent=one.urgent,
        may_answer=waits and _may_answer(case, one, work),
        how=one.how,
        ended_by=work.member_name(one.ended_by, one.ended_at) if one.ended_by else "",
        ended_at=one.ended_at,
    )


def _may_answer(case: Case, one: HearingRequest, work: Work) -> bool:
    """Not who asked; of the coordinators those of its area (who is told of it)."""
    if one.by == work.me.id:
        return False
    if work.standings(case) & {Standing.WRITER_AGENCY, Standing.LEAD_AGENCY}:
        return True
    return work.me.id in {m.id for m in work.coordinators(case)}


@dataclass(frozen=True)
class SettleHearing(Command[None]):
    """Agree that the case comes on that meeting's agenda, heard by these agencies, or decline; of
    an urgent one say that it was looked at (`agrees`), or shut it again. Raises Refused, Invalid.
    """

    case_id: str
    request: str
    agrees: bool
    agency_ids: tuple[str, ...] = ()


@handles(SettleHearing, Action.ANSWER_HEARING)
def settle_hearing(command: SettleHearing, work: Work) -> None:
    case = work.case(command.case_id)
    one = next((r for r in case.waiting_hearings if r.id == command.request), None)
    if one is None or not (one.urgent or work.today <= one.last_day):
        raise Refused("hearing_request.settled_already")
    if not _may_answer(case, one, work):
        raise Refused("hearing_request.not_yours")
    meeting = work.meeting(one.meeting_id)
    if one.urgent:
        end_request(one, CONFIRMED if command.agrees else SHUT, work)
        if not command.agrees and meeting.item(case.id):
            leave_agenda(case, meeting, "shut", work)
    elif command.agrees:
        _agree(case, one, meeting, command.agency_ids, work)
    else:
        end_request(one, DECLINED, work)
    work.record(f"hearing_{one.how}", case=case, request=one.id)
    # A restricted case is not even known to whoever asked: for them it lapses as any number does.
    if one.urgent or one.how == AGREED or not case.is_restricted:
        meeting.asked_cases = [a for a in meeting.asked_cases if a.request_id != one.id]
        known = one.urgent or one.how == AGREED
        _tell_asker(one, case.number if known else "", meeting, work)


def _agree(
    case: Case, one: HearingRequest, meeting: Meeting, chosen: Sequence[str], work: Work
) -> None:
    if not meeting.is_live or meeting.has_begun(work.now):
        raise Refused("hearing_request.over")
    if errors := consent_gate(case, meeting.bases, one.reason):
        raise Refused(errors[0].key, **errors[0].facts)
    invited = [a for a in chosen if meeting.invite(a) is not None]
    heard = agencies_allowed_to_hear(case, invited, meeting.bases)
    if not heard:
        raise one_error("agencies", "hearing_request.nobody")
    end_request(one, AGREED, work)
    put_on(meeting, case, heard, work, one.reason)
    tell_who_hears(meeting, case, heard, work)


def _tell_asker(one: HearingRequest, number: str, meeting: Meeting, work: Work) -> None:
    asker = work.uow.directory.member(one.by)
    facts = {"number": number, "how": one.how, "kind": meeting.called}
    work.tell(
        "hearing_settled", [asker] if asker else [], once=one.id, facts=facts, meeting=meeting
    )


@dataclass(frozen=True)
class TakeBackHearing(Command[None]):
    """Whoever runs the meeting asks for this number no more."""

    meeting_id: str
    number: str


@handles(TakeBackHearing, Action.RUN_MEETING, others={"number": "one that they typed themselves"})
def take_back_hearing(command: TakeBackHearing, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    asked = [a for a in meeting.asked_cases if a.number == command.number]
    if not asked:
        raise NotFound("not_found.case")
    end_asked(meeting, asked, work)
    work.record("hearing_not_sought", meeting=meeting)


# -- by the clock ---------------------------------------------------------------------------------


def follow_hearings(work: Work) -> int:
    """Once a day: what waits is told again, what nobody answered in time lapses, and what was
    opened urgently is told until somebody has looked at it. Answers with how many lapsed."""
    lapsed = 0
    for row in [r for r in work.uow.cases.rows(open_only=False) if r.hearings_asked]:
        if row.broken:
            continue
        case = work.case(row.id)
        for one in case.waiting_hearings:
            lapsed += _follow(case, one, work)
    for line in work.uow.meetings.rows(live_only=False):
        if line.asked_until and line.asked_until < work.today and not line.broken:
            _let_lapse(work.meeting(line.id), work)
    return lapsed


def _follow(case: Case, one: HearingRequest, work: Work) -> int:
    meeting = work.uow.meetings.get(one.meeting_id)
    if one.urgent and meeting:
        if one.at.astimezone(TOKYO).date() < work.today:
            tell_opened(case, one, meeting, work)
        return 0
    if work.today <= one.last_day and meeting:
        if one.at.astimezone(TOKYO).date() < work.today:
            tell_asked(case, one, meeting, work)
        return 0
    end_request(one, LAPSED, work)
    work.record("hearing_lapsed", case=case, request=one.id)
    return 1


def _let_lapse(meeting: Meeting, work: Work) -> None:
    """The same words for a number of which there is no case, that was declined or not answered."""
    over = [a for a in meeting.asked_cases if a.last_day < work.today]
    meeting.asked_cases = [a for a in meeting.asked_cases if a not in over]
    for one in over:  # a number of a restricted case would be kept from them, and so tell
        facts = {"number": "", "how": LAPSED, "kind": meeting.called}
        work.tell(
            "hearing_settled",
            work.organiser(meeting),
            once=one.request_id,
            facts=facts,
            meeting=meeting,
        )


def count_urgent(work: Work) -> dict[str, int]:
    """How many cases were opened at once in the last week, and how many of all nobody looked at."""
    opened = work.uow.events.of_kinds(["opened_urgently"], work.now - WEEK)
    waiting = 0
    for row in work.uow.cases.rows(open_only=False):
        if row.hearings_asked and not row.broken:
            case = work.uow.cases.get(row.id)
            waiting += sum(one.urgent for one in case.waiting_hearings) if case else 0
    return {"opened": len(opened), "waiting": waiting}
