"""The list of cases: those that may be seen, who answers for each, what comes next."""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.find_case import plain_number
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.unreadable import build_each
from workflows.core.work import Work
from workflows.model.case_row import CaseRow
from workflows.model.promise import Promise, PromiseKind, asked_too_late
from workflows.promises.promise_line import NO_WORK, PromiseLine, promise_line

# Not work for anybody: the clock alone acts on them.


@dataclass(frozen=True)
class CaseLine:
    number: str
    state: str
    urgency: str
    district_name: str
    answering_agency: str
    opened_at: datetime
    restricted: bool
    is_open: bool
    mine: bool
    next: PromiseLine | None


@dataclass(frozen=True)
class CaseList:
    """`districts` are those of the town, for the filter; `all_seen` when nobody limits the list."""

    lines: tuple[CaseLine, ...]
    districts: tuple[tuple[str, str], ...]
    all_seen: bool


@dataclass(frozen=True)
class ListCases(Query[CaseList]):
    """Open cases that the one who asks may see; closed ones on demand."""

    number: str = ""
    state: str = ""
    urgency: str = ""
    district_id: str = ""
    mine: bool = False
    closed: bool = False


@handles(
    ListCases, Action.USE, code="list_cases", others={"number": "of each line SEE_CASE is asked"}
)
def list_cases(query: ListCases, work: Work) -> CaseList:
    wanted = [r for r in work.uow.cases.rows(open_only=not query.closed) if _fits(query, r)]
    work.uow.meetings.rows_of({m for r in wanted for m in r.live_meeting_ids})  # read at once
    seen = [r for r in wanted if work.may(Action.SEE_CASE, r).allowed]
    owed = _owed_by_case(seen, work)
    lines = list(build_each(seen, lambda row: _line(row, owed.get(row.id, []), work)))
    if query.mine:
        lines = [line for line in lines if line.mine]
    lines.sort(key=_order)
    town = work.uow.directory.town()
    return CaseList(
        lines=tuple(lines),
        districts=tuple((d.id, d.name) for d in town.districts),
        all_seen=bool(work.standings(None) & {Standing.COORDINATOR, Standing.MANAGER}),
    )


def _fits(query: ListCases, row: CaseRow) -> bool:
    return (
        plain_number(query.number) in row.number
        and query.state in ("", row.shown_state)
        and query.urgency in ("", row.urgency)
        and query.district_id in ("", row.district_id)
    )


def _order(line: CaseLine) -> tuple[bool, bool, str]:
    """What is due first stands first; what is owed by nobody and what is closed come last."""
    due = line.next.due_at.isoformat() if line.next else line.number
    return (not line.is_open, line.next is None, due)


def _owed_by_case(rows: list[CaseRow], work: Work) -> dict[str, list[Promise]]:
    """Open promises of each case and of the meetings that have it on their agenda."""
    by_subject: dict[str, list[Promise]] = {}
    owed = work.uow.promises.open()
    asked = {p.subject_id for p in owed if p.kind is PromiseKind.ATTEND and p.is_overdue(work.now)}
    begun = work.uow.meetings.rows_of(asked) if asked else {}
    for promise in owed:
        meeting = begun.get(promise.subject_id)
        if not asked_too_late(promise, meeting.starts_at if meeting else None, work.now):
            by_subject.setdefault(promise.subject_id, []).append(promise)
    return {
        row.id: [p for s in (row.id, *row.live_meeting_ids) for p in by_subject.get(s, [])]
        for row in rows
    }


def _line(row: CaseRow, owed: list[Promise], work: Work) -> CaseLine:
    first = min((p for p in owed if p.kind not in NO_WORK), key=lambda p: p.due_at, default=None)
    return CaseLine(
        number=row.number,
        state=row.shown_state,
        urgency=str(row.urgency),
        district_name=work.district_name(row.district_id),
        answering_agency=work.agency_name(row.answering_agency_id),
        opened_at=row.opened_at,
        restricted=row.restricted,
        is_open=row.is_open,
        mine=bool(row.relations(work.me.agency_id)),
        next=promise_line(first, work) if first else None,
    )
