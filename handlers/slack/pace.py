"""Sending at Slack's pace: what is not free yet is told to come back, and nobody waits for it.

One message a second in a channel, so many calls of a method in a minute, and what Slack itself
asks for (`Retry-After`) for that method and channel alone. Who is told to come back is given a turn
of their own, so that thirty messages do not all come back at once. Rates:
https://docs.slack.dev/apis/web-api/rate-limits
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.lane import Lane
from handlers.slack.api import UNREACHABLE, Api, Kind, SlackRefused

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


class Pace:
    """`now` is the desk's clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.room = 1  # so many times what is allowed; more only where nobody counts
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()

    def take(self, method: str, channel: str = "") -> tuple[timedelta, str] | None:
        """Count a call that is made now; or how long until it may be and why, and nothing is
        counted."""
        with self._lock:
            now = self._now()
            lanes = self._lanes_of(method, channel)
            busy = [lane for lane in lanes if lane.free_at(now) > now]
            if busy:
                turns = [(lane.turn(now) - now, lane.why_at(now)) for lane in busy]
                return max(turns)
            for lane in lanes[1:]:
                lane.used.append(now)
            return None

    def close(self, wait: timedelta, why: str, method: str = "", channel: str = "") -> None:
        """Nothing for so long: in this channel, by this method, or at all."""
        with self._lock:
            now = self._now()
            lane = self._lanes_of(method, channel)[-1]
            lane.closed_until, lane.why = max(now + wait, lane.closed_until or now), why

    def _lanes_of(self, method: str, channel: str) -> list[Lane]:
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

    def _lane(self, name: str, most: int, span: timedelta) -> Lane:
        if name not in self._lanes:
            self._lanes[name] = Lane(most * self.room, span)
        return self._lanes[name]


class Outgoing:
    """Slack's Web API for everything that nobody waits for: at its pace, and told when it is shut.

    `report` is called with what closes it, so that somebody is told.
    """

    def __init__(
        self, api: Api, now: Callable[[], datetime], report: Callable[[SlackRefused], None]
    ) -> None:
        self._api, self._report = api, report
        self.pace = Pace(now)

    def call(self, method: str, **args: Any) -> dict[str, Any]:
        """As Api.call. Raises SlackRefused; LATER, too, when it was not tried at all."""
        channel = str(args.get("channel") or args.get("user_id") or "")
        turn = self.pace.take(method, channel)
        if turn:
            wait, why = turn
            raise SlackRefused(Kind.LATER, why, wait)
        try:
            return self._api.call(method, **args)
        except SlackRefused as refused:
            wait, why = refused.after or SECOND, refused.code
            if refused.kind is Kind.CLOSED:
                # A scope that is missing closes what needs it; all else closes everything.
                self.pace.close(wait, why, method if why == "missing_scope" else "")
                self._report(refused)
            elif why == UNREACHABLE:
                self.pace.close(wait, why)
            elif refused.kind is Kind.LATER:
                self.pace.close(wait, why, method, channel)
            raise
