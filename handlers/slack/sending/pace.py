"""Sending at Slack's pace: what is not free yet is told to come back, and nobody waits for it.

One message a second in a channel, so many calls of a method in a minute, and what Slack itself
asks for (`Retry-After`), for that method in the whole workspace and for no other. Some calls of
each minute are left to people who look at what they pressed. Who is told to come back is given a
turn of their own, so that thirty messages do not all come back at once. Rates:
https://docs.slack.dev/apis/web-api/rate-limits
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.chat.calling import EVERYTHING, MINUTE, SECOND, Turn
from handlers.chat.calling import Outgoing as ChatOutgoing
from handlers.chat.calling import Pace as ChatPace
from handlers.chat.platform_error import PlatformError
from handlers.chat.rate_window import RateWindow, share_of
from handlers.slack.api import Api, SlackRefused

POST: Final = "chat.postMessage"
A_WORKSPACE: Final = 200  # messages in a minute; Slack says "several hundred"
# How often a method may be called in a minute; what is not named here, as the slowest of them.
A_MINUTE: Final = {
    "chat.delete": 50,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.invite": 50,
    "conversations.join": 50,
    "conversations.kick": 50,
    "conversations.open": 50,
    "files.completeUploadExternal": 100,
    "files.getUploadURLExternal": 100,
    "users.info": 100,
    "views.publish": 100,
}
SLOWEST: Final = 20
# Of these, so many in a minute are left to who waits: cards and home pages are drawn in hundreds.
RESERVED_PER_MINUTE: Final = {"chat.update": 8, "views.publish": 8}


class SlackPace(ChatPace):
    """A method's window, and within a channel one of its own."""

    def take(self, method: str, channel: str = "", *, waited_for: bool = False) -> Turn | None:
        """Count a call that is made now; or how long until it may be and why, and nothing is
        counted. `waited_for` is what somebody looks at just now."""
        with self._lock:
            now = self._now()
            windows = self._windows_of(method, channel)
            kept = RESERVED_PER_MINUTE.get(method, 0) * self.room // self.processes()
            reserved_turns = 0 if waited_for else kept
            turn = self._free(
                ((w, reserved_turns if w.span == MINUTE else 0) for w in windows), now
            )
            if turn is None:
                for window in windows[1:]:
                    window.used.append(now)
            return turn

    def close(self, wait: timedelta, why: str, name: str = EVERYTHING, channel: str = "") -> None:
        """Nothing for so long: in this channel, by this method, or at all."""
        super().close(wait, why, f"{name} {channel}" if channel else name)

    def hold(self, wait: timedelta, why: str, method: str, channel: str) -> None:
        """Slack asks to wait: for this method in the whole workspace. A message may have been one
        too many for its channel alone; when that happens in two of them at once, it was not."""
        if method != POST or not channel:
            self.close(wait, why, method)
            return
        with self._lock:
            now, here = self._now(), f"{POST} {channel}"
            elsewhere = any(
                window.why == why and window.closed_until and window.closed_until > now
                for name, window in self._windows.items()
                if name.startswith(f"{POST} ") and name != here
            )
        self.close(wait, why, method, "" if elsewhere else channel)

    def open(self, method: str, channel: str) -> None:
        """What held this method in this channel is over."""
        with self._lock:
            self._windows_of(method, channel)[-1].closed_until = None

    def _windows_of(self, method: str, channel: str) -> list[RateWindow]:
        """Everything that a call has to keep to, the narrowest last."""
        windows = [self._window(EVERYTHING), self._window(method)]
        return [*windows, self._window(f"{method} {channel}")] if channel else windows

    def _window(self, name: str) -> RateWindow:
        method, _, channel = name.partition(" ")
        if not method:
            most, span = 1, timedelta(0)
        elif channel:
            most, span = 1 if method == POST else A_WORKSPACE, SECOND
        else:
            most = A_WORKSPACE if method == POST else A_MINUTE.get(method, SLOWEST)
            span = MINUTE
        most, span = share_of(most * self.room, span, self.processes())
        window = self._windows.setdefault(name, RateWindow(most, span))
        window.most, window.span = most, span
        return window


class SlackOutgoing(ChatOutgoing[SlackPace]):
    """Slack's Web API for everything that nobody waits for."""

    error = SlackRefused

    def __init__(
        self, api: Api, now: Callable[[], datetime], report: Callable[[PlatformError], None]
    ) -> None:
        super().__init__(SlackPace(now), api.health, report)
        self._api = api

    def call(self, method: str, **args: Any) -> dict[str, Any]:
        """As Api.call. Raises SlackRefused; LATER, too, when it was not tried at all."""
        return self._call(method, args, waited_for=False)

    def call_at_once(self, method: str, **args: Any) -> dict[str, Any]:
        """As `call`, for what somebody looks at now: it goes before everything nobody waits for."""
        return self._call(method, args, waited_for=True)

    def _call(self, method: str, args: dict[str, Any], *, waited_for: bool) -> dict[str, Any]:
        channel = str(args.get("channel") or args.get("user_id") or "")
        return self._paced(
            method,
            lambda: self.pace.take(method, channel, waited_for=waited_for),
            lambda: self._api.call(method, **args),
            where=channel,
            waited_for=waited_for,
        )

    def hold(self, name: str, error: PlatformError, where: str) -> None:
        self.pace.hold(error.after or SECOND, error.code, name, where)
