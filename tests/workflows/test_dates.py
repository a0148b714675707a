"""Dates: every way an office writes them is read, and what is no date says why."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.japanese.dates import (
    LONGEST,
    TOKYO,
    NotADate,
    fiscal_year,
    is_no_end,
    parse_date,
    parse_instant,
    parse_time,
    show_date,
    show_instant,
    show_short,
)

TODAY = date(2026, 11, 20)
SINCE_MEIJI_6 = st.dates(date(1873, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "令和8年11月20日", "令和八年十一月二十日", "令和 8 年 11 月 20 日", "R8.11.20", "r8-11-20",
        "Ｒ８／１１／２０", "R081120", "㋿8年11月20日", "令和8年11月20日（金）", "2026-11-20",
        "2026/11/20", "2026.11.20", "2026年11月20日", "西暦2026年11月20日", "20261120",
        "２０２６年１１月２０日", "11月20日", "11/20", " 11/20\n", "R8.11.20(金・祝)",
    ],
)  # fmt: skip
def test_one_day_is_read_in_every_way_it_is_written(text: str) -> None:
    """Era or western, full-width or not, with blanks or a weekday: it is the same day."""
    assert parse_date(text, today=TODAY) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("H31.4.30", date(2019, 4, 30)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("S30.1.2", date(1955, 1, 2)),
        ("昭和30年1月2日", date(1955, 1, 2)),
        ("昭30.1.2", date(1955, 1, 2)),
        ("大正15年12月25日", date(1926, 12, 25)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("T14.3.3", date(1925, 3, 3)),
        ("明治45年7月30日", date(1912, 7, 30)),
        ("M45.7.29", date(1912, 7, 29)),
    ],
)
def test_each_era_is_read_from_its_first_to_its_last_day(text: str, day: date) -> None:
    """Gannen, the letters, and the day that ends one era and begins the next."""
    assert parse_date(text, today=TODAY) == day


@given(SINCE_MEIJI_6)
def test_what_is_shown_is_read_again(day: date) -> None:
    """Every date since 明治6年 that is shown, with its era and weekday, is read as itself."""
    assert parse_date(show_date(day), today=TODAY) == day


@given(st.datetimes(datetime(1950, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 -- zone below
def test_an_instant_that_is_shown_is_read_again(moment: datetime) -> None:
    """Era, weekday and 午前/午後 come back as the same minute."""
    instant = moment.replace(second=0, microsecond=0, tzinfo=TOKYO)
    shown = show_instant(instant)
    assert parse_instant(shown).replace(tzinfo=None) == instant.replace(tzinfo=None)


@given(st.text())
def test_no_text_does_anything_but_give_a_date_or_say_why_not(text: str) -> None:
    """Whatever is typed gives a result or NotADate, never another error."""
    wrongs = []
    with suppress(NotADate):
        parse_date(text, today=TODAY)
    try:
        parse_instant(text)
    except NotADate as wrong:
        wrongs.append(wrong)
    assert all(set(wrong.facts) == {"text", "hint"} for wrong in wrongs)


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("", "date.unreadable", ""),
        ("あした", "date.unreadable", ""),
        ("8.11.20", "date.unreadable", "R8.11.20"),
        ("8年11月20日", "date.unreadable", "R8年11月20日"),
        ("1/1/2026", "date.unreadable", ""),
        ("2026-11-20T14:00", "date.unreadable", ""),
        ("2月30日", "date.impossible", ""),
        ("令和8年2月30日", "date.impossible", ""),
        ("2026-13-01", "date.impossible", ""),
        ("令和0年1月1日", "date.impossible", ""),
        ("1872-12-31", "date.too_early", "明治6年1月1日"),
        ("0001-01-01", "date.too_early", "明治6年1月1日"),
        ("9999-12-31", "date.too_late", "令和81年12月31日"),
        ("令和99年12月31日", "date.too_late", "令和81年12月31日"),
        ("令和999年1月1日", "date.unreadable", ""),
        ("1000000000", "date.unreadable", ""),
        ("9" * 10_000, "date.unreadable", ""),
        ("一" * 10_000 + "年1月1日", "date.unreadable", ""),
        ("令和8年11月20日（木）", "date.impossible", "令和8年11月20日（金）"),
        ("昭和70年1月2日", "date.era_mismatch", "平成7年1月2日"),
        ("平成40年3月31日", "date.era_mismatch", "令和10年3月31日"),
        ("平成31年5月1日", "date.era_mismatch", "令和元年5月1日"),
        ("令和元年4月30日", "date.era_mismatch", "平成31年4月30日"),
        ("昭和64年1月8日", "date.era_mismatch", "平成元年1月8日"),
        ("T15.12.26", "date.era_mismatch", "昭和元年12月26日"),
    ],
)
def test_what_is_no_date_says_which_way_it_is_wrong(text: str, key: str, hint: str) -> None:
    """Unreadable, impossible and a year its era never had are three different answers."""
    with pytest.raises(NotADate) as wrong:
        parse_date(text, today=TODAY)
    assert (wrong.value.key, wrong.value.facts["hint"]) == (key, hint)


@pytest.mark.parametrize(
    ("text", "coming", "past"),
    [
        ("11月20日", date(2026, 11, 20), date(2026, 11, 20)),
        ("11/21", date(2026, 11, 21), date(2025, 11, 21)),
        ("3月31日", date(2027, 3, 31), date(2026, 3, 31)),
        ("10/20", date(2027, 10, 20), date(2026, 10, 20)),
        ("10/21", date(2026, 10, 21), date(2026, 10, 21)),
        ("11/19", date(2026, 11, 19), date(2026, 11, 19)),
    ],
)
def test_a_day_without_a_year_is_the_coming_one_unless_just_gone(
    text: str, coming: date, past: date
) -> None:
    """At most 11 months ahead; a field for what has happened takes the last one instead."""
    assert parse_date(text, today=TODAY) == coming
    assert parse_date(text, today=TODAY, past=True) == past


def test_the_leap_day_without_a_year_needs_a_leap_year_near() -> None:
    """2月29日 is read where there is one, and refused where there is none."""
    assert parse_date("2/29", today=date(2028, 1, 10)) == date(2028, 2, 29)
    with pytest.raises(NotADate):
        parse_date("2/29", today=TODAY)


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00+09:00", "9999-12-31T23:59-12:00", "9999-12-31 23:59", "9999-12-31T00:00Z"],
)
def test_an_instant_at_the_ends_of_time_is_refused_in_words(text: str) -> None:
    """No zone and no length can be added to it: neither raises OverflowError."""
    with pytest.raises(NotADate) as wrong:
        parse_instant(text)
    assert wrong.value.key in {"date.too_early", "date.too_late"}


@pytest.mark.parametrize(
    ("text", "no_end"),
    [
        ("9999-12-31", True),
        ("9999/12/31", True),
        ("９９９９年１２月３１日", True),
        ("99991231", True),
        ("9999-12-30", False),
        ("2099-12-31", False),
        ("", False),
        ("9" * 10_000, False),
    ],
)
def test_what_other_programs_write_for_no_end_is_known(text: str, no_end: bool) -> None:
    """However 9999-12-31 is written; nothing else is."""
    assert is_no_end(text) is no_end


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("14:00", time(14)), ("１４：００", time(14)), ("午後2時", time(14)), ("14時", time(14)),
        ("午後2時30分", time(14, 30)), ("午後二時半", time(14, 30)), ("9時5分", time(9, 5)),
        ("2:30 PM", time(14, 30)), ("12:15 AM", time(0, 15)), ("正午", time(12)),
        ("午後0時", time(12)), ("午前0時", time(0)), ("0:00", time(0)),
        ("午前11時59分", time(11, 59)),
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_way_it_is_written(text: str, clock: time) -> None:
    """24 hours, 午前 and 午後, 半, noon."""
    assert parse_time(text) == clock


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("お昼", "date.time_unreadable"),
        ("1400", "date.time_unreadable"),
        ("25:00", "date.time_impossible"),
        ("14:60", "date.time_impossible"),
        ("午後14時", "date.time_impossible"),
        ("午後12時", "date.time_impossible"),
    ],
)
def test_an_unclear_time_is_refused(text: str, key: str) -> None:
    """午後12時 is noon to some and midnight to others."""
    with pytest.raises(NotADate) as wrong:
        parse_time(text)
    assert wrong.value.key == key


@pytest.mark.parametrize(
    "text",
    [
        "令和8年11月20日 14:00", "令和8年11月20日（金）午後2時", "令和8年11月20日金曜日14時",
        "2026-11-20T14:00", "2026-11-20 14:00:00", "2026-11-20T05:00:00Z", "R8.11.20 午後2時",
        "2026-11-20T14:00:00+09:00", "11/20 14時",
    ],
)  # fmt: skip
def test_an_instant_is_read_in_tokyo(text: str) -> None:
    """Without a zone it is Japanese time; with one it is brought there."""
    instant = parse_instant(text, today=TODAY)
    assert instant.isoformat() == "2026-11-20T14:00:00+09:00"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-11-20", "date.time_unreadable"),
        ("令和8年11月20日", "date.time_unreadable"),
        ("11/20 14時", "date.unreadable"),
        ("2026-11-31T10:00", "date.impossible"),
        ("平成40年1月1日 10:00", "date.era_mismatch"),
    ],
)
def test_an_instant_without_its_time_or_year_is_refused(text: str, key: str) -> None:
    """A day alone is not midnight, and a year is not guessed without knowing today."""
    with pytest.raises(NotADate) as wrong:
        parse_instant(text)
    assert wrong.value.key == key


def test_dates_are_shown_as_officials_write_them() -> None:
    """Era, weekday, 午後0時 for noon, seconds left away, and any zone shown in Tokyo."""
    day = date(2026, 12, 3)
    assert show_date(day) == "令和8年12月3日（木）"
    assert show_date(date(2019, 5, 1)) == "令和元年5月1日（水）"
    assert show_date(date(2019, 4, 30)) == "平成31年4月30日（火）"
    assert show_short(day) == "12/3（木）"
    for hour, minute, words in ((14, 0, "午後2時"), (14, 30, "午後2時30分"), (12, 0, "午後0時"),
                                (0, 0, "午前0時"), (11, 5, "午前11時5分")):  # fmt: skip
        instant = datetime(2026, 12, 3, hour, minute, 59, tzinfo=TOKYO)
        assert show_instant(instant) == f"令和8年12月3日（木）{words}"
    assert show_instant(datetime(2026, 12, 3, 15, tzinfo=UTC)) == "令和8年12月4日（金）午前0時"
    with pytest.raises(ValueError, match="zone"):
        show_instant(datetime(2026, 12, 3))  # noqa: DTZ001 -- the naive one is the point


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 11, 20), 8),
        (date(2026, 3, 31), 7),
        (date(2026, 4, 1), 8),
        (date(2019, 4, 1), 1),
        (date(2020, 3, 31), 1),
        (date(2019, 3, 31), 30),
        (date(1989, 3, 31), 63),
    ],
)
def test_the_fiscal_year_runs_from_april(day: date, year: int) -> None:
    """March belongs to the year before; the spring of 2019 is 令和元年度 as a whole."""
    assert fiscal_year(day) == year


@pytest.mark.parametrize("read", [parse_time, parse_instant, lambda t: parse_date(t, today=TODAY)])
@pytest.mark.parametrize(
    "text", ["令和8年11月20日" + " " * 60, "一" * 5_000, "14:00" + "0" * 5_000]
)
def test_what_is_longer_than_any_date_is_not_even_looked_at(
    read: Callable[[str], object], text: str
) -> None:
    """However it goes on: what is said of it repeats no more than the beginning."""
    with pytest.raises(NotADate) as refused:
        read(text)
    assert refused.value.facts["text"] == text[:LONGEST]
