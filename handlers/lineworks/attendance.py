"""出欠 for the date that was fixed: with one press or one word, a delegate on the page."""

from typing import Final

from handlers.chat.meeting_answers import (
    ABSENT,
    COMES,
    date_facts,
    is_still_to_come,
    reference,
    save_attendance_answer,
)
from handlers.lineworks import contents
from handlers.lineworks.asking import ask, nothing_open, typed_for
from handlers.lineworks.cards import to_page
from handlers.lineworks.contents import Button
from handlers.lineworks.door import Here, Said, UserInput, pressed
from workflows.core.errors import AlreadyDone
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.meetings.attend import DateMoved
from workflows.model.card import CardButton

COMING: Final = {"○": COMES, "1": COMES, "×": ABSENT, "2": ABSENT}


@pressed("attend")
def attend(heard: UserInput) -> Said:
    return _coming(heard, heard.here.ask(GetAskedDates(heard.subject)), "")


def _coming(heard: UserInput, asked: AskedDates, told: str) -> Said:
    """What is asked after `told`: whether one comes to the date that stands."""
    here = heard.here
    if asked.fixed is None or not is_still_to_come(asked):
        return _not_asked(here, asked)
    word = asked.attendance
    words = here.say(
        "lineworks.attend.question",
        said=word is not None,
        comes=bool(word and word.comes),
        **date_facts(asked),
    )
    words = "\n\n".join(part for part in (told, words) if part)
    ref, token = reference(asked.fixed.id), here.door.token
    quick = [
        Button(
            here.say(f"lineworks.attend.{code}"), token("attend_as", heard.subject, f"{code}.{ref}")
        )
        for code in (COMES, ABSENT)
    ]
    page = Button(here.say("lineworks.attend.page"), token("attend_page", heard.subject))
    return ask(here, contents.text(words, *quick, page), "attend_as", heard.subject, ref)


def _not_asked(here: Here, asked: AskedDates) -> Said:
    """Nobody is asked whether they come any more, or yet: how it stands."""
    nothing_open(here)
    facts = {"state": str(asked.line.state), "over": asked.is_over}
    return Said(contents.text(here.say("lineworks.attend.not_asked", **facts)))


@pressed("attend_as")
def attend_as(heard: UserInput) -> Said | None:
    """Said with one press; who was named to come stays named. `item` is the word and the date that
    it was asked of: of another one nobody has said anything."""
    here = heard.here
    asked = here.ask(GetAskedDates(heard.subject))
    if asked.fixed is None or not is_still_to_come(asked):
        return _not_asked(here, asked)
    try:
        comes = save_attendance_answer(here, asked, heard.item, heard.at)
    except DateMoved as moved:
        return _coming(heard, here.ask(GetAskedDates(heard.subject)), here.door.sentence(moved))
    except AlreadyDone:  # kept before something broke, or overtaken: how it stands says it all
        return attend(heard)
    nothing_open(here)
    words = here.say(
        "lineworks.attend.kept",
        kind=asked.line.kind,
        numbers=asked.line.numbers,
        starts_at=asked.fixed.starts_at,
        comes=comes,
    )
    change = Button(here.say("lineworks.attend.change"), here.door.token("attend", heard.subject))
    return Said(contents.text(words, change))


@typed_for("attend_as")
def coming_typed(here: Here, item: str, word: str) -> str:
    return f"{COMING[word]}.{item}" if word in COMING else ""


@pressed("attend_page")
def attend_page(heard: UserInput) -> Said:
    here = heard.here
    asked = here.ask(GetAskedDates(heard.subject))
    if not is_still_to_come(asked):
        return _not_asked(here, asked)
    action = CardButton("", "attend", heard.subject)
    return Said(to_page(here, action, here.say("lineworks.attend.page_why")))
