"""Open days and office hours: when a notice may go, and by when a reply is promised."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from workflows.dates import TOKYO

OPENS: Final = time(8, 30)
CLOSES: Final = time(17, 15)

# rules.md, Time: how long an agency has, in open days, and the least that 緊急 leaves it.
REPLY_OPEN_DAYS: Final = {"urgent": 1, "normal": 3}
EMERGENCY_LEAST: Final = timedelta(hours=2)

_DAY: Final = timedelta(days=1)
_LONGEST_CLOSURE: Final = 400  # days; a list of closed days longer than this is a mistake
_WEEKEND: Final = {5: "土曜日", 6: "日曜日"}
_YEAR_END: Final = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})


class NoOpenDay(LookupError):
    """More than a year without one open day: the town's list of closed days cannot be right."""


@dataclass(frozen=True)
class OpenDays:
    """The days on which the town hall works.

    `holiday_name` gives a national holiday's name or None; `closed` are the town's own days.
    """

    holiday_name: Callable[[date], str | None]
    closed: frozenset[date] = frozenset()

    def is_open(self, d: date) -> bool:
        """Whether the town hall works on that day."""
        return self.why_closed(d) is None

    def why_closed(self, d: date) -> str | None:
        """Why it is closed: the holiday's name, 年末年始, 土曜日 …, or None on an open day."""
        if (d.month, d.day) in _YEAR_END:
            return "年末年始"
        if holiday := self.holiday_name(d):
            return holiday
        if d.weekday() in _WEEKEND:
            return _WEEKEND[d.weekday()]
        return "閉庁日" if d in self.closed else None

    def next_open(self, d: date, including: bool = True) -> date:
        """The first open day from `d` on, or after it when not `including`. Raises NoOpenDay."""
        day = d if including else d + _DAY
        for _ in range(_LONGEST_CLOSURE):
            if self.is_open(day):
                return day
            day += _DAY
        raise NoOpenDay(d.isoformat())

    def add_open_days(self, d: date, n: int) -> date:
        """The n-th open day after `d`, or before it when n is negative; d itself never counts.

        With n = 0: d, or the next open day when d is closed. Raises NoOpenDay.
        """
        if n == 0:
            return self.next_open(d)
        day, step, left, closed_run = d, _DAY if n > 0 else -_DAY, abs(n), 0
        while left:
            day += step
            closed_run = 0 if self.is_open(day) else closed_run + 1
            left -= closed_run == 0
            if closed_run > _LONGEST_CLOSURE:
                raise NoOpenDay(d.isoformat())
        return day

    def open_days_between(self, a: date, b: date) -> int:
        """How many open days lie after `a` up to and including `b`: あと3開庁日.

        Negative when b is the earlier one: so many open days overdue.
        """
        if b < a:
            return -self.open_days_between(b, a)
        return sum(self.is_open(a + _DAY * n) for n in range(1, (b - a).days + 1))

    def notice_time(self, now: datetime, urgent: bool = False) -> datetime:
        """The earliest moment from `now` on at which a notice may go, in Asia/Tokyo.

        That is 8:30 to 17:15 on an open day. `urgent` (緊急 alone) is at once.
        """
        local = now.astimezone(TOKYO)
        if urgent:
            return local
        today, clock = local.date(), local.time()
        if self.is_open(today) and clock <= CLOSES:
            return local if clock >= OPENS else self.at_opening(today)
        return self.at_opening(self.next_open(today, including=False))

    @staticmethod
    def at_opening(d: date) -> datetime:
        """8:30 of that day in Asia/Tokyo."""
        return datetime.combine(d, OPENS, TOKYO)

    @staticmethod
    def at_closing(d: date) -> datetime:
        """17:15 of that day in Asia/Tokyo."""
        return datetime.combine(d, CLOSES, TOKYO)


def reply_by(urgency: str, now: datetime, days: OpenDays) -> datetime:
    """By when an agency asked at `now` should have answered, in Asia/Tokyo.

    "emergency" (緊急): 17:15 of the same day, on closed days too, because these notices go at any
    hour; but never less than two hours, so that who is asked at 16:50 or at night can still keep
    it. "urgent" (至急) one and "normal" (通常) three open days at 17:15, counted from the day on
    which the notice reaches the office: what is asked on a Saturday or at 20:00 arrives on the
    next open day, and the day of arrival does not count. Raises ValueError on another urgency.
    """
    local = now.astimezone(TOKYO)
    if urgency == "emergency":
        return max(days.at_closing(local.date()), local + EMERGENCY_LEAST)
    if urgency not in REPLY_OPEN_DAYS:
        raise ValueError(f"no such urgency: {urgency}")
    arrives = days.notice_time(local).date()
    return days.at_closing(days.add_open_days(arrives, REPLY_OPEN_DAYS[urgency]))
