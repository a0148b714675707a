"""Any command or query, made from its fields alone: real subjects, anything else by its type."""

import types
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from tests.support.clock import START
from workflows.core.looks import CasePage

PLAIN: dict[Any, Any] = {
    str: "x",
    int: 1,
    bool: False,
    bytes: b"x",
    float: 1.0,
    date: START.date(),
    datetime: START,
    object: "x",
    Any: "x",
}

# Queries that show nothing unless they are asked to: asked for all that they can show.
WIDEST: dict[tuple[str, str], Any] = {
    ("GetCase", "page"): CasePage.CASE,
    ("WriteRecord", "drawn"): True,
    ("PlanMeeting", "content"): True,
}


def made(kind: type[Any], **known: Any) -> Any:
    """An instance of a frozen dataclass; `known` fills the fields of these names."""
    hints = typing.get_type_hints(kind)
    given = {}
    for one in fields(kind):
        if one.name in known:
            given[one.name] = known[one.name]
        elif (kind.__name__, one.name) in WIDEST:
            given[one.name] = WIDEST[kind.__name__, one.name]
        elif one.default is MISSING and one.default_factory is MISSING:
            given[one.name] = _anything(hints[one.name])
    return kind(**given)


def _anything(hint: Any) -> Any:
    """Some value of this type. Raises TypeError for one that is not known here."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        choices = typing.get_args(hint)
        return None if type(None) in choices else _anything(choices[0])
    if origin in (Mapping, dict) or hint in (Mapping, dict):
        return {}
    if origin in (tuple, list, Sequence, Collection, frozenset, set):
        return frozenset() if origin in (frozenset, set) else ()
    if origin is typing.Literal:
        return typing.get_args(hint)[0]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if isinstance(hint, typing.TypeVar):
        return "x"
    plain = origin or hint
    if is_dataclass(plain):
        return made(typing.cast(type[Any], plain))
    raise TypeError(f"say in tests/support/messages.py how to make a {hint}")
