"""Mattermost's posts and dialogs: plain words in, within every limit. No other module writes their
shapes.

A post is its message and one attachment: facts as fields, words, then buttons. What people or
agencies are called is never read as markdown. Limits: mattermost/server/public/model.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

Json = dict[str, Any]

MESSAGE: Final = 16_383  # letters
FIELD: Final = 4_000  # [ours] of one fact: nobody reads more in a chat
LABEL: Final = 60  # [ours] of a button; Mattermost has no limit, a screen has
BUTTONS: Final = 20  # [ours]
TITLE = DISPLAY_NAME = 24  # bytes: eight letters of Japanese
HELP: Final = 150  # bytes
# An underline within a word means nothing.
CONTROLS: Final = re.compile(r"([\\`*{}\[\]<>#|~!]|\b_|_\b|_(?=_))")
# Of letters that an address is written with, and none of them can make a link of what follows.
ADDRESS: Final = re.compile(r"(https?://[A-Za-z0-9._~:/?#&=%+@,;$!*'-]+)")


@dataclass(frozen=True)
class Button:
    """Something to press, which comes back as `verb`, `subject` and `item`; or a page (`uri`),
    which stands as a link among the words: a button of Mattermost's opens none."""

    label: str
    verb: str = ""
    subject: str = ""
    item: str = ""
    uri: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Message:
    """`words` first, then `facts` as (heading, value), then `more` words, links and buttons."""

    words: str
    facts: tuple[tuple[str, str], ...] = ()
    more: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Integration:
    """How a press comes back: the address, and what each button carries."""

    address: str
    token_of: Callable[[Button], str]


def said(words: str, *buttons: Button) -> Message:
    return Message(words, buttons=buttons)


def with_button(message: Message, button: Button) -> Message:
    return replace(message, buttons=(*message.buttons, button))


def digest_of(message: Message) -> str:
    """Another one whenever the message looks or works differently."""
    parts = [message.words, message.facts, message.more, [vars(b) for b in message.buttons]]
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def plain(text: str) -> str:
    """Words as they are read: nothing in them is markdown. Addresses stay whole."""
    parts = ADDRESS.split(text)
    return "".join(part if n % 2 else CONTROLS.sub(r"\\\1", part) for n, part in enumerate(parts))


def cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def post_of(message: Message, integration: Integration) -> Json:
    """As Mattermost takes it."""
    attachments = attachments_of(message, integration)
    return {
        "message": cut(plain(message.words), MESSAGE),
        "props": {"attachments": attachments} if attachments else {},
    }


def attachments_of(message: Message, integration: Integration) -> list[Json]:
    """None, or the one that holds all but the first words."""
    pressed = [b for b in message.buttons if not b.uri][:BUTTONS]
    links = [f"[{plain(b.label)}]({b.uri})" for b in message.buttons if b.uri]
    text = "\n".join(filter(None, (plain(message.more), *links)))
    found: Json = {}
    if message.facts:
        found["fields"] = [
            {"title": cut(heading, LABEL), "value": cut(plain(value), FIELD), "short": False}
            for heading, value in message.facts
        ]
    if text:
        found["text"] = cut(text, MESSAGE)
    if pressed:
        found["actions"] = [_action(b, n, integration) for n, b in enumerate(pressed)]
    # What a notification and an old client show of it.
    return [found | {"fallback": cut(message.words, LABEL)}] if found else []


def _action(button: Button, number: int, integration: Integration) -> Json:
    """An action's id is letters and digits: with others in it a press finds nothing."""
    context = {"token": integration.token_of(button)}
    action: Json = {
        "id": f"b{number}",
        "type": "button",
        "name": cut(button.label, LABEL),
        "integration": {"url": integration.address, "context": context},
    }
    return action | ({"style": "primary"} if button.primary else {})


# -- dialogs --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """One choice of a dialog: `options` as (value, words), `chosen` the value that stands there."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str = ""
    help_text: str = ""


@dataclass(frozen=True)
class Dialog:
    """A dialog as we want it shown. Handed in, it comes back as `callback`, `subject` and `item`
    with what was chosen. Without a question it only asks whether."""

    title: str
    words: str
    submit: str
    callback: str
    subject: str
    item: str = ""
    questions: tuple[Question, ...] = ()


def in_bytes(words: str, most: int) -> str:
    """Not longer than so many bytes, which is how Mattermost counts in dialogs."""
    whole, words = words, words[: most + 1]
    if len(whole) == len(words) and len(words.encode()) <= most:
        return words
    while len(words.encode()) > most - len("…".encode()):
        words = words[:-1]
    return words + "…"


def dialog_of(dialog: Dialog, state: str) -> Json:
    """As Mattermost takes it; `state` is ours, sealed."""
    return {
        "callback_id": "tsunagu",
        "title": in_bytes(dialog.title, TITLE),
        "introduction_text": plain(dialog.words),
        "elements": [_element(one) for one in dialog.questions],
        "submit_label": dialog.submit,
        "notify_on_cancel": False,
        "state": state,
    }


def _element(one: Question) -> Json:
    found: Json = {
        "display_name": in_bytes(one.label, DISPLAY_NAME),
        "name": one.name,
        "type": "radio",
        "options": [{"text": words, "value": value} for value, words in one.options],
    }
    if one.chosen in {value for value, _ in one.options}:
        found["default"] = one.chosen
    return found | ({"help_text": in_bytes(one.help_text, HELP)} if one.help_text else {})
