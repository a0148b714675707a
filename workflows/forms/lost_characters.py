"""Characters of an answer that were lost on the way, or that only one machine can show."""

from collections.abc import Iterator, Mapping
from typing import Final

from workflows.forms.shape import FREE_TEXT, FieldError, FieldType, Form, Value
from workflows.japanese.characters import lost_letters

# Where nobody asks anything: a ? stands for a letter that another program could not write.
_NAMES: Final = frozenset({"name", "address"})
LETTERS_SEEN: Final = "letters_seen"


def lost_character_errors(
    form: Form, values: Mapping[str, Value], kept: Mapping[str, Value] | None = None
) -> tuple[FieldError, ...]:
    """An error beside each answer with such characters, and one for all of them: whoever confirms
    that one may keep them.

    `kept` are the answers as they are stored: what is not changed was said before.
    """
    before = dict(_texts(form, kept or {}))
    found = [
        FieldError(name, "form.letters", {"letters": lost})
        for name, text in _texts(form, values)
        if text not in before.values()
        and (lost := lost_letters(text, name=name.rpartition(".")[2] in _NAMES))
    ]
    return (*found, FieldError(LETTERS_SEEN, "form.letters_seen", {})) if found else ()


def _texts(form: Form, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Each answer that is text, by its field ("household.2.name" in a row)."""
    for field in form.fields:
        value = values.get(field.id)
        if field.type in FREE_TEXT and isinstance(value, str):
            yield field.id, value
        elif field.type is FieldType.ROWS and isinstance(value, list):
            for number, row in enumerate(value):
                for column in field.columns:
                    if column.type in FREE_TEXT and isinstance(row, dict):
                        yield f"{field.id}.{number}.{column.id}", row.get(column.id, "")
