"""会議台帳: the meetings that one may know of, coming ones first."""

from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.unreadable import build_each
from workflows.core.work import Work
from workflows.meetings.views import MeetingLine, line_of


@dataclass(frozen=True)
class MeetingRegister:
    """Coming ones first, the nearest on top; then what is over, the newest on top."""

    coming: tuple[MeetingLine, ...]
    over: tuple[MeetingLine, ...]
    sees_all: bool
    may_convene: bool


@dataclass(frozen=True)
class GetMeetings(Query[MeetingRegister]):
    """会議台帳: my own meetings; for coordinators and managers, if `everybodys`, all of them."""

    everybodys: bool = False


@handles(GetMeetings, Action.USE, code="get_meetings")
def get_meetings(query: GetMeetings, work: Work) -> MeetingRegister:
    rows = work.uow.meetings.rows(live_only=False)
    work.uow.cases.rows_of({c for r in rows for c in r.case_ids})  # read at once
    seen = [r for r in rows if work.may(Action.SEE_MEETING, r).allowed]
    lines = list(build_each(seen, lambda row: line_of(row, work)))
    town = work.standings(None)
    sees_all = bool(town & {Standing.COORDINATOR, Standing.MANAGER})
    if not (query.everybodys and sees_all):
        lines = [line for line in lines if line.mine or line.broken]
    coming = sorted(
        (line for line in lines if line.ahead),
        key=lambda line: (line.starts_at or line.answer_by, line.id),
    )
    over = sorted(
        (line for line in lines if not line.ahead),
        key=lambda line: (line.starts_at or line.created_at, line.id),
        reverse=True,
    )
    may_convene = work.may(Action.CONVENE, None).allowed
    return MeetingRegister(tuple(coming), tuple(over), sees_all, may_convene)
