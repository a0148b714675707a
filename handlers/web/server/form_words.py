"""The words of forms for whoever is at a page: what the door knows is handed to form_words.py."""

from collections.abc import Collection, Mapping

from handlers.web.door import ask, texts, today
from handlers.words import form_words
from handlers.words.form_words import AnsweredSection, Merged, NamesById, Option, fingerprints
from workflows.directory.people import GetOptions
from workflows.forms import Form, Raw, Value

__all__ = [
    "AnsweredSection",
    "Option",
    "fingerprints",
    "in_words",
    "merge",
    "options",
    "too_long_words",
]


def options() -> dict[str, list[Option]]:
    """What fields of a type offer: (value, label, group); groups of agencies in words."""
    return form_words.options_of(ask(GetOptions()), texts())


def in_words(
    form: Form, values: Mapping[str, Value], names: NamesById, said_blank: Collection[str] = ()
) -> list[AnsweredSection]:
    """The answers that were given, by section; sections without one are left out."""
    return form_words.in_words(form, values, names, texts(), said_blank)


def merge(
    form: Form, opened: str, typed: Raw, current: Mapping[str, Value], names: NamesById
) -> Merged:
    """Typed answers laid over what somebody else saved meanwhile."""
    return form_words.merge(form, opened, typed, current, names, today=today(), texts=texts())


def too_long_words(typed: str, most: int) -> str:
    """What is said at a search box whose text is longer than anything it looks for; else ""."""
    if len(typed) <= most:
        return ""
    return texts().say("form.too_long", max=most, length=len(typed))
