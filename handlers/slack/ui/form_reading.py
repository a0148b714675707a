"""What stands in the questions of a form, read back as it was typed; rows added and taken away."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from handlers.slack.door import Typed
from workflows.forms import Field, FieldType, Form, Raw
from workflows.japanese.dates import show_date

NOTHING: Final = "(none)"  # what is chosen to choose nothing: Slack lets nobody take a choice back


def raw_of(form: Form, typed: Typed, before: Raw, prefix: str = "") -> dict[str, Any]:
    """What stands in the questions of a form, over what was typed before.

    What is not on the screen (another step, a text too long for Slack) stays as it was.
    """
    raw: dict[str, Any] = dict(before)
    for one in form.fields:
        name = prefix + one.id
        if one.type is FieldType.ROWS:
            raw[one.id] = _rows_of(one, typed, name, rows_in(before, one))
        elif name in typed:
            raw[one.id] = _answer(one, typed[name])
    return raw


def _rows_of(
    one: Field, typed: Typed, name: str, before: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [dict(row) for row in before]
    columns = {c.id: c for c in one.columns}
    for key, value in typed.items():
        _, cut, cell = key.partition(f"{name}.")
        number, _, column = cell.partition(".")
        if not cut or not key.startswith(name) or not number.isdigit() or column not in columns:
            continue
        rows += [{} for _ in range(int(number) + 1 - len(rows))]
        rows[int(number)][column] = _answer(columns[column], value)
    return rows


def _answer(one: Field, value: str | list[str]) -> str | list[str]:
    if one.type in (FieldType.CHOICES, FieldType.AGENCIES):
        return value if isinstance(value, list) else [value] if value else []
    text = value if isinstance(value, str) else "".join(value[:1])
    if text == NOTHING:
        return ""
    return _era(text) if one.type is FieldType.DATE else text


def _era(text: str) -> str:
    """A picked day as it is written everywhere else."""
    try:
        return show_date(date.fromisoformat(text))
    except ValueError:
        return text


def text_in(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else ""


def texts_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [v for v in value if isinstance(v, str)] if isinstance(value, Sequence) else []


# -- rows -----------------------------------------------------------------------------------------


def rows_in(raw: Raw, one: Field) -> list[Mapping[str, str]]:
    """The rows typed so far, empty ones too."""
    return list(cast(Sequence[Mapping[str, str]], raw.get(one.id) or ()))


def with_row(raw: Raw, field_id: str) -> dict[str, Any]:
    """One empty row more; a table that shows its first empty row has that one already."""
    rows = list(cast(Sequence[Mapping[str, str]], raw.get(field_id) or ()))
    return {**raw, field_id: [*(rows or [{}]), {}]}


def without_row(raw: Raw, row: str) -> dict[str, Any]:
    """Without the row named "household.2"."""
    field_id, _, number = row.rpartition(".")
    rows = list(cast(Sequence[Mapping[str, str]], raw.get(field_id) or ()))
    return {**raw, field_id: [r for n, r in enumerate(rows) if n != int(number)]}
