"""What stands in Slack because of us, drawn: cards of notices, boards, home pages, rooms.

`drawn_by` registers how one kind of thing is drawn. What is registered for a notice's key is
drawn from how things are now; every other notice is its card.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from handlers.chat.registry import Registry
from handlers.slack.door import PRESSED, SlackDoor
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.words.without_requests import without_requests
from workflows.core.messages import Query
from workflows.core.permissions import Caller
from workflows.core.ports import Post
from workflows.inbox.news import NewsState
from workflows.model.card import Card, CardButton

R = TypeVar("R")


@dataclass(frozen=True)
class Message:
    """`text` is what a notification or a screen reader says; it is escaped when it is sent."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Drawing:
    """One thing to be drawn now. `card` is the notice's, as the guard lets it go; a board and a
    room have none. `state` is what became of the notice's news, None while it stands."""

    door: SlackDoor
    post: Post
    now: datetime
    card: Card | None = None
    state: NewsState | None = None

    def ask(self, query: Query[R]) -> R:
        """As the one who reads it; what nobody in particular reads, as the clock."""
        actor = self.post.member_id or Caller.CLOCK
        return self.door.ask(query, actor)


Draw = Callable[[Drawing], Message | None]  # None: nothing is to stand there (any more)
NOTICES = Registry[Draw]()  # by the notice's key
POST_DRAWERS = Registry[Draw]()  # by the post's kind
# What is added to the card of a notice that stands, however it was drawn.
CARD_ADDITIONS: list[Callable[[Drawing, Message], Message]] = []


def drawn_by(*keys: str, kind: str = "") -> Callable[[Draw], Draw]:
    """Register how notices with these keys, or posts of this kind, are drawn."""

    def register(draw: Draw) -> Draw:
        NOTICES.under(*keys)(draw)
        return POST_DRAWERS.under(kind)(draw) if kind else draw

    return register


def card_addition(
    add: Callable[[Drawing, Message], Message],
) -> Callable[[Drawing, Message], Message]:
    """Register what is added to every notice's card."""
    CARD_ADDITIONS.append(add)
    return add


def message_of(drawing: Drawing) -> Message | None:
    """What is to stand there now. Raises Refused when the reader may not be told any more."""
    post = drawing.post
    if post.kind != "notice":
        return POST_DRAWERS[post.kind](drawing)
    if post.over:
        return said(drawing.door.say("slack.card.over"))
    draw = NOTICES.get(post.notice.key) if post.notice else None
    message = draw(drawing) if draw else plain_card(drawing)
    if message is not None:
        for add in CARD_ADDITIONS:
            message = add(drawing, message)
    return message


def said(sentence: str) -> Message:
    return Message(sentence, (blocks.section(sentence),))


def without_pictures(message: Message) -> Message:
    return Message(message.text, tuple(b for b in message.blocks if b["type"] != "image"))


def plain_card(drawing: Drawing, *more: Block) -> Message:
    """The card as it is: title, body, facts, `more`, and its buttons. What asks for nothing any
    more says so in place of its body, and keeps the way to read on."""
    assert drawing.card is not None  # noqa: S101 - a notice always has one
    if drawing.state is None:
        return card_message(drawing.door, drawing.card, *more)
    card, words = without_requests(drawing.card, drawing.state), state_words(drawing)
    drawn = card_message(drawing.door, card, blocks.section(words, strong=True), *more)
    return Message(f"{card.title}　{words}", drawn.blocks)


def state_words(drawing: Drawing) -> str:
    """What became of the notice's news; "" while it stands."""
    return drawing.door.say(f"page.inbox.news_state.{drawing.state}") if drawing.state else ""


def card_message(door: SlackDoor, card: Card, *more: Block) -> Message:
    """A card with `more` between its facts and its buttons."""
    drawn = [blocks.section(card.title, strong=True)]
    if card.body:
        drawn.append(blocks.section(card.body))
    drawn += blocks.facts(card.facts)
    drawn += more
    if card.actions:
        drawn.append(
            blocks.buttons([action_button(door, a, n) for n, a in enumerate(card.actions)])
        )
    return Message(f"{card.title}　{card.body}".strip(), tuple(drawn))


def action_button(door: SlackDoor, action: CardButton, number: int = 0) -> Block:
    """A card's button: done here where it can be done here, else a link to its page."""
    name = f"{action.verb}.{number}"
    if action.verb not in PRESSED:
        return blocks.link_button(action.label, name, door.page_of(action))
    token = door.token(action.verb, action.subject, action.item)
    return blocks.button(action.label, name, token, style="primary" if action.primary else "")
