"""What people type and what Slack tells: commands, shortcuts, mentions, messages, events."""

from collections.abc import Callable
from typing import Any, Final

from handlers.slack.cases.from_message import words_of
from handlers.slack.door import SlackDoor
from handlers.slack.requests.runner import SlackRunner
from workflows.cases.find_case import case_number
from workflows.japanese.characters import one_width

Body = dict[str, Any]
React = Callable[[SlackDoor, SlackRunner, Body], object]

COMMAND: Final = "/tsunagu"
GLOBAL_SHORTCUT: Final = "tsunagu_menu"
MESSAGE_SHORTCUT: Final = "tsunagu_sheet_from_message"


# What may stand behind the command, in lower case and in usual widths.
COMMAND_WORDS: Final = {
    "": ("menu", "", ""),
    "new": ("new_sheet", "", ""),
    "新規": ("new_sheet", "", ""),
    "会議": ("meetings", "", ""),
    "支援会議": ("meetings", "", ""),
    "meeting": ("meetings", "", ""),
    "help": ("help", "", ""),
    "ヘルプ": ("help", "", ""),
    "助けて": ("help", "", ""),
    "使い方": ("help", "", ""),
}


def read_command(body: Body) -> tuple[str, str, str]:
    """The verb, subject and item that a typed command stands for."""
    typed = str(body.get("text") or "")
    if number := case_number(typed):
        return ("open_case", number, "")
    return COMMAND_WORDS.get(one_width(typed).strip().lower(), ("menu", "", "unknown"))


def read_shortcut(body: Body) -> tuple[str, str, str]:
    """The same for a shortcut, by the name that the manifest gives it."""
    if body.get("callback_id") == MESSAGE_SHORTCUT:
        return ("sheet_from_message", "", words_of(body.get("message") or {}))
    return ("menu", "", "")


EVENTS: Final[dict[str, React]] = {}
EVENTS_WITH_REPLY: Final = frozenset({"app_mention", "message", "app_home_opened"})
# Of some events only a few are of any matter, told by the event itself.
IS_RELEVANT: Final[dict[str, Callable[[Body], bool]]] = {}


def is_answered(body: Body) -> bool:
    """Whether somebody waits for a word on it: they pressed, typed, wrote to us or look at us."""
    event = body.get("event")
    if not isinstance(event, dict):
        return True
    name = str(event.get("type", ""))
    return name in EVENTS_WITH_REPLY and IS_RELEVANT[name](event)
