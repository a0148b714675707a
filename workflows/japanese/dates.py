"""Japanese dates and times: read in every usual way, shown as 令和8年12月3日（木）午後2時.

Reading and showing stand together: whatever is shown here is also read here.
"""

import calendar as gregorian
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflows.japanese.characters import (
    HYPHENS,
    KANJI_NUMBER,
    kanji_numbers_before,
    one_width,
    without_marks,
)

TOKYO: Final = ZoneInfo("Asia/Tokyo")

# By so much a moment that was written down may be ahead of a clock without anything being wrong.
CLOCK_SKEW: Final = timedelta(minutes=5)

# Before this day Japan counted by the moon; no date of a living person lies there.
EARLIEST: Final = date(1873, 1, 1)
# No office writes a date after this day, and the law on holidays is known no further; 9999-12-31,
# which other programs write for "no end", is read as such by the lists alone (`is_no_end`).
LATEST: Final = date(2099, 12, 31)
_NO_END: Final = (9999, 12, 31)
LONGEST: Final = 60  # characters that a date with its time and weekday can have
_COMING_MONTHS: Final = 11


@dataclass(frozen=True)
class _Era:
    """An era from its first day; the day it begins is also the last day of the one before."""

    name: str
    letter: str
    begins: date

    def year_of(self, year: int) -> int:
        return year - self.begins.year + 1


# Newest first. 昭和 began and 大正 ended on one day, and so with 大正 and 明治; 平成 and 令和
# began on the day after. Source: the era ordinances (改元) of 1912, 1926, 1989 and 2019.
_ERAS: Final = (
    _Era("令和", "R", date(2019, 5, 1)),
    _Era("平成", "H", date(1989, 1, 8)),
    _Era("昭和", "S", date(1926, 12, 25)),
    _Era("大正", "T", date(1912, 7, 30)),
    _Era("明治", "M", date(1868, 1, 25)),
)
_SHARED_DAYS: Final = frozenset({("大正", date(1926, 12, 25)), ("明治", date(1912, 7, 30))})
_WEEKDAYS: Final = "月火水木金土日"

_DASH: Final = f"[{HYPHENS}]"
_ERA_NAMES: Final = "明治|大正|昭和|平成|令和|[明大昭平令MTSHR]"
_DAY: Final = r"(?P<m>\d{1,2})(?:月|[./-])(?P<d>\d{1,2})日?"
_IN_ERA: Final = re.compile(rf"(?P<era>{_ERA_NAMES})\.?(?P<y>元|\d{{1,2}})(?:年|[./-]){_DAY}")
_IN_ERA_TIGHT: Final = re.compile(rf"(?P<era>{_ERA_NAMES})(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)")
_WESTERN: Final = re.compile(rf"(?:西暦)?(?P<y>\d{{4}})(?:年|[./-]){_DAY}")
_WESTERN_TIGHT: Final = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)")
_YEARLESS: Final = re.compile(r"(?P<m>\d{1,2})(?:月(?P<d>\d{1,2})日?|/(?P<d2>\d{1,2}))")
_WHICH_ERA: Final = re.compile(r"(?P<y>\d{1,2})(?:年|[./-])\d{1,2}(?:月|[./-])\d{1,2}日?")
_WEEKDAY: Final = re.compile(
    rf"(?:\((?P<w>[{_WEEKDAYS}])(?:曜日?)?(?:・?祝)?\)|(?P<w2>[{_WEEKDAYS}])曜日?)$"
)

_CLOCK: Final = (
    r"(?P<half>午前|午後|AM|PM)?\s*+(?P<h>\d{1,2})\s*+"
    r"(?::\s*+(?P<m>\d{2})(?::\d{2})?|時\s*+(?:(?P<m2>\d{1,2})\s*+分|(?P<m3>半))?)\s*+(?P<after>AM|PM)?"
)
_TIME: Final = re.compile(_CLOCK)
_INSTANT: Final = re.compile(
    rf"(?P<date>.*?(?:[\s)日曜]|(?<=\d)T))\s*(?P<time>{_CLOCK}|正午)", re.DOTALL
)
_ISO_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?"
)


class NotADate(ValueError):
    """A text that is no date or time: a message key and its facts.

    Keys: date.unreadable, date.impossible, date.too_early, date.too_late, date.era_mismatch,
    date.time_unreadable, date.time_impossible. Facts: `text` as typed, and `hint`, how it may have
    been meant (such as 令和10年; "" when there is nothing to offer), or the first or last day that
    is read.
    """

    def __init__(self, key: str, facts: Mapping[str, object]) -> None:
        super().__init__(key)
        self.key = key
        self.facts = dict(facts)


def parse_date(text: str, *, today: date, past: bool = False) -> date:
    """The day that `text` writes: 令和8年11月20日, R8.11.20, 昭和30年1月2日, 2026/11/20, 20261120 …

    Full-width, kanji numerals, blanks and a weekday in brackets are all the same. A day without a
    year (11月20日, 11/20) is the coming one if that is at most 11 months ahead of `today`, else
    the one just gone; with `past` it is always the latest that is not after today.
    8.11.20 is refused: it could be 令和, 平成 or 2008. Days before EARLIEST and after LATEST are
    refused too, and a text longer than any date is not looked at.
    Raises NotADate.
    """
    _short_enough(text, "date.unreadable")
    plain = _plain(text).replace(" ", "").replace("\n", "").replace("\t", "")
    weekday = _WEEKDAY.search(plain)
    bare = plain[: weekday.start()] if weekday else plain
    day = _read_day(bare, text, today, past)
    if weekday and _WEEKDAYS[day.weekday()] != (weekday["w"] or weekday["w2"]):
        raise NotADate("date.impossible", {"text": text, "hint": show_date(day)})
    return day


def parse_time(text: str) -> time:
    """The time of day that `text` writes: 14:00, 午後2時, 午後2時30分, 14時, 2時半, 正午.

    午後12時 is refused: by the old rule it is midnight, by habit noon. Raises NotADate.
    """
    _short_enough(text, "date.time_unreadable")
    plain = _plain(text).strip()
    if plain == "正午":
        return time(12)
    match = _TIME.fullmatch(plain)
    if not match:
        raise NotADate("date.time_unreadable", {"text": text, "hint": ""})
    hour = int(match["h"])
    minute = 30 if match["m3"] else int(match["m"] or match["m2"] or 0)
    half = match["half"] or match["after"] or ""
    if half in {"AM", "PM"} and hour <= 12:  # noqa: PLR2004 -- 12 PM is noon, always
        hour %= 12
    if half and hour >= 12:  # noqa: PLR2004 -- the hours of half a day
        hint = f"午後{hour % 12}時" if hour < 24 and minute < 60 else ""  # noqa: PLR2004
        raise NotADate("date.time_impossible", {"text": text, "hint": hint})
    if half in {"午後", "PM"}:
        hour += 12
    try:
        return time(hour, minute)
    except ValueError:
        raise NotADate("date.time_impossible", {"text": text, "hint": ""}) from None


def parse_instant(text: str, *, today: date | None = None, past: bool = False) -> datetime:
    """The instant that `text` writes, in Asia/Tokyo: 令和8年11月20日 14:00, 2026-11-20T14:00.

    An ISO text with an offset is brought to Asia/Tokyo. A day without a year needs `today`.
    Raises NotADate, also when there is a day but no time.
    """
    _short_enough(text, "date.time_unreadable")
    plain = _plain(text).strip()
    if _ISO_INSTANT.fullmatch(plain):
        try:
            instant = datetime.fromisoformat(plain)
        except ValueError:
            raise NotADate("date.impossible", {"text": text, "hint": ""}) from None
        _within_bounds(instant.date(), text)  # before it is brought to another zone
        return instant.astimezone(TOKYO) if instant.tzinfo else instant.replace(tzinfo=TOKYO)
    match = _INSTANT.fullmatch(plain)
    if not match:
        raise NotADate("date.time_unreadable", {"text": text, "hint": ""})
    day_text = match["date"].removesuffix("T")
    if today is None and _YEARLESS.match(day_text.strip()):
        raise NotADate("date.unreadable", {"text": text, "hint": ""})
    day = parse_date(day_text, today=today or EARLIEST, past=past)
    return datetime.combine(day, parse_time(match["time"]), TOKYO)


def show_date(d: date) -> str:
    """令和8年12月3日（木）."""
    return f"{_era_date(d)}（{_WEEKDAYS[d.weekday()]}）"


def show_instant(dt: datetime) -> str:
    """令和8年12月3日（木）午後2時, in Asia/Tokyo; noon is 午後0時. Raises ValueError when naive."""
    if dt.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    local = dt.astimezone(TOKYO)
    return f"{show_date(local.date())}{show_time(local.time())}"


def show_time(t: time) -> str:
    """午後2時, 午後2時30分, 午後0時 for noon, 午前0時 for midnight; seconds are not shown."""
    half, hour = ("午後", t.hour - 12) if t.hour >= 12 else ("午前", t.hour)  # noqa: PLR2004
    return f"{half}{hour}時" + (f"{t.minute}分" if t.minute else "")


def show_short(d: date) -> str:
    """12/3（木）, for tables."""
    return f"{d.month}/{d.day}（{_WEEKDAYS[d.weekday()]}）"


def fiscal_year(d: date) -> int:
    """The fiscal year (April to March) as a year of its era: 8 from 2026-04-01 to 2027-03-31.

    The year that began in 平成31年 on 2019-04-01 is 令和元年度 as a whole, as offices call it.
    """
    first = date(d.year if d.month >= 4 else d.year - 1, 4, 1)  # noqa: PLR2004 -- April
    if first.year == _ERAS[0].begins.year:
        return 1
    return _era_of(first).year_of(first.year)


def is_no_end(text: str) -> bool:
    """Whether a list writes "no end" so: 9999-12-31, 9999/12/31, 99991231."""
    if len(text) > LONGEST:
        return False
    bare = _plain(text).strip()
    match = _WESTERN.fullmatch(bare) or _WESTERN_TIGHT.fullmatch(bare)
    if not match:
        return False
    return tuple(int(match[part]) for part in "ymd") == _NO_END


def _short_enough(text: str, key: str) -> None:
    if len(text) > LONGEST:
        raise NotADate(key, {"text": text[:LONGEST], "hint": ""})


def _within_bounds(day: date, text: str) -> date:
    if day < EARLIEST:
        raise NotADate("date.too_early", {"text": text, "hint": _era_date(EARLIEST)})
    if day > LATEST:
        raise NotADate("date.too_late", {"text": text, "hint": _era_date(LATEST)})
    return day


def _plain(text: str) -> str:
    """One width, upper case, one kind of hyphen, kanji numerals as digits."""
    plain = re.sub(_DASH, "-", one_width(without_marks(text))).upper().replace("元年", "1年")
    return kanji_numbers_before(plain, "[年月日時分]") if re.search(KANJI_NUMBER, plain) else plain


def _read_day(bare: str, text: str, today: date, past: bool) -> date:
    if match := (_IN_ERA.fullmatch(bare) or _IN_ERA_TIGHT.fullmatch(bare)):
        return _day_in_era(match, text)
    if match := (_WESTERN.fullmatch(bare) or _WESTERN_TIGHT.fullmatch(bare)):
        return _day(int(match["y"]), int(match["m"]), int(match["d"]), text)
    if match := _YEARLESS.fullmatch(bare):
        return _yearless(int(match["m"]), int(match["d"] or match["d2"]), text, today, past)
    hint = f"R{bare}" if _WHICH_ERA.fullmatch(bare) else ""
    raise NotADate("date.unreadable", {"text": text, "hint": hint})


def _day_in_era(match: re.Match[str], text: str) -> date:
    era = next(e for e in _ERAS if match["era"] in {e.letter, e.name, e.name[0]})
    year = 1 if match["y"] == "元" else int(match["y"])
    if year == 0:
        raise NotADate("date.impossible", {"text": text, "hint": ""})
    day = _day(era.begins.year + year - 1, int(match["m"]), int(match["d"]), text)
    if _era_of(day) is not era and (era.name, day) not in _SHARED_DAYS:
        raise NotADate("date.era_mismatch", {"text": text, "hint": _era_date(day)})
    return day


def _yearless(month: int, day: int, text: str, today: date, past: bool) -> date:
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue  # 2月29日 is in one of four years
    latest = _months_after(today, 0 if past else _COMING_MONTHS)
    fitting = [d for d in found if d <= latest]
    if not fitting:
        raise NotADate("date.impossible", {"text": text, "hint": ""})
    return max(fitting)


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise NotADate("date.impossible", {"text": text, "hint": ""}) from None
    return _within_bounds(found, text)


def _months_after(d: date, months: int) -> date:
    years, month = divmod(d.month - 1 + months, 12)
    last = gregorian.monthrange(d.year + years, month + 1)[1]
    return date(d.year + years, month + 1, min(d.day, last))


def _era_of(d: date) -> _Era:
    for era in _ERAS:
        if d >= era.begins:
            return era
    raise ValueError(f"{d} lies before 明治")


def _era_date(d: date) -> str:
    era = _era_of(d)
    year = era.year_of(d.year)
    return f"{era.name}{'元' if year == 1 else year}年{d.month}月{d.day}日"
