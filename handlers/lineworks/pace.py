"""Sending at LINE WORKS's pace: what is not free yet is told to come back, and nobody waits for it.

So many calls of an operation in a minute (free 60, paid 240; ten rooms), half of it for who has
been sending for over thirty minutes, and what the rate headers and a 429 say of it.
https://developers.worksmobile.com/jp/docs/rate-limits
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.chat.calling import EVERYTHING, MINUTE, SECOND, Turn
from handlers.chat.calling import Outgoing as ChatOutgoing
from handlers.chat.calling import Pace as ChatPace
from handlers.chat.platform_error import PlatformError
from handlers.chat.rate_window import RateWindow
from handlers.lineworks.api import Api, LineworksRefused, Rate

LONG: Final = timedelta(minutes=30)
A_MINUTE: Final = {"free": 60, "paid": 240}


class LineworksPace(ChatPace):
    """A window for each operation; `rate` is the plan."""

    def __init__(self, now: Callable[[], datetime], rate: str) -> None:
        super().__init__(now)
        self._most = A_MINUTE[rate]
        self._busy: dict[str, tuple[datetime, datetime]] = {}  # since, and last

    def take(self, name: str) -> Turn | None:
        """Count a call that is made now; or how long until it may be and why, and nothing is
        counted."""
        with self._lock:
            now = self._now()
            window = self._window(name)
            window.most = self._most_now(name, now)
            turn = self._free([(self._window(EVERYTHING), 0), (window, 0)], now)
            if turn is None:
                since, last = self._busy.get(name, (now, now))
                self._busy[name] = (now if now - last > MINUTE else since, now)
                window.used.append(now)
            return turn

    def heard(self, name: str, rate: Rate) -> None:
        """What LINE WORKS says is left of this minute: others of the domain use it up as well."""
        if rate.remaining == 0 and rate.reset:
            self.close(rate.reset, "rate_limit", name)

    def _most_now(self, name: str, now: datetime) -> int:
        since, last = self._busy.get(name, (now, now))
        tired = now - last <= MINUTE and now - since > LONG
        return max(1, self._most * self.room // (2 if tired else 1) // self.processes())

    def _window(self, name: str) -> RateWindow:
        if name not in self._windows:
            most, span = (1, timedelta(0)) if name == EVERYTHING else (self._most, MINUTE)
            self._windows[name] = RateWindow(most, span)
        return self._windows[name]


class LineworksOutgoing(ChatOutgoing[LineworksPace]):
    """LINE WORKS's API for everything that nobody waits for."""

    error = LineworksRefused

    def __init__(
        self,
        api: Api,
        now: Callable[[], datetime],
        report: Callable[[PlatformError], None],
        rate: str,
    ) -> None:
        super().__init__(LineworksPace(now, rate), api.health, report)
        self._api = api
        api.heard = self.pace.heard

    def call(
        self,
        name: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        **args: str,
    ) -> dict[str, Any]:
        """As Api.call. Raises LineworksRefused; LATER, too, when it was not tried at all."""
        return self._paced(
            name,
            lambda: self.pace.take(name),
            lambda: self._api.call(name, body=body, query=query, **args),
        )

    def hold(self, name: str, error: PlatformError, where: str) -> None:
        """Without a token nothing goes at all."""
        name = EVERYTHING if error.needed else name
        self.pace.close(error.after or SECOND, error.code, name)
