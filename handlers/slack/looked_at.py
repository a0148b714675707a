"""The guard's look at a message drawn from how things are: what is known of people is masked.

A notice's own card was looked at where it was made (handlers/guarded.py); what is drawn by itself,
here, word by word.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from handlers.guarded import guarded
from handlers.slack.door import SlackDoor
from handlers.slack.drawing import NOTICES, Message
from workflows.cards import Card
from workflows.notices import Notice
from workflows.ports import Post

SHOWN: Final = frozenset({"text", "alt_text"})
A_NUMBER: Final = re.compile(r"R\d+-\d{4,}")


def looked_at(door: SlackDoor, post: Post, message: Message) -> Message:
    """The message as it may leave. Raises Held."""
    if post.kind == "notice" and (post.notice is None or post.notice.key not in NOTICES):
        return message
    texts = list(dict.fromkeys([message.text, *_texts(message.blocks)]))
    notice = post.notice or _about(post, texts)
    card = Card("", "", tuple(("", text) for text in texts))
    shown = [text for _, text in guarded(door.desk, notice, card).card.facts]
    masked = {a: b for a, b in zip(texts, shown, strict=True) if a != b}
    if not masked:
        return message
    return Message(
        masked.get(message.text, message.text), tuple(_with(b, masked) for b in message.blocks)
    )


def _about(post: Post, texts: list[str]) -> Notice:
    """What no notice stands behind, as the guard asks for it: the cases that it is about."""
    numbers = sorted({n for text in texts for n in A_NUMBER.findall(text)})
    return Notice(
        id=post.id,
        key=post.kind,
        member_id=post.member_id,
        dedupe_key="",
        facts={"numbers": numbers},
        case_id=post.case_id,
        meeting_id=post.meeting_id,
    )


def _texts(part: Any) -> Iterator[str]:
    """Everything that is shown, wherever it stands."""
    match part:
        case dict():
            for name, value in part.items():
                if name in SHOWN and isinstance(value, str):
                    yield value
                else:
                    yield from _texts(value)
        case list() | tuple():
            for one in part:
                yield from _texts(one)
        case _:
            pass


def _with(part: Any, masked: Mapping[str, str]) -> Any:
    match part:
        case dict():
            return {
                name: masked.get(value, value)
                if name in SHOWN and isinstance(value, str)
                else _with(value, masked)
                for name, value in part.items()
            }
        case list():
            return [_with(one, masked) for one in part]
        case _:
            return part
