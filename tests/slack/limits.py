"""What Slack refuses in blocks and views: every number of its reference, told as Slack tells it.

`faults_in(blocks, surface)` and `faults_in_view(view)` give Slack's own sentences, each with a
JSON pointer, and an empty list when nothing is wrong. Independent of the product: it knows
nothing of how cards are drawn. Source: docs.slack.dev/reference/block-kit, `@slack/types`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.slack.allowed import (
    ACCESSORIES,
    ACTIONS,
    BLOCK_KEYS,
    BLOCKS,
    CHOICES,
    ELEMENT_KEYS,
    INPUTS,
    MESSAGE,
    MODAL,
    PICKERS,
    SURFACES,
    VIEW_BYTES,
    VIEW_KEYS,
)

Json = dict[str, Any]

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def length(text: str) -> int:
    """Letters as JavaScript counts them, 𠮷 as two: the stricter way of counting."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class _Look:
    """One look at one payload: what was found, and the ids met so far."""

    surface: str
    faults: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[tuple[str, str]] = field(default_factory=set)
    focused: int = 0

    def say(self, what: str, where: str) -> None:
        self.faults.append(f"{what} [json-pointer:{where}]")

    # -- plain values -----------------------------------------------------------------------------

    def needs(self, thing: Json, where: str, *names: str) -> bool:
        missing = [name for name in names if thing.get(name) is None]
        for name in missing:
            self.say(f"missing required field: {name}", where)
        return not missing

    def only(self, thing: Json, where: str, allowed: set[str]) -> None:
        for name in thing.keys() - allowed:
            self.say(f"invalid additional property: {name}", where)

    def words(self, value: object, where: str, most: int, least: int = 1) -> None:
        if not isinstance(value, str):
            self.say("must provide a string", where)
        elif length(value) < least:
            self.say(f"must be more than {least - 1} characters", where)
        elif length(value) > most:
            self.say(f"must be less than {most + 1} characters", where)

    def some(self, value: object, where: str, most: int, least: int = 1) -> list[Any]:
        if not isinstance(value, list):
            self.say("must provide an array", where)
            return []
        if len(value) < least:
            self.say(f"no fewer than {least} items allowed", where)
        if len(value) > most:
            self.say(f"no more than {most} items allowed", where)
        return value

    def flag(self, thing: Json, where: str, *names: str) -> None:
        for name in names:
            if name in thing and not isinstance(thing[name], bool):
                self.say("must provide a boolean", f"{where}/{name}")

    # -- composition objects ----------------------------------------------------------------------

    def text(
        self, value: object, where: str, most: int, *, plain: bool = False, least: int = 1
    ) -> None:
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        kind = value.get("type")
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.say(f"unsupported type: {kind}", f"{where}/type")
            return
        own = {"emoji"} if kind == "plain_text" else {"verbatim"}
        self.only(value, where, {"type", "text"} | own)
        self.flag(value, where, "emoji", "verbatim")
        self.words(value.get("text"), f"{where}/text", most, least)

    def option(self, value: object, where: str, kind: str) -> None:
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        extra = {"url"} if kind == "overflow" else set()
        self.only(value, where, {"text", "value", "description"} | extra)
        if self.needs(value, where, "text", "value"):
            self.text(value["text"], f"{where}/text", 75, plain=kind not in CHOICES)
            self.words(value["value"], f"{where}/value", 150)
        if "description" in value:
            plain = kind not in CHOICES
            self.text(value["description"], f"{where}/description", 75, plain=plain)
        if "url" in value:
            self.words(value["url"], f"{where}/url", 3000)

    def options(self, thing: Json, where: str, most: int) -> None:
        kind = thing["type"]
        groups, plain = thing.get("option_groups"), thing.get("options")
        if (groups is None) == (plain is None):
            self.say("must define either `options` or `option_groups`", where)
            return
        if plain is not None:
            found = self.some(plain, f"{where}/options", most)
            for at, option in enumerate(found):
                self.option(option, f"{where}/options/{at}", kind)
        else:
            found = []
            for at, group in enumerate(self.some(groups, f"{where}/option_groups", 100)):
                there = f"{where}/option_groups/{at}"
                if not isinstance(group, dict) or not self.needs(group, there, "label", "options"):
                    continue
                self.only(group, there, {"label", "options"})
                self.text(group["label"], f"{there}/label", 75, plain=True)
                inner = self.some(group["options"], f"{there}/options", most)
                for place, option in enumerate(inner):
                    self.option(option, f"{there}/options/{place}", kind)
                found += inner
        self._initially(thing, where, found)

    def _initially(self, thing: Json, where: str, found: list[Any]) -> None:
        """What is chosen beforehand must be one of the options, letter by letter."""
        if "initial_option" in thing and thing["initial_option"] not in found:
            self.say("could not match `initial_option` to any `options`", where)
        if "initial_options" in thing:
            for option in self.some(thing["initial_options"], f"{where}/initial_options", 100):
                if option not in found:
                    self.say("could not match `initial_options` to any `options`", where)
        values = [option.get("value") for option in found if isinstance(option, dict)]
        if len(values) != len(set(map(str, values))):
            self.say("option values must be unique", where)

    def confirm(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        self.only(value, where, {"title", "text", "confirm", "deny", "style"})
        if self.needs(value, where, "title", "text", "confirm", "deny"):
            self.text(value["title"], f"{where}/title", 100, plain=True)
            self.text(value["text"], f"{where}/text", 300)
            self.text(value["confirm"], f"{where}/confirm", 30, plain=True)
            self.text(value["deny"], f"{where}/deny", 30, plain=True)
        self._style(value, where)

    def _style(self, value: Json, where: str) -> None:
        if "style" in value and value["style"] not in {"primary", "danger"}:
            self.say("must be a valid enum value", f"{where}/style")

    # -- elements ---------------------------------------------------------------------------------

    def element(self, value: object, where: str, allowed: frozenset[str], block_id: str) -> None:
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        kind = value.get("type")
        if kind not in allowed or self.surface not in SURFACES.get(kind, {self.surface}):
            self.say(f"unsupported type: {kind}", f"{where}/type")
            return
        if kind == "image":
            self.image(value, where, set())
            return
        self.only(value, where, {"type", "action_id"} | ELEMENT_KEYS[kind])
        if "action_id" in value:
            self.words(value["action_id"], f"{where}/action_id", 255)
            key = (block_id, str(value["action_id"]))
            if key in self.action_ids:
                self.say(f'`action_id` "{key[1]}" already exists', f"{where}/action_id")
            self.action_ids.add(key)
        if "confirm" in value:
            self.confirm(value["confirm"], f"{where}/confirm")
        if "placeholder" in value:
            self.text(value["placeholder"], f"{where}/placeholder", 150, plain=True)
        self.flag(value, where, "focus_on_load", "multiline", "is_decimal_allowed")
        self.focused += value.get("focus_on_load") is True
        self._kind(value, where, kind)

    def _kind(self, value: Json, where: str, kind: str) -> None:
        if kind == "button":
            self._button(value, where)
        elif kind == "overflow":
            self.options(value, where, 5)
        elif kind in CHOICES:
            self.options(value, where, 10)
        elif kind in {"static_select", "multi_static_select"}:
            self.options(value, where, 100)
        elif kind in PICKERS:
            self._picker(value, where)
        elif kind == "plain_text_input":
            self._typed(value, where)
        elif kind == "number_input":
            self.needs(value, where, "is_decimal_allowed")
        if "max_selected_items" in value and not value["max_selected_items"] >= 1:
            self.say("must be greater than or equal to 1", f"{where}/max_selected_items")

    def _button(self, value: Json, where: str) -> None:
        if self.needs(value, where, "text"):
            self.text(value["text"], f"{where}/text", 75, plain=True)
        for name, most in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
            if name in value:
                self.words(value[name], f"{where}/{name}", most)
        self._style(value, where)

    def _picker(self, value: Json, where: str) -> None:
        date, time = value.get("initial_date"), value.get("initial_time")
        if date is not None and not _DATE.fullmatch(str(date)):
            self.say("must be a valid date", f"{where}/initial_date")
        if time is not None and not _TIME.fullmatch(str(time)):
            self.say("must be a valid time", f"{where}/initial_time")
        at = value.get("initial_date_time")
        if at is not None and not (isinstance(at, int) and 10**9 <= at < 10**10):
            self.say("must be a valid unix timestamp", f"{where}/initial_date_time")

    def _typed(self, value: Json, where: str) -> None:
        least, most = value.get("min_length", 0), value.get("max_length", 3000)
        if not (isinstance(least, int) and 0 <= least <= 3000):
            self.say("must be between 0 and 3000", f"{where}/min_length")
        elif not (isinstance(most, int) and 1 <= most <= 3000):
            self.say("must be between 1 and 3000", f"{where}/max_length")
        elif least > most:
            self.say("`min_length` must be less than `max_length`", where)
        elif "initial_value" in value:
            self.words(value["initial_value"], f"{where}/initial_value", most, 0)
        config = value.get("dispatch_action_config", {})
        for event in config.get("trigger_actions_on", []):
            if event not in {"on_enter_pressed", "on_character_entered"}:
                self.say("must be a valid enum value", f"{where}/dispatch_action_config")

    def image(self, value: Json, where: str, more: set[str]) -> None:
        allowed = {"type", "alt_text", "image_url", "slack_file"} | more
        self.only(value, where, allowed)
        if self.needs(value, where, "alt_text"):
            self.words(value["alt_text"], f"{where}/alt_text", 2000)
        if ("image_url" in value) == ("slack_file" in value):
            self.say("must define either `image_url` or `slack_file`", where)
        if "image_url" in value:
            self.words(value["image_url"], f"{where}/image_url", 3000)
        file = value.get("slack_file", {"id": "F"})
        if not isinstance(file, dict) or ("id" in file) == ("url" in file):
            self.say("must define either `id` or `url`", f"{where}/slack_file")

    # -- blocks -----------------------------------------------------------------------------------

    def block(self, value: object, where: str, at: int) -> None:
        if not isinstance(value, dict):
            self.say("must provide an object", where)
            return
        kind = value.get("type")
        if kind not in BLOCK_KEYS or self.surface not in SURFACES.get(kind, {self.surface}):
            self.say(f"unsupported type: {kind}", f"{where}/type")
            return
        self.only(value, where, {"type", "block_id"} | BLOCK_KEYS[kind])
        block_id = f"/{at}"
        if "block_id" in value:
            self.words(value["block_id"], f"{where}/block_id", 255)
            block_id = str(value["block_id"])
            if block_id in self.block_ids:
                self.say(f'`block_id` "{block_id}" already exists', f"{where}/block_id")
            self.block_ids.add(block_id)
        look: Callable[[Json, str, str], None] = getattr(self, f"_{kind}_block")
        look(value, where, block_id)

    def _section_block(self, value: Json, where: str, block_id: str) -> None:
        if "text" not in value and "fields" not in value:
            self.say("must define either `text` or `fields`", where)
        if "text" in value:
            self.text(value["text"], f"{where}/text", 3000)
        if "fields" in value:
            for at, one in enumerate(self.some(value["fields"], f"{where}/fields", 10)):
                self.text(one, f"{where}/fields/{at}", 2000)
        if "accessory" in value:
            self.element(value["accessory"], f"{where}/accessory", ACCESSORIES, block_id)

    def _divider_block(self, value: Json, where: str, block_id: str) -> None:
        """There is nothing in a line to be wrong."""

    def _header_block(self, value: Json, where: str, block_id: str) -> None:
        if self.needs(value, where, "text"):
            self.text(value["text"], f"{where}/text", 150, plain=True)

    def _context_block(self, value: Json, where: str, block_id: str) -> None:
        for at, one in enumerate(self.some(value.get("elements"), f"{where}/elements", 10)):
            there = f"{where}/elements/{at}"
            if isinstance(one, dict) and one.get("type") == "image":
                self.image(one, there, set())
            else:
                self.text(one, there, 3000)

    def _actions_block(self, value: Json, where: str, block_id: str) -> None:
        for at, one in enumerate(self.some(value.get("elements"), f"{where}/elements", 25)):
            self.element(one, f"{where}/elements/{at}", ACTIONS, block_id)

    def _image_block(self, value: Json, where: str, block_id: str) -> None:
        self.image(value, where, {"title", "block_id"})
        if "title" in value:
            self.text(value["title"], f"{where}/title", 2000, plain=True)

    def _input_block(self, value: Json, where: str, block_id: str) -> None:
        self.flag(value, where, "optional", "dispatch_action")
        if self.needs(value, where, "label", "element"):
            self.text(value["label"], f"{where}/label", 2000, plain=True)
            self.element(value["element"], f"{where}/element", INPUTS, block_id)
        if "hint" in value:
            self.text(value["hint"], f"{where}/hint", 2000, plain=True)

    def _rich_text_block(self, value: Json, where: str, block_id: str) -> None:
        self.some(value.get("elements"), f"{where}/elements", 1000)

    def _markdown_block(self, value: Json, where: str, block_id: str) -> None:
        self.words(value.get("text"), f"{where}/text", 12_000)


def faults_in(blocks: object, surface: str = MESSAGE, root: str = "") -> list[str]:
    """Slack's sentences about these blocks; empty when it would take them."""
    look = _Look(surface)
    least = 1 if surface == MESSAGE else 0
    for at, block in enumerate(look.some(blocks, f"{root}/blocks", BLOCKS[surface], least)):
        look.block(block, f"{root}/blocks/{at}", at)
    if look.focused > 1:
        look.say("only one element may have `focus_on_load`", f"{root}/blocks")
    return look.faults


def faults_in_view(view: object) -> list[str]:
    """Slack's sentences about a modal or a Home tab; empty when it would take it."""
    look = _Look(MODAL)
    if not isinstance(view, dict):
        look.say("must provide an object", "/view")
        return look.faults
    kind = view.get("type")
    if kind not in VIEW_KEYS:
        look.say(f"unsupported type: {kind}", "/view/type")
        return look.faults
    look.only(view, "/view", VIEW_KEYS[kind])
    look.flag(view, "/view", "clear_on_close", "notify_on_close", "submit_disabled")
    if kind == MODAL and look.needs(view, "/view", "title"):
        look.text(view["title"], "/view/title", 24, plain=True)
    for name in ("submit", "close"):
        if view.get(name) is not None:
            look.text(view[name], f"/view/{name}", 24, plain=True)
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if name in view:
            look.words(view[name], f"/view/{name}", most, 0)
    if look.needs(view, "/view", "blocks"):
        look.faults += faults_in(view["blocks"], kind, "/view")
        blocks = view["blocks"] if isinstance(view["blocks"], list) else []
        asks = any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
        if kind == MODAL and asks and not view.get("submit"):
            look.say("`submit` is required when an `input` block is within blocks", "/view")
    return look.faults


def too_large(view: object) -> bool:
    """Whether a view weighs more than Slack carries."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES


def texts_in(value: object) -> Iterator[str]:
    """Every string in a payload that could be words: for limits, and for looking for names."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts_in(part)
        case list():
            for part in value:
                yield from texts_in(part)
        case _:
            return


def written(blocks: list[Json]) -> int:
    """What `msg_blocks_too_long` counts, as far as anybody has measured it: the blocks with all
    that they are made of, so that many small ones are as long as a few with much text. See
    https://github.com/slackapi/bolt-js/issues/2509 and 2867.
    """
    return length(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))
