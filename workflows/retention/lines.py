"""保存期間の満了: what is due, held or waiting to go, as the page lists it: no content."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from workflows.cases.story import who
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.work import Work
from workflows.japanese.dates import fiscal_year
from workflows.model.case_row import CaseRow
from workflows.model.directory import Member
from workflows.model.disposal import Disposal
from workflows.model.retention_period import Ended, ended, last_day, left_on
from workflows.retention.of_requests import RequestDue, due_requests
from workflows.retention.second_approval import waiting_for_second_approval
from workflows.retention.still_named import open_cases_naming


@dataclass(frozen=True)
class RetainedCaseLine:
    """A case that ended. On a restricted case of which the asker may not know, number, day and
    agency are empty: its fiscal year alone says which it is (docs/rules.md 7), and somebody must
    be able to let it go all the same.
    """

    case_id: str
    number: str
    fiscal_year: int
    ended_on: date | None
    kept_until: date
    state: str
    answering: str
    held: bool
    kept_longer: bool
    restricted: bool


@dataclass(frozen=True)
class SecondApprovalLine:
    """An approval that waits for a second person; `id` is the approval's."""

    id: str
    case: RetainedCaseLine
    by: str
    at: datetime
    mine: bool


@dataclass(frozen=True)
class PersonLine:
    """Somebody who left so long ago that their name may go. `kept_until` is its last day."""

    member_id: str
    name: str
    agency: str
    left_on: date
    kept_until: date
    open_cases: int = 0


@dataclass(frozen=True)
class RetentionView:
    """`due` wait for an approval, `waiting` were approved and go with the next tick; `held` and
    `longer` are kept for a reason, due or not. `second` wait for the agreement of one more person;
    `still_named` are people whose name stays while cases are open in which they are named.
    """

    years: int
    due: tuple[RetainedCaseLine, ...]
    people: tuple[PersonLine, ...]
    waiting: tuple[RetainedCaseLine, ...]
    held: tuple[RetainedCaseLine, ...]
    longer: tuple[RetainedCaseLine, ...]
    disposed: int
    may_approve: bool
    second: tuple[SecondApprovalLine, ...] = ()
    still_named: tuple[PersonLine, ...] = ()
    requests: tuple[RequestDue, ...] = ()
    request_years: int = 0
    broken: tuple[str, ...] = ()  # numbers of cases that cannot be read: not known whether due


@dataclass(frozen=True)
class GetRetention(Query[RetentionView]):
    """What may be let go now, and what stands against it."""


@handles(GetRetention, Action.SEE_RETENTION, code="get_retention")
def get_retention(query: GetRetention, work: Work) -> RetentionView:
    lacking = {d.subject_id: d for d in waiting_for_second_approval(work)}
    approved = {d.subject_id for d in work.uow.disposals.waiting()} - lacking.keys()
    cases = ended_cases(work)
    due = due_cases(work, cases)
    past = past_members(work)
    return RetentionView(
        years=work.uow.directory.town().retention_years,
        due=_lines(due, work),
        people=tuple(_person(m, on, work) for m, on, still in past if not still),
        waiting=_lines([c for c in cases if c[0].id in approved], work),
        held=_lines([c for c in cases if c[0].held], work),
        longer=_lines([c for c in cases if _is_kept_longer(*c, work)], work),
        disposed=len(work.uow.disposals.done()),
        broken=_broken(work),
        requests=tuple(due_requests(work)),
        request_years=work.uow.directory.town().request_retention_years,
        may_approve=work.may(Action.APPROVE_DISPOSAL, None).allowed,
        second=tuple(_second(lacking[c[0].id], c, work) for c in cases if c[0].id in lacking),
        still_named=tuple(_person(m, on, work, still) for m, on, still in past if still),
    )


def _broken(work: Work) -> tuple[str, ...]:
    rows = work.uow.cases.rows(open_only=False)
    return tuple(row.number for row in rows if row.broken and not is_masked(row, work))


def ended_cases(work: Work) -> list[tuple[CaseRow, Ended]]:
    """Every case that is not open, with its days."""
    years = work.uow.directory.town().retention_years
    rows = work.uow.cases.rows(open_only=False)
    return [(row, found) for row in rows if (found := ended(row, years))]


def due_cases(
    work: Work, cases: list[tuple[CaseRow, Ended]] | None = None
) -> list[tuple[CaseRow, Ended]]:
    """Those whose period has passed, that nothing holds and nobody approved yet."""
    approved = {d.subject_id for d in work.uow.disposals.waiting()}
    return [
        (row, found)
        for row, found in (ended_cases(work) if cases is None else cases)
        if found.is_due(work.today) and not row.held and row.id not in approved
    ]


def due_members(work: Work) -> list[tuple[Member, date]]:
    """Who left, whose name has been kept as long as the cases of that year, and who is named in
    no case that goes on.
    """
    return [(m, on) for m, on, still in past_members(work) if not still]


def past_members(work: Work) -> list[tuple[Member, date, int]]:
    """Everybody whose name has been kept as long as the cases of the year in which they left, and
    in how many open cases they are named."""
    years = work.uow.directory.town().retention_years
    found = [
        (m, on)
        for m in work.uow.directory.members()
        if m.erased_on is None
        and (on := left_on(m, work.uow.directory.agency(m.agency_id), work.today))
        and last_day(on, years) < work.today
    ]
    still = open_cases_naming([m.id for m, _ in found], work)
    ordered = sorted(found, key=lambda f: (f[1], f[0].id))
    return [(m, on, len(still[m.id])) for m, on in ordered]


def is_masked(row: CaseRow, work: Work) -> bool:
    return row.restricted and Standing.NAMED not in work.standings(row)


def _lines(cases: Iterable[tuple[CaseRow, Ended]], work: Work) -> tuple[RetainedCaseLine, ...]:
    lines = [_line(row, found, work) for row, found in cases]
    return tuple(sorted(lines, key=lambda line: (line.kept_until, not line.number, line.number)))


def _line(row: CaseRow, found: Ended, work: Work) -> RetainedCaseLine:
    masked = is_masked(row, work)
    return RetainedCaseLine(
        case_id=row.id,
        number="" if masked else row.number,
        fiscal_year=fiscal_year(found.ended_on),
        ended_on=None if masked else found.ended_on,
        kept_until=found.kept_until,
        state="" if masked else str(row.state),
        answering="" if masked else work.agency_name(row.answering_agency_id),
        held=row.held,
        kept_longer=_is_kept_longer(row, found, work),
        restricted=row.restricted,
    )


def _is_kept_longer(row: CaseRow, found: Ended, work: Work) -> bool:
    return row.kept_longer == found.kept_until and not found.is_due(work.today)


def _second(approval: Disposal, found: tuple[CaseRow, Ended], work: Work) -> SecondApprovalLine:
    return SecondApprovalLine(
        id=approval.id,
        case=_line(*found, work),
        by=who(approval.approved_by, work, approval.approved_at),
        at=approval.approved_at,
        mine=approval.approved_by == work.me.id,
    )


def _person(member: Member, on: date, work: Work, open_cases: int = 0) -> PersonLine:
    return PersonLine(
        member_id=member.id,
        name=member.name,
        agency=work.agency_name(member.agency_id),
        left_on=on,
        kept_until=last_day(on, work.uow.directory.town().retention_years),
        open_cases=open_cases,
    )


@dataclass(frozen=True)
class DisposalLine:
    """One line of the 廃棄の記録. `name` is what a member is called since."""

    kind: str
    number: str
    name: str
    ended_on: date
    kept_until: date
    approved_by: str
    approved_at: datetime
    agreed_by: str
    agreed_at: datetime | None
    disposed_at: datetime
    counts: tuple[tuple[str, int], ...]
    proof: str


@dataclass(frozen=True)
class GetDisposals(Query[tuple[DisposalLine, ...]]):
    """What was disposed of, the newest first."""


@handles(GetDisposals, Action.SEE_RETENTION, code="get_disposals")
def get_disposals(query: GetDisposals, work: Work) -> tuple[DisposalLine, ...]:
    return tuple(_done(d, d.disposed_at, work) for d in work.uow.disposals.done() if d.disposed_at)


def _done(disposal: Disposal, at: datetime, work: Work) -> DisposalLine:
    return DisposalLine(
        kind=disposal.kind,
        number=disposal.number,
        name=work.member_name(disposal.subject_id) if disposal.kind == "member" else "",
        ended_on=disposal.ended_on,
        kept_until=disposal.kept_until,
        approved_by=who(disposal.approved_by, work, disposal.approved_at),
        approved_at=disposal.approved_at,
        agreed_by=who(disposal.agreed_by, work, disposal.agreed_at),
        agreed_at=disposal.agreed_at,
        disposed_at=at,
        counts=tuple((what, n) for what, n in disposal.counts.items() if n),
        proof=disposal.proof,
    )
