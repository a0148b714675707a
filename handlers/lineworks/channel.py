"""A notice as a message in LINE WORKS, between the bot and its reader alone.

LINE WORKS gives a message no name by which it could be found again, and takes no mark that would
keep it from being sent twice: of what may have arrived that is said, and
`handlers/delivery/outbox.py` decides whether it is repeated.
"""

from datetime import datetime

from handlers.chat.channel import ChatChannel
from handlers.delivery.guarded_notice import Held
from handlers.delivery.sending import Result, SendOutcome
from handlers.lineworks.api import ErrorKind, LineworksRefused
from handlers.lineworks.asking import news_came, news_comes
from handlers.lineworks.calendar import entry_wanted
from handlers.lineworks.cards import notice_content
from handlers.lineworks.door import LINEWORKS, Drawing, LineworksDoor
from handlers.lineworks.mask_message import mask_message
from handlers.lineworks.people import is_gone
from workflows.core.errors import Refused
from workflows.delivery.receiver import Receiver
from workflows.model.card import Card
from workflows.model.notice import Notice


class LineworksChannel(ChatChannel):
    """Sends to whoever is linked. A card that was sent stays as it is."""

    can_look = False

    def __init__(self, door: LineworksDoor) -> None:
        super().__init__(door.api.health, door.outgoing)
        self._door = door

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        user = receiver.accounts.get(LINEWORKS)
        if not user:
            return Result(SendOutcome.DEAD, "no_account")
        try:
            drawing = Drawing(self._door, receiver.member_id, notice, card, now)
            content = notice_content(drawing)
            content = mask_message(drawing, content) if content else None
            may_ask = news_comes(drawing, user) if content else False
        except Refused:
            return Result(SendOutcome.DEAD, "may_not_be_told")
        except Held as held:
            return Result(SendOutcome.DEAD, held.why)
        if content is None:
            return Result(SendOutcome.DEAD, "nothing_to_say")
        try:
            self._door.outgoing.call("send.user", user=user, body={"content": content})
        except LineworksRefused as refused:
            return self._result(refused, user)
        if may_ask:
            news_came(drawing, user)
        return Result(SendOutcome.SENT, post=entry_wanted(drawing, user))

    def ask_for_nothing(self) -> None:
        """Asked about the bot itself."""
        self._door.api.call("bot.read")

    def _result(self, refused: LineworksRefused, user: str) -> Result:
        if refused.kind is ErrorKind.NEVER and is_gone(self._door, user):
            gone = LineworksRefused(ErrorKind.NEVER, "user_not_found", needed=user)
            self._door.report(gone)
            return self.result_of(gone)
        return self.result_of(refused)
