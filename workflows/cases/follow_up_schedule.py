"""When a case is checked next: at 1, 3 and 6 months, then every 3, until it is closed.

A check is answered once its day has come, or it is missed once another one takes its place: then
it stays in the history as not carried out. No next check is ever in the past.
"""

from datetime import date

from workflows.core.checking import one_error
from workflows.core.work import Work, new_id
from workflows.japanese.open_days import months_later
from workflows.model.case import Case, FollowUp

FIRST_CHECKS = (1, 3, 6)  # months after support was agreed [ours], docs/rules.md 20
EVERY = 3  # months, afterwards
FURTHEST = 12  # months: no case is put out of sight for longer than a year


def plan_check(
    case: Case, day: date, origin: str, work: Work, field: str = "next_check_on"
) -> None:
    """Make `day` the next check: the next one ahead is moved there, else a new one is made.

    What was planned before that day gives way to it, and what is late is missed.
    """
    if day <= work.today:
        raise one_error(field, "follow_up.past")
    if day > months_later(work.today, FURTHEST):
        raise one_error(field, "follow_up.too_far", months=FURTHEST)
    ahead = checks_ahead(case, work)
    first = ahead[0] if ahead else FollowUp(new_id(), day, origin, work.now)
    first.due_on, first.origin = day, origin
    sooner = {f.id for f in ahead[1:] if f.due_on <= day}
    case.follow_ups = [f for f in case.follow_ups if f.id not in sooner]
    if not ahead:
        case.follow_ups.append(first)
    mark_missed(case, work, first)


def checks_ahead(case: Case, work: Work) -> list[FollowUp]:
    """The checks that wait and whose day is still to come, the next one first."""
    found = (f for f in case.follow_ups if f.waits and f.due_on > work.today)
    return sorted(found, key=lambda f: f.due_on)


def mark_missed(case: Case, work: Work, instead: FollowUp | None = None) -> None:
    """Checks that are late are missed: `instead` takes their place, else the newest of them."""
    due = sorted(
        (f for f in case.follow_ups if f.waits and f.due_on <= work.today), key=lambda f: f.due_on
    )
    if instead is None and due:
        instead = due.pop()
    _miss(due, case, work, instead)


def end_checks(case: Case, work: Work) -> None:
    """No check waits any more: what is late was missed, what was still ahead is taken away."""
    ahead = {f.id for f in checks_ahead(case, work)}
    case.follow_ups = [f for f in case.follow_ups if f.id not in ahead]
    _miss([f for f in case.follow_ups if f.waits], case, work, None)


def _miss(checks: list[FollowUp], case: Case, work: Work, instead: FollowUp | None) -> None:
    for one in checks:
        one.missed_at, one.missed_for = work.now, instead.id if instead else None
        due_on = one.due_on.isoformat()
        work.record("follow_up_missed", case=case, follow_up=one.id, due_on=due_on)


def plan_series(case: Case, origin: str, work: Work) -> list[date]:
    """The checks at 1, 3 and 6 months from today; what was planned before gives way to them."""
    end_checks(case, work)
    due = [work.days.next_open(months_later(work.today, m)) for m in FIRST_CHECKS]
    case.follow_ups += [FollowUp(new_id(), day, origin, work.now) for day in due]
    return due


def plan_next(case: Case, work: Work) -> date:
    """After an answer: the next check that is ahead already, else one in three months."""
    ahead = checks_ahead(case, work)
    if ahead:
        return ahead[0].due_on
    day = work.days.next_open(months_later(work.today, EVERY))
    case.follow_ups.append(FollowUp(new_id(), day, "answer", work.now))
    return day
