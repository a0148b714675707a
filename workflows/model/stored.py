"""By which key a field of a document is stored: its name, unless it says another.

A field may get a better name; what towns have stored keeps its key:
`wishes: str = field(default="", metadata=stored_as("hopes"))`.
"""

from collections.abc import Mapping
from dataclasses import Field
from typing import Any, Final

_STORED_AS: Final = "stored_as"


def stored_as(key: str) -> Mapping[str, str]:
    """The metadata of a field that is stored under the name it had before."""
    return {_STORED_AS: key}


def stored_key(field: Field[Any]) -> str:
    return str(field.metadata.get(_STORED_AS, field.name))
