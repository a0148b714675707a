"""Forms as data: what is asked, how an answer is checked, and how a town makes a form its own."""

from workflows.forms.checking import check
from workflows.forms.reading import read_form
from workflows.forms.shape import (
    ANY_ANSWER,
    LONGEST_TEXT,
    BadForm,
    Checked,
    Choice,
    Field,
    FieldError,
    FieldType,
    Form,
    FormBook,
    Raw,
    Section,
    Value,
)
from workflows.forms.town import overlay

__all__ = [
    "ANY_ANSWER",
    "LONGEST_TEXT",
    "BadForm",
    "Checked",
    "Choice",
    "Field",
    "FieldError",
    "FieldType",
    "Form",
    "FormBook",
    "Raw",
    "Section",
    "Value",
    "check",
    "overlay",
    "read_form",
]
