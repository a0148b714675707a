"""Mattermost's rate limit on the test's clock: so many requests a second, and a burst beyond them.

It is off on a server as it is installed; `strict()` switches it on with the numbers that the system
console offers (10 a second, a burst of 100), by session as with VaryByUser.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Standing:
    """How a session stands after a request: what the headers say. `retry_after` is None unless it
    was one too many."""

    limit: int
    remaining: int
    reset: int
    retry_after: int | None = None

    def headers(self) -> dict[str, str]:
        found = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }
        more = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return found | more


class Rates:
    """A leaky bucket: `_empty_at` is when all of it will have run out, by token."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.on, self.per_second, self.burst = False, 10, 100
        self._empty_at: dict[str, datetime] = {}

    def strict(self, per_second: int = 10, burst: int = 100) -> None:
        self.on, self.per_second, self.burst = True, per_second, burst
        self._empty_at.clear()

    def off(self) -> None:
        self.on = False

    def count(self, token: str) -> Standing | None:
        """Count a request of this session; None when nobody counts."""
        if not self.on:
            return None
        now, drop = self._now(), timedelta(seconds=1) / self.per_second
        full = drop * (self.burst + 1)
        empty_at = max(self._empty_at.get(token, now), now) + drop
        if empty_at - now > full:
            wait = math.ceil((empty_at - now - full).total_seconds())
            reset = math.ceil((empty_at - drop - now).total_seconds())
            return Standing(self.burst + 1, 0, reset, max(wait, 1))
        self._empty_at[token] = empty_at
        left = int((full - (empty_at - now)) / drop)
        return Standing(self.burst + 1, left, math.ceil((empty_at - now).total_seconds()))
