"""A case as a card in a chat shows it: where it stands now, in what a passer-by may read.

Class N and S alone: numbers, states, names of agencies and staff, dates. Whether somebody may be
told at all is asked first; nobody in particular (the coordinators' board) is told nothing of a
restricted case (docs/rules.md 7).
"""

from dataclasses import dataclass
from datetime import date, datetime

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.case import Case, Referral
from workflows.model.promise import Promise
from workflows.promises.promise_line import NO_WORK


@dataclass(frozen=True)
class AskedAgency:
    """A referral: what was answered to it ("" while it waits), by whom and when.

    `heard_by`, a HeardBy, marks what was entered for the agency.
    """

    id: str
    agency: str
    answer: str
    by: str
    at: datetime | None
    reply_by: datetime
    next_agency: str
    heard_by: str
    stopped: str = ""  # taken_back, carried or not_covered: nobody waits for it here


@dataclass(frozen=True)
class GivenRole:
    id: str
    agency: str
    due_on: date
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True)
class Check:
    """A follow-up on a card: who answered it and when; its result is not shown in a chat."""

    id: str
    due_on: date
    by: str
    at: datetime | None
    missed: bool = False


@dataclass(frozen=True)
class NextDue:
    """What is owed next, by whom; `open_days` are left, or those it is overdue."""

    kind: str
    agency: str
    due_at: datetime
    overdue: bool
    open_days: int


@dataclass(frozen=True)
class NextSitting:
    """The meeting to come that the case is on; without a date `starts_at` is None."""

    id: str
    kind: str
    starts_at: datetime | None


@dataclass(frozen=True)
class CaseCard:
    """`owed` says whether the promise that was asked about is still open."""

    number: str
    state: str
    urgency: str
    is_open: bool
    district: str
    answering: str
    lead: str
    asked: tuple[AskedAgency, ...]
    roles: tuple[GivenRole, ...]
    checks: tuple[Check, ...]
    next: NextDue | None
    sitting: NextSitting | None
    next_check_on: date | None
    owed: bool
    reassess: bool  # 悪化 was said, and nobody has reviewed the support since


@dataclass(frozen=True)
class GetCaseCard(Query[CaseCard]):
    """For one who may see the case; `promise` is the one that a notice reminds of."""

    case_id: str
    promise: str = ""


@handles(GetCaseCard, Action.SEE_CASE, code="get_case_card")
def get_case_card(query: GetCaseCard, work: Work) -> CaseCard:
    found = work.case_to_read(query.case_id)
    return _card(found, query.promise, work)


@dataclass(frozen=True)
class GetBoardCard(Query[CaseCard | None]):
    """The card of a case on a coordinators' board; None when the case must not be on it."""

    board_case: str  # not `case_id`: no standing of the clock's opens a case


@handles(GetBoardCard, Action.KEEP_TIME, code="get_board_card")
def get_board_card(query: GetBoardCard, work: Work) -> CaseCard | None:
    found = work.uow.cases.get(query.board_case)
    return None if found is None or found.is_restricted else _card(found, "", work)


def _card(case: Case, promise: str, work: Work) -> CaseCard:
    follow_up = case.next_follow_up
    return CaseCard(
        number=case.number,
        state=str(case.state),
        urgency=str(case.urgency),
        is_open=case.is_open,
        district=work.district_name(case.district_id),
        answering=work.agency_name(case.answering_agency_id),
        lead=work.agency_name(case.leading_agency_id) if case.leading_agency_id else "",
        asked=_asked(case, work),
        roles=tuple(
            GivenRole(
                r.id,
                work.agency_name(r.agency_id),
                r.due_on,
                r.done_at,
                work.member_name(r.done_by, r.done_at) if r.done_by else "",
            )
            for r in case.roles
            if r.done_at or r.waits
        ),
        checks=tuple(
            Check(
                f.id,
                f.due_on,
                work.member_name(f.by, f.at) if f.by else "",
                f.at,
                missed=f.missed_at is not None,
            )
            for f in case.follow_ups
            if f.went is None
        ),
        next=_next(case, work),
        sitting=_sitting(case, work),
        next_check_on=follow_up.due_on if follow_up else None,
        owed=bool(promise) and work.uow.promises.holds(promise),
        reassess=case.reassessment_asked_at is not None,
    )


def _asked(case: Case, work: Work) -> tuple[AskedAgency, ...]:
    return tuple(
        AskedAgency(
            id=r.id,
            agency=work.agency_name(r.agency_id),
            answer=str(r.reply.answer) if r.reply else "",
            by=work.member_name(r.reply.by, r.reply.at) if r.reply else "",
            at=r.reply.at if r.reply else None,
            reply_by=r.reply_by,
            next_agency=work.agency_name(r.reply.next_agency_id)
            if r.reply and r.reply.next_agency_id
            else "",
            heard_by=r.reply.heard_by if r.reply else "",
            stopped=_stopped(case, r),
        )
        for r in case.referrals
    )


def _stopped(case: Case, one: Referral) -> str:
    if one.taken_back:
        return "taken_back"
    if one.went:
        return "carried"
    return "not_covered" if one.waits and not case.covers(one.agency_id) else ""


def _next(case: Case, work: Work) -> NextDue | None:
    """What is owed first on the case itself; what is owed on a meeting stands on its cards."""
    owed = [p for p in work.uow.promises.open(subject_id=case.id) if p.kind not in NO_WORK]
    first: Promise | None = min(owed, key=lambda p: (p.due_at, p.key), default=None)
    if first is None:
        return None
    days = work.days.open_days_between(work.today, first.due_at.date())
    return NextDue(
        kind=str(first.kind),
        agency=work.agency_name(first.agency_id) if first.agency_id else "",
        due_at=first.due_at,
        overdue=first.is_overdue(work.now),
        open_days=abs(days),
    )


def _sitting(case: Case, work: Work) -> NextSitting | None:
    live = work.uow.meetings.rows_of(case.live_meeting_ids).values()
    nearest = min(live, key=lambda m: (m.starts_at or m.answer_by, m.id), default=None)
    return NextSitting(nearest.id, nearest.called, nearest.starts_at) if nearest else None
