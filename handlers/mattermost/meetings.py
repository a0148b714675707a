"""日程のお尋ね and 出欠: asked in a dialog, all dates at once; what was said stands on the card.

Comments are words that somebody typed: they are written on the page.
"""

from dataclasses import replace
from typing import Final

from handlers.chat.meeting_answers import (
    ABSENT,
    COMES,
    SYMBOLS,
    closed_facts,
    date_facts,
    is_still_to_come,
    reference,
    save_attendance_answer,
)
from handlers.mattermost.cards import plain_card, to_page
from handlers.mattermost.door import (
    Answer,
    Drawing,
    MattermostDoor,
    Press,
    Submission,
    Wrong,
    drawn_by,
    pressed,
    submitted,
)
from handlers.mattermost.messages import Button, Dialog, Message, Question, said
from handlers.words import filters
from handlers.words.best_reason import off_hours_mark
from handlers.words.notice_heads import drawn_as
from workflows.core.errors import NotAllowed, NotFound
from workflows.japanese.dates import TOKYO
from workflows.meetings.answer import AnswerDates
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.meetings.attend import DateMoved
from workflows.model.card import CardButton
from workflows.model.meeting import MeetingState, Slot

COMING: Final = "coming"  # the name of the one question


# -- dates ----------------------------------------------------------------------------------------


@pressed("answer_dates")
def ask_dates(press: Press) -> Answer:
    """Every date that is asked for, with what was said of it."""
    here = press.here
    asked = here.ask(GetAskedDates(press.subject))
    if not asked.open:
        return _closed(here.door, asked)
    options = [(code, here.door.texts.label("symbol", code)) for code in SYMBOLS]
    questions = tuple(
        Question(
            slot.id,
            _when(slot),
            options,
            asked.answers.get(slot.id, ("", ""))[0],
            _beside(here.door, asked, slot),
        )
        for slot in asked.dates
    )
    words = here.say(
        "mattermost.dates.question",
        kind=asked.line.kind,
        numbers=asked.line.numbers,
        count=len(asked.dates),
    )
    return Dialog(
        here.say("mattermost.dates.title"),
        words,
        here.say("mattermost.save"),
        "answer_dates",
        press.subject,
        questions=questions,
    )


@submitted("answer_dates")
def save_dates(submission: Submission) -> Message:
    here, chosen = submission.here, submission.chosen
    asked = here.ask(GetAskedDates(submission.subject))
    if not asked.open:
        return _closed(here.door, asked)
    if any(slot.id not in chosen for slot in asked.dates):
        # Dates were added while the dialog stood open: they are asked for, too.
        raise Wrong({"": here.say("mattermost.dates.added")})
    answers = {slot.id: chosen[slot.id] for slot in asked.dates}
    comments = {slot.id: asked.answers.get(slot.id, ("", ""))[1] for slot in asked.dates}
    here.handle(
        AnswerDates(
            asked.line.id, asked.agency_id, answers, comments, asked.who, said_at=here.said_at
        )
    )
    after = here.ask(GetAskedDates(submission.subject))
    told = here.say("mattermost.dates.kept", kind=asked.line.kind, numbers=asked.line.numbers)
    return Message(
        told,
        more=_lines(here.door, after),
        buttons=(
            Button(here.say("mattermost.dates.change"), "answer_dates", submission.subject),
            Button(here.say("mattermost.dates.page"), "dates_page", submission.subject),
        ),
    )


@pressed("dates_page")
def dates_page(press: Press) -> Message:
    here = press.here
    asked = here.ask(GetAskedDates(press.subject))
    if not asked.open:
        return _closed(here.door, asked)
    action = CardButton("", "answer_dates", press.subject)
    return to_page(here, action, here.say("mattermost.dates.page_why"))


@drawn_by(*drawn_as("dates"))
def dates_card(drawing: Drawing) -> Message:
    """The card, with what one's own agency has said of each date; or how it stands."""
    door, notice = drawing.door, drawing.post.notice
    try:
        asked = drawing.ask(GetAskedDates((notice.meeting_id if notice else None) or ""))
    except (NotAllowed, NotFound):
        return said(door.say("mattermost.card.ended"))
    if not asked.open:
        return _closed(door, asked)
    # What was said may be changed while dates are asked for: the card stays as it asked.
    return plain_card(replace(drawing, state=None), _lines(door, asked))


def _lines(door: MattermostDoor, asked: AskedDates) -> str:
    lines = []
    for slot in asked.dates:
        code, _ = asked.answers.get(slot.id, ("", ""))
        mark = door.texts.label("symbol", code) if code else door.say("mattermost.dates.none")
        when = _when(slot) + off_hours_mark(door.texts, asked.off_hours.get(slot.id, ""))
        lines.append(door.say("mattermost.dates.line", when=when, symbol=mark))
    return "\n".join(lines)


def _when(slot: Slot) -> str:
    """12/8(火)10:00: 15 bytes, which have room in a dialog."""
    short = filters.short(slot.starts_at).replace("（", "(").replace("）", ")")
    return f"{short}{slot.starts_at.astimezone(TOKYO):%H:%M}"


def _beside(door: MattermostDoor, asked: AskedDates, slot: Slot) -> str:
    until = door.say("mattermost.dates.until", ends_at=slot.ends_at)
    return until + off_hours_mark(door.texts, asked.off_hours.get(slot.id, ""))


def _closed(door: MattermostDoor, asked: AskedDates) -> Message:
    """Nothing is asked any more: how it stands."""
    words = door.say("mattermost.dates.closed", **closed_facts(asked))
    if asked.line.state is not MeetingState.FIXED or asked.is_over:
        return said(words)
    return said(words, Button(door.say("mattermost.attend.button"), "attend", asked.line.id))


# -- attendance -----------------------------------------------------------------------------------


@pressed("attend")
def ask_attendance(press: Press) -> Answer:
    here = press.here
    asked = here.ask(GetAskedDates(press.subject))
    if asked.fixed is None or not is_still_to_come(asked):
        return _not_asked(here.door, asked)
    word = asked.attendance
    chosen = "" if word is None else COMES if word.comes else ABSENT
    words = here.say("mattermost.attend.question", **date_facts(asked))
    options = [(code, here.say(f"mattermost.attend.{code}")) for code in (COMES, ABSENT)]
    return Dialog(
        here.say("mattermost.attend.button"),
        words,
        here.say("mattermost.save"),
        "attend",
        press.subject,
        asked.fixed.id,
        (Question(COMING, here.say("mattermost.attend.label"), options, chosen),),
    )


@submitted("attend")
def save_attendance(submission: Submission) -> Message:
    """`item` is the date that it was asked of: of another one nobody has said anything."""
    here = submission.here
    code = submission.chosen.get(COMING, "")
    if code not in (COMES, ABSENT):
        raise Wrong({COMING: here.say("mattermost.attend.choose")})
    asked = here.ask(GetAskedDates(submission.subject))
    if asked.fixed is None or not is_still_to_come(asked):
        return _not_asked(here.door, asked)
    said_of = f"{code}.{reference(submission.item)}"
    try:
        comes = save_attendance_answer(here, asked, said_of, submission.at)
    except DateMoved as moved:
        raise Wrong({"": here.door.sentence(moved)}) from None
    words = here.say("mattermost.attend.kept", comes=comes, **date_facts(asked))
    page = Button(here.say("mattermost.attend.page"), "attend_page", submission.subject)
    change = Button(here.say("mattermost.attend.change"), "attend", submission.subject)
    return said(words, change, page)


@pressed("attend_page")
def attend_page(press: Press) -> Message:
    here = press.here
    asked = here.ask(GetAskedDates(press.subject))
    if not is_still_to_come(asked):
        return _not_asked(here.door, asked)
    action = CardButton("", "attend", press.subject)
    return to_page(here, action, here.say("mattermost.attend.page_why"))


@drawn_by(*drawn_as("attendance"))
def attendance_card(drawing: Drawing) -> Message:
    """The card, with what one's own agency has said."""
    door, notice = drawing.door, drawing.post.notice
    try:
        asked = drawing.ask(GetAskedDates((notice.meeting_id if notice else None) or ""))
    except (NotAllowed, NotFound):
        return plain_card(drawing)
    if asked.attendance is None or not is_still_to_come(asked):
        return plain_card(drawing)
    return plain_card(drawing, door.say("mattermost.attend.said", comes=asked.attendance.comes))


def _not_asked(door: MattermostDoor, asked: AskedDates) -> Message:
    """Nobody is asked whether they come any more, or yet: how it stands."""
    facts = {"state": str(asked.line.state), "over": asked.is_over}
    return said(door.say("mattermost.attend.not_asked", **facts))
