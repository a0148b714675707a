"""How long something is left alone, by a clock that somebody may put right meanwhile."""

from datetime import datetime, timedelta


class Pause:
    """Over until it is begun. A clock that is put back takes its end along; `now` is that clock."""

    def __init__(self) -> None:
        self._until: datetime | None = None  # None: it is over
        self._asked_at: datetime | None = None

    def begin(self, now: datetime, length: timedelta) -> None:
        self._until, self._asked_at = now + length, now

    def end(self) -> None:
        self._until = None

    def is_over(self, now: datetime) -> bool:
        if self._until is None:
            return True
        if self._asked_at and now < self._asked_at:
            self._until -= self._asked_at - now
        self._asked_at = now
        return now >= self._until
