"""One promise as a list or a page says it: what is owed, by whom, until when."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.work import Work
from workflows.model.promise import Promise, PromiseKind
from workflows.model.successors import Away

# What is promised and is nobody's work: the clock alone keeps it.
NO_WORK = frozenset({PromiseKind.MEETING_SOON, PromiseKind.DIGEST})


@dataclass(frozen=True)
class PromiseLine:
    """What is owed, by whom, until when. `mine` when I or my agency owe it."""

    kind: str
    item_id: str
    meeting_id: str
    agency_name: str
    member_name: str
    due_at: datetime
    overdue: bool
    open_days: int  # left, or overdue
    mine: bool
    away: Away | None = None  # of the member


def promise_line(promise: Promise, work: Work) -> PromiseLine:
    overdue = promise.is_overdue(work.now)
    days = work.days.open_days_between(work.today, promise.due_at.date())
    member = work.uow.directory.member(promise.member_id) if promise.member_id else None
    agency_id = promise.agency_id or (member.agency_id if member else None)
    return PromiseLine(
        kind=str(promise.kind),
        item_id=promise.item_id,
        meeting_id=promise.meeting_id or "",
        agency_name=work.agency_name(agency_id) if agency_id else "",
        member_name=member.name if member else "",
        due_at=promise.due_at,
        overdue=overdue,
        open_days=abs(days),
        away=work.away(promise.member_id),
        mine=promise.member_id == work.me.id
        or work.seats.is_deputy_of(work.me.id, promise.member_id or "")
        or (promise.member_id is None and promise.agency_id == work.me.agency_id),
    )
