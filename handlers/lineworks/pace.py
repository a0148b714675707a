"""Sending at LINE WORKS's pace: what is not free yet is told to come back, and nobody waits for it.

So many calls of an operation in a minute (free 60, paid 240; ten rooms), half of it for who has
been sending for over thirty minutes, and what the rate headers and a 429 say of it.
https://developers.worksmobile.com/jp/docs/rate-limits
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.chat.rate_window import RateWindow, one_process
from handlers.lineworks.api import UNREACHABLE, Api, ErrorKind, LineworksRefused, Rate

MINUTE, LONG = timedelta(minutes=1), timedelta(minutes=30)
A_MINUTE: Final = {"free": 60, "paid": 240}
SECOND: Final = timedelta(seconds=1)
EVERYTHING: Final = ""


class Pace:
    """`now` is the desk's clock, `rate` the plan."""

    def __init__(self, now: Callable[[], datetime], rate: str) -> None:
        self._now, self._most = now, A_MINUTE[rate]
        self.room = 1  # so many times what is allowed; more only where nobody counts
        self.processes: Callable[[], int] = one_process  # that send at this pace: each its share
        self._lanes: dict[str, RateWindow] = {}
        self._busy: dict[str, tuple[datetime, datetime]] = {}  # since, and last
        self._lock = threading.Lock()

    def take(self, name: str) -> tuple[timedelta, str] | None:
        """Count a call that is made now; or how long until it may be and why, and nothing is
        counted."""
        with self._lock:
            now = self._now()
            lanes = [self._lane(EVERYTHING), self._lane(name)]
            lanes[1].most = self._most_now(name, now)
            busy = [lane for lane in lanes if lane.free_at(now) > now]
            if busy:
                return max((lane.turn(now) - now, lane.why_at(now)) for lane in busy)
            since, last = self._busy.get(name, (now, now))
            self._busy[name] = (now if now - last > MINUTE else since, now)
            lanes[1].used.append(now)
            return None

    def close(self, wait: timedelta, why: str, name: str = EVERYTHING) -> None:
        """Nothing for so long: by this operation, or at all."""
        with self._lock:
            now = self._now()
            lane = self._lane(name)
            lane.closed_until, lane.why = max(now + wait, lane.closed_until or now), why

    def reopen(self) -> None:
        """What was closed for everything is open again."""
        with self._lock:
            self._lane(EVERYTHING).closed_until = None

    def heard(self, name: str, rate: Rate) -> None:
        """What LINE WORKS says is left of this minute: others of the domain use it up as well."""
        if rate.remaining == 0 and rate.reset:
            self.close(rate.reset, "rate_limit", name)

    def _most_now(self, name: str, now: datetime) -> int:
        since, last = self._busy.get(name, (now, now))
        tired = now - last <= MINUTE and now - since > LONG
        return max(1, self._most * self.room // (2 if tired else 1) // self.processes())

    def _lane(self, name: str) -> RateWindow:
        if name not in self._lanes:
            # The one of everything counts nothing, but can be closed.
            most, span = (1, timedelta(0)) if name == EVERYTHING else (self._most, MINUTE)
            self._lanes[name] = RateWindow(most, span)
        return self._lanes[name]


class Outgoing:
    """LINE WORKS's API for everything that nobody waits for: at its pace, and told when it is shut.

    `report` is called with what closes it, so that somebody is told.
    """

    def __init__(
        self,
        api: Api,
        now: Callable[[], datetime],
        report: Callable[[LineworksRefused], None],
        rate: str,
    ) -> None:
        self._api, self._report = api, report
        self.pace = Pace(now, rate)
        api.heard = self.pace.heard

    @property
    def is_shut(self) -> bool:
        """Whether the way is known to be down: whoever looks after it says when it is up."""
        return self._api.health.is_down

    def call(
        self,
        name: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        **args: str,
    ) -> dict[str, Any]:
        """As Api.call. Raises LineworksRefused; LATER, too, when it was not tried at all."""
        if self.is_shut:
            raise LineworksRefused(ErrorKind.LATER, UNREACHABLE, MINUTE, tried=False)
        turn = self.pace.take(name)
        if turn:
            wait, why = turn
            raise LineworksRefused(ErrorKind.LATER, why, wait, tried=False)
        try:
            return self._api.call(name, body=body, query=query, **args)
        except LineworksRefused as refused:
            wait, why = refused.after or SECOND, refused.code
            if refused.kind is ErrorKind.CLOSED:
                # A scope that is missing closes what needs it; all else closes everything.
                self.pace.close(wait, why, name if why == "insufficient_scope" else EVERYTHING)
                self._report(refused)
            elif refused.kind is ErrorKind.LATER and (why == UNREACHABLE or refused.needed):
                self.pace.close(wait, why)  # nobody gets through, or there is no token
            elif refused.kind is ErrorKind.LATER:
                self.pace.close(wait, why, name)
            raise
