"""Every message that the product sends to LINE WORKS when everything is as large as it can be.

`collecting` keeps what reached the stand-in while the block lasts, which of the registered things
took part, and every text that had to be cut; `tour` of largest_tour.py is what happens in it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from handlers.lineworks import asking, cards, channel, contents, door
from handlers.lineworks.door import Content, Drawing
from tests.lineworks.pieces import Json
from tests.lineworks.product import LineworksTown
from tests.support.failures import failures_into
from workflows.model.card import Card

MESSAGES = ("send.user", "send.room")
TOO_MANY = 429  # has nothing to do with what was sent


@dataclass
class Reached:
    """What took part: verbs, kinds of events, who reads typed text, which verbs may be typed,
    notices with a drawing of their own."""

    verbs: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)


@dataclass
class Collected:
    """`told` are the notices by their keys, each with its card and what became of it; `refused`
    is what LINE WORKS would not take, `broken` what failed on our side, `cut` what did not fit."""

    contents: list[Json] = field(default_factory=list)
    bodies: dict[str, list[Json]] = field(default_factory=dict)  # of other calls, by their api
    told: dict[str, tuple[Card, Content]] = field(default_factory=dict)
    reached: Reached = field(default_factory=Reached)
    unsent: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    cut: list[tuple[int, str]] = field(default_factory=list)


@contextmanager
def collecting(town: LineworksTown) -> Iterator[Collected]:
    """Everything that happens in the block is kept; at its end `contents` is complete."""
    collected = Collected()
    begun = len(town.lineworks.calls)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        _watched(patch, collected)
        stack.enter_context(_reading(collected.reached.readers))
        stack.enter_context(failures_into(collected.broken))
        yield collected
        town.settle()
    for call in town.lineworks.calls[begun:]:
        if call.status == TOO_MANY:
            continue
        if not 200 <= call.status < 300:
            collected.refused.append(f"{call.api}: {call.status} {call.answer} {call.body}")
        elif call.api in MESSAGES:
            collected.contents.append(call.body["content"])
        elif call.body is not None:
            collected.bodies.setdefault(call.api, []).append(call.body)


def _watched(patch: pytest.MonkeyPatch, collected: Collected) -> None:
    """Whatever is registered notes that it answered; whatever cuts a text notes the text."""
    reached = collected.reached
    for registry, noted in (
        (door.PRESSED, reached.verbs),
        (door.HAPPENED, reached.kinds),
        (door.NOTICES, reached.drawn),
        (asking.READS, reached.typed),
    ):
        functions: dict[str, Any] = registry
        for name, act in list(functions.items()):
            patch.setitem(functions, name, _noting(act, noted, name))

    cut, notice_content = contents.cut, cards.notice_content

    def noting_cut(words: str, most: int) -> str:
        if contents.length(words) > most:
            collected.cut.append((most, words))
        return cut(words, most)

    def noting_content(drawing: Drawing) -> Content | None:
        content = notice_content(drawing)
        if content is not None:
            collected.told[drawing.notice.key] = (drawing.card, content)
        return content

    patch.setattr(contents, "cut", noting_cut)
    patch.setattr(channel, "notice_content", noting_content)


@contextmanager
def _reading(noted: set[str]) -> Iterator[None]:
    """Whoever reads typed text, likewise: a list, which is kept where it is."""
    before = list(door.UNDERSTOOD)
    door.UNDERSTOOD[:] = [(order, _noting(read, noted, read.__name__)) for order, read in before]
    try:
        yield
    finally:
        door.UNDERSTOOD[:] = before


def _noting(act: Callable[..., Any], noted: set[str], name: str) -> Callable[..., Any]:
    """Reached is what answered: a refusal that was raised, and a "not mine", do not count."""

    def noting(*what: Any) -> Any:
        answer = act(*what)
        if answer is not None and answer != "":
            noted.add(name)
        return answer

    return noting
