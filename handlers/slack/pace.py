"""Sending at Slack's pace: what is not free yet is told to come back, and nobody waits for it.

One message a second in a channel, so many calls of a method in a minute, and what Slack itself
asks for (`Retry-After`), for that method in the whole workspace and for no other. Some calls of
each minute are left to people who look at what they pressed. Who is told to come back is given a
turn of their own, so that thirty messages do not all come back at once. Rates:
https://docs.slack.dev/apis/web-api/rate-limits
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.chat.rate_window import RateWindow, one_process, share_of
from handlers.slack.api import MISSING, UNREACHABLE, Api, ErrorKind, SlackRefused

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
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
FOR_WHO_WAITS: Final = {"chat.update": 8, "views.publish": 8}


class Pace:
    """`now` is the desk's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.room = 1  # so many times what is allowed; more only where nobody counts
        self.processes: Callable[[], int] = one_process  # that send at this pace: each its share
        self._lanes: dict[str, RateWindow] = {}
        self._lock = threading.Lock()

    def take(
        self, method: str, channel: str = "", *, waited_for: bool = False
    ) -> tuple[timedelta, str] | None:
        """Count a call that is made now; or how long until it may be and why, and nothing is
        counted. `waited_for` is what somebody looks at just now."""
        with self._lock:
            now = self._now()
            lanes = self._lanes_of(method, channel)
            kept = FOR_WHO_WAITS.get(method, 0) * self.room // self.processes()
            spared = 0 if waited_for else kept
            asked = [(lane, spared if lane.span == MINUTE else 0) for lane in lanes]
            busy = [(lane, left) for lane, left in asked if lane.free_at(now, left) > now]
            if busy:
                return max((lane.turn(now, left) - now, lane.why_at(now)) for lane, left in busy)
            for lane in lanes[1:]:
                lane.used.append(now)
            return None

    def close(self, wait: timedelta, why: str, method: str = "", channel: str = "") -> None:
        """Nothing for so long: in this channel, by this method, or at all."""
        with self._lock:
            now = self._now()
            lane = self._lanes_of(method, channel)[-1]
            lane.closed_until, lane.why = max(now + wait, lane.closed_until or now), why

    def hold(self, wait: timedelta, why: str, method: str, channel: str) -> None:
        """Slack asks to wait: for this method in the whole workspace. A message may have been one
        too many for its channel alone; when that happens in two of them at once, it was not."""
        if method != POST or not channel:
            self.close(wait, why, method)
            return
        with self._lock:
            now, here = self._now(), f"{POST} {channel}"
            elsewhere = any(
                lane.why == why and lane.closed_until and lane.closed_until > now
                for name, lane in self._lanes.items()
                if name.startswith(f"{POST} ") and name != here
            )
        self.close(wait, why, method, "" if elsewhere else channel)

    def open(self, method: str, channel: str) -> None:
        """What held this method in this channel is over."""
        with self._lock:
            self._lanes_of(method, channel)[-1].closed_until = None

    def reopen(self) -> None:
        """What was closed for everything is open again."""
        with self._lock:
            self._lane("", 1, timedelta(0)).closed_until = None

    def _lanes_of(self, method: str, channel: str) -> list[RateWindow]:
        """Everything that a call has to keep to, the narrowest last."""
        lanes = [self._lane("", 1, timedelta(0))]  # counts nothing, but can be closed
        if not method:
            return lanes
        if method == POST:
            lanes.append(self._lane(method, A_WORKSPACE, MINUTE))
        else:
            lanes.append(self._lane(method, A_MINUTE.get(method, SLOWEST), MINUTE))
        if channel:
            most = 1 if method == POST else A_WORKSPACE
            lanes.append(self._lane(f"{method} {channel}", most, SECOND))
        return lanes

    def _lane(self, name: str, most: int, span: timedelta) -> RateWindow:
        most, span = share_of(most * self.room, span, self.processes())
        lane = self._lanes.setdefault(name, RateWindow(most, span))
        lane.most, lane.span = most, span
        return lane


class Outgoing:
    """Slack's Web API for everything that nobody waits for: at its pace, and told when it is shut.

    `report` is called with what closes it, so that somebody is told.
    """

    def __init__(
        self, api: Api, now: Callable[[], datetime], report: Callable[[SlackRefused], None]
    ) -> None:
        self._api, self._report = api, report
        self.pace = Pace(now)

    @property
    def is_shut(self) -> bool:
        """Whether the way is known to be down: whoever looks after it says when it is up."""
        return self._api.health.is_down

    def call(self, method: str, **args: Any) -> dict[str, Any]:
        """As Api.call. Raises SlackRefused; LATER, too, when it was not tried at all."""
        return self._call(method, args, waited_for=False)

    def call_at_once(self, method: str, **args: Any) -> dict[str, Any]:
        """The same for what somebody looks at just now: before all that nobody waits for."""
        return self._call(method, args, waited_for=True)

    def _call(self, method: str, args: dict[str, Any], *, waited_for: bool) -> dict[str, Any]:
        if self.is_shut and not waited_for:
            raise SlackRefused(ErrorKind.LATER, UNREACHABLE, MINUTE, tried=False)
        channel = str(args.get("channel") or args.get("user_id") or "")
        turn = self.pace.take(method, channel, waited_for=waited_for)
        if turn:
            wait, why = turn
            raise SlackRefused(ErrorKind.LATER, why, wait, tried=False)
        try:
            return self._api.call(method, **args)
        except SlackRefused as refused:
            self.heed(method, refused, channel)
            if refused.kind is ErrorKind.CLOSED:
                self._report(refused)
            raise

    def heed(self, method: str, refused: SlackRefused, channel: str = "") -> None:
        """Hold what Slack does not take now, whoever called it: also for somebody who waited."""
        wait, why = refused.after or SECOND, refused.code
        if refused.kind is ErrorKind.CLOSED:
            # A scope that is missing closes what needs it; all else closes everything.
            self.pace.close(wait, why, method if why == MISSING else "")
        elif why == UNREACHABLE:
            self.pace.close(wait, why)
        elif refused.kind is ErrorKind.LATER:
            self.pace.hold(wait, why, method, channel)
