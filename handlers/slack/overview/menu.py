"""メニュー, finding a case by its number, my meetings, help: what /tsunagu opens."""

from typing import Final

from handlers.slack.door import (
    PRESSED,
    Answer,
    FieldErrors,
    Here,
    Modal,
    Press,
    Submission,
    pressed,
    submitted,
)
from handlers.slack.overview.home import Numbered, case_row, meeting_row, waits_first
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.inputs import text_input
from workflows.cases.find_case import case_number, plain_number
from workflows.cases.list_cases import CaseLine, ListCases
from workflows.inbox.inbox import GetInbox, GetShell
from workflows.japanese.characters import trimmed
from workflows.meetings.register import GetMeetings, MeetingRegister
from workflows.model.card import CardButton

NUMBER_MAX: Final = 20
FOUND: Final = 20  # lines of what is found


@pressed("menu", opens=True)
def menu(press: Press) -> Answer:
    """What waits for me, and where everything begins."""
    here, say = press.here, press.here.say
    door, made = here.door, Numbered(here.door)
    drawn: list[Block] = []
    if press.item:
        drawn.append(blocks.section(say("slack_desk.menu.unknown"), strong=True))
    drawn += [
        blocks.header(say("slack_desk.home.title")),
        *waits_first(door, made, here.ask(GetInbox())),
        blocks.divider(),
        blocks.header(say("slack_desk.menu.what")),
        blocks.buttons([made.button(a) for a in begins(here)]),
    ]
    if pages := _pages(here, made):
        drawn.append(blocks.buttons(pages))
    return Modal(say("slack_desk.menu.title"), tuple(drawn))


def begins(here: Here) -> list[CardButton]:
    """The buttons with which everything begins, as far as they are for whoever is here."""
    say = here.say
    found = [
        CardButton(say("slack_desk.home.new_sheet"), "new_sheet", "", primary=True),
        CardButton(say("slack_desk.menu.find"), "find_case", ""),
        CardButton(say("slack_desk.menu.meetings"), "my_meetings", ""),
        CardButton(say("slack_desk.menu.help"), "help", ""),
    ]
    if here.ask(GetMeetings()).may_convene:
        found.insert(2, CardButton(say("slack_desk.menu.convene"), "convene", ""))
    return found


def _pages(here: Here, made: Numbered) -> list[Block]:
    roles = here.ask(GetShell()).roles
    found = []
    if "coordinator" in roles:
        found.append(made.link(here.say("slack_desk.menu.desk"), CardButton("", "desk", "")))
    if "manager" in roles:
        found.append(made.button(CardButton(here.say("slack_desk.menu.digest"), "digest", "")))
    return found


@pressed("help", opens=True)
def helped(press: Press) -> Answer:
    say = press.here.say
    return Modal(
        say("slack_desk.help.title"),
        (
            blocks.section(say("slack_desk.help.text")),
            blocks.section(say("slack_desk.help.privacy"), strong=True),
        ),
    )


# -- finding a case -------------------------------------------------------------------------------


@pressed("find_case", opens=True)
def find(press: Press) -> Answer:
    return _find(press.here)


def _find(here: Here, more: tuple[Block, ...] = ()) -> Modal:
    question = blocks.input_block(
        "number",
        here.say("slack_desk.find.number"),
        text_input(most=NUMBER_MAX),
        hint=here.say("slack_desk.find.hint"),
    )
    return Modal(
        here.say("slack_desk.find.title"),
        (question, *more),
        callback="find_case",
        submit=here.say("slack_desk.find.submit"),
    )


@submitted("find_case")
def found(submission: Submission) -> Answer:
    """The case itself when its number was typed; else those whose number has it in it."""
    here = submission.here
    typed = str(submission.typed.get("number", ""))
    if not trimmed(typed):
        return FieldErrors({"number": here.say("slack_desk.find.empty")})
    wanted = case_number(typed) or plain_number(typed)
    lines = _of_number(here, wanted)
    if len(lines) == 1 and lines[0].number == wanted:
        return PRESSED["open_case"](Press(here, "open_case", wanted, opened=submission.opened))
    if not lines:
        return FieldErrors({"number": here.say("slack_desk.find.none")})
    made = Numbered(here.door)
    told = [blocks.section(here.say("slack_desk.find.found", count=len(lines)), strong=True)]
    told += [case_row(here.door, made, line) for line in lines[:FOUND]]
    if len(lines) > FOUND:
        rest = here.say("slack_desk.find.more", count=len(lines) - FOUND)
        told.append(blocks.context(rest))
    return _find(here, tuple(told))


def _of_number(here: Here, wanted: str) -> list[CaseLine]:
    """Open ones first; a closed one only when its whole number was typed."""
    seen = list(here.ask(ListCases(number=wanted)).lines)
    closed = here.ask(ListCases(number=wanted, closed=True)).lines if not seen else ()
    return seen + [line for line in closed if line.number == wanted]


# -- meetings -------------------------------------------------------------------------------------


@pressed("meetings", opens=True)
def meetings(press: Press) -> Answer:
    """「/tsunagu 会議」: to convene, for who may; else what is coming."""
    register = press.here.ask(GetMeetings())
    if register.may_convene:
        return PRESSED["convene"](Press(press.here, "convene", at=press.at, opened=press.opened))
    return _mine(press.here, register)


@pressed("my_meetings", opens=True)
def my_meetings(press: Press) -> Answer:
    return _mine(press.here, press.here.ask(GetMeetings()))


def _mine(here: Here, register: MeetingRegister) -> Modal:
    made = Numbered(here.door)
    lines = [meeting_row(here.door, made, m) for m in register.coming[:FOUND]]
    nothing = [blocks.section(here.say("slack_desk.home.no_meetings"))]
    return Modal(here.say("slack_desk.meetings.title"), tuple(lines or nothing))
