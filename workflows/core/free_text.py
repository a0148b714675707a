"""Checks and cleans a free text as it was typed, in one way for every command.

What is typed into a form is read in the same way (forms/checking.py).
"""

from collections.abc import Iterable
from typing import Final

from workflows.core.errors import Invalid
from workflows.forms import LONGEST_TEXT, FieldError
from workflows.japanese.characters import as_typed, composed, has_control, has_words
from workflows.japanese.my_number import contains_my_number

REASON_MAX: Final = 400


def read_text(
    field: str, typed: str, most: int, *, required: bool = False, lines: bool = False
) -> tuple[str, list[FieldError]]:
    """The text to be kept, and an error for each thing that is wrong with it.

    `most` counts characters; without `lines` it is one line. Error keys: form.required,
    form.control, form.one_line, form.too_long {max, length}, form.my_number.
    """
    text = as_typed(typed) if len(typed) <= LONGEST_TEXT else typed
    errors: list[FieldError] = []
    if required and not text:
        errors.append(FieldError(field, "form.required", {}))
    if len(text) > most:
        return text, [FieldError(field, "form.too_long", {"max": most, "length": len(text)})]
    if has_control(text):
        errors.append(FieldError(field, "form.control", {}))
    if not lines and "\n" in text:
        errors.append(FieldError(field, "form.one_line", {}))
    if contains_my_number(text):
        errors.append(FieldError(field, "form.my_number", {}))
    return (text if lines else text.replace("\t", " ")), errors


def scan_for_my_numbers(typed: Iterable[str]) -> None:
    """Scan texts for My Numbers before a transaction is begun, in the spellings in which they are
    read in it (here, in forms/checking.py and directory/cells.py)."""
    for text in typed:
        if len(text) <= LONGEST_TEXT:
            seen = as_typed(text)
            for spelling in dict.fromkeys((text, seen, composed(seen))):
                contains_my_number(spelling)


def checked_reason(typed: str, field: str = "reason", most: int = REASON_MAX) -> str:
    """Check a reason that was given, of one line or more. Raises Invalid, with the key
    form.no_words where it says nothing (as in a form, in a field that `gives_reason`)."""
    text, errors = read_text(field, typed, most, required=True, lines=True)
    if text and not has_words(text):
        errors.append(FieldError(field, "form.no_words", {}))
    if errors:
        raise Invalid(errors)
    return text
