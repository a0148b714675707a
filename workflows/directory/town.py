"""A town from plain data, as its settings file states it."""

from collections.abc import Mapping
from datetime import date

from workflows.japanese.dates import EARLIEST, LATEST
from workflows.japanese.kana import as_katakana
from workflows.model.directory import RETENTION_YEARS, District, Town


def town_from(plain: Mapping[str, object]) -> Town:
    """The town; ValueError says what is missing, doubled or no day."""
    districts = tuple(_district(entry) for entry in _entries(plain, "districts"))
    for what in ([d.id for d in districts], [d.name for d in districts]):
        if len(set(what)) != len(what):
            raise ValueError("town: two districts share an id or a name")
    return Town(
        name=_text(plain, "name"),
        districts=districts,
        closed_days=frozenset(_day(entry) for entry in _entries(plain, "closed_days")),
        kana=_kana(plain),
        retention_years=_years(plain),
        opened_days=frozenset(_day(entry) for entry in _entries(plain, "opened_days")),
        core_agency_id=str(plain.get("core_agency") or ""),
    )


def _years(plain: Mapping[str, object]) -> int:
    found = plain.get("retention_years", Town.retention_years)
    if isinstance(found, bool) or found not in RETENTION_YEARS:
        raise ValueError("town: retention_years is no number from 1 to 30")
    return int(str(found))


def _district(entry: object) -> District:
    if not isinstance(entry, Mapping):
        raise ValueError("town: a district needs id, name and kana")
    return District(_text(entry, "id"), _text(entry, "name"), _kana(entry))


def _entries(plain: Mapping[str, object], key: str) -> list[object]:
    found = plain.get(key) or []
    if not isinstance(found, list):
        raise ValueError(f"town: {key} is no list")
    return found


def _text(plain: Mapping[str, object], key: str) -> str:
    found = plain.get(key)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"town: {key} is missing")
    return found.strip()


def _kana(plain: Mapping[str, object]) -> str:
    found = plain.get("kana", "")
    if not found:
        return ""
    kana = as_katakana(str(found))
    if kana is None:
        raise ValueError(f"town: {found} is no kana")
    return kana


def _day(entry: object) -> date:
    try:
        found = date.fromisoformat(str(entry))  # of a date its own spelling, too
    except ValueError:
        raise ValueError(f"town: {entry} is no day (YYYY-MM-DD)") from None
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"town: {entry} does not lie between {EARLIEST} and {LATEST}")
    return found
