"""日程のお尋ね: one date at a time with ○△× under it and what is left, or all on the page.

The question that stands open is kept, so that a typed ○ or 1 answers it and nothing else.
"""

from typing import Final

from handlers.chat.meeting_answers import (
    SYMBOLS,
    closed_facts,
    find_slot,
    is_still_to_come,
    reference,
    save_date_answer,
)
from handlers.lineworks import contents
from handlers.lineworks.asking import ask, nothing_open, question, typed_for
from handlers.lineworks.cards import plain_card, to_page
from handlers.lineworks.contents import Button
from handlers.lineworks.door import (
    Content,
    Drawing,
    Here,
    LineworksDoor,
    Said,
    UserInput,
    drawn_by,
    pressed,
)
from handlers.words import filters
from handlers.words.best_reason import off_hours_mark
from handlers.words.notice_heads import drawn_as
from workflows.core.errors import AlreadyDone
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.model.card import CardButton
from workflows.model.meeting import Slot

MARKS: Final = {"○": "yes", "△": "maybe", "×": "no", "1": "yes", "2": "maybe", "3": "no"}
CHOICES: Final = contents.QUICK - 1  # buttons to choose a date by; the last one leads to the page


@pressed("answer_dates")
def answer_dates(heard: UserInput) -> Said:
    """The first date without an answer; how it stands when there is none."""
    here = heard.here
    return _next(here, here.ask(GetAskedDates(heard.subject)), "")


@pressed("answer_page")
def all_on_the_page(heard: UserInput) -> Said:
    here = heard.here
    asked = here.ask(GetAskedDates(heard.subject))
    if not asked.open:
        return _closed(here, asked)
    action = CardButton("", "answer_dates", heard.subject)
    return Said(to_page(here, action, here.say("lineworks.poll.together_why")))


@pressed("answer_slot")
def answer_slot(heard: UserInput) -> Said | None:
    """`item` is the date and the symbol. Of several answers to one date the last one counts."""
    here = heard.here
    ref, _, code = heard.item.partition(".")
    asked = here.ask(GetAskedDates(heard.subject))
    if not asked.open:
        return _closed(here, asked)
    slot = find_slot(asked.dates, ref)
    try:
        save_date_answer(here, asked, slot, code, heard.at)
    except AlreadyDone:  # kept before something broke, or overtaken: how it stands says it all
        return answer_dates(heard)
    told = here.say("lineworks.poll.kept", when=_short(slot), symbol=_brief(here.door, code))
    return _next(here, here.ask(GetAskedDates(heard.subject)), told)


@pressed("ask_slot")
def ask_slot(heard: UserInput) -> Said:
    """One date once more, to change what was said of it."""
    here = heard.here
    asked = here.ask(GetAskedDates(heard.subject))
    if not asked.open:
        return _closed(here, asked)
    return _question(here, asked, find_slot(asked.dates, heard.item), "")


@pressed("change_dates")
def change_dates(heard: UserInput) -> Said:
    """Every date with what was said of it, to choose one from. Where there are more than have room
    as buttons, `item` is how many stand before those that are offered now."""
    here = heard.here
    asked = here.ask(GetAskedDates(heard.subject))
    if not asked.open:
        return _closed(here, asked)
    lines = [_line(here.door, asked, slot) for slot in asked.dates]
    words = "\n".join([here.say("lineworks.poll.which"), *lines])
    quick = _choices(here, asked, int(heard.item or 0))
    return Said(contents.text(words, *quick, _together(here.door, asked)))


def _choices(here: Here, asked: AskedDates, begun: int) -> list[Button]:
    """The dates from there on, and after the last of them the first ones again."""
    all_fit = len(asked.dates) <= CHOICES
    offered = asked.dates[begun : begun + (CHOICES if all_fit else CHOICES - 1)]
    found = [
        Button(_short(slot), here.door.token("ask_slot", asked.line.id, reference(slot.id)))
        for slot in offered
    ]
    if all_fit:
        return found
    after = begun + len(offered)
    item = str(after) if offered and after < len(asked.dates) else ""
    token = here.door.token("change_dates", asked.line.id, item)
    return [*found, Button(here.say("lineworks.poll.others"), token)]


def _next(here: Here, asked: AskedDates, told: str) -> Said:
    """What is asked after `told`: the next date, or that all is said."""
    if not asked.open:
        return _closed(here, asked)
    left = _left(asked)
    if left:
        return _question(here, asked, left[0], told)
    nothing_open(here)
    lines = [_line(here.door, asked, slot) for slot in asked.dates]
    complete = here.say("lineworks.poll.complete", kind=asked.line.kind, numbers=asked.line.numbers)
    words = "\n".join([told, complete, "", *lines]).strip()
    change = Button(
        here.say("lineworks.poll.change"), here.door.token("change_dates", asked.line.id)
    )
    return Said(contents.text(words, change, _together(here.door, asked)))


def _question(here: Here, asked: AskedDates, slot: Slot, told: str) -> Said:
    words = here.say(
        "lineworks.poll.question",
        kind=asked.line.kind,
        numbers=asked.line.numbers,
        when=_span(here.door, asked, slot),
        left=len(_left(asked)),
        before=_mark(here.door, asked, slot),
    )
    words = "\n\n".join(part for part in (told, words) if part)
    asking = contents.text(words, *_answers(here.door, asked, slot))
    return ask(here, asking, "answer_slot", asked.line.id, reference(slot.id))


@typed_for("answer_slot")
def mark_typed(here: Here, item: str, word: str) -> str:
    return f"{item}.{MARKS[word]}" if word in MARKS else ""


def _closed(here: Here, asked: AskedDates) -> Said:
    """Nothing is asked any more: how it stands."""
    nothing_open(here)
    words = _closed_words(here.door, asked)
    if not is_still_to_come(asked):
        return Said(contents.text(words))
    attend = Button(here.say("lineworks.attend.button"), here.door.token("attend", asked.line.id))
    return Said(contents.text(words, attend))


# -- the notice -----------------------------------------------------------------------------------


@drawn_by(*drawn_as("dates"))
def poll_card(drawing: Drawing) -> Content | None:
    """The card, with ○△× for the first date that waits already under it."""
    door = drawing.door
    asked = drawing.ask(GetAskedDates(drawing.notice.meeting_id or ""))
    if not asked.open:
        return contents.text(_closed_words(door, asked))
    left = _left(asked)
    if not left:
        return plain_card(door, drawing.card)
    drawing.asked.append(question("answer_slot", asked.line.id, reference(left[0].id)))
    first = door.say("lineworks.poll.first", when=_span(door, asked, left[0]))
    return plain_card(door, drawing.card, first, quick=_answers(door, asked, left[0]))


# -- words ----------------------------------------------------------------------------------------


def _together(door: LineworksDoor, asked: AskedDates) -> Button:
    label = door.say("lineworks.poll.together")
    return Button(label, door.token("answer_page", asked.line.id))


def _line(door: LineworksDoor, asked: AskedDates, slot: Slot) -> str:
    mark = _mark(door, asked, slot) or door.say("lineworks.poll.none")
    when = _short(slot) + _odd(door, asked, slot)
    return door.say("lineworks.poll.line", when=when, symbol=mark)


def _mark(door: LineworksDoor, asked: AskedDates, slot: Slot) -> str:
    code, _ = asked.answers.get(slot.id, ("", ""))
    return _brief(door, code) if code else ""


def _brief(door: LineworksDoor, code: str) -> str:
    return door.texts.label("symbol_brief", code)


def _short(slot: Slot) -> str:
    return filters.short(slot.starts_at) + filters.time(slot.starts_at)


def _span(door: LineworksDoor, asked: AskedDates, slot: Slot) -> str:
    span = door.say("lineworks.span", starts_at=slot.starts_at, ends_at=slot.ends_at)
    return span + _odd(door, asked, slot)


def _odd(door: LineworksDoor, asked: AskedDates, slot: Slot) -> str:
    return off_hours_mark(door.texts, asked.off_hours.get(slot.id, ""))


def _closed_words(door: LineworksDoor, asked: AskedDates) -> str:
    return door.say("lineworks.poll.closed", **closed_facts(asked))


def _left(asked: AskedDates) -> list[Slot]:
    """The dates without an answer, the first one first."""
    return [slot for slot in asked.dates if slot.id not in asked.answers]


def _answers(door: LineworksDoor, asked: AskedDates, slot: Slot) -> list[Button]:
    """○△× for one date, and the way to answer them all together."""
    ref = reference(slot.id)
    found = [
        Button(
            _brief(door, code),
            door.token("answer_slot", asked.line.id, f"{ref}.{code}"),
            spoken=f"{_short(slot)} {_brief(door, code)}",
        )
        for code in SYMBOLS
    ]
    return [*found, _together(door, asked)]
