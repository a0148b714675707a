"""Codes as they are stored: one that this version does not know stays what it is."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar

BROKEN: Final = "broken"  # the state of a case or meeting whose document does not open
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # when what nothing is known of began

E = TypeVar("E", bound=StrEnum)


def code_of(kind: type[E], code: object) -> E:
    """The enum value for a stored code; an unknown code becomes a value equal to none.

    Only for what is read from our own documents, written by an older or newer version: what
    somebody types is held against the enum itself. Raises ValueError for what is no text.
    """
    if not isinstance(code, str):
        raise ValueError(type(code).__name__)
    try:
        return kind(code)
    except ValueError:
        unknown = str.__new__(kind, code)
        unknown._name_ = unknown._value_ = code
        return unknown


def is_known(code: StrEnum) -> bool:
    """Whether this version knows the code that was read."""
    return code in type(code)._value2member_map_
