"""The guard's look at a message in a platform's own shape: what is known of people is masked."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from handlers.delivery.guarded_notice import guarded
from workflows.desk import Desk
from workflows.model.card import Card
from workflows.model.notice import Notice


def masked(desk: Desk, notice: Notice, part: Any, shown: Collection[str]) -> Any:
    """A message part (dicts and lists) with people's names masked in the fields named in `shown`.
    `notice` says which cases it is about. Raises Held."""
    texts = list(dict.fromkeys(texts_in(part, shown)))
    card = Card("", "", tuple(("", text) for text in texts))
    seen = [text for _, text in guarded(desk, notice, card).card.facts]
    hidden = {a: b for a, b in zip(texts, seen, strict=True) if a != b}
    return _with(part, hidden, shown) if hidden else part


def texts_in(part: Any, shown: Collection[str]) -> Iterator[str]:
    """Everything that is shown, wherever it stands."""
    match part:
        case dict():
            for name, value in part.items():
                if name in shown and isinstance(value, str):
                    yield value
                else:
                    yield from texts_in(value, shown)
        case list() | tuple():
            for one in part:
                yield from texts_in(one, shown)
        case _:
            pass


def _with(part: Any, hidden: Mapping[str, str], shown: Collection[str]) -> Any:
    match part:
        case dict():
            return {
                name: hidden.get(value, value)
                if name in shown and isinstance(value, str)
                else _with(value, hidden, shown)
                for name, value in part.items()
            }
        case list():
            return [_with(one, hidden, shown) for one in part]
        case _:
            return part
