"""A notice as a message in LINE WORKS, between the bot and its reader alone.

LINE WORKS gives a message no name by which it could be found again, and takes no mark that would
keep it from being sent twice: of what may have arrived that is said, and
`handlers/delivery/outbox.py` decides whether it is repeated.
"""

from handlers.chat.channel import NOTHING_TO_SAY, ChatChannel, OutgoingNotice
from handlers.chat.platform_error import PlatformError
from handlers.delivery.sending import Result, SendOutcome
from handlers.lineworks.asking import news_came, news_comes
from handlers.lineworks.calendar import entry_wanted
from handlers.lineworks.cards import notice_content
from handlers.lineworks.door import Drawing, LineworksDoor
from handlers.lineworks.mask_message import mask_message
from handlers.lineworks.people import is_gone


class LineworksChannel(ChatChannel):
    """Sends to whoever is linked. A card that was sent stays as it is."""

    can_look = False

    def __init__(self, door: LineworksDoor) -> None:
        super().__init__(door, door.api.health, door.outgoing)
        self._door = door

    def send_it(self, going: OutgoingNotice) -> Result:
        user = going.user
        drawing = Drawing(self._door, going.receiver.member_id, going.notice, going.card, going.now)
        content = notice_content(drawing)
        if content is None:
            return NOTHING_TO_SAY
        content = mask_message(drawing, content)
        may_ask = news_comes(drawing, user)
        self._door.outgoing.call("send.user", user=user, body={"content": content})
        if may_ask:
            news_came(drawing, user)
        return Result(SendOutcome.SENT, post=entry_wanted(drawing, user))

    def code_of_gone(self, user: str, error: PlatformError) -> str:
        return "user_not_found" if is_gone(self._door, user) else ""

    def ask_for_nothing(self) -> None:
        """Asked about the bot itself."""
        self._door.api.call("bot.read")
