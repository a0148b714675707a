"""メニュー, 待っていること, わたしの会議, ヘルプ: what everybody finds by themselves."""

from collections.abc import Sequence
from typing import Final

from handlers.lineworks import contents
from handlers.lineworks.cards import button_of, to_page
from handlers.lineworks.contents import Button, Column
from handlers.lineworks.door import Content, Heard, Here, LineworksDoor, Said, happened, pressed
from handlers.words.to_do import called_apart, in_place_words, left_words, promise_action
from workflows.inbox.inbox import GetInbox, GetShell, ToDo
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
def menu(heard: Heard) -> Said:
    return Said(menu_content(heard.here))


@happened("begin")
def hello(heard: Heard) -> Said:
    return Said(menu_content(heard.here, heard.here.say("lineworks.hello")))


def menu_content(here: Here, told: str = "") -> Content:
    """How much waits, and where everything begins; `told` stands first."""
    shell = here.ask(GetShell())
    waits = here.say("lineworks.menu.waits", count=shell.waiting)
    verbs = ["waiting", "my_meetings", "new_sheet"]
    if here.ask(GetMeetings()).may_convene:
        verbs.append("convene")
    if "coordinator" in shell.roles:
        verbs.append("desk")
    if "manager" in shell.roles:
        verbs.append("digest")
    pressed_here = [
        Button(here.say(f"lineworks.menu.{verb}"), here.door.token(verb))
        for verb in (*verbs, "help")
    ]
    words = "\n".join(part for part in (told, waits, here.say("lineworks.menu.how")) if part)
    return contents.buttons(words, *pressed_here)


@pressed("help")
def helped(heard: Heard) -> Said:
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
def waiting(heard: Heard) -> Said:
    """What waits for me, what is overdue first, a button each."""
    here = heard.here
    found = sorted(
        here.ask(GetInbox()).to_do,
        key=lambda t: (not t.overdue, t.due_at, t.number, t.item_id),
    )
    if not found:
        return Said(contents.text(here.say("lineworks.waiting.nothing")))
    late = sum(one.overdue for one in found)
    told = here.say("lineworks.waiting.count", count=len(found), overdue=late)
    return _several(here, told, [_column(here, one) for one in found], "waiting", "inbox")


def _column(here: Here, one: ToDo) -> Column:
    if one.number:
        about = here.say("lineworks.waiting.case", number=one.number, urgency=one.urgency)
    else:
        about = called_apart(
            here.door.texts, one.meeting_kind, one.numbers, one.starts_at, one.dates
        )
    left = left_words(here.door.texts, one.overdue, one.open_days_left)
    due = here.say("lineworks.waiting.due", what=str(one.kind), due_at=one.due_at, left=left)
    due += in_place_words(here.door.texts, one, brief=True)
    label = here.door.texts.word("promise_button", one.kind)
    action = promise_action(one.kind, one.number, one.meeting_id, one.item_id, label)
    return Column(about, due, button_of(here.door, action))


# -- meetings -------------------------------------------------------------------------------------


@pressed("my_meetings")
def my_meetings(heard: Heard) -> Said:
    here = heard.here
    coming = here.ask(GetMeetings()).coming
    if not coming:
        return Said(contents.text(here.say("lineworks.meetings.none")))
    told = here.say("lineworks.meetings.count", count=len(coming))
    return _several(here, told, [_meeting(here, one) for one in coming], "meetings", "meetings")


def _meeting(here: Here, one: MeetingLine) -> Column:
    when = here.say(
        "lineworks.meetings.line",
        starts_at=one.starts_at,
        asked=one.agencies,
        answered=one.agencies - one.unanswered,
        answer_by=one.answer_by,
    )
    if one.broken and not one.starts_at:
        when = here.door.texts.label("meeting_state", one.state)
    label = here.say("lineworks.meetings.open")
    return Column(
        called_apart(here.door.texts, one.kind, one.numbers, None, one.dates),
        when,
        Button(label, here.door.token("open_meeting", one.id)),
    )
