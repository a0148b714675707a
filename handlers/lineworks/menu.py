"""メニュー, 待っていること, わたしの会議, ヘルプ: what everybody finds by themselves."""

from collections.abc import Sequence
from typing import Final

from handlers.chat.menu import about_meeting, about_to_do, menu_verbs, waiting_for
from handlers.lineworks import contents
from handlers.lineworks.cards import button_of, to_page
from handlers.lineworks.contents import Button, Column
from handlers.lineworks.door import Content, Here, LineworksDoor, Said, UserInput, happened, pressed
from handlers.words.to_do import promise_action
from workflows.inbox.inbox import GetShell, ToDo
from workflows.meetings.register import GetMeetings
from workflows.meetings.views import MeetingLine
from workflows.model.card import CardButton

BAR: Final = ("menu", "waiting", "my_meetings", "help")  # what stands below every chat


def menu_bar(door: LineworksDoor) -> list[Content]:
    """The actions of the persistent menu. Everybody has the same; what they may is asked later."""
    return [
        {
            "type": "message",
            "label": door.say(f"lineworks.menu.{verb}"),
            "postback": door.token(verb),
        }
        for verb in BAR
    ]


@pressed("menu")
def menu(heard: UserInput) -> Said:
    return Said(menu_content(heard.here))


@happened("begin")
def hello(heard: UserInput) -> Said:
    return Said(menu_content(heard.here, heard.here.say("lineworks.hello")))


def menu_content(here: Here, told: str = "") -> Content:
    """How much waits, and where everything begins; `told` stands first."""
    shell = here.ask(GetShell())
    waits = here.say("lineworks.menu.waits", count=shell.waiting)
    pressed_here = [
        Button(here.say(f"lineworks.menu.{verb}"), here.door.token(verb))
        for verb in menu_verbs(here, shell)
    ]
    words = "\n".join(part for part in (told, waits, here.say("lineworks.menu.how")) if part)
    return contents.buttons(words, *pressed_here)


@pressed("help")
def helped(heard: UserInput) -> Said:
    say = heard.here.say
    menu_button = Button(say("lineworks.menu.menu"), heard.here.door.token("menu"))
    words = "\n".join([say("lineworks.help.text"), say("lineworks.help.privacy")])
    return Said(contents.buttons(words, menu_button))


def _several(here: Here, told: str, columns: Sequence[Column], words: str, page: str) -> Said:
    """A few below one another, to be seen all at once; more beside one another; and where there
    is no room for all, the way to the page that has them. `words` says so."""
    if len(columns) <= contents.ROWS:
        return Said(contents.listed(told, columns))
    shown, rest = contents.carousel(columns), len(columns) - contents.COLUMNS
    if rest <= 0:
        return Said(contents.text(told), shown)
    why = here.say(f"lineworks.{words}.more", count=rest)
    return Said(contents.text(told), shown, to_page(here, CardButton("", page, ""), why))


# -- what waits -----------------------------------------------------------------------------------


@pressed("waiting")
def waiting(heard: UserInput) -> Said:
    """What waits for me, what is overdue first, a button each."""
    here = heard.here
    found = waiting_for(here)
    if not found:
        return Said(contents.text(here.say("lineworks.waiting.nothing")))
    late = sum(one.overdue for one in found)
    told = here.say("lineworks.waiting.count", count=len(found), overdue=late)
    return _several(here, told, [_column(here, one) for one in found], "waiting", "inbox")


def _column(here: Here, one: ToDo) -> Column:
    about, due = about_to_do(here, one, "lineworks.waiting")
    label = here.door.texts.word("promise_button", one.kind)
    action = promise_action(one.kind, one.number, one.meeting_id, one.item_id, label)
    return Column(about, due, button_of(here.door, action))


# -- meetings -------------------------------------------------------------------------------------


@pressed("my_meetings")
def my_meetings(heard: UserInput) -> Said:
    here = heard.here
    coming = here.ask(GetMeetings()).coming
    if not coming:
        return Said(contents.text(here.say("lineworks.meetings.none")))
    told = here.say("lineworks.meetings.count", count=len(coming))
    return _several(here, told, [_meeting(here, one) for one in coming], "meetings", "meetings")


def _meeting(here: Here, one: MeetingLine) -> Column:
    called, when = about_meeting(here, one, "lineworks.meetings")
    label = here.say("lineworks.meetings.open")
    return Column(called, when, Button(label, here.door.token("open_meeting", one.id)))
