"""LINE WORKS's messages: plain words in, within every limit. No other module writes their shapes.

Limits: https://developers.worksmobile.com/jp/docs/bot-api. Letters are counted as JavaScript counts
them, 𠮷 as two: LINE WORKS does not say how it counts, and this is the stricter way.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from handlers.lineworks.door import Content

TEXT: Final = 2000
CARD: Final = 1000  # of a button_template
BUTTONS: Final = 10
LABEL: Final = 20
SPOKEN: Final = 300  # displayText
QUICK: Final = 13
ROWS: Final = 4  # of a list_template
ROW: Final = 1000  # its titles and what stands below them
COLUMNS: Final = 10
COLUMN_TITLE: Final = 40
COLUMN_TEXT: Final = 60  # under a title
ALT: Final = 400
FLEX_BYTES: Final = 15 * 1024


@dataclass(frozen=True)
class Button:
    """Something to press: a page (`uri`), or what comes back to us (`token`). `spoken` is what then
    stands there as the person's own words, without it the label."""

    label: str
    token: str = ""
    uri: str = ""
    spoken: str = ""


@dataclass(frozen=True)
class Column:
    """One of several things, beside or below one another, with its one button."""

    title: str
    text: str
    button: Button


def text(words: str, *quick: Button) -> Content:
    """A sentence; `quick` goes away with the next message."""
    content: Content = {"type": "text", "text": cut(words, TEXT)}
    return content | _quick(quick)


def buttons(words: str, *pressed: Button, quick: Sequence[Button] = ()) -> Content:
    """Words with buttons that stay. They cannot send a postback, but a message with one in it."""
    if not pressed:
        return text(words, *quick)
    actions = [_said(button) for button in pressed[:BUTTONS]]
    content: Content = {"type": "button_template", "contentText": cut(words, CARD)}
    return content | {"actions": actions} | _quick(quick)


def with_button(content: Content, button: Button) -> Content:
    """The same words with one more button, if they have buttons that stay and room for it."""
    actions = content.get("actions", ())
    if content["type"] != "button_template" or len(actions) >= BUTTONS:
        return content
    return content | {"actions": [*actions, _said(button)]}


def listed(words: str, rows: Sequence[Column]) -> Content:
    """Up to four things below one another, seen without a swipe, with `words` over them. Like
    `buttons` it sends no postback, but a message with one in it."""
    drawn = [
        {
            "title": cut(row.title, ROW),
            "subtitle": cut(row.text, ROW),
            "action": _said(row.button),
        }
        for row in rows[:ROWS]
    ]
    return {
        "type": "list_template",
        "coverData": {"title": cut(words, ROW)},
        "elements": drawn,
    }


def carousel(columns: Sequence[Column], *quick: Button) -> Content:
    """Up to ten things, as many buttons each: one."""
    drawn = [
        {
            "title": cut(column.title, COLUMN_TITLE),
            "text": cut(column.text, COLUMN_TEXT),
            "actions": [_posted(column.button)],
        }
        for column in columns[:COLUMNS]
    ]
    content: Content = {"type": "carousel", "columns": drawn}
    return content | _quick(quick)


def flex(
    title: str, parts: Iterable[tuple[str, Sequence[str]]], link: Button, *, more: str
) -> Content:
    """A page of headings with their lines, and a link; `more` says that there was no room for all.

    Links alone may stand in it: what other buttons do there is not written down.
    """
    lines: list[Content] = [_line(title, weight="bold", size="lg")]
    for heading, told in parts:
        lines.append({"type": "separator", "margin": "md"})
        lines.append(_line(heading, weight="bold", margin="md"))
        lines += [_line(one, size="sm") for one in told]
    if _weight(_bubble(lines, link)) > FLEX_BYTES:
        rest = _line(more, size="sm")
        room = FLEX_BYTES - _weight(_bubble([rest], link))
        lines = [*_that_fit(lines, room), rest]
    return {"type": "flex", "altText": cut(title, ALT), "contents": _bubble(lines, link)}


def length(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2


def cut(words: str, most: int) -> str:
    """Not longer than that, and never empty: LINE WORKS takes no empty text."""
    words = words or "—"
    if length(words) <= most:
        return words
    while length(words) > most - 1:
        words = words[: min(len(words) - 1, most - 1)]
    return words + "…"


# -- buttons --------------------------------------------------------------------------------------


def _quick(pressed: Sequence[Button]) -> Content:
    if not pressed:
        return {}
    return {"quickReply": {"items": [{"action": _posted(button)} for button in pressed[:QUICK]]}}


def _posted(button: Button) -> Content:
    if button.uri:
        return _link(button)
    spoken = cut(button.spoken or button.label, SPOKEN)
    label = cut(button.label, LABEL)
    return {"type": "postback", "label": label, "data": button.token, "displayText": spoken}


def _said(button: Button) -> Content:
    if button.uri:
        return _link(button)
    label = cut(button.label, LABEL)
    spoken = cut(button.spoken or label, SPOKEN)
    return {"type": "message", "label": label, "text": spoken, "postback": button.token}


def _link(button: Button) -> Content:
    return {"type": "uri", "label": cut(button.label, LABEL), "uri": button.uri}


# -- flex -----------------------------------------------------------------------------------------


def _line(words: str, **looks: Any) -> Content:
    return {"type": "text", "text": words or "—", "wrap": True, **looks}


def _that_fit(lines: Iterable[Content], room: int) -> Iterator[Content]:
    """As many as there is room for, in bytes."""
    for line in lines:
        room -= _weight(line) + len(", ")
        if room < 0:
            return
        yield line


def _bubble(lines: Sequence[Content], link: Button) -> Content:
    footer = {"type": "button", "style": "primary", "action": _link(link)}
    return {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": list(lines)},
        "footer": {"type": "box", "layout": "vertical", "contents": [footer]},
    }


def _weight(contents: Content) -> int:
    return len(json.dumps(contents, ensure_ascii=False).encode())
