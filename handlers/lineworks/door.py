"""What everything in LINE WORKS's door works with: who is here, what they did, what they are told.

What somebody pressed or wrote is one frozen thing; what is done about it is registered under the
verb of its token, or reads what was typed, and answers with what is said to that person alone.
`runner.py` works it off, says it and repeats nothing; what answers calls LINE WORKS not by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

from handlers.chat.door import ChatDoor, ChatMember
from handlers.chat.registry import Registry
from handlers.lineworks.api import Api
from handlers.lineworks.pace import LineworksOutgoing
from handlers.settings.lineworks import LINEWORKS as LINEWORKS  # noqa: PLC0414 - also from here
from handlers.settings.lineworks import LineworksSettings
from workflows.core.messages import Command, Query, message_code
from workflows.model.card import Card
from workflows.model.notice import Notice

R = TypeVar("R")
PRESS: Final = "lineworks press"  # what a token on a button is for
LONGEST_TOKEN: Final = 300  # what a postback's data may hold

Content = dict[str, Any]  # one message as LINE WORKS takes it, `{"type": "text", …}`


@dataclass
class LineworksDoor(ChatDoor):
    """Everything LINE WORKS's door needs. A token is a postback's `data`, or the `postback` of a
    message action."""

    platform: ClassVar[str] = LINEWORKS
    press_purpose: ClassVar[str] = PRESS
    longest_token: ClassVar[int] = LONGEST_TOKEN

    lineworks: LineworksSettings
    api: Api
    outgoing: LineworksOutgoing = field(init=False)  # at LINE WORKS's pace

    def __post_init__(self) -> None:
        self.outgoing = LineworksOutgoing(self.api, self.desk.now, self.report, self.lineworks.rate)


@dataclass(frozen=True)
class Here(ChatMember[LineworksDoor]):
    """The member who is at it. `links` gathers the links made meanwhile that let the member in
    once, each with the token that asks anew for what it leads to."""

    links: dict[str, str] = field(default_factory=dict, compare=False)

    def event_of(self, command: Command[Any]) -> str:
        """One press may be several commands here, each of them once."""
        return f"{self.event}:{message_code(command)}"


@dataclass(frozen=True)
class UserInput:
    """What somebody did: pressed what carries `verb`, `subject`, `item`, or wrote `text` (without
    a token `verb` is ""). `at` is when, by LINE WORKS's clock, in a text that sorts."""

    here: Here
    verb: str = ""
    subject: str = ""
    item: str = ""
    text: str = ""
    at: str = ""


@dataclass(frozen=True, init=False)
class Said:
    """What the person is told, a message each, in this order: `Said(text("…"), carousel(…))`."""

    contents: tuple[Content, ...]

    def __init__(self, *contents: Content) -> None:
        object.__setattr__(self, "contents", contents)


OnPress = Callable[[UserInput], Said | None]  # None: there is nothing to say
OnText = Callable[[UserInput], Said | None]  # None: it was not understood by this one

PRESSED = Registry[OnPress]()  # by the verb of a token
UNDERSTOOD: list[tuple[int, OnText]] = []  # who reads typed text, the first of them first
HAPPENED = Registry[OnPress]()  # by the type of an event: "begin", "join" …


def pressed(*verbs: str) -> Callable[[OnPress], OnPress]:
    """Register what is done when something with one of these verbs is pressed."""
    return PRESSED.under(*verbs)


def understood(order: int = 50) -> Callable[[OnText], OnText]:
    """Register who reads typed text (without a token): the lowest order first, until one answers.
    The last one turns down politely what nobody understood."""

    def register(read: OnText) -> OnText:
        UNDERSTOOD.append((order, read))
        UNDERSTOOD.sort(key=lambda one: one[0])
        return read

    return register


def happened(*kinds: str) -> Callable[[OnPress], OnPress]:
    """Register what is done about another event of a member's, by its type."""
    return HAPPENED.under(*kinds)


# How a notice stands there, by its key: from how things are now. What is not here is its card.
Draw = Callable[["Drawing"], Content | None]
NOTICES = Registry[Draw]()


@dataclass(frozen=True)
class Drawing:
    """A notice to be told now, to this member; `card` as the guard lets it go. `asked` gathers what
    it asks that may be answered by a typed word (asking.py)."""

    door: LineworksDoor
    member_id: str
    notice: Notice
    card: Card
    now: datetime
    asked: list[str] = field(default_factory=list, compare=False)

    def ask(self, query: Query[R]) -> R:
        return self.door.ask(query, self.member_id)

    def handle(self, command: Command[R]) -> R:
        return self.door.handle(command, self.member_id)


def drawn_by(*keys: str) -> Callable[[Draw], Draw]:
    """Register how notices with these keys are drawn."""
    return NOTICES.under(*keys)
