"""メニュー, 待っていること, わたしの会議, ヘルプ: what everybody finds by themselves."""

from typing import Final

from handlers.chat.menu import about_meeting, about_to_do, menu_verbs, waiting_for
from handlers.mattermost.door import Here, Press, pressed
from handlers.mattermost.messages import Button, Message, said
from handlers.words.to_do import promise_action
from workflows.inbox.inbox import GetShell, ToDo
from workflows.meetings.register import GetMeetings

MOST: Final = 10  # things with a button each; where there are more, the page has them all


@pressed("menu")
def menu(press: Press) -> Message:
    return menu_message(press.here)


def menu_message(here: Here, told: str = "") -> Message:
    """How much waits, and where everything begins; `told` stands first."""
    shell = here.ask(GetShell())
    waits = here.say("mattermost.menu.waits", count=shell.waiting)
    verbs = menu_verbs(here, shell)
    buttons = [Button(here.say(f"mattermost.menu.{verb}"), verb) for verb in verbs]
    words = "\n".join(part for part in (told, waits, here.say("mattermost.menu.how")) if part)
    return said(words, *buttons)


@pressed("help")
def helped(press: Press) -> Message:
    say = press.here.say
    words = "\n".join([say("mattermost.help.text"), say("mattermost.help.privacy")])
    return said(words, Button(say("mattermost.menu.menu"), "menu"))


@pressed("waiting")
def waiting(press: Press) -> Message:
    """What waits for me, what is overdue first, a button each."""
    here = press.here
    found = waiting_for(here)
    if not found:
        return said(here.say("mattermost.waiting.nothing"))
    late = sum(one.overdue for one in found)
    told = here.say("mattermost.waiting.count", count=len(found), overdue=late)
    facts = tuple(about_to_do(here, one, "mattermost.waiting") for one in found[:MOST])
    buttons = [_answer(here, one) for one in found[:MOST]]
    return _with_rest(here, Message(told, facts, "", tuple(buttons)), len(found), "inbox")


def _answer(here: Here, one: ToDo) -> Button:
    label = here.door.texts.word("promise_button", one.kind)
    action = promise_action(one.kind, one.number, one.meeting_id, one.item_id, label)
    return Button(
        f"{label}（{one.number}）" if one.number else label,
        action.verb,
        action.subject,
        action.item,
    )


@pressed("my_meetings")
def my_meetings(press: Press) -> Message:
    here = press.here
    coming = here.ask(GetMeetings()).coming
    if not coming:
        return said(here.say("mattermost.meetings.none"))
    facts = tuple(about_meeting(here, one, "mattermost.meetings") for one in coming[:MOST])
    shown = zip(facts, coming, strict=False)
    buttons = tuple(Button(called, "open_meeting", one.id) for (called, _), one in shown)
    told = here.say("mattermost.meetings.count", count=len(coming))
    message = Message(told, facts, "", buttons)
    return _with_rest(here, message, len(coming), "meetings")


def _with_rest(here: Here, message: Message, count: int, verb: str) -> Message:
    """With the way to the page that has all of them."""
    if count <= MOST:
        return message
    rest = here.say(f"mattermost.{verb}.more", count=count - MOST)
    button = Button(here.say(f"mattermost.{verb}.all"), verb)
    return Message(message.words, message.facts, rest, (*message.buttons, button))
