"""What LINE WORKS refuses in a body: each fault with a pointer to its place, none when it is taken.

    faults_in({"type": "text", "text": ""})  # ["'' should be non-empty [/text]"]
    faults_in_menu(body); faults_in_room(body); faults_in_event(body)

Held against the schemas of schema.py, and what those cannot say: columns that are alike, bubbles of
one width, the weight of a flex message. Letters are counted as JavaScript counts them (𠮷 is two),
which is the stricter way; LINE WORKS does not say how it counts.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from tests.lineworks import schema
from tests.lineworks.pieces import Json
from tests.slack.limits import length

FLEX_BYTES = 15 * 1024  # for tenants in Japan; 30 KB elsewhere


class _Schemed(Protocol):
    def is_type(self, instance: Any, type: str) -> bool: ...  # noqa: A002 - jsonschema's own name


def _max_length(validator: _Schemed, most: int, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and length(instance) > most:
        yield ValidationError(f"is longer than {most} letters: {length(instance)}")


_STRICT = extend(Draft202012Validator, {"maxLength": _max_length})  # type: ignore[no-untyped-call]


@cache
def _held_against(name: str) -> Draft202012Validator:
    """A schema ready to be asked; preparing one takes longer than asking."""
    every: dict[str, Json] = schema.MESSAGES | {
        "menu": schema.MENU,
        "room": schema.ROOM,
        "event": schema.EVENTS,
    }
    ready: Draft202012Validator = _STRICT(every[name])
    return ready


def _by_schema(name: str, body: object) -> list[str]:
    found = sorted(_held_against(name).iter_errors(body), key=lambda one: [*map(str, one.path)])
    return [f"{one.message[:200]} [/{'/'.join(map(str, one.absolute_path))}]" for one in found]


def faults_in(content: object) -> list[str]:
    """What is wrong with the `content` of a message; empty when LINE WORKS would take it."""
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(content, dict) or kind not in schema.MESSAGES:
        return [f"there is no message of the type {kind!r} [/type]"]
    faults = _by_schema(kind, content)
    if faults:
        return faults
    match kind:
        case "carousel":
            return _unlike(content["columns"])
        case "flex":
            return _flex(content["contents"])
        case _:
            return []


def _unlike(columns: list[Json]) -> list[str]:
    """Columns stand beside one another: as many buttons each, all with a title or none."""
    faults = []
    if len({len(column["actions"]) for column in columns}) > 1:
        faults.append("every column needs the same number of actions [/columns]")
    if len({"title" in column for column in columns}) > 1:
        faults.append("either every column has a title or none has [/columns]")
    if len({bool({"originalContentUrl", "fileId"} & column.keys()) for column in columns}) > 1:
        faults.append("either every column has a picture or none has [/columns]")
    return faults


def weight(contents: object) -> int:
    """The bytes of a flex container, written without needless blanks."""
    return len(json.dumps(contents, ensure_ascii=False, separators=(",", ":")).encode())


def _flex(contents: Json) -> list[str]:
    faults = []
    if weight(contents) > FLEX_BYTES:
        faults.append(f"{weight(contents)} bytes are more than {FLEX_BYTES} [/contents]")
    bubbles = contents["contents"] if contents["type"] == "carousel" else [contents]
    if len({bubble.get("size", "mega") for bubble in bubbles}) > 1:
        faults.append("the bubbles of a carousel need one width [/contents/contents]")
    return faults


def faults_in_menu(body: object) -> list[str]:
    """What is wrong with the body that registers a persistent menu."""
    return _by_schema("menu", body)


def faults_in_room(body: object) -> list[str]:
    """What is wrong with the body that makes a room."""
    return _by_schema("room", body)


def faults_in_event(body: object) -> list[str]:
    """What is wrong with the body that puts an event into a calendar."""
    return _by_schema("event", body)
