"""A notice's card that stands in a chat and is kept true: what it shows now, and until when."""

import logging
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from handlers.chat.door import ChatDoor
from handlers.chat.post_upkeep import AN_HOUR
from handlers.delivery.guarded_notice import Held, guarded_card
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.core.ports import Post
from workflows.core.restore_gate import WAITS
from workflows.delivery.drop_reason import GetDropReason
from workflows.inbox.news import GetNewsOfNotice, NewsState
from workflows.model.card import Card

log = logging.getLogger(__name__)
M = TypeVar("M")

# A card that shows how things are now goes on to be shown when only its news is past.
ENDS: Final = frozenset({"receiver_left", "may_not_be_told", "gone"})


@dataclass(frozen=True)
class LiveCard(Generic[M]):
    """`message` is what is shown, None where a line says that it ended (or, of a post that is over,
    that it is). `again_at` is when it may be otherwise without anything being done about it."""

    message: M | None
    is_over: bool
    again_at: datetime | None = None


def live_card(
    door: ChatDoor,
    post: Post,
    now: datetime,
    drawn_from_now: Container[str],
    draw: Callable[[Post, Card, NewsState | None], M | None],
) -> LiveCard[M]:
    """`draw` makes the message of a post with its notice as it may be told, its card as the guard
    lets it go, and what became of its news; it may raise Refused and Held. Notices with the keys
    `drawn_from_now` are drawn from how things are."""
    ended = LiveCard[M](None, is_over=True)
    if post.over or post.notice is None:  # what it said cannot be read any more
        return ended
    why = door.desk.ask(GetDropReason(post.notice), Caller.CLOCK)
    if why in ENDS:
        return ended
    if why == WAITS:  # nobody is let in just now
        return LiveCard(None, is_over=False, again_at=now + AN_HOUR)
    news = door.desk.ask(GetNewsOfNotice(post.notice), Caller.CLOCK)
    if why and news.state is None and post.notice.key not in drawn_from_now:
        return ended
    try:
        drawn = guarded_card(door.desk, door.texts, post.notice)
        message = draw(replace(post, notice=drawn.notice), drawn.card, news.state)
    except Held as held:
        if held.why not in ENDS:
            log.error("%s_card_ended post=%s error=%s", door.platform, post.id, held.why)
        return ended
    except Refused:
        return ended
    return ended if message is None else LiveCard(message, False, news.look_again_at)
