"""Slack's blocks: plain words in, within every limit and escaped. No other module escapes.

Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

Block = dict[str, Any]

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
SECTION: Final = 3000
FIELD: Final = 2000
HEADER: Final = 150
TITLE: Final = 24
BUTTON: Final = 75
OPTION: Final = 75
LABEL: Final = 2000
HINT: Final = 2000
PLACEHOLDER: Final = 150
FALLBACK: Final = 1000  # chat.update takes 4,000, and counts bytes: a letter may have four
LINK: Final = "page:"  # begins the action_id of every button that Slack opens a page for
FEW: Final = 10  # checkboxes and radio buttons
OPTIONS: Final = 100  # of a select, or of one of its groups


def escape(text: str) -> str:
    """Text that calls nobody and opens nothing, wherever Slack reads its own marks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def plain(text: str, most: int) -> Block:
    """Nothing in it is read as a mark; Slack refuses an empty one."""
    return {"type": "plain_text", "text": cut(text, most) or "—", "emoji": False}


def mrkdwn(text: str, most: int = SECTION) -> Block:
    """Already escaped text with our own marks; addresses and names in it stay text."""
    return {"type": "mrkdwn", "text": cut(text, most) or "—", "verbatim": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER)}


def section(text: str, *, strong: bool = False, beside: Block | None = None) -> Block:
    """A paragraph; `beside` is one element at its right."""
    written = whole(text, SECTION - 2)
    block: Block = {
        "type": "section",
        "text": mrkdwn(f"*{written}*" if strong and written else written),
    }
    return block | ({"accessory": beside} if beside else {})


def facts(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    """Headings with their values, ten to a block."""
    fields = [mrkdwn(f"*{whole(h, 200)}*\n{whole(v, FIELD - 210)}", FIELD) for h, v in pairs]
    return [{"type": "section", "fields": fields[n : n + 10]} for n in range(0, len(fields), 10)]


def context(text: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(whole(text, SECTION), SECTION)]}


def divider() -> Block:
    return {"type": "divider"}


def buttons(elements: Sequence[Block], block_id: str = "") -> Block:
    block: Block = {"type": "actions", "elements": list(elements)}
    return block | ({"block_id": block_id} if block_id else {})


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    style: str = "",
    confirm: Block | None = None,
    spoken: str = "",
) -> Block:
    """`style` is primary, danger or nothing; `spoken` what a screen reader says for the label."""
    element: Block = {
        "type": "button",
        "text": plain(label, BUTTON),
        "action_id": action_id,
        "value": value,
    }
    element |= {"style": style} if style else {}
    element |= {"accessibility_label": cut(spoken, BUTTON)} if spoken else {}
    return element | ({"confirm": confirm} if confirm else {})


def link_button(label: str, action_id: str, url: str) -> Block:
    """Slack opens the page, and tells us of the press all the same; `LINK` says that it is one."""
    name = f"{LINK}{action_id}"
    return {"type": "button", "text": plain(label, BUTTON), "action_id": name, "url": url}


def option(label: str, value: str, note: str = "") -> Block:
    made: Block = {"text": plain(label, OPTION), "value": value}
    return made | ({"description": plain(note, OPTION)} if note else {})


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """The question that Slack asks before a press counts."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def input_block(
    name: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    """One question of a modal. Its block is named as the field is, its element always `v`."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, LABEL),
        "element": element | {"action_id": "v"},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, HINT)} if hint else {})


def whole(text: str, most: int) -> str:
    """Escaped and not longer than that, never cut within an escaped mark."""
    written = escape(text)
    while len(written) > most:
        text = text[: max(0, len(text) - max(1, (len(written) - most) // 5) - 1)]
        written = escape(text) + "…"
    return written
