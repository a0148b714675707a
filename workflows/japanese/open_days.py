"""Open days and office hours: when a notice may go, and by when a reply is promised.

Nothing here walks over days whose number somebody typed: open days are counted by arithmetic, and
every search ends with the first or the last day that there is instead of raising OverflowError.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Final

from workflows.japanese.dates import TOKYO

OPENS: Final = time(8, 30)
CLOSES: Final = time(17, 15)

# docs/rules.md 18: how long an agency has, in open days, and the least that 緊急 leaves it.
REPLY_OPEN_DAYS: Final = {"urgent": 1, "normal": 3}
EMERGENCY_LEAST: Final = timedelta(hours=2)

_LONGEST_CLOSURE: Final = 400  # days; a list of closed days longer than this is a mistake
_COUNTED_YEARS: Final = 10  # ours: of days further apart the holidays are left out of the count
_ENDS: Final = frozenset({date.min, date.max})  # whoever comes there cannot go on
_WORKDAYS: Final = 5  # of a week, Monday to Friday
_WEEKEND: Final = {5: "saturday", 6: "sunday"}
_YEAR_END: Final = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
_YEAR_ENDS: Final = "year_end"
_CLOSED_BY_TOWN: Final = "closed_by_town"
_OUT_OF_HOURS: Final = "out_of_hours"
_CLOSED_AND_OUT_OF_HOURS: Final = "closed_and_out_of_hours"


class NoOpenDay(LookupError):
    """More than a year without one open day: the town's list of closed days cannot be right."""


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class OpenDays:
    """The days on which the town hall works.

    `holiday_name` gives a national holiday's name or None; `closed` are the town's own days, and
    `opened` those on which it works although the calendar closes them (a holiday that the law
    moved, a Saturday, 12/29): they win over everything else.
    """

    holiday_name: Callable[[date], str | None]
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()

    def is_open(self, d: date) -> bool:
        """Whether the town hall works on that day."""
        return self.why_closed(d) is None

    def why_closed(self, d: date) -> str | None:
        """Why it is closed: the name of the holiday, or a code of label.off_hours; None if open."""
        if d in self.opened:
            return None
        return _closed_by_calendar(self.holiday_name, d) or (
            _CLOSED_BY_TOWN if d in self.closed else None
        )

    def why_off_hours(self, starts: datetime, ends: datetime) -> str:
        """What is unusual about meeting then: why that day is closed, "out_of_hours" when it does
        not lie within 8:30 to 17:15, or one code for both; "" when nothing is. A weekend is closed
        like any other day: its name stands with the date. Shown through label.off_hours."""
        first, last = starts.astimezone(TOKYO), ends.astimezone(TOKYO)
        closed = self.why_closed(first.date()) or self.why_closed(last.date()) or ""
        inside = self.at_opening(first.date()) <= first and last <= self.at_closing(first.date())
        if not inside:
            return _CLOSED_AND_OUT_OF_HOURS if closed else _OUT_OF_HOURS
        return _CLOSED_BY_TOWN if closed in _WEEKEND.values() else closed

    def next_open(self, d: date, including: bool = True) -> date:
        """The first open day from `d` on, or after it when not `including`. Raises NoOpenDay."""
        day = d if including else _later(d, 1)
        for _ in range(_LONGEST_CLOSURE):
            if self.is_open(day) or day in _ENDS:
                return day
            day = _later(day, 1)
        raise NoOpenDay(d.isoformat())

    def add_open_days(self, d: date, n: int) -> date:
        """The n-th open day after `d`, or before it when n is negative; d itself never counts.

        With n = 0: d, or the next open day when d is closed. Raises NoOpenDay.
        """
        if n == 0:
            return self.next_open(d)
        day, step, left, closed_run = d, 1 if n > 0 else -1, abs(n), 0
        while left:
            day = _later(day, step)
            if day in _ENDS:
                return day
            closed_run = 0 if self.is_open(day) else closed_run + 1
            left -= closed_run == 0
            if closed_run > _LONGEST_CLOSURE:
                raise NoOpenDay(d.isoformat())
        return day

    def open_days_between(self, a: date, b: date) -> int:
        """How many open days lie after `a` up to and including `b`: あと3開庁日.

        Negative when b is the earlier one: so many open days overdue. More than ten years apart
        national holidays are not taken off: nobody counts on such a number to the day.
        """
        if b < a:
            return -self.open_days_between(b, a)
        found = _workdays_until(b) - _workdays_until(a)
        if b.year - a.year <= _COUNTED_YEARS:
            for year in range(a.year, b.year + 1):
                found -= sum(a < d <= b for d in _closed_workdays(self.holiday_name, year))
        return found + sum(by for d, by in self._own.items() if a < d <= b)

    @cached_property
    def _own(self) -> dict[date, int]:
        """What the town itself adds to the calendar's open days (1) and takes from them (-1)."""

        def closes(d: date) -> bool:
            return _closed_by_calendar(self.holiday_name, d) is not None

        more = {d: 1 for d in self.opened if closes(d)}
        return more | {d: -1 for d in self.closed - self.opened if not closes(d)}

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


def _later(d: date, days: int) -> date:
    """So many days later, or earlier, but no further than there are days."""
    ordinal = min(max(d.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


def _closed_by_calendar(holiday_name: Callable[[date], str | None], d: date) -> str | None:
    if (d.month, d.day) in _YEAR_END:
        return _YEAR_ENDS
    return holiday_name(d) or _WEEKEND.get(d.weekday())


def _workdays_until(d: date) -> int:
    """Mondays to Fridays from 0001-01-01, a Monday, up to and including that day."""
    weeks, rest = divmod(d.toordinal(), 7)
    return weeks * _WORKDAYS + min(rest, _WORKDAYS)


@lru_cache(maxsize=64)
def _closed_workdays(holiday_name: Callable[[date], str | None], year: int) -> tuple[date, ...]:
    """The Mondays to Fridays of a year that the calendar closes: looked up once."""
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    days = map(date.fromordinal, range(first, last + 1))
    return tuple(
        d for d in days if d.weekday() < _WORKDAYS and _closed_by_calendar(holiday_name, d)
    )


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
