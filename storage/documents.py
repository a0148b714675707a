"""Entities to JSON texts and back, by their type annotations (cattrs)."""

import json
from typing import TypeVar

from cattrs.preconf.json import make_converter

from workflows.forms import Value
from workflows.notices import Fact

T = TypeVar("T")

converter = make_converter()
# Values of forms and facts of notices are JSON already: they go in and out as they are.
converter.register_structure_hook_func(lambda kind: kind in (Value, Fact), lambda value, _: value)
converter.register_unstructure_hook(frozenset, sorted)


def to_text(entity: object) -> str:
    """One entity as a JSON text; equal entities give equal texts."""
    return json.dumps(converter.unstructure(entity), ensure_ascii=False, sort_keys=True)


def from_text(text: str, kind: type[T]) -> T:
    """The entity of this type that the text holds. A field it lacks takes its default."""
    return converter.structure(json.loads(text), kind)
