"""Time is one more caller: fixed ticks, which only look for what is due.

APScheduler keeps its jobs in memory; no job is the record of a promise, so a restart loses none.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.clock.open_days_changed import OpenDaysRecalculation
from handlers.delivery.outbox import OutboxSender
from handlers.runtime.fault_codes import log_name
from handlers.runtime.readiness_log import ReadinessLog
from workflows.cases.still_needed import AskWhetherNeeded, GetCasesToAskAbout
from workflows.core.errors import CannotOpen, frames_of
from workflows.core.messages import Command
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetNextDue
from workflows.desk import Desk
from workflows.japanese.dates import TOKYO
from workflows.maintenance.broken_records import CheckReadable, GetIdsToCheck
from workflows.maintenance.daily_chores import Chore, DoChore, GetChores
from workflows.model.promise import subject_of
from workflows.reminders.clock_corrected import RestoreDueTimes, WasClockCorrected
from workflows.reminders.combine import CombineReminders
from workflows.reminders.keep_promises import GetDuePromises, KeepNextPromise, PlanDigest
from workflows.retention.dispose import CarryOutDisposal

log = logging.getLogger(__name__)

TICK_SECONDS = 2
JOB_SECONDS = 1
CHECKED = 20  # parts of the documents that are opened at one tick: together about a second
MOST_FAILURES = 20  # of sending in one go: then it is not the notice that is broken
CLOCK_MOVED = (
    1.0  # seconds between two looks by which the wall's clock was put right, not read late
)
MOST_STEPS = 20_000  # of one move of the local clock

Job = Callable[[], bool]  # does one thing that is due; whether there was one


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(TOKYO)


@dataclass(frozen=True)
class FixedClock:
    """A clock for one act that belongs to one instant."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class Ticks:
    """What happens when time passes: promises are kept, then the inboxes are filled.

    What fails holds up nothing else: one case that cannot be read must not silence the others.
    What leaves the house are background jobs, each with a thread of its own: every way of
    `delivery`, and `more` by their names. A job does one thing and says whether there was one.
    While `why_not_ready` answers with a code, nothing is begun by itself.
    """

    def __init__(
        self,
        desk: Desk,
        delivery: OutboxSender,
        trail_night: NightlyTrailCheck | None = None,
        more: Mapping[str, Job] | None = None,
        why_not_ready: Callable[[], str] = lambda: "",
        *,
        calendar: OpenDaysRecalculation | None = None,
    ) -> None:
        self._desk, self._delivery, self._trail_night = desk, delivery, trail_night
        self._ready = ReadinessLog(why_not_ready)
        self._stirred_at: float | None = None  # by the steady clock
        self._one_at_a_time = threading.Lock()
        self._errands: dict[str, Job] = {
            **{via: partial(delivery.send_next, via) for via in delivery.ways},
            **(more or {}),
        }
        self._one_of_each = {name: threading.Lock() for name in self._errands}
        self._scheduler: BackgroundScheduler | None = None
        self._stopping = threading.Event()
        self._clock_watch: threading.Thread | None = None
        self._calendar = calendar or OpenDaysRecalculation(desk)
        self._unchecked: list[tuple[str, ...]] = []  # ids of what is still to be opened today
        self.last_at: datetime | None = None
        self.last_error = ""
        self.failing: dict[str, str] = {}  # jobs that failed when they last ran, and with what

    def tick(self) -> None:
        """Everything that is due in the house now. Raises the first failure, once all the rest is
        done."""
        with self._one_at_a_time:
            failures: list[Exception] = []
            self._stir()
            self._attempt("clock", self._follow_clock_back, failures)
            self._attempt("calendar", self._calendar.look, failures)
            self._attempt("mornings", self._calendar.move_notices_off_closed_days, failures)
            self._attempt("digest", lambda: self._desk.handle(PlanDigest(), Caller.CLOCK), failures)
            self._attempt("promises", lambda: self._keep_promises(failures), failures)
            self._attempt("housework", lambda: self._keep_house(failures), failures)
            self._check_records(failures)
            if self._trail_night:
                self._attempt("trail", self._pass_the_night, failures)
            self._attempt("reminders", self._join_reminders, failures)
            self._attempt("ways", self._delivery.check_channels, failures)
            self._work_off("outbox", self._delivery.send_next, failures)
            self._follow_calendar(failures)
            self._stir()
            _raise_first(failures)
            self.last_at = self._desk.now()

    def tick_everything(self) -> None:
        """A tick, and every errand until there is nothing left to do now: one after the other."""
        self.tick()
        for name in self._errands:
            self.run_job(name)

    def run_job(self, name: str) -> None:
        """One errand until there is nothing left to do now. Raises its first failure."""
        with self._one_of_each[name]:
            failures: list[Exception] = []
            self._work_off(name, self._errands[name], failures)
            _raise_first(failures)

    def _follow_clock_back(self) -> None:
        if self._desk.ask(WasClockCorrected(), Caller.CLOCK):
            self._desk.handle(RestoreDueTimes(), Caller.CLOCK)

    def _follow_calendar(self, failures: list[Exception]) -> None:
        """A part of what is left to be gone through: the rest at the next ticks."""
        for subject_id in self._calendar.left():
            if self._stopping.is_set():
                return
            self._stir()
            self._attempt(subject_id, partial(self._calendar.follow, subject_id), failures)
            if self._calendar.is_left(subject_id):
                return  # nothing can be stored just now

    def _keep_promises(self, failures: list[Exception]) -> None:
        for key in self._desk.ask(GetDuePromises(), Caller.CLOCK):
            if self._stopping.is_set():
                return
            self._stir()
            # By the open days as they are now: it may be due later, and not be kept yet.
            self._attempt(key, partial(self._calendar.follow, subject_of(key)), failures)
            keep = partial(self._desk.handle, KeepNextPromise(key), Caller.CLOCK)
            self._attempt(key, keep, failures)

    def _join_reminders(self) -> None:
        self._desk.handle(CombineReminders(), Caller.CLOCK)

    def _keep_house(self, failures: list[Exception]) -> None:
        """The day's chores, and what a manager has let go: each by itself."""
        due = self._desk.ask(GetChores(), Caller.CLOCK)
        commands: list[tuple[str, Command[Any]]] = [(str(c), DoChore(c)) for c in due.chores]
        commands += [(one, CarryOutDisposal(one)) for one in due.disposals]
        if Chore.RECORDS in due.chores:  # once a day
            parts = self._desk.ask(GetIdsToCheck(), Caller.CLOCK)
            self._unchecked = list(parts)
        if Chore.STILL_NEEDED in due.chores:  # once a day
            old = self._desk.ask(GetCasesToAskAbout(), Caller.CLOCK)
            commands += [(one, AskWhetherNeeded(one)) for one in old]
        for part, command in commands:
            if self._stopping.is_set():
                return
            self._stir()
            self._attempt(part, partial(self._desk.handle, command, Caller.CLOCK), failures)

    def _check_records(self, failures: list[Exception]) -> None:
        """A part of what is to be opened today: all of a large town's would keep its notices
        waiting for minutes."""
        parts, self._unchecked = self._unchecked[:CHECKED], self._unchecked[CHECKED:]
        for part in parts:
            if self._stopping.is_set():
                return
            self._stir()
            check = partial(self._desk.handle, CheckReadable(part), Caller.CLOCK)
            self._attempt("records", check, failures)

    def _pass_the_night(self) -> None:
        def is_stopping() -> bool:
            self._stir()
            return self._stopping.is_set()

        if self._trail_night:
            self._trail_night.run_if_due(is_stopping)

    def _work_off(self, part: str, errand: Job, failures: list[Exception]) -> None:
        # What failed is leased for a while, so the next one is another.
        most = len(failures) + MOST_FAILURES
        more = True
        while more and not self._stopping.is_set() and len(failures) < most:
            more = self._attempt(part, errand, failures)

    @staticmethod
    def _attempt(part: str, act: Callable[[], object], failures: list[Exception]) -> bool:
        """What it answered; true also when it failed."""
        try:
            return bool(act())
        except CannotOpen as broken:  # the desk has said so in the log, once
            failures.append(broken)
            return True
        except Exception as error:  # noqa: BLE001 - a process loop: the rest must go on
            log.error(
                "tick_part_failed part=%s error=%s at=%s", part, log_name(error), frames_of(error)
            )
            failures.append(error)
            return True

    def start(self) -> None:
        # A late tick is run once rather than skipped: the database says what is due.
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": 1 + len(self._errands)}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_job(self._guarded, "interval", seconds=TICK_SECONDS)
        for name in self._errands:
            scheduler.add_job(partial(self._errand_guarded, name), "interval", seconds=JOB_SECONDS)
        scheduler.start()
        self._scheduler = scheduler
        self._stir()
        self._clock_watch = threading.Thread(
            target=self._watch_clock, args=(scheduler,), name="clock watch", daemon=True
        )
        self._clock_watch.start()

    def stop(self) -> None:
        """Let all of it end at its next step: what is left is due again after the start."""
        self._stopping.set()
        if self._clock_watch:
            self._clock_watch.join()
        if self._scheduler:
            self._scheduler.shutdown(wait=True)

    def _watch_clock(self, scheduler: BackgroundScheduler) -> None:
        """APScheduler waits until a time by the wall's clock. When somebody puts that one back, all
        would stand still until it is that time again: then everything is run now."""
        before = _ahead_of_steady()
        while not self._stopping.wait(TICK_SECONDS):  # by the steady clock
            self._ready.is_ready()  # also while all that ticks waits for the database
            ahead = _ahead_of_steady()
            if abs(ahead - before) >= CLOCK_MOVED:
                log.warning("clock_moved seconds=%d", round(ahead - before))
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            before = ahead

    def _stir(self) -> None:
        self._stirred_at = time.monotonic()

    @property
    def age(self) -> float | None:
        """Seconds since time was last seen passing: a tick, or one of its steps. None before."""
        stirred_at = self._stirred_at
        return None if stirred_at is None else time.monotonic() - stirred_at

    def _guarded(self) -> None:
        if not self._ready.is_ready():
            self._stir()  # time passes; there is nothing to be done in it
            return
        try:
            self.tick()
            self.last_error = ""
        except Exception as error:  # noqa: BLE001 - a process loop: it must go on ticking
            self.last_error = log_name(error)
            log.error("tick_failed error=%s at=%s", log_name(error), frames_of(error))

    def _errand_guarded(self, name: str) -> None:
        if not self._ready.is_ready():
            return
        try:
            self.run_job(name)
            self.failing.pop(name, None)
        except Exception as error:  # noqa: BLE001 - a process loop: it must go on
            self.failing[name] = log_name(error)
            log.error(
                "errand_failed errand=%s error=%s at=%s", name, log_name(error), frames_of(error)
            )

    @property
    def trouble(self) -> str:
        """Why nothing is begun, or the kind of the last failure of what is failing now, or ""."""
        return self._ready.why_not or self.last_error or next(iter(self.failing.values()), "")


def _ahead_of_steady() -> float:
    """By how many seconds the wall's clock is ahead of one that nobody can move."""
    return datetime.now(UTC).timestamp() - time.monotonic()


def _raise_first(failures: list[Exception]) -> None:
    """The first failure, if any. A case or meeting that cannot be read is none of the clock's: it
    is logged, and told to those who mend it."""
    for failure in failures:
        if not isinstance(failure, CannotOpen):
            raise failure


class LocalClock:
    """Local mode's clock: the real time, moved on by an offset that is kept."""

    def __init__(self, load: Callable[[], str | None], save: Callable[[str], None]) -> None:
        self._save = save
        self._offset = timedelta(seconds=float(load() or 0))
        self._moving = threading.Lock()

    def now(self) -> datetime:
        return datetime.now(TOKYO) + self._offset

    def set(self, at: datetime) -> None:
        """Move on to `at`; never back."""
        with self._moving:  # two people who press at once must not add up
            ahead = at - self.now()
            if ahead > timedelta(0):
                self._offset += ahead
                self._save(str(self._offset.total_seconds()))


def advance_clock(clock: LocalClock, target: datetime, desk: Desk, ticks: Ticks) -> None:
    """Let time pass until `target`, stopping at every moment at which something is due.

    So reminders and follow-ups come in their order, as they would have in that time.
    """
    for _ in range(MOST_STEPS):
        due = desk.ask(GetNextDue(), Caller.CLOCK)
        if due is None or due > target:
            break
        clock.set(due)
        ticks.tick_everything()
    clock.set(target)
    ticks.tick_everything()
