"""The way to members by a chat: whether it goes, and what a refusal means for a notice."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import uuid4

from handlers.chat.calling import Outgoing, Pace
from handlers.chat.door import ChatDoor
from handlers.chat.platform_error import ErrorKind, PlatformError
from handlers.delivery.guarded_notice import Held
from handlers.delivery.platform_state import PlatformHealth
from handlers.delivery.sending import Result, SendOutcome
from workflows.core.errors import Refused
from workflows.core.ports import Post
from workflows.delivery.receiver import Receiver
from workflows.inbox.topics import topic_of
from workflows.model.card import Card
from workflows.model.notice import Notice


def notice_post(
    platform: str, receiver: Receiver, user: str, notice: Notice, now: datetime
) -> Post:
    """The card that a notice becomes, before it stands anywhere; its place is its reader's."""
    return Post(
        id=uuid4().hex,
        platform=platform,
        kind="notice",
        place=user,
        member_id=receiver.member_id,
        matter=topic_of(notice),
        created_at=now,
        case_id=notice.case_id,
        meeting_id=notice.meeting_id,
        notice=notice,
    )


NOTHING_TO_SAY: Final = Result(SendOutcome.DEAD, "nothing_to_say")


@dataclass(frozen=True)
class OutgoingNotice:
    """A notice on its way to somebody, who is `user` there; `card` as the guard lets it go."""

    user: str
    receiver: Receiver
    notice: Notice
    card: Card
    now: datetime
    attempt: int


class ChatChannel(ABC):
    """Sends to whoever is linked. `can_look`: after an attempt of which nobody knows how it ended
    the platform can be asked whether the message stands there."""

    can_look: ClassVar[bool]

    def __init__(self, door: ChatDoor, health: PlatformHealth, outgoing: Outgoing[Pace]) -> None:
        self._chat, self._health, self._outgoing = door, health, outgoing

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        """As the outbox asks for it (`Channel` in handlers/delivery/sending.py)."""
        user = receiver.accounts.get(self._chat.platform)
        if not user:
            return Result(SendOutcome.DEAD, "no_account")
        try:
            return self.send_it(OutgoingNotice(user, receiver, notice, card, now, attempt))
        except Refused:
            return Result(SendOutcome.DEAD, "may_not_be_told")
        except Held as held:
            return Result(SendOutcome.DEAD, held.why)
        except PlatformError as error:
            code = self.code_of_gone(user, error) if error.kind is ErrorKind.NEVER else ""
            if not code:
                return self.result_of(error)
            gone = PlatformError(ErrorKind.NEVER, code, needed=user)
            self._chat.report(gone)
            return self.result_of(gone)

    @abstractmethod
    def send_it(self, going: OutgoingNotice) -> Result:
        """Raises PlatformError, Refused when it may not be told any more, and Held."""

    @abstractmethod
    def code_of_gone(self, user: str, error: PlatformError) -> str:
        """The word for somebody who can be reached by this account no more, which is noted then;
        "" when they can."""

    @property
    def health(self) -> PlatformHealth:
        return self._health

    @abstractmethod
    def ask_for_nothing(self) -> None:
        """A call that changes nothing and is always allowed. Raises PlatformError."""

    def probe(self) -> str:
        """Why nothing goes by it now, in the platform's word; "" when it goes."""
        try:
            self.ask_for_nothing()
        except PlatformError as error:
            return error.code if error.may_be_outage else ""
        return ""

    def reopen(self) -> None:
        """Forget what was put off because nothing went."""
        self._outgoing.pace.reopen()

    def result_of(self, error: PlatformError) -> Result:
        """How a notice that was refused so is to be treated."""
        match error.kind:
            case ErrorKind.LATER | ErrorKind.CLOSED:
                of_the_way = error.tried and error.may_be_outage
                # It says so itself that it takes nothing now, and not for how long.
                is_busy = error.kind is ErrorKind.LATER and error.after is None
                return Result(
                    SendOutcome.RETRY,
                    error.code,
                    error.after,
                    is_down=of_the_way and not is_busy,
                    maybe_down=of_the_way and is_busy,
                )
            case ErrorKind.MAYBE if self.can_look:
                return Result(SendOutcome.RETRY, error.code, maybe_down=True, in_doubt=True)
            case ErrorKind.MAYBE:
                return Result(SendOutcome.UNKNOWN, error.code)
            case ErrorKind.NEVER:
                return Result(SendOutcome.DEAD, error.code)
