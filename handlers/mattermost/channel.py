"""A notice as a direct message in Mattermost, between the bot and its reader alone.

After an attempt of which nobody knows how it ended, the message is looked for before another one
is sent. Mattermost takes a message for somebody whose account was deactivated as for anybody: who
they are is looked at once a day (people.py), and whenever it refuses one.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from handlers.chat.channel import NOTHING_TO_SAY, ChatChannel, OutgoingNotice, notice_post
from handlers.chat.people import is_gone
from handlers.chat.platform_error import PlatformError
from handlers.delivery.sending import Result, SendOutcome
from handlers.mattermost.api import MattermostRefused
from handlers.mattermost.cards import notice_message
from handlers.mattermost.direct_messages import DirectMessages
from handlers.mattermost.door import MATTERMOST, Drawing, MattermostDoor
from handlers.mattermost.messages import digest_of
from handlers.mattermost.people import looked_up
from workflows.core.permissions import Caller
from workflows.delivery.receiver import Receiver
from workflows.inbox.news import GetNewsOfNotice
from workflows.model.notice import Notice


class MattermostChannel(ChatChannel):
    """Sends to whoever is linked; the card stays live (redrawing.py)."""

    can_look = True

    def __init__(self, door: MattermostDoor, messages: DirectMessages) -> None:
        super().__init__(door, door.api.health, door.outgoing)
        self._door, self._messages = door, messages

    def send_it(self, going: OutgoingNotice) -> Result:
        user, notice, now = going.user, going.notice, going.now
        post = notice_post(MATTERMOST, going.receiver, user, notice, now)
        if going.attempt > 1 and (found := self._find(user, notice, now)):
            # What it shows is not known: it is drawn anew.
            return Result(SendOutcome.SENT, post=replace(post, external_id=found))
        news = self._door.desk.ask(GetNewsOfNotice(notice), Caller.CLOCK)
        message = notice_message(Drawing(self._door, post, now, going.card, news.state))
        if message is None:
            return NOTHING_TO_SAY
        post_id = self._messages.post(user, message, notice.id)
        stands = replace(post, external_id=post_id, shown=digest_of(message))
        return Result(SendOutcome.SENT, post=stands)

    def code_of_gone(self, user: str, error: PlatformError) -> str:
        is_so = is_gone(self._door, user, partial(looked_up, self._door))
        return "user_not_found" if is_so else ""

    def found(self, receiver: Receiver, notice: Notice, now: datetime) -> Result | None:
        user = receiver.accounts.get(MATTERMOST)
        if not user:
            return None
        try:
            found = self._find(user, notice, now)
        except MattermostRefused:
            return None
        post = notice_post(MATTERMOST, receiver, user, notice, now)
        return Result(SendOutcome.SENT, post=replace(post, external_id=found)) if found else None

    def ask_for_nothing(self) -> None:
        """Asked who we are, which a bot may always ask."""
        self._door.api.call("users.me")

    def _find(self, user: str, notice: Notice, now: datetime) -> str:
        return self._messages.find(user, notice.id, notice.created_at or now, now)
