"""A notice as a direct message in Slack: at Slack's pace, once where Slack lets one tell.

After an attempt of which nobody knows how it ended, the message is looked for before another one
is sent; where that is not possible, it is said to be unknown and not repeated.
"""

import logging
import threading
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from handlers.chat.channel import NOTHING_TO_SAY, ChatChannel, OutgoingNotice, notice_post
from handlers.chat.people import match_people
from handlers.chat.platform_error import PlatformError
from handlers.delivery.outbox import CANNOT_LOOK
from handlers.delivery.sending import Result, SendOutcome
from handlers.slack.api import MISSING_SCOPE, ErrorKind, SlackRefused
from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.sending.mask_message import mask_message
from handlers.slack.sending.posting import digest_of, find, mark, sent
from handlers.slack.ui.drawing import Drawing, Message, message_of, without_pictures
from workflows.chat.accounts import PlatformPerson
from workflows.core.permissions import Caller
from workflows.delivery.receiver import Receiver
from workflows.inbox.news import GetNewsOfNotice
from workflows.model.notice import Notice

log = logging.getLogger(__name__)

NO_SUCH_PERSON: Final = frozenset({"user_not_found", "user_disabled"})


class SlackChannel(ChatChannel):
    """Sends to whoever is linked; the card stays live (`redrawing.py`)."""

    can_look = True

    def __init__(self, door: SlackDoor) -> None:
        super().__init__(door, door.api.health, door.outgoing)
        self._door = door
        self._conversations: dict[str, str] = {}  # by user: the channel that we share with them
        self._lock = threading.Lock()

    def send_it(self, going: OutgoingNotice) -> Result:
        door, user, notice, now = self._door, going.user, going.notice, going.now
        post = notice_post(SLACK, going.receiver, user, notice, now)
        there = self._conversation(user, needed=going.attempt > 1)
        if going.attempt > 1:
            found = self._found(there, notice, now)
            if isinstance(found, Result):
                return found
            if found:  # what it shows is not known: it is drawn anew
                return Result(SendOutcome.SENT, post=replace(post, place=there, external_id=found))
        news = door.desk.ask(GetNewsOfNotice(notice), Caller.CLOCK)
        message = message_of(Drawing(door, post, now, going.card, news.state))
        message = mask_message(door, post, message) if message else None
        if message is None:
            return NOTHING_TO_SAY
        answer, message = self._posted(there or user, notice, message)
        # From here on the card is found by where it stands: the place is the channel's, not hers.
        channel = str(answer["channel"])
        self._remember(user, channel)
        stands = replace(
            post, place=channel, external_id=str(answer["ts"]), shown=digest_of(message)
        )
        return Result(SendOutcome.SENT, post=stands)

    def code_of_gone(self, user: str, error: PlatformError) -> str:
        if error.code not in NO_SUCH_PERSON:
            return ""
        match_people(self._door, [PlatformPerson(user, "", "", may_work=False)])
        return error.code

    def found(self, receiver: Receiver, notice: Notice, now: datetime) -> Result | None:
        user = receiver.accounts.get(SLACK)
        if not user:
            return None
        try:
            there = self._conversation(user, needed=True)
            found = self._found(there, notice, now)
        except SlackRefused:
            return None
        if isinstance(found, Result) or not found:
            return None
        post = notice_post(SLACK, receiver, user, notice, now)
        return Result(SendOutcome.SENT, post=replace(post, place=there, external_id=found))

    # -- the way ----------------------------------------------------------------------------------

    def ask_for_nothing(self) -> None:
        """Asked who we are, which a bot may always ask."""
        self._door.api.call("auth.test")

    # -- a message --------------------------------------------------------------------------------

    def _posted(
        self, there: str, notice: Notice, message: Message
    ) -> tuple[dict[str, Any], Message]:
        """Slack's answer, and the message as it took it: a picture that it does not take, after
        all, holds up no words."""
        call, more = self._door.outgoing.call, {"channel": there, "metadata": mark(notice.id)}
        try:
            return call("chat.postMessage", **more, **sent(message)), message
        except SlackRefused as refused:
            words = without_pictures(message)
            if refused.code != "invalid_blocks" or words == message:
                raise
        log.warning("slack_picture_left_out notice=%s", notice.id)
        return call("chat.postMessage", **more, **sent(words)), words

    def _conversation(self, user: str, *, needed: bool) -> str:
        """The channel that we share with somebody, or "" when it cannot be told. Unless it is
        needed nothing waits for it: a message finds its way to a person also by their own id."""
        with self._lock:
            if user in self._conversations:
                return self._conversations[user]
        try:
            answer = self._door.outgoing.call("conversations.open", users=user)
        except SlackRefused as refused:
            if refused.code == MISSING_SCOPE or (refused.kind is ErrorKind.LATER and not needed):
                return ""
            raise
        channel = str(answer["channel"]["id"])
        self._remember(user, channel)
        return channel

    def _remember(self, user: str, channel: str) -> None:
        with self._lock:
            self._conversations[user] = channel

    def _found(self, there: str, notice: Notice, now: datetime) -> str | Result:
        """Where a message of ours stands already, or "". A Result when it cannot be told."""
        if not there:
            return Result(SendOutcome.UNKNOWN, CANNOT_LOOK)
        try:
            return find(self._door.outgoing, there, notice.id, notice.created_at or now, now)
        except SlackRefused as refused:
            if refused.code == MISSING_SCOPE:
                return Result(SendOutcome.UNKNOWN, CANNOT_LOOK)
            raise
