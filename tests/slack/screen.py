"""What a person sees on a surface of Slack, what can be pressed or filled in there, and how."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from tests.slack.allowed import TYPED
from tests.slack.fields import LISTS, Field, Values, elements_of, fields_of, state_key
from tests.slack.limits import Json, length
from tests.slack.payloads import value_of
from tests.slack.world import Shown

Matcher = str | Callable[[Json], bool]
REQUIRED, TOO_SHORT, TOO_LONG = "必須の項目です", "短すぎます", "長すぎます"
NO_NUMBER = "数ではありません"


@dataclass
class Surface:
    """Something on the screen with blocks in it."""

    blocks: list[Json]
    values: Values
    shown: Shown | None = None
    message: Json | None = None


@dataclass
class ScreenView:
    """The view on top of a person's screen, as they read it."""

    raw: Json

    @property
    def title(self) -> str:
        return str(self.raw["title"]["text"])

    @property
    def callback_id(self) -> str:
        return str(self.raw["callback_id"])

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def blocks(self) -> list[Json]:
        return list(self.raw["blocks"])

    @property
    def inputs(self) -> dict[str, object]:
        """What stands in each field now, by its label."""
        values = self.raw["state"]["values"]
        return {
            one.label: value_of(values[one.key[0]][one.key[1]]) for one in fields_of(self.blocks)
        }

    @property
    def buttons(self) -> list[str]:
        return [words for block in self.blocks for words in pressable(block)]

    @property
    def submit(self) -> str:
        return str((self.raw["submit"] or {}).get("text", ""))

    @property
    def text(self) -> str:
        inputs = [f"{label}: {value}" for label, value in self.inputs.items()]
        return "\n".join([self.title, *words_in(self.blocks), *inputs])


def words_in(value: object) -> Iterator[str]:
    """The words that stand in blocks, in their order."""
    match value:
        case {"type": "plain_text" | "mrkdwn" | "markdown" | "text", "text": str(words)}:
            yield words
        case dict():
            for name in ("title", "alt_text"):
                if isinstance(value.get(name), str):
                    yield value[name]
            for part in value.values():
                yield from words_in(part)
        case list():
            for part in value:
                yield from words_in(part)
        case _:
            return


def pressable(block: Json) -> Iterator[str]:
    for element in elements_of(block):
        if element["type"] == "button":
            yield str(element["text"]["text"])
        elif element["type"] == "overflow":
            yield from (str(one["text"]["text"]) for one in element["options"])


def hits(surface: Surface, what: Matcher) -> Iterator[tuple[Surface, Json, Json, Json | None]]:
    """Every button, and every entry of an overflow menu, that is meant."""
    for block in surface.blocks:
        for element in elements_of(block):
            if element["type"] == "button":
                named = what in {element["text"]["text"], element["action_id"]}
                if what(element) if callable(what) else named:
                    yield surface, block, element, None
            elif element["type"] == "overflow":
                for option in element["options"]:
                    named = what in {option["text"]["text"], option["value"]}
                    if what(option) if callable(what) else named:
                        yield surface, block, element, {"selected_option": option}


def field_named(surface: Surface, what: str) -> Field | None:
    """A field by its label, its block_id or its action_id; then by a part of one label."""
    every = list(fields_of(surface.blocks))
    for one in every:
        if what == one.label:
            return one
    for one in every:
        if what in one.key:
            return one
    parts = [one for one in every if what in one.label]
    return parts[0] if len(parts) == 1 else None


def sent_at_once(one: Field) -> bool:
    if not one.is_input:
        return True
    if not one.block.get("dispatch_action"):
        return False
    config: Json = one.element.get("dispatch_action_config", {})
    typed = one.element["type"] in TYPED
    return not typed or "on_character_entered" in config.get("trigger_actions_on", [])


def options_of(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    return list(element.get("options", [])) + [one for group in groups for one in group["options"]]


def state_value(kind: str, value: object, options: list[Json]) -> Any:
    """What Slack's state holds for what a test wrote."""
    if kind in LISTS:
        many = [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
        return [_one(kind, one, options) for one in many]
    if value is None or value == "":
        return None
    return _one(kind, value, options)


def _one(kind: str, value: object, options: list[Json]) -> Any:
    name = state_key(kind)
    if name in {"selected_option", "selected_options"}:
        for option in options:
            if value in {option["text"]["text"], option["value"]}:
                return deepcopy(option)
        offered = [option["text"]["text"] for option in options]
        raise LookupError(f"there is no option {value!r} among {offered}")
    match value:
        case datetime():
            return int(value.timestamp())
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case int() if kind == "number_input":
            return str(value)
    return value


def own_checks(shown: Shown) -> dict[str, str]:
    """What Slack's own screen says before it asks the app, by label."""
    found: dict[str, str] = {}
    for one in fields_of(shown.view["blocks"]):
        if not one.is_input:
            continue
        state = shown.values.at(one.key)
        held = state[state_key(state["type"])]
        if not held:
            if not one.block.get("optional"):
                found[one.label] = REQUIRED
            continue
        if wrong := _own_check(one.element, held):
            found[one.label] = wrong
    return found


def _own_check(element: Json, held: object) -> str:
    match element["type"], held:
        case "plain_text_input", str():
            if length(held) < element.get("min_length", 0):
                return TOO_SHORT
            return TOO_LONG if length(held) > element.get("max_length", 3000) else ""
        case "number_input", str():
            kind = float if element["is_decimal_allowed"] else int
            try:
                number = kind(held)
            except ValueError:
                return NO_NUMBER
            least = float(element.get("min_value", "-inf"))
            most = float(element.get("max_value", "inf"))
            return "" if least <= number <= most else NO_NUMBER
        case _:
            return ""
