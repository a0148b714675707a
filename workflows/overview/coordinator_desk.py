"""机, the coordinator's desk: every open case by what is stuck, the most pressing matter first.

It reads the same promises as the inbox, the reminders and the digest; a case stands once, under
the matter that presses most. A meeting that serves several cases is one line with all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.unreadable import build_each
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.meetings.requests_to_answer import RequestToAnswer, requests_to_answer
from workflows.model.case import Urgency, urgency_known
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow
from workflows.model.promise import Promise, PromiseKind
from workflows.requests.waiting import WaitingRequest, waiting_requests

_K = PromiseKind
_MANY = 5_000


class Stuck(StrEnum):
    """The groups of the desk, in the order in which they are shown."""

    BROKEN = "broken"
    WORSE = "worse"
    NO_ANSWER = "no_answer"
    NO_LEAD = "no_lead"
    NO_DATE = "no_date"
    NO_RECORD = "no_record"
    OVERDUE = "overdue"
    IN_ORDER = "in_order"


_GROUP: Mapping[PromiseKind, Stuck] = {
    _K.REASSESS: Stuck.WORSE,
    _K.REPLY: Stuck.NO_ANSWER,
    _K.NAME_LEAD: Stuck.NO_LEAD,
    _K.NEXT_STEP: Stuck.NO_LEAD,
    _K.FIX_DATE: Stuck.NO_DATE,
    _K.RECORD: Stuck.NO_RECORD,
    _K.CONFIRM_RECORD: Stuck.NO_RECORD,
    _K.ROLE: Stuck.OVERDUE,
    _K.FOLLOW_UP: Stuck.OVERDUE,
    _K.PLAN_REVIEW: Stuck.OVERDUE,
    _K.CLOSE_CASE: Stuck.OVERDUE,
    _K.REVISE_PLAN: Stuck.OVERDUE,
    _K.STILL_NEEDED: Stuck.OVERDUE,
}
# These stand still only when their day has come; until then the case is in order.
_ONLY_WHEN_DUE = frozenset(
    {
        *(_K.ROLE, _K.FOLLOW_UP, _K.PLAN_REVIEW, _K.CLOSE_CASE, _K.REVISE_PLAN),
        *(_K.STILL_NEEDED, _K.RECORD),
    }
)
_ORDER = list(Stuck)
_URGENCY = list(Urgency)


@dataclass(frozen=True)
class DeskLine:
    """One line: `number` of a case, or `numbers` of a meeting's cases. Class N and S alone.

    `kind` is the promise that presses, "" when all is in order; `days` are open days that it has
    waited; `answered` of `asked` agencies have given their dates.
    """

    group: Stuck
    kind: str
    number: str
    numbers: tuple[str, ...]
    not_shown: int
    meeting_id: str
    meeting_kind: str
    starts_at: datetime | None
    item_id: str
    urgency: Urgency
    state: str
    restricted: bool
    district_name: str
    agency_name: str
    agency_phone: str
    is_mine: bool
    due_at: datetime | None
    overdue: bool
    open_days_left: int
    days: int
    answered: int
    asked: int
    next_check_on: date | None
    others: tuple[tuple[str, str], ...]  # what else is owed, and by which agency


@dataclass(frozen=True)
class DeskView:
    lines: tuple[DeskLine, ...]
    open_cases: int
    mine_only: bool
    my_districts: tuple[str, ...]
    not_shown: int
    requests: tuple[WaitingRequest, ...]  # of persons; of the whole town
    to_answer: tuple[RequestToAnswer, ...]


@dataclass(frozen=True)
class GetCoordinatorDesk(Query[DeskView]):
    """Every open case that I may see; with `mine_only` those of my districts."""

    mine_only: bool = False


@handles(GetCoordinatorDesk, Action.SEE_DESK, code="get_coordinator_desk")
def get_coordinator_desk(query: GetCoordinatorDesk, work: Work) -> DeskView:
    pressing = _pressing(work)
    rows = work.uow.cases.rows()
    rows += _suspended(pressing, rows, work)
    meetings = {m.id: m for m in work.uow.meetings.rows()}  # before each case asks for its own
    seen = [r for r in rows if work.may(Action.SEE_CASE, r).allowed]
    mine_only = query.mine_only and bool(work.me.district_ids)
    if mine_only:
        seen = [r for r in seen if r.district_id in work.me.district_ids]
    of_case = {row.id: _of_case(row, pressing, work) for row in seen}
    alone: list[CaseRow] = []
    of_meeting: dict[str, list[CaseRow]] = {}
    for row in seen:
        first = next(iter(of_case[row.id]), None)
        if first and first.meeting_id:
            of_meeting.setdefault(first.meeting_id, []).append(row)
        else:
            alone.append(row)
    lines = list(build_each(alone, lambda row: _case_line(row, of_case[row.id], meetings, work)))
    for meeting in meetings.values():
        if meeting.broken:
            if work.may(Action.SEE_MEETING, meeting).allowed:
                lines.append(_meeting_line(meeting, None, [], mine_only, work))
            continue
        promises = sorted(pressing.get(meeting.id, []), key=lambda p: _rank(p, work))
        cases = of_meeting.get(meeting.id, [])
        own = Standing.ORGANISER in work.standings(meeting)
        if promises and (cases or (not meeting.case_ids and (own or not mine_only))):
            lines.append(_meeting_line(meeting, promises[0], cases, mine_only, work))
    return DeskView(
        lines=tuple(sorted(lines, key=_place)),
        open_cases=sum(r.is_open for r in seen),
        mine_only=mine_only,
        my_districts=tuple(work.district_name(d) for d in work.me.district_ids),
        not_shown=sum(not work.may(Action.SEE_CASE, r).allowed for r in rows),
        requests=waiting_requests(work),
        to_answer=requests_to_answer(seen, work),
    )


def _pressing(work: Work) -> dict[str, list[Promise]]:
    """The promises that stand still, by their case or meeting."""
    found: dict[str, list[Promise]] = {}
    for promise in work.uow.promises.open(kinds=list(_GROUP)):
        if promise.kind in _ONLY_WHEN_DUE and not _is_due(promise, work):
            continue
        found.setdefault(promise.subject_id, []).append(promise)
    return found


def _suspended(
    pressing: Mapping[str, list[Promise]], open_cases: Iterable[CaseRow], work: Work
) -> list[CaseRow]:
    """Cases that are not open, on which an answer stands still: whether they are still needed."""
    owing = {p.case_id for found in pressing.values() for p in found if p.case_id}
    return list(work.uow.cases.rows_of(owing - {r.id for r in open_cases}).values())


def _of_case(row: CaseRow, pressing: Mapping[str, list[Promise]], work: Work) -> list[Promise]:
    """What stands still about a case and its meetings, the most pressing first; nothing is said
    of one that cannot be read."""
    if row.broken:
        return []
    found = [p for s in (row.id, *row.live_meeting_ids) for p in pressing.get(s, [])]
    return sorted(found, key=lambda p: _rank(p, work))


def _is_due(promise: Promise, work: Work) -> bool:
    if promise.kind is _K.RECORD:
        return work.now >= promise.since
    return promise.is_overdue(work.now)


def _rank(promise: Promise, work: Work) -> tuple[bool, int, datetime]:
    """What presses most: what is overdue, then the order of the groups, then the due time."""
    group = _GROUP[promise.kind]
    late = promise.is_overdue(work.now) or group is Stuck.WORSE
    return not late, _ORDER.index(group), promise.due_at


def _place(line: DeskLine) -> tuple[int, bool, bool, int, int, str]:
    """An emergency first, then what is overdue; then by urgency and by days of waiting."""
    return (
        _ORDER.index(line.group),
        line.urgency is not Urgency.EMERGENCY,
        not line.overdue,
        _urgent_first(line.urgency),
        -line.days,
        line.number or " ".join(line.numbers),
    )


def _urgent_first(urgency: Urgency) -> int:
    return _URGENCY.index(urgency_known(urgency))


def _case_line(
    row: CaseRow, found: list[Promise], meetings: Mapping[str, MeetingRow], work: Work
) -> DeskLine:
    first = found[0] if found else None
    live = [meetings[m] for m in row.live_meeting_ids if m in meetings]
    ahead = min((m for m in live if m.starts_at), key=_starts, default=None) if not first else None
    owing = first.agency_id if first and first.agency_id else row.answering_agency_id
    agency = work.uow.directory.agency(owing)
    return DeskLine(
        group=_group_of(row, first),
        kind=str(first.kind) if first else "",
        number=row.number,
        numbers=(),
        not_shown=0,
        meeting_id=ahead.id if ahead else "",
        meeting_kind=ahead.called if ahead else "",
        starts_at=ahead.starts_at if ahead else None,
        item_id=first.item_id if first else "",
        urgency=row.urgency,
        state=row.shown_state,
        restricted=row.restricted,
        district_name=work.district_name(row.district_id),
        agency_name=work.agency_name(owing),
        agency_phone=agency.phone if agency else "",
        is_mine=owing == work.me.agency_id,
        due_at=first.due_at if first else None,
        overdue=bool(first and first.is_overdue(work.now)),
        open_days_left=_left(first.due_at, work) if first else 0,
        days=0 if row.broken else _waited(first.since if first else row.opened_at, work),
        answered=0,
        asked=0,
        next_check_on=row.next_check_on,
        others=_others(found[1:], work),
    )


def _group_of(row: CaseRow, first: Promise | None) -> Stuck:
    if row.broken:
        return Stuck.BROKEN
    return _GROUP[first.kind] if first else Stuck.IN_ORDER


def _meeting_line(
    meeting: MeetingRow, promise: Promise | None, cases: list[CaseRow], mine_only: bool, work: Work
) -> DeskLine:
    """`promise` is what presses; None for one that cannot be read."""
    member = work.uow.directory.member(promise.member_id) if promise and promise.member_id else None
    owing = (promise and promise.agency_id) or (member.agency_id if member else "")
    agency = work.uow.directory.agency(owing)
    may_see = [work.uow.cases.row(c) for c in meeting.case_ids]
    # A restricted case is not even counted beside what is said of the meeting.
    hidden = sum(
        r is not None and not r.restricted and not work.may(Action.SEE_CASE, r).allowed
        for r in may_see
    )
    return DeskLine(
        group=_GROUP[promise.kind] if promise else Stuck.BROKEN,
        kind=str(promise.kind) if promise else "",
        number="",
        numbers=tuple(r.number for r in cases),
        not_shown=0 if mine_only else hidden,
        meeting_id=meeting.id,
        meeting_kind=meeting.called,
        starts_at=meeting.starts_at,
        item_id=promise.item_id if promise else "",
        urgency=min((r.urgency for r in cases), key=_urgent_first, default=Urgency.NORMAL),
        state=meeting.shown_state,
        restricted=any(r.restricted for r in cases),
        district_name="、".join(dict.fromkeys(work.district_name(r.district_id) for r in cases)),
        agency_name=work.agency_name(owing),
        agency_phone=agency.phone if agency else "",
        is_mine=bool(promise and promise.member_id == work.me.id),
        due_at=promise.due_at if promise else None,
        overdue=bool(promise and promise.is_overdue(work.now)),
        open_days_left=_left(promise.due_at, work) if promise else 0,
        days=_waited(promise.since, work) if promise else 0,
        answered=len(meeting.agencies) - len(meeting.unanswered),
        asked=len(meeting.agencies),
        next_check_on=None,
        others=(),
    )


def _others(rest: Iterable[Promise], work: Work) -> tuple[tuple[str, str], ...]:
    owed = ((str(p.kind), work.agency_name(p.agency_id)) for p in rest)
    return tuple(dict.fromkeys(owed))


def _starts(meeting: MeetingRow) -> datetime:
    return meeting.starts_at or meeting.created_at


def _left(due_at: datetime, work: Work) -> int:
    return work.days.open_days_between(work.today, due_at.astimezone(TOKYO).date())


def _waited(since: datetime, work: Work) -> int:
    return max(0, work.days.open_days_between(since.astimezone(TOKYO).date(), work.today))


@dataclass(frozen=True)
class CountSent(Query[int]):
    """How many notices were delivered from that moment on."""

    since: datetime


@handles(CountSent, Action.KEEP_TIME, code="count_sent")
def count_sent(query: CountSent, work: Work) -> int:
    found = work.uow.outbox.recent(_MANY)
    return sum(d.state == "sent" and bool(d.sent_at and d.sent_at >= query.since) for d in found)
