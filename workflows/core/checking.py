"""Checking what was typed against a form, once, for every door."""

from workflows.core.errors import Invalid
from workflows.core.work import Work
from workflows.forms import FieldError, Raw, Value, check


def checked(work: Work, form_id: str, raw: Raw) -> dict[str, Value]:
    """The values of a form, or Invalid with an error beside each wrong field."""
    result = check(work.forms.form(form_id), raw, today=work.today, known=work.known())
    if result.errors:
        raise Invalid(result.errors)
    return result.values


def text(values: dict[str, Value], field: str) -> str:
    """A text value, or nothing."""
    return str(values.get(field, "") or "")


def texts(values: dict[str, Value], field: str) -> list[str]:
    """A list of codes, or none."""
    found = values.get(field)
    return [str(v) for v in found] if isinstance(found, list) else []


def rows(values: dict[str, Value], field: str) -> list[dict[str, str]]:
    """The rows of a rows field, or none."""
    found = values.get(field)
    return [dict(r) for r in found if isinstance(r, dict)] if isinstance(found, list) else []


def one_error(field: str, key: str, /, **facts: object) -> Invalid:
    return Invalid((FieldError(field, key, facts),))
