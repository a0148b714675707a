"""Calls to a platform: what they tell of whether it answers, and making them at its pace.

What is not free yet is told to come back, and nobody waits for it: whoever has to come back is
given a turn of their own.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar, Final, Generic, TypeVar

from handlers.chat.platform_error import UNREACHABLE, ErrorKind, PlatformError
from handlers.chat.rate_window import RateWindow, one_process
from handlers.delivery.platform_state import PlatformHealth

T = TypeVar("T")
Pace_co = TypeVar("Pace_co", bound="Pace", covariant=True)
Turn = tuple[timedelta, str]  # how long until a call may be made, and why not now

SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)
EVERYTHING: Final = ""  # the window of everything: it counts nothing, but can be closed


@contextmanager
def recording_health(health: PlatformHealth) -> Iterator[None]:
    """Record in `health` whether the platform answers, around one call."""
    try:
        yield
    except PlatformError as error:
        if error.may_be_outage:
            health.failed(error.code)
        else:
            health.answered()
        raise
    health.answered()


class Pace(ABC):
    """What may be called when, by name; `now` is the desk's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.room = 1  # so many times what is allowed; more only where nobody counts
        self.processes: Callable[[], int] = one_process  # that send at this pace: each its share
        self._windows: dict[str, RateWindow] = {}
        self._lock = threading.Lock()

    @abstractmethod
    def _window(self, name: str) -> RateWindow:
        """That of a name, made when it is first asked for. Under the lock."""

    def _free(self, windows: Iterable[tuple[RateWindow, int]], now: datetime) -> Turn | None:
        """None when all are free for who leaves so many turns of each to others; else the turn that
        is given."""
        busy = [(window, left) for window, left in windows if window.free_at(now, left) > now]
        if not busy:
            return None
        return max((window.turn(now, left) - now, window.why_at(now)) for window, left in busy)

    def close(self, wait: timedelta, why: str, name: str = EVERYTHING) -> None:
        """Nothing by this name for so long, or nothing at all."""
        with self._lock:
            self._window(name).close(self._now(), wait, why)

    def reopen(self) -> None:
        """What was closed for everything is open again."""
        with self._lock:
            self._window(EVERYTHING).closed_until = None


class Outgoing(ABC, Generic[Pace_co]):
    """A platform's API for everything that nobody waits for: at its pace, and told when it is shut.

    `health` is what all calls tell of the platform. `report` is called with what closes it, so that
    somebody is told. `error` is what the platform's refusals are.
    """

    error: ClassVar[type[PlatformError]]

    def __init__(
        self, pace: Pace_co, health: PlatformHealth, report: Callable[[PlatformError], None]
    ) -> None:
        self.pace, self._health, self._report = pace, health, report

    @property
    def is_shut(self) -> bool:
        """Whether the way is known to be down: whoever looks after it says when it is up."""
        return self._health.is_down

    def heed(self, name: str, error: PlatformError, where: str = "") -> None:
        """Hold what the platform does not take now, whoever called it: also for who waited."""
        wait, why = error.after or SECOND, error.code
        if error.kind is ErrorKind.CLOSED:
            # A permission that is missing closes what needs it; all else closes everything.
            self.pace.close(wait, why, name if why == error.no_permission else EVERYTHING)
        elif why == UNREACHABLE:
            self.pace.close(wait, why)
        elif error.kind is ErrorKind.LATER:
            self.hold(name, error, where)

    def hold(self, name: str, error: PlatformError, where: str) -> None:
        """Apply the platform's request to wait, which came with `error`; `where` is the channel
        that was called for."""
        self.pace.close(error.after or SECOND, error.code, name)

    def _paced(
        self,
        name: str,
        take: Callable[[], Turn | None],
        call: Callable[[], T],
        *,
        where: str = "",
        waited_for: bool = False,
    ) -> T:
        """Make a call once `take` has counted it. Raises the platform's error; LATER, too, when it
        was not tried at all. What is `waited_for` is tried even when the way is down."""
        if self.is_shut and not waited_for:
            raise self.error(ErrorKind.LATER, UNREACHABLE, MINUTE, tried=False)
        if turn := take():
            wait, why = turn
            raise self.error(ErrorKind.LATER, why, wait, tried=False)
        try:
            return call()
        except self.error as error:
            self.heed(name, error, where)
            if error.kind is ErrorKind.CLOSED:
                self._report(error)
            raise
