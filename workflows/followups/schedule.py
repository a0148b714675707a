"""When a case is checked next: at 1, 3 and 6 months, then every 3, until it is closed."""

import calendar
from datetime import date

from workflows.cases.model import Case, FollowUp
from workflows.checking import one_error
from workflows.work import Work, new_id

FIRST_CHECKS = (1, 3, 6)  # months after support was agreed [ours], rules.md
EVERY = 3  # months, afterwards
FURTHEST = 12  # months: no case is put out of sight for longer than a year


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def plan_check(
    case: Case, day: date, origin: str, work: Work, field: str = "next_check_on"
) -> None:
    """Make `day` the next check: the one that waits is moved there, else a new one is made."""
    if day <= work.today:
        raise one_error(field, "follow_up.past")
    if day > months_later(work.today, FURTHEST):
        raise one_error(field, "follow_up.too_far", months=FURTHEST)
    waiting = case.next_follow_up
    if waiting:
        waiting.due_on = day
        waiting.origin = origin
    else:
        case.follow_ups.append(FollowUp(new_id(), day, origin, work.now))


def plan_series(case: Case, origin: str, work: Work) -> list[date]:
    """The checks at 1, 3 and 6 months from today; what was planned before gives way to them."""
    case.follow_ups = [f for f in case.follow_ups if not f.waits]
    due = [work.days.next_open(months_later(work.today, m)) for m in FIRST_CHECKS]
    case.follow_ups += [FollowUp(new_id(), day, origin, work.now) for day in due]
    return due


def plan_next(case: Case, work: Work) -> date:
    """After an answer: the check that waits already, else one in three months."""
    waiting = case.next_follow_up
    if waiting:
        return waiting.due_on
    day = work.days.next_open(months_later(work.today, EVERY))
    case.follow_ups.append(FollowUp(new_id(), day, "answer", work.now))
    return day
