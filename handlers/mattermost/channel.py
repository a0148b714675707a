"""A notice as a direct message in Mattermost, between the bot and its reader alone.

After an attempt of which nobody knows how it ended, the message is looked for before another one
is sent. Mattermost takes a message for somebody whose account was deactivated as for anybody: who
they are is looked at once a day (people.py), and whenever it refuses one.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from handlers.chat.channel import ChatChannel, notice_post
from handlers.chat.people import is_gone
from handlers.chat.platform_error import ErrorKind
from handlers.delivery.guarded_notice import Held
from handlers.delivery.sending import Result, SendOutcome
from handlers.mattermost.api import MattermostRefused
from handlers.mattermost.cards import notice_message
from handlers.mattermost.direct_messages import DirectMessages
from handlers.mattermost.door import MATTERMOST, Drawing, MattermostDoor
from handlers.mattermost.messages import digest_of
from handlers.mattermost.people import looked_up
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.delivery.receiver import Receiver
from workflows.inbox.news import GetNewsNow
from workflows.model.card import Card
from workflows.model.notice import Notice


class MattermostChannel(ChatChannel):
    """Sends to whoever is linked; the card stays live (redrawing.py)."""

    can_look = True

    def __init__(self, door: MattermostDoor, messages: DirectMessages) -> None:
        super().__init__(door.api.health, door.outgoing)
        self._door, self._messages = door, messages

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        user = receiver.accounts.get(MATTERMOST)
        if not user:
            return Result(SendOutcome.DEAD, "no_account")
        post = notice_post(MATTERMOST, receiver, user, notice, now)
        try:
            if attempt > 1 and (found := self._find(user, notice, now)):
                # What it shows is not known: it is drawn anew.
                return Result(SendOutcome.SENT, post=replace(post, external_id=found))
            news = self._door.desk.ask(GetNewsNow(notice), Caller.CLOCK)
            message = notice_message(Drawing(self._door, post, now, card, news.state))
            if message is None:
                return Result(SendOutcome.DEAD, "nothing_to_say")
            post_id = self._messages.post(user, message, notice.id)
        except Refused:
            return Result(SendOutcome.DEAD, "may_not_be_told")
        except Held as held:
            return Result(SendOutcome.DEAD, held.why)
        except MattermostRefused as refused:
            return self._result(refused, user)
        stands = replace(post, external_id=post_id, shown=digest_of(message))
        return Result(SendOutcome.SENT, post=stands)

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

    def _result(self, refused: MattermostRefused, user: str) -> Result:
        if refused.kind is ErrorKind.NEVER and is_gone(
            self._door, user, partial(looked_up, self._door)
        ):
            gone = MattermostRefused(ErrorKind.NEVER, "user_not_found", needed=user)
            self._door.report(gone)
            return self.result_of(gone)
        return self.result_of(refused)
