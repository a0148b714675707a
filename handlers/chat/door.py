"""What everything in a chat's door works with: who is there, asking, doing, a button's token.

A platform's own door adds what calls it. Tokens are sealed (`runtime/tokens.py`): the platform
can neither read nor forge what a button carries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from handlers.chat.platform_error import PlatformError
from handlers.runtime.tokens import Tokens
from handlers.settings import Settings
from handlers.words.texts import Texts
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.delivery.channel_trouble import ReportTrouble
from workflows.desk import Desk
from workflows.forms import FormBook
from workflows.model.card import CardButton

R = TypeVar("R")
DoorType = TypeVar("DoorType", bound="ChatDoor")


@dataclass
class ChatDoor:
    """Everything that a chat's door needs, made once by its runtime.

    `platform` is its code: in the trail, among events, of accounts. `press_purpose` is what a
    token on one of its buttons is for, `longest_token` how many characters its buttons hold.
    `page_of` is the address of the page on which a card's button leads on the web.
    """

    platform: ClassVar[str]
    press_purpose: ClassVar[str]
    longest_token: ClassVar[int]

    desk: Desk
    texts: Texts
    forms: FormBook
    settings: Settings
    tokens: Tokens
    page_of: Callable[[CardButton], str]

    def report(self, error: PlatformError) -> None:
        """The administrators hear what keeps us from the platform, once a day for each cause."""
        trouble = ReportTrouble(self.platform, error.code, error.needed)
        self.desk.handle(trouble, Caller.CLOCK)

    def say(self, key: str, /, **facts: object) -> str:
        return self.texts.say(key, **facts)

    def sentence(self, refused: Refused) -> str:
        return self.texts.say(refused.key, **refused.facts)

    def ask(self, query: Query[R], actor: str | Caller) -> R:
        """As this member, or as a caller of our own, through this door."""
        return self.desk.ask(query, actor, door=self.platform)

    def handle(self, command: Command[R], actor: str | Caller) -> R:
        return self.desk.handle(command, actor, door=self.platform)

    def token(self, verb: str, subject: str = "", item: str = "") -> str:
        """What a button carries. Raises ValueError when it is longer than the platform keeps."""
        token = self.tokens.seal(self.press_purpose, {"v": verb, "s": subject, "i": item})
        if len(token) > self.longest_token:
            raise ValueError(f"{verb} remembers too much: {len(token)}")
        return token

    def read_token(self, token: str) -> dict[str, str]:
        """`v`, `s` and `i` of a button's token: verb, subject and item. Raises BadToken."""
        return self.tokens.open(self.press_purpose, token)


@dataclass(frozen=True)
class ChatMember(Generic[DoorType]):
    """The member who is at it, as `user` of the platform. `event` names what they did: the same a
    second time is a repeat. `said_at` is when, by our clock, of what was kept before it was done.
    """

    door: DoorType
    member_id: str
    user: str
    event: str
    said_at: datetime | None = None

    def ask(self, query: Query[R]) -> R:
        return self.door.ask(query, self.member_id)

    def handle(
        self, command: Command[R], *, once: bool = True, after: tuple[str, str] | None = None
    ) -> R:
        """Carry out a command; a repeat of it in the same event raises AlreadyDone. Not `once` what
        may be kept any number of times beside it (a draft, a link).

        `after` is (a row of presses of which the latest counts, the press's `at`): one that was
        overtaken raises Overtaken, and nothing is changed.
        """
        platform = self.door.platform
        event = (platform, self.event_of(command)) if once else None
        return self.door.desk.handle(
            command, self.member_id, once=event, after=after, door=platform
        )

    def event_of(self, command: Command[Any]) -> str:
        """What a repeat of this command is known by: one press is one command."""
        return self.event

    def say(self, key: str, /, **facts: object) -> str:
        return self.door.say(key, **facts)
