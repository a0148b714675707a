"""How dates and long words are shown, the same in messages and on pages."""

from datetime import date, datetime

from workflows.japanese.dates import TOKYO, show_date, show_instant, show_short, show_time


def day(on: object) -> str:
    """令和8年12月3日（木） for a date, an instant or their ISO text; "" for none.

    A text that names no date is shown as it stands, here as in the filters below.
    """
    when = _when(on)
    if isinstance(when, str):
        return when
    return show_date(_date(when)) if when else ""


def moment(at: object) -> str:
    """令和8年12月3日（木）午後2時; a day without a time is shown as a day."""
    when = _when(at)
    return show_instant(when) if isinstance(when, datetime) else day(when)


def short(on: object) -> str:
    """12/3（木）."""
    when = _when(on)
    if isinstance(when, str):
        return when
    return show_short(_date(when)) if when else ""


def time(at: object) -> str:
    """午後2時; "" for none and for a day without a time."""
    when = _when(at)
    return show_time(when.astimezone(TOKYO).time()) if isinstance(when, datetime) else ""


def cut(text: str, most: int) -> str:
    """The text, or its beginning and … when it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _when(value: object) -> date | datetime | str | None:
    """The moment that a text names; the text itself where it names none."""
    match value:
        case None | "":
            return None
        case date():
            return value
        case str():
            is_day = len(value) == len("2026-12-03")
            try:
                return date.fromisoformat(value) if is_day else datetime.fromisoformat(value)
            except ValueError:
                return value
        case _:
            raise TypeError(type(value).__name__)


def _date(when: date | datetime) -> date:
    return when.astimezone(TOKYO).date() if isinstance(when, datetime) else when
