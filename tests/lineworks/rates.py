"""LINE WORKS's rate limits on the test's clock: a number a minute for each API of the domain.

From the beginning there is room for a story on a clock that stands: a hundred times the number.
`strict("free")` or `strict("paid")` takes the numbers as they are documented, `off()` none.
A caller that has not paused for a minute within half an hour is given half (LINE WORKS asks for
that; whether it enforces it is not known).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE, LONG = timedelta(minutes=1), timedelta(minutes=30)
A_MINUTE = {"free": 60, "paid": 240}
ROOMS = 10  # made in a minute, whatever the plan


@dataclass
class _Used:
    """One API: its minute that runs, how often it was called in it, since when without a pause."""

    began: datetime
    since: datetime
    last: datetime
    times: int = 0


@dataclass(frozen=True)
class Standing:
    """How one API stands after a call: what the headers say."""

    limit: int
    remaining: int
    reset: int
    too_many: bool = False

    def headers(self) -> dict[str, str]:
        return {
            "rateLimit-limit": str(self.limit),
            "rateLimit-remaining": str(self.remaining),
            "rateLimit-reset": str(self.reset),
        }


class Rates:
    """See the top of this file."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.plan, self.burst, self.on = "paid", 100, True
        self._used: dict[str, _Used] = {}

    def strict(self, plan: str = "free") -> None:
        self.plan, self.burst, self.on = plan, 1, True
        self._used.clear()

    def off(self) -> None:
        self.on = False

    def count(self, api: str) -> Standing | None:
        """Count a call of this API; None when nobody counts."""
        if not self.on:
            return None
        now = self._now()
        used = self._used.setdefault(api, _Used(now, now, now))
        if now - used.last > MINUTE:
            used.since = now
        if now - used.began >= MINUTE:
            used.began, used.times = now, 0
        used.last = now
        limit = (ROOMS if api == "rooms.create" else A_MINUTE[self.plan]) * self.burst
        if now - used.since > LONG:
            limit //= 2
        too_many = used.times >= limit
        used.times += 0 if too_many else 1
        reset = max(1, math.ceil((used.began + MINUTE - now).total_seconds()))
        return Standing(limit, limit - used.times, reset, too_many)
