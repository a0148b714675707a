"""What may be done so often in so long; who has to come back is given a turn of their own."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

PACED: Final = "paced"


def one_process() -> int:
    """How many share a limit where nobody says otherwise."""
    return 1


def share_of(most: int, span: timedelta, processes: int) -> tuple[int, timedelta]:
    """The part of one of so many processes in what all of them together may do, as another `most`
    in another span."""
    if processes <= most:
        return most // processes, span
    return 1, span * processes / most


@dataclass
class RateWindow:
    """`most` times in `span`; `used` are the moments of late."""

    most: int
    span: timedelta
    used: deque[datetime] = field(default_factory=deque)
    promised: datetime | None = None  # the last turn that was given
    closed_until: datetime | None = None
    why: str = ""  # it is closed
    asked_at: datetime | None = None  # the last time

    def free_at(self, now: datetime, reserved_turns: int = 0) -> datetime:
        """When it may be done next by who leaves `reserved_turns` of the turns to others."""
        self._follow(now)
        while self.used and (self.used[0] <= now - self.span or self.used[0] > now):
            self.used.popleft()  # long ago; or a clock that was put back
        over = len(self.used) - (self.most - reserved_turns)  # so many have to be past first
        free = self.used[over] + self.span if over >= 0 else now
        return max(free, self.closed_until) if self.closed_until else free

    def why_at(self, now: datetime) -> str:
        return self.why if self.closed_until and self.closed_until > now else PACED

    def turn(self, now: datetime, reserved_turns: int = 0) -> datetime:
        """A moment at which it will be free, another one for each who asks."""
        wanted = self.free_at(now, reserved_turns)
        if self.promised and self.promised > now:
            wanted = max(wanted, self.promised + self.span / (self.most - reserved_turns))
        self.promised = wanted
        return wanted

    def close(self, now: datetime, wait: timedelta, why: str) -> None:
        """Close the window for so long; a longer closing stays."""
        self.closed_until, self.why = max(now + wait, self.closed_until or now), why

    def _follow(self, now: datetime) -> None:
        """A clock that is put back takes along until when it is closed, and the turns given."""
        back = self.asked_at - now if self.asked_at and now < self.asked_at else timedelta(0)
        self.closed_until = self.closed_until and self.closed_until - back
        self.promised = self.promised and self.promised - back
        self.asked_at = now
