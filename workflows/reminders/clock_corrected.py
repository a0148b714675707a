"""A clock that was ahead was put back: nothing waits until it is that late again.

Told by the audit trail, which has rows of a time that has not come yet. What was said too early was
said, and is not said twice; what was put off by the wrong clock is due by the right one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import StandingPromise
from workflows.core.work import Work
from workflows.japanese.dates import CLOCK_SKEW
from workflows.promises.ladder import REMINDERS, next_at, rung_at
from workflows.reminders.keep_promises import DIGEST_SUBJECT, plan_digest

DOOR: Final = "clock"


@dataclass(frozen=True)
class WasClockCorrected(Query[bool]):
    """Whether the clock was put back, and what waits has not followed it yet."""


@handles(WasClockCorrected, Action.KEEP_TIME, code="was_clock_put_back")
def was_clock_put_back(query: WasClockCorrected, work: Work) -> bool:
    was_at = _ahead(work)
    return was_at is not None and not work.uow.was_handled(DOOR, was_at.isoformat())


@dataclass(frozen=True)
class RestoreDueTimes(Command[int]):
    """Bring forward what only waits because the clock was ahead. Answers with how much it was."""


@handles(RestoreDueTimes, Action.KEEP_TIME, code="handle_clock_put_back")
def restore_due_times(command: RestoreDueTimes, work: Work) -> int:
    was_at = _ahead(work)
    if was_at is None or not work.uow.mark_handled(DOOR, was_at.isoformat(), work.now):
        return 0
    count = work.uow.waits.bring_forward(work.now, work.days.notice_time(work.now), REMINDERS)
    for standing in work.uow.promises.scheduled(work.now):
        step = _step_by_now(standing, work)
        wanted = next_at(standing.promise, step, work.now, work.days)
        if wanted and standing.next_at and standing.next_at > wanted:
            work.uow.promises.stepped(standing.promise.key, step, wanted)
            count += 1
    if any(p.since > work.now for p in work.uow.promises.open(subject_id=DIGEST_SUBJECT)):
        plan_digest(work, kept=True)
    work.record("clock_put_back", was_at=was_at.isoformat(), count=count)
    return count


def _step_by_now(standing: StandingPromise, work: Work) -> int:
    """How far up its ladder a promise is by now: what was climbed early is climbed again in its
    time, and whoever was told early is not told twice."""
    for step in range(standing.step):
        planned = rung_at(standing.promise, step, work.days)
        if planned is not None and planned > work.now:
            return step
    return standing.step


def _ahead(work: Work) -> datetime | None:
    """A moment that was written down and lies ahead of the clock; None when there is none."""
    latest = work.uow.waits.latest_moment()
    return latest if latest and latest > work.now + CLOCK_SKEW else None
