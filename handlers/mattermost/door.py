"""What everything in Mattermost's door works with: who is here, what they pressed or handed in.

What somebody pressed is one frozen thing; what is done about it is registered under the verb of its
token and answers with a message or a dialog for that person alone. `runner.py` works it off.

Mattermost signs nothing that it sends. Nobody but its server knows what a button carries, and that
is sealed for the one person who reads it: what comes with another's name is not theirs. A dialog's
`state` its reader may see, so it is sealed for them alone as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, TypeVar

from handlers.chat.door import ChatDoor, ChatMember
from handlers.chat.registry import Registry
from handlers.mattermost.api import Api
from handlers.mattermost.messages import Button, Dialog, Integration, Message
from handlers.mattermost.pace import Outgoing
from handlers.runtime.tokens import BadToken
from handlers.settings.mattermost import MATTERMOST as MATTERMOST  # noqa: PLC0414 - also from here
from handlers.settings.mattermost import MattermostSettings
from workflows.core.messages import Command, Query, message_code
from workflows.core.ports import Post
from workflows.inbox.news import NewsState
from workflows.japanese.dates import TOKYO
from workflows.model.card import Card

R = TypeVar("R")
PRESS: Final = "mattermost press"  # what a token on a button is for
DIALOG: Final = "mattermost dialog"  # what a dialog's state is for
LONGEST_TOKEN: Final = 1_000
PRESS_PATH: Final = "/mattermost/press"
DIALOG_PATH: Final = "/mattermost/dialog"
COMMAND_PATH: Final = "/mattermost/command"
# [ours] A token opens nothing but what its reader may do by themselves; a referral waits for weeks.
GOOD_FOR: Final = timedelta(days=120)


@dataclass
class MattermostDoor(ChatDoor):
    """Everything Mattermost's door needs."""

    platform: ClassVar[str] = MATTERMOST
    press_purpose: ClassVar[str] = PRESS
    longest_token: ClassVar[int] = LONGEST_TOKEN

    mattermost: MattermostSettings
    api: Api
    outgoing: Outgoing = field(init=False)  # at a pace that the server bears

    def __post_init__(self) -> None:
        self.outgoing = Outgoing(self.api, self.desk.now, self.report)

    def address(self, path: str) -> str:
        """Where Mattermost reaches us."""
        return self.settings.page_address + path

    def integration_for(self, user: str) -> Integration:
        """How presses of this person, who alone reads the message, come back."""

        def token_of(button: Button) -> str:
            facts = {"v": button.verb, "s": button.subject, "i": button.item}
            return self.sealed(PRESS, user, facts)

        return Integration(self.address(PRESS_PATH), token_of)

    def integration_with(self, token: str) -> Integration:
        """Of a message with one button, whose token is there already."""
        return Integration(self.address(PRESS_PATH), lambda button: token)

    def sealed(self, purpose: str, user: str, facts: Mapping[str, str]) -> str:
        """A token for this person alone, which says on which day it was made. Raises ValueError
        when it is longer than we take back."""
        made_on = self.desk.now().astimezone(TOKYO).date().isoformat()
        token = self.tokens.seal(f"{purpose} {user}", {**facts, "d": made_on})
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"{facts.get('v')} remembers too much: {len(token)}")
        return token

    def opened(self, purpose: str, user: str, token: str) -> dict[str, str]:
        """What a token says that comes with this person's name. Raises BadToken: it is none of
        ours, somebody else's, or of a day too long ago or to come."""
        facts = self.tokens.open(f"{purpose} {user}", token)
        today = self.desk.now().astimezone(TOKYO).date()
        made_on = date.fromisoformat(facts.pop("d"))
        if not today - GOOD_FOR <= made_on <= today + timedelta(days=1):
            raise BadToken
        return facts


@dataclass(frozen=True)
class Here(ChatMember[MattermostDoor]):
    """The member who is at it."""

    def event_of(self, command: Command[Any]) -> str:
        return f"{self.event}:{message_code(command)}"


# -- what people do, and what they see next -------------------------------------------------------


@dataclass(frozen=True)
class Press:
    """What somebody pressed: `verb`, `subject`, `item` of its token. `at` is when, by our clock,
    in a text that sorts."""

    here: Here
    verb: str
    subject: str = ""
    item: str = ""
    at: str = ""


@dataclass(frozen=True)
class Submission:
    """A dialog that was handed in, with what was `chosen` by the names of its questions."""

    here: Here
    subject: str
    item: str
    chosen: Mapping[str, str]
    at: str = ""


class Wrong(Exception):
    """What is wrong beside a question of the dialog, by its name; it stays open."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = errors


Answer = Message | Dialog | None  # None: what they see changes by itself
OnPress = Callable[[Press], Answer]
OnSubmission = Callable[[Submission], Message]
PRESSED = Registry[OnPress]()  # by the verb of a token
SUBMITTED = Registry[OnSubmission]()  # by the callback of a dialog


def pressed(*verbs: str) -> Callable[[OnPress], OnPress]:
    """Register what is done when a button with one of these verbs is pressed."""
    return PRESSED.under(*verbs)


def submitted(callback: str) -> Callable[[OnSubmission], OnSubmission]:
    """Register what is done when a dialog with this callback is handed in."""
    return SUBMITTED.under(callback)


# -- what is told ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawing:
    """The card of a notice to be drawn now, for the one who reads it. `card` is the notice's, as
    the guard lets it go; `state` is what became of its news, None while it stands."""

    door: MattermostDoor
    post: Post
    now: datetime
    card: Card
    state: NewsState | None = None

    def ask(self, query: Query[R]) -> R:
        return self.door.ask(query, self.post.member_id)


Draw = Callable[[Drawing], Message | None]  # None: there is nothing to say
# How a notice stands there, by its key, from how things are now. What is not here is its card.
NOTICES = Registry[Draw]()


def drawn_by(*keys: str) -> Callable[[Draw], Draw]:
    """Register how notices with these keys are drawn."""
    return NOTICES.under(*keys)
