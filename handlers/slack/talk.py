"""What people say to the bot: a mention, a direct message, looking at its home page.

What was typed is read once and never said back. A mention is answered where it was made, for that
person alone, with nothing about any case.
"""

import logging
from typing import Any, Final

from handlers.slack import blocks
from handlers.slack.answering import Unlinked
from handlers.slack.api import SlackRefused
from handlers.slack.commands import EVENTS, MATTERS, Body
from handlers.slack.door import SLACK, Here, SlackDoor
from handlers.slack.drawing import Message, action_button
from handlers.slack.greeting import strangers_page
from handlers.slack.menu import begins
from handlers.slack.posting import sent
from handlers.slack.runner import Runner
from workflows.cards import Action
from workflows.cases.find_case import CaseIdOf, case_number
from workflows.chat import AskForCard, OpenHome
from workflows.errors import AlreadyDone, NotAllowed, NotFound, Refused

log = logging.getLogger(__name__)
IN_TALK: Final = 5  # buttons of an answer


def mentioned(door: SlackDoor, runner: Runner, body: Body) -> None:
    """Answered in the same place, seen by that person alone."""
    event = body["event"]
    message = _answer(door, runner, body, "slack_desk.mention.text", "slack_desk.mention.privacy")
    thread = {"thread_ts": event["thread_ts"]} if event.get("thread_ts") else {}
    where = {"channel": event["channel"], "user": event["user"], **thread}
    _say(runner, "chat.postEphemeral", message, where)


def said_to_us(door: SlackDoor, runner: Runner, body: Body) -> None:
    """A direct message: a case number brings its card, anything else the menu's buttons."""
    event = body["event"]
    number = case_number(str(event.get("text") or ""))
    sentence = "slack_desk.talk.menu"
    if number:
        try:
            here = runner.answers.here(body, f"event:{body.get('event_id', '')}")
            here.handle(AskForCard(here.ask(CaseIdOf(number)), SLACK))
        except Unlinked:
            pass  # told below, whom to ask
        except AlreadyDone:
            return
        except (NotFound, NotAllowed):
            sentence = "slack_desk.talk.not_found"
        else:
            return  # its card is on its way
    message = _answer(door, runner, body, sentence)
    _say(runner, "chat.postMessage", message, {"channel": event["channel"]})


def home_opened(door: SlackDoor, runner: Runner, body: Body) -> None:
    """Drawn anew by whatever draws everything else; a stranger's page is shown at once."""
    event = body["event"]
    try:
        here = runner.answers.here(body, f"event:{body.get('event_id', '')}")
        here.handle(OpenHome(SLACK, here.user))
    except Unlinked:
        view = {"type": "home", "blocks": list(strangers_page(door).blocks)}
        _call(runner, "views.publish", {"user_id": event["user"], "view": view})
    except Refused as refused:
        log.info("slack_home_not_opened error=%s", type(refused).__name__)


def _by_a_person(event: dict[str, Any]) -> bool:
    """Said just now by somebody: no bot, nothing edited, removed or told by Slack itself."""
    marks = ("bot_id", "subtype", "edited")
    return bool(event.get("user")) and not any(event.get(mark) for mark in marks)


def _answer(door: SlackDoor, runner: Runner, body: Body, *keys: str) -> Message:
    try:
        here = runner.answers.here(body, f"event:{body.get('event_id', '')}")
    except Unlinked:
        return strangers_page(door)
    sentences = [door.say(key) for key in keys]
    first, *more = sentences
    drawn = [blocks.section(first), *(blocks.context(s) for s in more), _buttons(here)]
    return Message("　".join(sentences), tuple(drawn))


def _buttons(here: Here) -> blocks.Block:
    menu = Action(here.say("slack_desk.home.menu"), "menu", "", primary=True)
    actions = [menu, *(a for a in begins(here) if a.verb != "menu")][:IN_TALK]
    return blocks.buttons([action_button(here.door, a, n) for n, a in enumerate(actions)])


def _say(runner: Runner, method: str, message: Message, where: dict[str, str]) -> None:
    _call(runner, method, where | sent(message))


def _call(runner: Runner, method: str, args: dict[str, Any]) -> None:
    try:
        runner.call(method, **args)
    except SlackRefused as refused:
        log.warning("slack_answer_not_said method=%s error=%s", method, refused.code)


EVENTS["app_mention"] = mentioned
EVENTS["message"] = said_to_us
EVENTS["app_home_opened"] = home_opened
MATTERS["app_mention"] = _by_a_person
MATTERS["message"] = lambda event: event.get("channel_type") == "im" and _by_a_person(event)
MATTERS["app_home_opened"] = lambda event: event.get("tab") == "home"
