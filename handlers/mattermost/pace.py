"""Sending at a pace that a town's own server bears: what is not free yet is told to come back.

Its rate limit is off as it is installed; where it is on, 10 requests a second and a burst of 100
are usual. We take half of that, and heed what a 429 and the headers say.
https://docs.mattermost.com/administration-guide/configure/rate-limiting-configuration-settings.html
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from handlers.chat.calling import EVERYTHING, SECOND, Turn
from handlers.chat.calling import Outgoing as ChatOutgoing
from handlers.chat.calling import Pace as ChatPace
from handlers.chat.platform_error import PlatformError
from handlers.chat.rate_window import RateWindow, share_of
from handlers.mattermost.api import Api, MattermostRefused

MOST, SPAN = 50, timedelta(seconds=10)


class Pace(ChatPace):
    """One window for all calls: the server counts by session."""

    def take(self) -> Turn | None:
        """Count a call that is made now; or how long until it may be and why, and nothing is
        counted."""
        with self._lock:
            now, window = self._now(), self._window(EVERYTHING)
            window.most, window.span = share_of(MOST * self.room, SPAN, self.processes())
            turn = self._free([(window, 0)], now)
            if turn is None:
                window.used.append(now)
            return turn

    def _window(self, name: str) -> RateWindow:
        return self._windows.setdefault(EVERYTHING, RateWindow(MOST, SPAN))


class Outgoing(ChatOutgoing[Pace]):
    """Mattermost's API for everything that nobody waits for."""

    error = MattermostRefused

    def __init__(
        self, api: Api, now: Callable[[], datetime], report: Callable[[PlatformError], None]
    ) -> None:
        super().__init__(Pace(now), api.health, report)
        self._api = api
        api.heard = lambda wait: self.pace.close(wait, "rate_limit")

    def call(
        self,
        name: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        waited_for: bool = False,
        **args: str,
    ) -> Any:
        """As Api.call. Raises MattermostRefused; LATER, too, when it was not tried at all."""
        return self._paced(
            name,
            self.pace.take,
            lambda: self._api.call(name, body=body, query=query, **args),
            waited_for=waited_for,
        )

    def hold(self, name: str, error: PlatformError, where: str) -> None:
        """All of it: one limit holds for everything."""
        self.pace.close(error.after or SECOND, error.code)
