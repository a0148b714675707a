"""What people say to the bot: a mention, a direct message, looking at its home page.

What was typed is read once and never said back. A mention is answered where it was made, for that
person alone, with nothing about any case.
"""

import logging
from typing import Any, Final

from handlers.slack.api import SlackRefused
from handlers.slack.door import SLACK, Here, PrivateSentence, SlackDoor
from handlers.slack.overview.menu import begins
from handlers.slack.requests.answering import Unlinked
from handlers.slack.requests.commands import EVENTS, IS_RELEVANT, Body
from handlers.slack.requests.greeting import strangers_page
from handlers.slack.requests.runner import SlackRunner
from handlers.slack.sending.posting import sent
from handlers.slack.ui import blocks
from handlers.slack.ui.drawing import Message, action_button, said
from workflows.cases.find_case import GetCaseId, case_number
from workflows.chat.cards_and_home import OpenHome, RequestCaseCard
from workflows.core.errors import AlreadyDone, NotAllowed, NotFound, Refused
from workflows.model.card import CardButton

log = logging.getLogger(__name__)
IN_TALK: Final = 5  # buttons of an answer
# What people write bears no subtype, or one of these: with a file, or in a thread and outside it.
TYPED_SUBTYPES: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})


def mentioned(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """Answered in the same place, seen by that person alone."""
    event = body["event"]
    keys = ["slack_desk.mention.text", *_of_files(event), "slack_desk.mention.privacy"]
    message = _answer(door, runner, body, *keys)
    where = {"channel": event["channel"], "user": event["user"], **_thread(event)}
    _say(runner, "chat.postEphemeral", message, where)


def direct_message(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """A direct message: a case number brings its card, anything else the menu's buttons. What is
    said in a thread is answered there; that a file is not taken is said."""
    event = body["event"]
    number = case_number(str(event.get("text") or ""))
    where = {"channel": event["channel"], **_thread(event)}
    sentence = "slack_desk.talk.menu"
    if number:
        try:
            here = runner.answers.here(body, f"event:{body.get('event_id', '')}")
            here.handle(RequestCaseCard(here.ask(GetCaseId(number)), SLACK))
        except Unlinked:
            pass  # told below, whom to ask
        except AlreadyDone:
            return
        except (NotFound, NotAllowed):
            sentence = "slack_desk.talk.not_found"
        else:
            # Its card is on its way; it stands where cards stand, below all else.
            below = ["slack_desk.talk.card_below"] if _thread(event) else []
            if keys := [*_of_files(event), *below]:
                told = said("　".join(door.say(key) for key in keys))
                _say(runner, "chat.postMessage", told, where)
            return
    message = _answer(door, runner, body, *_of_files(event), sentence)
    _say(runner, "chat.postMessage", message, where)


def home_opened(door: SlackDoor, runner: SlackRunner, body: Body) -> None:
    """Drawn anew by whatever draws everything else; a stranger's page is shown at once."""
    event = body["event"]
    try:
        here = runner.answers.here(body, f"event:{body.get('event_id', '')}")
        here.handle(OpenHome(SLACK, here.user))
    except Unlinked as unlinked:
        view = {"type": "home", "blocks": list(_to_stranger(door, unlinked).blocks)}
        _call(runner, "views.publish", {"user_id": event["user"], "view": view})
    except Refused as refused:
        log.info("slack_home_not_opened error=%s", type(refused).__name__)


def _by_a_person(event: dict[str, Any]) -> bool:
    """Said just now by somebody: no bot, nothing edited, removed or told by Slack itself."""
    by_person = event.get("user") and not event.get("bot_id") and not event.get("edited")
    return bool(by_person) and str(event.get("subtype") or "") in TYPED_SUBTYPES


def _thread(event: dict[str, Any]) -> dict[str, str]:
    """Where to answer what was said in a thread; nothing outside of all threads."""
    return {"thread_ts": str(event["thread_ts"])} if event.get("thread_ts") else {}


def _of_files(event: dict[str, Any]) -> list[str]:
    """What is to be said of a photo or a file that came with it."""
    with_files = event.get("files") or event.get("subtype") == "file_share"
    return ["slack_desk.talk.no_files"] if with_files else []


def _to_stranger(door: SlackDoor, unlinked: Unlinked) -> Message:
    """Whom to ask for who may be registered; for a guest, that it is not for them."""
    told = unlinked.answer
    return said(told.sentence) if isinstance(told, PrivateSentence) else strangers_page(door)


def _answer(door: SlackDoor, runner: SlackRunner, body: Body, *keys: str) -> Message:
    try:
        here = runner.answers.here(body, f"event:{body.get('event_id', '')}")
    except Unlinked as unlinked:
        return _to_stranger(door, unlinked)
    sentences = [door.say(key) for key in keys]
    first, *more = sentences
    drawn = [blocks.section(first), *(blocks.context(s) for s in more), _buttons(here)]
    return Message("　".join(sentences), tuple(drawn))


def _buttons(here: Here) -> blocks.Block:
    menu = CardButton(here.say("slack_desk.home.menu"), "menu", "", primary=True)
    actions = [menu, *(a for a in begins(here) if a.verb != "menu")][:IN_TALK]
    return blocks.buttons([action_button(here.door, a, n) for n, a in enumerate(actions)])


def _say(runner: SlackRunner, method: str, message: Message, where: dict[str, str]) -> None:
    _call(runner, method, where | sent(message))


def _call(runner: SlackRunner, method: str, args: dict[str, Any]) -> None:
    try:
        runner.call(method, **args)
    except SlackRefused as refused:
        log.warning("slack_answer_not_said method=%s error=%s", method, refused.code)


EVENTS["app_mention"] = mentioned
EVENTS["message"] = direct_message
EVENTS["app_home_opened"] = home_opened
IS_RELEVANT["app_mention"] = _by_a_person
IS_RELEVANT["message"] = lambda event: event.get("channel_type") == "im" and _by_a_person(event)
IS_RELEVANT["app_home_opened"] = lambda event: event.get("tab") == "home"
