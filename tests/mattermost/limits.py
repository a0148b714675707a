"""What Mattermost refuses in a post, a dialog, an answer to a command: each fault with its place.

    faults_in_attachments([{"text": "…", "actions": [{"id": "a.b", …}]}])

As in mattermost/server/public/model (`PostAction`, `MessageAttachment`, `Dialog`, `DialogElement`).
Newer servers only write most of these into their log and then show something odd, or answer a press
with 404 (an action whose id is more than letters and digits): here they are refused, which is the
stricter way. The lengths of dialogs are counted in bytes, as Go's `len` does: あ is three.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.slack.limits import Json

PROPS = 800_000 - 40_000
TITLE = DISPLAY_NAME = 24
NAME, HELP = 300, 150
DEFAULTS = {"text": 150, "textarea": 3000, "select": 3000, "bool": 150}
STYLES = ("", "default", "primary", "success", "good", "warning", "danger")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
ACTION_ID = re.compile(r"[A-Za-z0-9]+")
ATTACHMENT = frozenset(
    {"fallback", "color", "pretext", "author_name", "author_link", "title", "title_link", "text"}
    | {"fields", "image_url", "thumb_url", "footer", "ts", "actions"}
)
ACTION = frozenset(
    {"id", "type", "name", "style", "integration", "options", "data_source", "default_option"}
    | {"disabled", "cookie"}
)
DIALOG = frozenset(
    {"callback_id", "title", "introduction_text", "icon_url", "elements", "submit_label"}
    | {"notify_on_cancel", "state"}
)
ELEMENT = frozenset(
    {"display_name", "name", "type", "subtype", "default", "placeholder", "help_text", "optional"}
    | {"min_length", "max_length", "data_source", "options", "multiselect"}
)
SUBTYPES = ("", "text", "email", "number", "tel", "url", "password")


def is_address(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(r"https?://[^\s/]+\S*", text) is not None


def size(text: object) -> int:
    return len(str(text).encode())


def weight(thing: object) -> int:
    """The letters of it as JSON, which is how the server keeps the props of a post."""
    return len(json.dumps(thing, ensure_ascii=False, separators=(",", ":")))


def _unknown(thing: Json, known: Iterable[str], place: str) -> Iterator[str]:
    for name in thing.keys() - set(known):
        yield f"nothing is called {name!r} [{place}]"


def faults_in_attachments(attachments: object) -> list[str]:
    if not isinstance(attachments, list):
        return ["attachments are no list [/attachments]"]
    return [
        fault
        for n, one in enumerate(attachments)
        for fault in _in_attachment(one, f"/attachments/{n}")
    ]


def _in_attachment(one: Any, place: str) -> Iterator[str]:
    if not isinstance(one, dict):
        yield f"no object [{place}]"
        return
    yield from _unknown(one, ATTACHMENT, place)
    colour = one.get("color", "")
    if colour and colour not in ("good", "warning", "danger") and not COLOUR.fullmatch(colour):
        yield f"no colour: {colour!r} [{place}/color]"
    if "title_link" in one and not (one.get("title") and is_address(one["title_link"])):
        yield f"a link wants a title, and an address [{place}/title_link]"
    for n, field in enumerate(one.get("fields", [])):
        if not isinstance(field.get("value", ""), str | int):
            yield f"a value is a text or a number [{place}/fields/{n}]"
    ids: set[str] = set()
    for n, action in enumerate(one.get("actions", [])):
        yield from _in_action(action, f"{place}/actions/{n}")
        if action.get("id") in ids:
            yield f"two actions are called {action['id']!r} [{place}/actions/{n}]"
        ids |= {action["id"]} if "id" in action else set()


def _in_action(action: Json, place: str) -> Iterator[str]:
    yield from _unknown(action, ACTION, place)
    if not action.get("name"):
        yield f"an action must have a name [{place}/name]"
    if "id" in action and not ACTION_ID.fullmatch(str(action["id"])):
        yield f"an id is letters and digits, else a press is 404 [{place}/id]"
    style = action.get("style", "")
    if style not in STYLES and not COLOUR.fullmatch(style):
        yield f"no style: {style!r} [{place}/style]"
    options = action.get("options", [])
    match action.get("type"):
        case "button":
            if options or action.get("data_source"):
                yield f"a button has no options [{place}]"
        case "select":
            if not options and not action.get("data_source"):
                yield f"a select must have options [{place}/options]"
            for option in options:
                if not (option.get("text") and option.get("value")):
                    yield f"an option has a text and a value [{place}/options]"
        case kind:
            yield f"an action is a button or a select, not {kind!r} [{place}/type]"
    integration = action.get("integration")
    if not isinstance(integration, dict) or not is_address(integration.get("url")):
        yield f"an action must have an address [{place}/integration]"


def faults_in_dialog(dialog: object) -> list[str]:
    if not isinstance(dialog, dict):
        return ["a dialog is an object [/dialog]"]
    return list(_in_dialog(dialog))


def _in_dialog(dialog: Json) -> Iterator[str]:
    yield from _unknown(dialog, DIALOG, "/dialog")
    if not 0 < size(dialog.get("title", "")) <= TITLE:
        yield f"a title is 1 to {TITLE} bytes: {dialog.get('title')!r} [/dialog/title]"
    names: set[str] = set()
    for n, element in enumerate(dialog.get("elements") or []):
        place = f"/dialog/elements/{n}"
        if element.get("name") in names:
            yield f"two elements are called {element['name']!r} [{place}]"
        names.add(element.get("name", ""))
        yield from _in_element(element, place)


def _in_element(element: Json, place: str) -> Iterator[str]:
    yield from _unknown(element, ELEMENT, place)
    for name, most in (("display_name", DISPLAY_NAME), ("name", NAME)):
        if not 0 < size(element.get(name, "")) <= most:
            yield f"{name} is 1 to {most} bytes: {element.get(name)!r} [{place}/{name}]"
    if size(element.get("help_text", "")) > HELP:
        yield f"help_text is at most {HELP} bytes [{place}/help_text]"
    if not 0 <= element.get("min_length", 0) <= element.get("max_length", 0):
        yield f"min_length is more than max_length [{place}]"
    kind, default = element.get("type", ""), element.get("default", "")
    for name in ("default", "placeholder"):
        if kind in DEFAULTS and size(element.get(name, "")) > DEFAULTS[kind]:
            yield f"{name} is at most {DEFAULTS[kind]} bytes [{place}/{name}]"
    match kind:
        case "text" | "textarea":
            if element.get("subtype", "") not in SUBTYPES:
                yield f"no subtype: {element['subtype']!r} [{place}/subtype]"
        case "select" | "radio":
            values = [option.get("value") for option in element.get("options") or []]
            if default and default not in values:
                yield f"the default is none of the options [{place}/default]"
            if not values and not element.get("data_source"):
                yield f"nothing to choose from [{place}/options]"
        case "bool":
            if default not in ("", "true", "false"):
                yield f"no default of a bool: {default!r} [{place}/default]"
        case _:
            yield f"no kind of element: {kind!r} [{place}/type]"
