"""Entities to JSON texts and back, by their type annotations (cattrs)."""

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from cattrs.errors import CattrsError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter

from workflows.core.ports import Unreadable
from workflows.forms import Value
from workflows.model.codes import code_of
from workflows.model.notice import Fact
from workflows.model.stored import stored_key

T = TypeVar("T")
# What a text makes these functions raise that is none of an entity of the kind asked for.
DECODE_ERRORS: Final = (ValueError, TypeError, KeyError, AttributeError, CattrsError)


def _keys_of(kind: Any) -> dict[str, Any]:
    """Of a dataclass, the fields that are not stored by their names."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        return {}
    renamed = ((f.name, stored_key(f)) for f in fields(kind))
    return {name: override(rename=key) for name, key in renamed if key != name}


converter = make_converter()
# Values of forms and facts of notices are JSON already: they go in and out as they are.
converter.register_structure_hook_func(lambda kind: kind in (Value, Fact), lambda value, _: value)
converter.register_unstructure_hook(frozenset, sorted)
# A field that was renamed keeps the key that towns have stored (workflows/model/stored.py).
converter.register_structure_hook_factory(
    lambda kind: bool(_keys_of(kind)),
    lambda kind: make_dict_structure_fn(kind, converter, **_keys_of(kind)),
)
converter.register_unstructure_hook_factory(
    lambda kind: bool(_keys_of(kind)),
    lambda kind: make_dict_unstructure_fn(kind, converter, **_keys_of(kind)),
)
# A code of another version reads as itself and is written back as it was.
converter.register_structure_hook(StrEnum, lambda code, kind: code_of(kind, code))


def _instant(text: str, _: object) -> datetime:
    """Raises ValueError for one that does not say which place's clock it is by."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no zone")
    return found


converter.register_structure_hook(datetime, _instant)


def to_text(entity: object) -> str:
    """One entity as a JSON text; equal entities give equal texts."""
    return json.dumps(converter.unstructure(entity), ensure_ascii=False, sort_keys=True)


def from_text(text: str, kind: type[T]) -> T:
    """The entity of this type that the text holds. A field it lacks takes its default.

    Raises Unreadable when the text holds none, by its kind alone: the error that tells more quotes
    what people wrote.
    """
    try:
        return converter.structure(json.loads(text), kind)
    except DECODE_ERRORS:
        raise Unreadable(kind.__name__) from None
