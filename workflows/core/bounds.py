"""How long what is handed in may be: asked at the desk, before anything reads, scans or keeps it.

What a field takes at most is its own (`Field.max`, `read_text`) and is said beside it there. This
is the bound of everything: nothing is parsed, and no transaction begun, for what is beyond it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Final, cast

from workflows.core.errors import Invalid, Refused
from workflows.forms import LONGEST_TEXT, FieldError

# [ours] What one page can send (MAX_FORM_PARTS), and a record of thirty cases twice over, in
# characters.
MOST_ENTRIES: Final = 5_000
LARGEST_MESSAGE: Final = 400_000
# What is said beside a date is named so.
_BESIDE: Final = {"comments": "comment.", "answers": "answer."}


def refuse_too_long(message: object) -> None:
    """Refuse a message in which one text, or all of them together, is too long. Raises Refused.

    Raises Invalid with form.too_long {max, length} or form.too_many {max} beside each such field,
    and Refused too_much {max, length} for the whole.
    """
    typed = [
        text
        for f in fields(cast(Any, message))
        for text in _lengths(getattr(message, f.name), f.name, own=True)
    ]
    wrong = [
        FieldError(name, "form.too_long", {"max": LONGEST_TEXT, "length": length})
        for name, length in typed
        if length > LONGEST_TEXT
    ]
    if wrong:
        raise Invalid(wrong)
    length = sum(length for _, length in typed)
    if length > LARGEST_MESSAGE:
        raise Refused("too_much", max=LARGEST_MESSAGE, length=length)


def all_texts_in(value: object) -> Iterator[str]:
    """Every text that a message holds, at any depth; not its files."""
    match value:
        case StrEnum() | bytes():
            return
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from all_texts_in(one)
        case list() | tuple() | set() | frozenset():
            for one in value:
                yield from all_texts_in(one)
        case _ if is_dataclass(value):
            for f in fields(value):
                yield from all_texts_in(getattr(value, f.name))
        case _:
            return


def _lengths(value: object, name: str, *, own: bool = False) -> Iterator[tuple[str, int]]:
    """Each text with its name and length. The fields of a form are called as in their form, without
    the name under which the message holds the form."""
    match value:
        case StrEnum():
            return  # one of ours
        case str():
            yield name, len(value)
        case Mapping():
            for key, one in value.items():
                yield from _lengths(
                    one, f"{_BESIDE.get(name, '')}{key}" if own else f"{name}.{key}"
                )
                yield name, len(str(key))
        case bytes():
            return  # a file: its reader bounds it
        case list() | tuple() | set() | frozenset():
            if len(value) > MOST_ENTRIES:
                raise Invalid([FieldError(name, "form.too_many", {"max": MOST_ENTRIES})])
            for number, one in enumerate(value):
                yield from _lengths(one, f"{name}.{number}")
        case _:
            return
