"""Time is one more caller: fixed ticks, which only look for what is due.

APScheduler keeps its jobs in memory; no job is the record of a promise, so a restart loses none.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from handlers.delivery import Delivery
from workflows.dates import TOKYO
from workflows.desk import Desk
from workflows.followups.keep import KeepNextPromise, PlanDigest
from workflows.permissions import Caller
from workflows.truth import NextDue

log = logging.getLogger(__name__)

TICK_SECONDS = 2
MOST_STEPS = 20_000  # of one move of the local clock


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(TOKYO)


class Ticks:
    """What happens when time passes: promises are kept, then the outbox is drained."""

    def __init__(self, desk: Desk, delivery: Delivery) -> None:
        self._desk, self._delivery = desk, delivery
        self._one_at_a_time = threading.Lock()
        self._scheduler: BackgroundScheduler | None = None
        self.last_at: datetime | None = None
        self.last_error = ""

    def tick(self) -> None:
        with self._one_at_a_time:
            self._desk.handle(PlanDigest(), Caller.CLOCK)
            while self._desk.handle(KeepNextPromise(), Caller.CLOCK):
                pass
            self._delivery.drain()
            self.last_at = self._desk.now()

    def start(self) -> None:
        # A late tick is run once rather than skipped: the database says what is due.
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_job(self._guarded, "interval", seconds=TICK_SECONDS)
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        if self._scheduler:
            self._scheduler.shutdown(wait=True)

    def _guarded(self) -> None:
        try:
            self.tick()
            self.last_error = ""
        except Exception as error:  # noqa: BLE001 - a process loop: it must go on ticking
            self.last_error = type(error).__name__
            log.error("tick_failed error=%s", type(error).__name__)


class LocalClock:
    """Local mode's clock: the real time, moved on by an offset that is kept."""

    def __init__(self, load: Callable[[], str | None], save: Callable[[str], None]) -> None:
        self._save = save
        self._offset = timedelta(seconds=float(load() or 0))

    def now(self) -> datetime:
        return datetime.now(TOKYO) + self._offset

    def set(self, at: datetime) -> None:
        """Move on to `at`; never back."""
        ahead = at - self.now()
        if ahead > timedelta(0):
            self._offset += ahead
            self._save(str(self._offset.total_seconds()))


def move_on(clock: LocalClock, target: datetime, desk: Desk, ticks: Ticks) -> None:
    """Let time pass until `target`, stopping at every moment at which something is due.

    So reminders and follow-ups come in their order, as they would have in that time.
    """
    for _ in range(MOST_STEPS):
        due = desk.ask(NextDue(), Caller.CLOCK)
        if due is None or due > target:
            break
        clock.set(due)
        ticks.tick()
    clock.set(target)
    ticks.tick()
