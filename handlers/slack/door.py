"""What everything in Slack's door works with: who is here, asking and handing in, what was pressed.

A press or a submission is one frozen thing; what is done about it is registered under the verb of
its token and answers with what the person sees next. `runner.py` acknowledges, draws and repeats
nothing; none of the modules that answer calls Slack by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from handlers.settings import Settings
from handlers.slack.api import Api, SlackRefused
from handlers.slack.blocks import Block
from handlers.slack.pace import Outgoing
from handlers.slack_settings import SLACK as SLACK  # noqa: PLC0414 - also from here
from handlers.slack_settings import SlackSettings
from handlers.texts import Texts
from handlers.tokens import Tokens
from workflows.cards import Action
from workflows.desk import Command, Desk, Query
from workflows.errors import Refused
from workflows.forms import FormBook
from workflows.permissions import Caller
from workflows.trouble import ReportTrouble

R = TypeVar("R")
PRESS: Final = "press"  # what a token on a button is for
MODAL: Final = "modal"  # what a modal's private_metadata is for


@dataclass
class SlackDoor:
    """Everything Slack's door needs, made once in bot.py.

    `page_of` is the address of the page on which a card's button leads on the web.
    """

    desk: Desk
    texts: Texts
    forms: FormBook
    settings: Settings
    slack: SlackSettings
    api: Api
    tokens: Tokens
    page_of: Callable[[Action], str]
    team: str = ""  # the id of our own workspace, once it is known
    enterprise: str = ""  # of the organisation that it belongs to, where that has several
    # Told when Slack says that the app is gone; and who we are is asked for anew.
    lost: Callable[[str], None] = lambda code: None
    # By the day of a digest: the id of its picture at Slack, and since when it is there.
    pictures: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    outgoing: Outgoing = field(init=False)  # for what nobody waits for: at Slack's pace

    def __post_init__(self) -> None:
        self.outgoing = Outgoing(self.api, self.desk.now, self.report)

    def report(self, refused: SlackRefused) -> None:
        """The administrators hear what keeps us from Slack, once a day for each cause."""
        trouble = ReportTrouble(SLACK, refused.code, refused.needed)
        self.desk.handle(trouble, Caller.CLOCK)

    def say(self, key: str, /, **facts: object) -> str:
        return self.texts.say(key, **facts)

    def sentence(self, refused: Refused) -> str:
        return self.texts.say(refused.key, **refused.facts)

    def token(self, verb: str, subject: str = "", item: str = "") -> str:
        """What a button carries."""
        return self.tokens.seal(PRESS, {"v": verb, "s": subject, "i": item})


@dataclass(frozen=True)
class Here:
    """The member who is at it, as `user` of Slack. `event` names this press or submission: the
    same one a second time is a repeat. `said_at` is when, by our clock, of what was kept first."""

    door: SlackDoor
    member_id: str
    user: str
    event: str
    said_at: datetime | None = None

    def ask(self, query: Query[R]) -> R:
        return self.door.desk.ask(query, self.member_id, door=SLACK)

    def handle(
        self, command: Command[R], *, once: bool = True, after: tuple[str, str] | None = None
    ) -> R:
        """Carry out a command; one more in the same event raises AlreadyDone: one press, one
        command. Not `once` what may be kept any number of times beside it (a draft, a link).

        `after` is (a row of presses of which the latest counts, the press's `at`): one that was
        overtaken raises Overtaken, and nothing is changed.
        """
        event = (SLACK, self.event) if once else None
        return self.door.desk.handle(command, self.member_id, once=event, after=after, door=SLACK)

    def say(self, key: str, /, **facts: object) -> str:
        return self.door.texts.say(key, **facts)


# -- what people do -------------------------------------------------------------------------------

# What stands in a modal: by block, one answer or several. A row's cell is "household.2.name".
Typed = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Opened:
    """A modal on somebody's screen: `memory` is what we had it remember, `view` what Slack sent."""

    id: str
    hash: str
    callback: str
    memory: Mapping[str, str]
    typed: Typed
    view: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Press:
    """A button or choice that was pressed: `verb`, `subject`, `item` of its token; `chosen` the
    values of what was chosen, none for a plain button; `at` when, by Slack's clock, in a text
    that sorts. In a modal `opened` is that, else `channel` and `message` say where it stands."""

    here: Here
    verb: str
    subject: str = ""
    item: str = ""
    chosen: tuple[str, ...] = ()
    at: str = ""
    opened: Opened | None = None
    channel: str = ""
    message: str = ""


@dataclass(frozen=True)
class Submission:
    """A modal that was handed in."""

    here: Here
    opened: Opened

    @property
    def memory(self) -> Mapping[str, str]:
        return self.opened.memory

    @property
    def typed(self) -> Typed:
        return self.opened.typed


# -- what they see next ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Modal:
    """A modal as we want it shown: `callback` names what is done when it is handed in, `memory`
    comes back then (at most about 2,000 characters). Without `submit` it is only read."""

    title: str
    blocks: tuple[Block, ...]
    callback: str = ""
    submit: str = ""
    close: str = ""
    memory: Mapping[str, str] = field(default_factory=dict)
    tell_when_closed: bool = False


@dataclass(frozen=True)
class Told:
    """A sentence for this person alone, in place of the modal or below what they pressed."""

    sentence: str


@dataclass(frozen=True)
class Wrong:
    """What is wrong beside each field of the modal that was handed in, by block; the blocks that
    it does not have are told on the last one it has. Nothing that was typed is lost."""

    errors: Mapping[str, str]


Answer = Modal | Told | Wrong | None  # None: what they see changes by itself, or not at all
OnPress = Callable[[Press], Answer]
OnSubmission = Callable[[Submission], Answer]
OnClosing = Callable[[Submission], object]

# By the verb of a token, and by the callback of a modal.
PRESSED: dict[str, OnPress] = {}
SUBMITTED: dict[str, OnSubmission] = {}
CLOSED: dict[str, OnClosing] = {}
# Verbs that answer with a modal: when the answer takes long, an empty one says so meanwhile.
OPENING: set[str] = set()


def pressed(*verbs: str, opens: bool = False) -> Callable[[OnPress], OnPress]:
    """Register what is done when a button with one of these verbs is pressed."""

    def register(act: OnPress) -> OnPress:
        for verb in verbs:
            if verb in PRESSED:
                raise ValueError(f"{verb} is registered twice")
            PRESSED[verb] = act
            if opens:
                OPENING.add(verb)
        return act

    return register


# What people may press who are no member (yet), by verb; they are known by their id in Slack alone.
FOR_ANYBODY: dict[str, Callable[[SlackDoor, str], Answer]] = {}


def pressed_by_anybody(
    verb: str,
) -> Callable[[Callable[[SlackDoor, str], Answer]], Callable[[SlackDoor, str], Answer]]:
    """Register what is done when a button with this verb is pressed, by whomever."""

    def register(act: Callable[[SlackDoor, str], Answer]) -> Callable[[SlackDoor, str], Answer]:
        if verb in FOR_ANYBODY:
            raise ValueError(f"{verb} is registered twice")
        FOR_ANYBODY[verb] = act
        OPENING.add(verb)
        return act

    return register


def submitted(callback: str) -> Callable[[OnSubmission], OnSubmission]:
    """Register what is done when a modal with this callback is handed in."""

    def register(act: OnSubmission) -> OnSubmission:
        if callback in SUBMITTED:
            raise ValueError(f"{callback} is registered twice")
        SUBMITTED[callback] = act
        return act

    return register


def closed(callback: str) -> Callable[[OnClosing], OnClosing]:
    """Register what is done when a modal with this callback, which tells so, is closed."""

    def register(act: OnClosing) -> OnClosing:
        if callback in CLOSED:
            raise ValueError(f"{callback} is registered twice")
        CLOSED[callback] = act
        return act

    return register
