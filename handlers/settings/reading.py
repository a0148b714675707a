"""How a value of each kind is read. Blank is the usual value; a wrong one raises BadSetting."""

from collections.abc import Mapping
from pathlib import Path

from handlers.settings.bad_setting import wrong_value
from handlers.settings.table import setting_of

LONG = 10  # digits: no number is so large, and a longer text takes long to read
Given = Mapping[str, str]  # what is set, by the name of the setting


def read_text(given: Given, name: str) -> str:
    return given.get(name, "").strip() or setting_of(name).usual


def read_number(given: Given, name: str) -> int:
    row, text = setting_of(name), read_text(given, name)
    fine = text.isascii() and text.isdigit() and len(text) < LONG
    if not fine or not row.least <= int(text) <= row.most:
        raise wrong_value(name, text)
    return int(text)


def read_choice(given: Given, name: str) -> str:
    """One of the choices, in whatever case it was written."""
    text = read_text(given, name)
    found = [one for one in setting_of(name).choices if one.casefold() == text.casefold()]
    if not found:
        raise wrong_value(name, text)
    return found[0]


def read_yes_no(given: Given, name: str) -> bool:
    text = read_text(given, name).lower()
    if text not in ("yes", "no"):
        raise wrong_value(name, text)
    return text == "yes"


def read_folder(given: Given, name: str) -> Path | None:
    """A folder that is there; None where none is set."""
    text = read_text(given, name)
    if not text:
        return None
    if not Path(text).is_dir():
        raise wrong_value(name, text)
    return Path(text)
