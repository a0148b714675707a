"""What everything in LINE WORKS's door works with: who is here, what they did, what they are told.

What somebody pressed or wrote is one frozen thing; what is done about it is registered under the
verb of its token, or reads what was typed, and answers with what is said to that person alone.
`runner.py` works it off, says it and repeats nothing; what answers calls LINE WORKS not by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from handlers.lineworks.api import Api, LineworksRefused
from handlers.lineworks.pace import Outgoing
from handlers.lineworks_settings import LINEWORKS as LINEWORKS  # noqa: PLC0414 - also from here
from handlers.lineworks_settings import LineworksSettings
from handlers.settings import Settings
from handlers.texts import Texts
from handlers.tokens import Tokens
from workflows.cards import Action, Card
from workflows.desk import Command, Desk, Query
from workflows.errors import Refused
from workflows.forms import FormBook
from workflows.notices import Notice
from workflows.permissions import Caller
from workflows.trouble import ReportTrouble

R = TypeVar("R")
PRESS: Final = "lineworks press"  # what a token on a button is for
LONGEST_TOKEN: Final = 300  # what a postback's data may hold

Content = dict[str, Any]  # one message as LINE WORKS takes it, `{"type": "text", …}`


@dataclass
class LineworksDoor:
    """Everything LINE WORKS's door needs, made once in bot.py.

    `page_of` is the address of the page on which a card's button leads on the web.
    """

    desk: Desk
    texts: Texts
    forms: FormBook
    settings: Settings
    lineworks: LineworksSettings
    api: Api
    tokens: Tokens
    page_of: Callable[[Action], str]
    outgoing: Outgoing = field(init=False)  # at LINE WORKS's pace

    def __post_init__(self) -> None:
        self.outgoing = Outgoing(self.api, self.desk.now, self.report, self.lineworks.rate)

    def report(self, refused: LineworksRefused) -> None:
        """The administrators hear what keeps us from LINE WORKS, once a day for each cause."""
        trouble = ReportTrouble(LINEWORKS, refused.code, refused.needed)
        self.desk.handle(trouble, Caller.CLOCK)

    def say(self, key: str, /, **facts: object) -> str:
        return self.texts.say(key, **facts)

    def sentence(self, refused: Refused) -> str:
        return self.texts.say(refused.key, **refused.facts)

    def token(self, verb: str, subject: str = "", item: str = "") -> str:
        """What a button carries: a postback's `data`, or the `postback` of a message action.

        Raises ValueError when it is longer than LINE WORKS keeps.
        """
        token = self.tokens.seal(PRESS, {"v": verb, "s": subject, "i": item})
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"{verb} remembers too much: {len(token)}")
        return token


@dataclass(frozen=True)
class Here:
    """The member who is at it, as `user` of LINE WORKS. `event` names this callback: the same one
    a second time is a repeat. `links` gathers the links made meanwhile that let the member in once,
    each with the token that asks anew for what it leads to. `said_at` is when it came in."""

    door: LineworksDoor
    member_id: str
    user: str
    event: str
    links: dict[str, str] = field(default_factory=dict, compare=False)
    said_at: datetime | None = None

    def ask(self, query: Query[R]) -> R:
        return self.door.desk.ask(query, self.member_id, door=LINEWORKS)

    def handle(
        self, command: Command[R], *, once: bool = True, after: tuple[str, str] | None = None
    ) -> R:
        """Carry out a command; a repeat of it in the same event raises AlreadyDone.

        `after` is (a row of presses of which the latest counts, the press's `at`): one that was
        overtaken raises Overtaken, and nothing is changed.
        """
        event = (LINEWORKS, f"{self.event}:{type(command).__name__}") if once else None
        return self.door.desk.handle(
            command, self.member_id, once=event, after=after, door=LINEWORKS
        )

    def say(self, key: str, /, **facts: object) -> str:
        return self.door.texts.say(key, **facts)


@dataclass(frozen=True)
class Heard:
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


OnPress = Callable[[Heard], Said | None]  # None: there is nothing to say
OnText = Callable[[Heard], Said | None]  # None: it was not understood by this one

PRESSED: dict[str, OnPress] = {}  # by the verb of a token
UNDERSTOOD: list[tuple[int, OnText]] = []  # who reads typed text, the first of them first
HAPPENED: dict[str, OnPress] = {}  # by the type of an event: "begin", "join" …


def pressed(*verbs: str) -> Callable[[OnPress], OnPress]:
    """Register what is done when something with one of these verbs is pressed."""

    def register(act: OnPress) -> OnPress:
        for verb in verbs:
            if verb in PRESSED:
                raise ValueError(f"{verb} is registered twice")
            PRESSED[verb] = act
        return act

    return register


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

    def register(act: OnPress) -> OnPress:
        for kind in kinds:
            if kind in HAPPENED:
                raise ValueError(f"{kind} is registered twice")
            HAPPENED[kind] = act
        return act

    return register


# How a notice stands there, by its key: from how things are now. What is not here is its card.
Draw = Callable[["Drawing"], Content | None]
NOTICES: dict[str, Draw] = {}


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
        return self.door.desk.ask(query, self.member_id, door=LINEWORKS)

    def handle(self, command: Command[R]) -> R:
        return self.door.desk.handle(command, self.member_id, door=LINEWORKS)


def drawn_by(*keys: str) -> Callable[[Draw], Draw]:
    """Register how notices with these keys are drawn."""

    def register(draw: Draw) -> Draw:
        for key in keys:
            NOTICES[key] = draw
        return draw

    return register
