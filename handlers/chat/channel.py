"""The way to members by a chat: whether it goes, and what a refusal means for a notice."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from handlers.chat.calling import Outgoing, Pace
from handlers.chat.platform_error import ErrorKind, PlatformError
from handlers.delivery.platform_state import PlatformHealth
from handlers.delivery.sending import Result, SendOutcome
from workflows.core.ports import Post
from workflows.delivery.receiver import Receiver
from workflows.inbox.topics import topic_of
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


class ChatChannel(ABC):
    """`can_look`: after an attempt of which nobody knows how it ended the platform can be asked
    whether the message stands there."""

    can_look: ClassVar[bool]

    def __init__(self, health: PlatformHealth, outgoing: Outgoing[Pace]) -> None:
        self._health, self._outgoing = health, outgoing

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
            return error.code if error.is_of_the_way else ""
        return ""

    def reopen(self) -> None:
        """Forget what was put off because nothing went."""
        self._outgoing.pace.reopen()

    def result_of(self, error: PlatformError) -> Result:
        """How a notice that was refused so is to be treated."""
        match error.kind:
            case ErrorKind.LATER | ErrorKind.CLOSED:
                of_the_way = error.tried and error.is_of_the_way
                # It says so itself that it takes nothing now, and not for how long.
                is_busy = error.kind is ErrorKind.LATER and error.after is None
                return Result(
                    SendOutcome.RETRY,
                    error.code,
                    error.after,
                    is_down=of_the_way and not is_busy,
                    is_suspect=of_the_way and is_busy,
                )
            case ErrorKind.MAYBE if self.can_look:
                return Result(SendOutcome.RETRY, error.code, is_suspect=True, in_doubt=True)
            case ErrorKind.MAYBE:
                return Result(SendOutcome.UNKNOWN, error.code)
            case ErrorKind.NEVER:
                return Result(SendOutcome.DEAD, error.code)
