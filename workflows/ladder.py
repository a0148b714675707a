"""The ladder: whom the clock tells about a promise, and when, until somebody answers.

[ours] rules.md, Time: remind the agency, then tell the writer, then the coordinator, then the
manager. After a stop of the server the rungs come one an open day, never all at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workflows.calendar import OpenDays
from workflows.promises import Promise, PromiseKind


class Tell(StrEnum):
    DEBTOR = "debtor"
    WRITER = "writer"
    COORDINATOR = "coordinator"
    MANAGER = "manager"
    ATTENDEES = "attendees"


@dataclass(frozen=True)
class Rung:
    """`after` is in open days from the due day (0: at the due moment; at opening otherwise).

    `at_opening` asks on the due day's morning, `at_since` the moment the promise began to run.
    """

    after: int
    tell: Tell
    message: str
    at_opening: bool = False
    at_since: bool = False


_D, _W, _C, _M = Tell.DEBTOR, Tell.WRITER, Tell.COORDINATOR, Tell.MANAGER

LADDERS: Mapping[PromiseKind, tuple[Rung, ...]] = {
    PromiseKind.REPLY: (
        Rung(0, _D, "reply_reminder"),
        Rung(1, _W, "reply_overdue"),
        Rung(2, _C, "reply_overdue"),
        Rung(3, _M, "reply_overdue"),
    ),
    PromiseKind.NAME_LEAD: (
        Rung(0, _D, "name_lead"),
        Rung(2, _C, "name_lead"),
        Rung(4, _M, "name_lead"),
    ),
    PromiseKind.NEXT_STEP: (
        Rung(0, _D, "next_step"),
        Rung(1, _C, "next_step"),
        Rung(3, _M, "next_step"),
    ),
    PromiseKind.FOLLOW_UP: (
        Rung(0, _D, "follow_up_ask", at_opening=True),
        Rung(1, _D, "follow_up_reminder"),
        Rung(2, _W, "follow_up_overdue"),
        Rung(3, _C, "follow_up_overdue"),
        Rung(5, _M, "follow_up_overdue"),
    ),
    PromiseKind.REASSESS: (Rung(0, _C, "reassess"), Rung(2, _M, "reassess")),
    PromiseKind.ROLE: (
        Rung(-2, _D, "role_soon"),
        Rung(1, _D, "role_overdue"),
        Rung(3, _C, "role_overdue"),
        Rung(5, _M, "role_overdue"),
    ),
    PromiseKind.PLAN_REVIEW: (
        Rung(0, _D, "plan_review", at_opening=True),
        Rung(5, _C, "plan_review"),
        Rung(10, _M, "plan_review"),
    ),
    PromiseKind.CLOSE_CASE: (
        Rung(0, _D, "close_case_due", at_since=True),
        Rung(0, _D, "close_case_due"),
        Rung(2, _C, "close_case_due"),
        Rung(5, _M, "close_case_due"),
    ),
    PromiseKind.REVISE_PLAN: (
        Rung(0, _D, "revise_plan_due", at_since=True),
        Rung(0, _D, "revise_plan_due"),
        Rung(2, _C, "revise_plan_due"),
        Rung(5, _M, "revise_plan_due"),
    ),
    PromiseKind.ANSWER_DATES: (Rung(-1, _D, "answer_reminder"), Rung(1, _D, "answer_reminder")),
    PromiseKind.FIX_DATE: (
        Rung(0, _D, "fix_date", at_opening=True),
        Rung(2, _C, "fix_date"),
        Rung(3, _M, "fix_date"),
    ),
    PromiseKind.ATTEND: (Rung(-1, _D, "attend_reminder"), Rung(1, _D, "attend_reminder")),
    PromiseKind.MEETING_SOON: (Rung(-1, Tell.ATTENDEES, "meeting_soon"),),
    PromiseKind.RECORD: (
        Rung(0, _D, "record_ask", at_since=True),
        Rung(1, _D, "record_overdue"),
        Rung(3, _M, "record_overdue"),
    ),
    PromiseKind.CONFIRM_RECORD: (
        Rung(0, _D, "confirm_record_reminder"),
        Rung(2, _C, "confirm_record_reminder"),
    ),
    PromiseKind.DIGEST: (),
}


def rung_at(promise: Promise, step: int, days: OpenDays) -> datetime | None:
    """When rung number `step` (0-based) of this promise is reached; None past the last."""
    rungs = LADDERS.get(promise.kind, ())  # none for a kind of another version
    if promise.kind is PromiseKind.DIGEST:
        return promise.due_at if step == 0 else None
    if step >= len(rungs):
        return None
    rung = rungs[step]
    if promise.urgent:  # an emergency is not kept waiting for open days: one rung an hour
        return promise.due_at + timedelta(hours=max(rung.after, 0))
    if rung.at_since:
        return promise.since
    if rung.after == 0 and not rung.at_opening:
        return promise.due_at
    day = days.add_open_days(promise.due_at.date(), rung.after)
    return max(days.at_opening(day), promise.since)


def next_at(promise: Promise, step: int, now: datetime, days: OpenDays) -> datetime | None:
    """When the clock must act next after rung `step - 1` was done at `now`."""
    planned = rung_at(promise, step, days)
    if planned is None or planned > now:
        return planned
    if promise.urgent:
        return now + timedelta(hours=1)
    return days.at_opening(days.add_open_days(now.date(), 1))
