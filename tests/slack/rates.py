"""Slack's rate limits on the test's clock: a minute for each method, a second for a channel."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
A_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}  # what a tier allows
WORKSPACE = 300  # chat.postMessage in a minute: "several hundred", as Slack has it


class Rates:
    """On from the beginning, but with room for a story on a clock that stands: `burst` times.

    `strict()` takes the numbers as they are documented; `off()` forgets them.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.burst = 100
        self.on = True
        self._used: dict[str, list[datetime]] = {}

    def strict(self) -> None:
        self.on, self.burst = True, 1
        self._used.clear()

    def off(self) -> None:
        self.on = False

    def wait(self, method: str, tier: int, channel: str) -> int:
        """Count this call. Seconds to wait (at least 1) when it was one too many, or 0."""
        if not self.on:
            return 0
        wanted: list[tuple[str, int, timedelta]] = []
        if tier:
            wanted.append((method, A_MINUTE[tier], MINUTE))
        if method == "chat.postMessage":
            wanted.append((f"#{channel}", 1, SECOND))
            wanted.append(("workspace", WORKSPACE, MINUTE))
        now = self._now()
        for key, most, span in wanted:
            recent = [at for at in self._used.get(key, []) if at > now - span]
            self._used[key] = recent
            if len(recent) >= most * self.burst:
                return max(1, math.ceil((recent[0] + span - now).total_seconds()))
        for key, _, _ in wanted:
            self._used[key].append(now)
        return 0
