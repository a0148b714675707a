"""Cards that stand in Mattermost are kept true: drawn again when their matter moved.

Nothing is told here, only shown as it is: the same look is no call, another one an edit in place. A
card that its reader may not see any more becomes one line; one that is over stays one.
"""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Final

from handlers.chat.live_card import live_card
from handlers.chat.post_upkeep import PostUpkeep
from handlers.chat.posts import OpenPostsUnit
from handlers.mattermost.api import MattermostRefused
from handlers.mattermost.cards import notice_message
from handlers.mattermost.direct_messages import DirectMessages
from handlers.mattermost.door import MATTERMOST, NOTICES, Drawing, MattermostDoor
from handlers.mattermost.messages import Message, digest_of, said
from workflows.core.errors import CannotOpen
from workflows.core.ports import GONE, Post
from workflows.inbox.news import NewsState
from workflows.model.card import Card

log = logging.getLogger(__name__)

MOST_OWN: Final = 5  # cards of who pressed, drawn before all others


class Redrawing:
    """No transaction is open while Mattermost is called."""

    def __init__(
        self, open_unit: OpenPostsUnit, door: MattermostDoor, messages: DirectMessages
    ) -> None:
        self._door, self._messages = door, messages
        self._rows = PostUpkeep(MATTERMOST, open_unit)

    def draw_next(self, member_id: str = "") -> bool:
        """Bring one that is due (of this member) up to date; whether there was one. None while
        Mattermost is away: all are due when it is back."""
        if self._door.outgoing.is_shut:
            return False
        now = self._door.desk.now()
        claimed = self._rows.claim(now, member_id=member_id)
        if claimed is None:
            return False
        try:
            after, again_at = self._as_it_is(claimed.post, now)
        except MattermostRefused as refused:
            log.info("mattermost_card_waits post=%s error=%s", claimed.post.id, refused.code)
            self._rows.refused(claimed, refused, now)
            return True
        self._rows.keep(claimed, after, now, again_at)
        return True

    def draw_own(self, member_id: str) -> None:
        """What this member looks at, after what they did and before whatever else is due."""
        for _ in range(MOST_OWN):
            if not member_id or not self.draw_next(member_id):
                return

    def _as_it_is(self, post: Post, now: datetime) -> tuple[Post | None, datetime | None]:
        """Brought up to date, and when time alone may change it; None: nothing of it is left.
        Raises MattermostRefused."""
        if post.kind == GONE or not post.external_id:
            if post.external_id:
                self._messages.remove(post.external_id)
            return None, None
        message, is_over, again_at = self._card(post, now)
        digest, mark = digest_of(message), post.notice.id if post.notice else ""
        stands = post.shown == digest or self._messages.edit(
            post.place, post.external_id, message, mark
        )
        return (replace(post, over=is_over, shown=digest), again_at) if stands else (None, None)

    def _card(self, post: Post, now: datetime) -> tuple[Message, bool, datetime | None]:
        """What it shows now, whether that is the end of it, and when it may be otherwise."""
        door = self._door

        def draw(about: Post, card: Card, state: NewsState | None) -> Message | None:
            return notice_message(Drawing(door, about, now, card, state))

        try:
            live = live_card(door, post, now, NOTICES, draw)
        except CannotOpen as broken:
            return said(door.sentence(broken)), post.over, None
        ended = said(door.say(f"mattermost.card.{'over' if post.over else 'ended'}"))
        return live.message or ended, live.is_over, live.again_at
