"""What everything in Slack's door works with: who is here, asking and handing in, what was pressed.

A press or a submission is one frozen thing; what is done about it is registered under the verb of
its token and answers with what the person sees next. `runner.py` acknowledges, draws and repeats
nothing; none of the modules that answer calls Slack by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from handlers.chat.door import ChatDoor, ChatMember
from handlers.chat.registry import Registry
from handlers.settings.slack import SLACK as SLACK  # noqa: PLC0414 - also from here
from handlers.settings.slack import SlackSettings
from handlers.slack.api import Api
from handlers.slack.sending.pace import SlackOutgoing
from handlers.slack.ui.blocks import Block

PRESS: Final = "press"  # what a token on a button is for
MODAL: Final = "modal"  # what a modal's private_metadata is for
LONGEST_TOKEN: Final = 2_000  # what a button's value may hold


@dataclass
class SlackDoor(ChatDoor):
    """Everything Slack's door needs."""

    platform: ClassVar[str] = SLACK
    press_purpose: ClassVar[str] = PRESS
    longest_token: ClassVar[int] = LONGEST_TOKEN

    slack: SlackSettings
    api: Api
    team: str = ""  # the id of our own workspace, once it is known
    enterprise: str = ""  # of the organisation that it belongs to, where that has several
    # Called when Slack says that the app is gone; and who we are is asked for anew.
    lost: Callable[[str], None] = lambda code: None
    # By the day of a digest: the id of its picture at Slack, and since when it is there.
    pictures: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    outgoing: SlackOutgoing = field(init=False)  # for what nobody waits for: at Slack's pace

    def __post_init__(self) -> None:
        self.outgoing = SlackOutgoing(self.api, self.desk.now, self.report)


Here = ChatMember[SlackDoor]  # `event` names the press or submission


# -- what people do -------------------------------------------------------------------------------

# What stands in a modal: by block, one answer or several. A row's cell is "household.2.name".
Typed = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class OpenModal:
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
    opened: OpenModal | None = None
    channel: str = ""
    message: str = ""


@dataclass(frozen=True)
class Submission:
    """A modal that was handed in."""

    here: Here
    opened: OpenModal

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
class PrivateSentence:
    """A sentence for this person alone, in place of the modal or below what they pressed."""

    sentence: str


@dataclass(frozen=True)
class FieldErrors:
    """What is wrong beside each field of the modal that was handed in, by block; the blocks that
    it does not have are told on the last one it has. Nothing that was typed is lost."""

    errors: Mapping[str, str]


Answer = (
    Modal | PrivateSentence | FieldErrors | None
)  # None: what they see changes by itself, or not at all
OnPress = Callable[[Press], Answer]
OnSubmission = Callable[[Submission], Answer]
OnClosing = Callable[[Submission], object]

# By the verb of a token, and by the callback of a modal.
PRESSED = Registry[OnPress]()
SUBMITTED = Registry[OnSubmission]()
CLOSED = Registry[OnClosing]()
# Verbs that answer with a modal: when the answer takes long, an empty one says so meanwhile.
OPENING: set[str] = set()
# What people may press who are no member (yet), by verb; they are known by their id in Slack alone.
OnAnybodysPress = Callable[[SlackDoor, str], Answer]
FOR_ANYBODY = Registry[OnAnybodysPress]()


def pressed(*verbs: str, opens: bool = False) -> Callable[[OnPress], OnPress]:
    """Register what is done when a button with one of these verbs is pressed."""
    OPENING.update(verbs if opens else ())
    return PRESSED.under(*verbs)


def pressed_by_anybody(verb: str) -> Callable[[OnAnybodysPress], OnAnybodysPress]:
    """Register what is done when a button with this verb is pressed, by whomever."""
    OPENING.add(verb)
    return FOR_ANYBODY.under(verb)


def submitted(callback: str) -> Callable[[OnSubmission], OnSubmission]:
    """Register what is done when a modal with this callback is handed in."""
    return SUBMITTED.under(callback)


def closed(callback: str) -> Callable[[OnClosing], OnClosing]:
    """Register what is done when a modal with this callback, which tells so, is closed."""
    return CLOSED.under(callback)
