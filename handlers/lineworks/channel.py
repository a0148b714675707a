"""A notice as a message in LINE WORKS, between the bot and its reader alone.

LINE WORKS gives a message no name by which it could be found again, and takes no mark that would
keep it from being sent twice: of what may have arrived that is said, and `handlers/delivery.py`
decides whether it is repeated.
"""

from datetime import datetime

from handlers.delivery import Outcome, Result
from handlers.guarded import Held
from handlers.lineworks.api import ErrorKind, LineworksRefused, is_of_the_way
from handlers.lineworks.asking import news_came, news_comes
from handlers.lineworks.calendar import entry_wanted
from handlers.lineworks.cards import notice_content
from handlers.lineworks.door import LINEWORKS, Drawing, LineworksDoor
from handlers.lineworks.looked_at import looked_at
from handlers.lineworks.people import is_gone
from handlers.way_health import WayHealth
from workflows.cards import Card
from workflows.errors import Refused
from workflows.notices import Notice
from workflows.receivers import Receiver


class LineworksChannel:
    """Sends to whoever is linked. A card that was sent stays as it is."""

    def __init__(self, door: LineworksDoor) -> None:
        self._door = door

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        user = receiver.accounts.get(LINEWORKS)
        if not user:
            return Result(Outcome.DEAD, "no_account")
        try:
            drawing = Drawing(self._door, receiver.member_id, notice, card, now)
            content = notice_content(drawing)
            content = looked_at(drawing, content) if content else None
            may_ask = news_comes(drawing, user) if content else False
        except Refused:
            return Result(Outcome.DEAD, "may_not_be_told")
        except Held as held:
            return Result(Outcome.DEAD, held.why)
        if content is None:
            return Result(Outcome.DEAD, "nothing_to_say")
        try:
            self._door.outgoing.call("send.user", user=user, body={"content": content})
        except LineworksRefused as refused:
            return self._result(refused, user)
        if may_ask:
            news_came(drawing, user)
        return Result(Outcome.SENT, post=entry_wanted(drawing, user))

    @property
    def health(self) -> WayHealth:
        return self._door.api.health

    def probe(self) -> str:
        """Asked about the bot itself."""
        try:
            self._door.api.call("bot.read")
        except LineworksRefused as refused:
            return refused.code if is_of_the_way(refused) else ""
        return ""

    def reopen(self) -> None:
        self._door.outgoing.pace.reopen()

    def _result(self, refused: LineworksRefused, user: str) -> Result:
        match refused.kind:
            case ErrorKind.LATER | ErrorKind.CLOSED:
                of_the_way = refused.tried and is_of_the_way(refused)
                is_busy = (
                    refused.kind is ErrorKind.LATER and refused.after is None
                )  # it says so itself
                return Result(
                    Outcome.RETRY,
                    refused.code,
                    refused.after,
                    is_down=of_the_way and not is_busy,
                    is_suspect=of_the_way and is_busy,
                )
            case ErrorKind.MAYBE:
                return Result(Outcome.UNKNOWN, refused.code)
            case ErrorKind.NEVER:
                if is_gone(self._door, user):
                    self._door.report(
                        LineworksRefused(ErrorKind.NEVER, "user_not_found", needed=user)
                    )
                    return Result(Outcome.DEAD, "user_not_found")
                return Result(Outcome.DEAD, refused.code)
