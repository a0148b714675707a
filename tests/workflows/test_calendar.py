"""Open days: when the town hall works, when a notice may go, by when a reply is promised."""

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import CLOSES, OPENS, NoOpenDay, OpenDays, reply_by

JAPAN = holidays.country_holidays("JP", years=range(2020, 2041), language="ja")
FOUNDING = date(2026, 11, 24)  # the fictional town's own closed day, a Tuesday
DAYS = OpenDays(JAPAN.get, frozenset({FOUNDING}))
DATES = st.dates(date(2021, 1, 1), date(2039, 1, 1))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026 in Tokyo; 11/20 is a Friday, 11/23 a holiday, 11/24 the town's day."""
    return datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 11, 20), None),
        (date(2026, 11, 21), "saturday"),
        (date(2026, 11, 22), "sunday"),
        (date(2026, 11, 23), "勤労感謝の日"),
        (FOUNDING, "closed_by_town"),
        (date(2026, 5, 6), "振替休日"),
        (date(2026, 12, 28), None),
        (date(2026, 12, 29), "year_end"),
        (date(2027, 1, 3), "year_end"),
        (date(2027, 1, 4), None),
    ],
)
def test_a_closed_day_says_why(day: date, why: str | None) -> None:
    """Weekends, holidays, the town's own days and 12/29 to 1/3 are closed, each by its name."""
    assert DAYS.is_open(day) is (why is None)
    assert DAYS.why_closed(day) == why


def test_the_next_open_day_passes_over_everything_closed() -> None:
    """From Saturday over the holiday and the town's own day to Wednesday."""
    assert DAYS.next_open(date(2026, 11, 21)) == date(2026, 11, 25)
    assert DAYS.next_open(date(2026, 11, 20)) == date(2026, 11, 20)
    assert DAYS.next_open(date(2026, 11, 20), including=False) == date(2026, 11, 25)


def test_open_days_are_added_without_the_first_one() -> None:
    """The day itself never counts; backwards works alike; none added is the next open day."""
    assert DAYS.add_open_days(date(2026, 11, 20), 1) == date(2026, 11, 25)
    assert DAYS.add_open_days(date(2026, 11, 20), 3) == date(2026, 11, 27)
    assert DAYS.add_open_days(date(2026, 11, 25), -1) == date(2026, 11, 20)
    assert DAYS.add_open_days(date(2026, 11, 21), 0) == date(2026, 11, 25)


@given(DATES, st.integers(-40, 40).filter(bool))
def test_days_added_are_days_counted(day: date, n: int) -> None:
    """Adding n open days to an open day and counting them agree, and end on an open day."""
    start = DAYS.next_open(day)
    end = DAYS.add_open_days(start, n)
    assert DAYS.is_open(end)
    assert DAYS.open_days_between(start, end) == n


def test_a_town_that_never_opens_is_an_error_and_no_endless_loop() -> None:
    """A list of closed days longer than a year cannot be right."""
    never = OpenDays(lambda _: "休み")
    with pytest.raises(NoOpenDay):
        never.next_open(date(2026, 1, 1))
    with pytest.raises(NoOpenDay):
        never.add_open_days(date(2026, 1, 1), 1)


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        (at(20, 8, 29), at(20, 8, 30)),
        (at(20, 8, 30), at(20, 8, 30)),
        (at(20, 13, 7), at(20, 13, 7)),
        (at(20, 17, 15), at(20, 17, 15)),
        (at(20, 17, 16), at(25, 8, 30)),
        (at(22, 10), at(25, 8, 30)),
    ],
)
def test_a_notice_waits_for_office_hours(now: datetime, goes: datetime) -> None:
    """8:30 to 17:15 on an open day, else the next opening."""
    assert DAYS.notice_time(now, False) == goes


def test_an_emergency_notice_goes_at_once() -> None:
    """At three in the night of a Sunday too."""
    assert DAYS.notice_time(at(22, 3), True) == at(22, 3)


@given(st.datetimes(datetime(2021, 1, 1), datetime(2039, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_no_notice_goes_outside_office_hours(now: datetime) -> None:
    """Whenever it is asked for, it goes inside the hours, never before it was asked for."""
    goes = DAYS.notice_time(now)
    assert goes >= now
    assert DAYS.is_open(goes.date())
    assert OPENS <= goes.time() <= CLOSES


@pytest.mark.parametrize(
    ("urgency", "now", "due"),
    [
        ("emergency", at(20, 10), at(20, 17, 15)),
        ("emergency", at(20, 15, 15), at(20, 17, 15)),
        ("emergency", at(20, 16, 50), at(20, 18, 50)),
        ("emergency", at(20, 20), at(20, 22)),
        ("emergency", at(22, 10), at(22, 17, 15)),
        ("urgent", at(20, 10), at(25, 17, 15)),
        ("urgent", at(19, 8), at(20, 17, 15)),
        ("urgent", at(19, 20), at(25, 17, 15)),
        ("urgent", at(21, 10), at(26, 17, 15)),
        ("normal", at(20, 10), at(27, 17, 15)),
        ("normal", at(28, 10, month=12), datetime(2027, 1, 6, 17, 15, tzinfo=TOKYO)),
    ],
)
def test_a_reply_is_promised_by_urgency(urgency: str, now: datetime, due: datetime) -> None:
    """緊急 the same day, 至急 one, 通常 three open days after the notice reaches the office."""
    assert reply_by(urgency, now, DAYS) == due


@given(
    st.datetimes(datetime(2021, 1, 1), datetime(2039, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["emergency", "urgent", "normal"]),
)
def test_a_promise_always_leaves_time_to_keep_it(now: datetime, urgency: str) -> None:
    """At least two hours for 緊急, at least a whole office day for the others."""
    due = reply_by(urgency, now, DAYS)
    assert due - now >= timedelta(hours=2)
    if urgency != "emergency":
        assert due - DAYS.notice_time(now) >= timedelta(hours=24)
        assert DAYS.is_open(due.date())


@given(DATES, st.integers(-800, 800), st.frozensets(DATES, max_size=4))
def test_counting_by_arithmetic_is_counting_day_by_day(
    a: date, apart: int, opened: frozenset[date]
) -> None:
    """Weeks and holidays give what walking over every day gave, the town's own days included."""
    days = OpenDays(JAPAN.get, frozenset({FOUNDING, a}), opened | {date(2026, 12, 29)})
    b = a + timedelta(days=apart)
    first, last = min(a, b), max(a, b)
    walked = sum(days.is_open(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
    assert days.open_days_between(a, b) == (walked if a <= b else -walked)


def test_no_date_however_far_makes_counting_long_or_break() -> None:
    """Between any two days there are, fewer lookups than two dozen years have days."""
    asked: list[date] = []

    def name(day: date) -> str | None:
        asked.append(day)
        return JAPAN.get(day)

    days = OpenDays(name)
    today, ends = date(2026, 11, 20), (date.min, date(1873, 1, 1), date(9999, 12, 31))
    for end in ends:
        days.open_days_between(today, end)
        days.open_days_between(end, today)
        for including in (True, False):
            days.next_open(end, including)
        for n in (-10, -1, 0, 1, 10):
            days.add_open_days(end, n)
        days.at_closing(end)
        days.at_opening(end)
    assert len(asked) < 500
    asked.clear()
    for n in range(60):
        days.open_days_between(today, today + timedelta(days=60 * n))
    assert len(asked) < 366 * 12
    asked.clear()
    for n in range(60):
        days.open_days_between(today, today + timedelta(days=60 * n))
    assert asked == [], "a year is looked up once"


def test_a_town_opens_what_the_calendar_closes() -> None:
    """A holiday that the law moved, a Saturday and 12/29 are open days where the town says so."""
    opened = frozenset({date(2026, 11, 21), date(2026, 11, 23), date(2026, 12, 29)})
    days = OpenDays(JAPAN.get, frozenset(), opened)
    assert all(days.is_open(d) for d in opened)
    assert days.next_open(date(2026, 11, 21)) == date(2026, 11, 21)
    assert days.open_days_between(date(2026, 11, 20), date(2026, 11, 24)) == 3
    assert days.add_open_days(date(2026, 12, 28), 1) == date(2026, 12, 29)


@pytest.mark.parametrize(
    ("starts", "minutes", "why"),
    [
        (at(20, 14), 60, ""),
        (at(20, 8, 30), 60, ""),
        (at(20, 16, 15), 60, ""),
        (at(20, 16, 30), 60, "out_of_hours"),
        (at(20, 8), 60, "out_of_hours"),
        (at(20, 23, 30), 60, "closed_and_out_of_hours"),
        (at(19, 19), 90, "out_of_hours"),
        (at(21, 14), 60, "closed_by_town"),
        (at(21, 22), 60, "closed_and_out_of_hours"),
        (at(23, 14), 60, "勤労感謝の日"),
        (at(24, 14), 60, "closed_by_town"),
        (at(29, 10, month=12), 60, "year_end"),
    ],
)
def test_what_is_unusual_about_a_time_is_said(starts: datetime, minutes: int, why: str) -> None:
    """Closed days by their names, and what does not lie within 8:30 to 17:15."""
    ends = starts + timedelta(minutes=minutes)
    assert DAYS.why_off_hours(starts, ends) == why
    assert DAYS.why_off_hours(starts.astimezone(UTC), ends.astimezone(UTC)) == why


def test_an_unknown_urgency_is_an_error() -> None:
    """There is no silent default."""
    with pytest.raises(ValueError, match="soon"):
        reply_by("soon", at(20, 10), DAYS)
