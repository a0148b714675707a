"""A value of any of our types in which nothing is left empty."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from workflows.forms import Value
from workflows.japanese.dates import TOKYO
from workflows.model.notice import Fact

AT = datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)
_PLAIN: Mapping[Any, Any] = {
    bool: True,
    int: 1,
    datetime: AT,
    date: AT.date(),
    time: AT.time(),
    Value: "文",
    Fact: "文",
    object: "文",
}


def filled(kind: Any, name: str = "", /, **given: Any) -> Any:
    """Every field of a dataclass, and of what it holds, filled; `given` are those of the outermost.

    A text is the name of its field. What holds itself is left out where it is met again.
    """
    return _filled(kind, name, (), given)


def _filled(kind: Any, name: str, above: tuple[Any, ...], given: Mapping[str, Any]) -> Any:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is str:
        return name
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        found = {
            f.name: _filled(hints[f.name], f.name, (*above, kind), {})
            for f in fields(kind)
            if f.init and f.name not in given
        }
        return kind(**found, **given)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        some = next(part for part in parts if part is not type(None))
        return None if some in above else _filled(some, name, above, {})
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_filled(parts[0], name, above, {}): _filled(parts[1], name, above, {})}
    if isinstance(origin, type) and issubclass(origin, Sequence | frozenset | set):
        made = [] if parts[0] in above else [_filled(parts[0], name, above, {})]
        return made if origin is Sequence else origin(made)  # type: ignore[call-arg]
    raise TypeError(f"{name}: {kind}")
