"""What on a surface holds a value: fields, their state as Slack writes it, and their ids."""

import secrets
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.slack.allowed import MULTI, STATEFUL
from tests.slack.limits import Json


@dataclass(frozen=True)
class Field:
    """Something on a screen that holds a value: its block, its element, and what it is called."""

    block: Json
    element: Json

    @property
    def key(self) -> tuple[str, str]:
        return self.block["block_id"], self.element["action_id"]

    @property
    def is_input(self) -> bool:
        return bool(self.block["type"] == "input")

    @property
    def label(self) -> str:
        for owner, name in ((self.block, "label"), (self.block, "text")):
            if isinstance(owner.get(name), dict):
                return str(owner[name]["text"])
        return str(self.element.get("placeholder", {}).get("text", self.element["action_id"]))


def elements_of(block: Json) -> list[Json]:
    """The elements of one block, in their order."""
    match block["type"]:
        case "section":
            return [block["accessory"]] if "accessory" in block else []
        case "actions":
            return list(block["elements"])
        case "input":
            return [block["element"]]
        case _:
            return []


def fields_of(blocks: list[Json]) -> Iterator[Field]:
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in STATEFUL:
                yield Field(block, element)


_STATE = {  # what Slack calls the value of each kind, and the property it begins with
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "radio_buttons": ("selected_option", "initial_option"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", ""),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
LISTS = MULTI | {"checkboxes", "file_input"}


def state_key(kind: str) -> str:
    """What the value of an element of this kind is called in Slack's state."""
    return _STATE.get(kind, ("value", "initial_value"))[0]


def begun_with(element: Json) -> Json:
    """The state of an element that nobody has touched, null where it is empty."""
    kind = element["type"]
    name, initial = _STATE.get(kind, ("value", "initial_value"))
    empty: Any = [] if kind in LISTS else None
    return {"type": kind, name: deepcopy(element.get(initial) or empty)}


class Values:
    """What stands in the fields of a surface on somebody's screen, across its updates."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Json] = {}

    def draw(self, blocks: list[Json]) -> None:
        """Show these blocks: a field whose two ids and kind stay keeps what it holds."""
        before, self._held = self._held, {}
        for one in fields_of(blocks):
            held = before.get(one.key)
            same = held is not None and held["type"] == one.element["type"]
            self._held[one.key] = held if held and same else begun_with(one.element)

    def put(self, key: tuple[str, str], state: Json) -> None:
        self._held[key] = state

    def at(self, key: tuple[str, str]) -> Json:
        return self._held[key]

    def as_state(self) -> Json:
        values: dict[str, Json] = {}
        for (block_id, action_id), state in self._held.items():
            values.setdefault(block_id, {})[action_id] = deepcopy(state)
        return {"values": values}


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks as Slack keeps them: what has no id gets one by chance."""
    kept = deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", secrets.token_hex(3))
        for element in elements_of(block):
            if element["type"] != "image":
                element.setdefault("action_id", secrets.token_hex(3))
    return kept
