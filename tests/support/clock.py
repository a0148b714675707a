"""A clock that a test moves."""

from datetime import datetime, timedelta

from workflows.japanese.dates import TOKYO

START = datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)  # a Friday, an open day


class MovedClock:
    """Starts on Friday 20 November 2026, 10:00 in Japan: an open day."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or START

    def now(self) -> datetime:
        return self.at

    def move(self, **delta: float) -> None:
        self.at += timedelta(**delta)

    def set(self, at: datetime) -> None:
        self.at = at
