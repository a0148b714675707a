"""日程のお尋ね: a card on which an agency's contacts say ○△× for each date, in place.

Every contact of the agency has the card; what one of them says shows on all. Comments are words
that somebody typed: they stand in modals, and a card says only that there is one.
"""

from typing import Final

from handlers.chat.meeting_answers import SYMBOLS, find_slot, reference, save_date_answer
from handlers.slack.door import (
    Answer,
    Press,
    SlackDoor,
    pressed,
)
from handlers.slack.meetings.meeting_words import (
    brief,
    called,
    kind_of,
    poll_facts,
    span,
    symbol,
)
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing, Message, drawn_by, said
from handlers.words import filters
from handlers.words.notice_heads import drawn_as
from workflows.core.errors import NotAllowed, NotFound
from workflows.meetings.announced_place import GetAnnouncedPlace
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.model.meeting import MeetingState, Slot

# Slack takes no message whose blocks are longer than about 13,000 characters with all that they are
# made of; a date with its four buttons is about 1,400.
WITH_BUTTONS: Final = 6


@drawn_by(*drawn_as("dates"))
def poll_card(drawing: Drawing) -> Message | None:
    meeting_id = drawing.post.meeting_id or ""
    try:
        asked = drawing.ask(GetAskedDates(meeting_id))
        place = drawing.ask(GetAnnouncedPlace(meeting_id))
    except (NotAllowed, NotFound):
        return said(drawing.door.say("slack_meeting.poll.not_asked"))
    door, line = drawing.door, asked.line
    state = poll_state(door, asked)
    title = door.say("slack_meeting.poll.title", kind=kind_of(door, line), open=asked.open)
    drawn = [blocks.section(title, strong=True), blocks.section(state)]
    drawn += poll_facts(door, asked, place)
    if asked.open:
        drawn.append(blocks.section(door.say("slack_meeting.poll.how")))
        pressable = _pressable(asked)
        for slot in pressable:
            drawn += _date(door, asked, slot)
        if rest := [_said_of(door, asked, slot) for slot in asked.dates if slot not in pressable]:
            drawn.append(blocks.section(door.say("slack_meeting.poll.rest"), strong=True))
            drawn.append(blocks.section("\n".join(rest)))
    else:
        mine = [_said_of(door, asked, slot) for slot in asked.dates]
        drawn.append(blocks.section("\n".join(mine)))
    drawn.append(blocks.buttons(_ways(door, asked)))
    return Message(f"{title}　{called(door, line)}　{state}", tuple(drawn))


def _pressable(asked: AskedDates) -> list[Slot]:
    """The dates that have buttons, in their order: those without an answer before the others."""
    found = sorted(asked.dates, key=lambda slot: slot.id in asked.answers)[:WITH_BUTTONS]
    return [slot for slot in asked.dates if slot in found]


def poll_state(door: SlackDoor, asked: AskedDates) -> str:
    """Where it stands: what has been kept, what is left, or that nothing is asked any more."""
    match asked.line.state:
        case MeetingState.COLLECTING:
            return _progress(door, asked)
        case MeetingState.ANSWERS_CLOSED:
            return door.say("answer.closed", organiser=asked.line.organiser)
        case MeetingState.FIXED:
            if asked.is_over:
                return door.say("slack_meeting.over")
            return door.say("answer.fixed", at=asked.fixed.starts_at if asked.fixed else "")
        case MeetingState.RECORDED:
            return door.say("slack_meeting.over")
        case MeetingState.CANCELLED:
            return door.say("slack_meeting.cancelled")


def _progress(door: SlackDoor, asked: AskedDates) -> str:
    given = sum(slot.id in asked.answers for slot in asked.dates)
    return door.say(
        "slack_meeting.poll.progress",
        given=given,
        left=len(asked.dates) - given,
        by=asked.answered_by,
        at=asked.answered_at,
    )


def _date(door: SlackDoor, asked: AskedDates, slot: Slot) -> list[Block]:
    """One date: what was said, and the four buttons. The chosen one stands out in words too."""
    chosen = asked.answers.get(slot.id, ("", ""))[0]
    ref, meeting_id = reference(slot.id), asked.line.id
    when = filters.moment(slot.starts_at)
    elements = [
        blocks.button(
            brief(door, code),
            f"answer_slot.{ref}.{code}",
            door.token("answer_slot", meeting_id, f"{ref}.{code}"),
            style="primary" if code == chosen else "",
            spoken=f"{when} {symbol(door, code)}",
        )
        for code in SYMBOLS
    ]
    elements.append(
        blocks.button(
            door.say("slack_meeting.poll.comment"),
            f"slot_comment.{ref}",
            door.token("slot_comment", meeting_id, ref),
        )
    )
    return [blocks.section(_said_of(door, asked, slot)), blocks.buttons(elements)]


def _said_of(door: SlackDoor, asked: AskedDates, slot: Slot) -> str:
    code, comment = asked.answers.get(slot.id, ("", ""))
    return door.say(
        "slack_meeting.poll.date",
        when=span(door, slot.starts_at, slot.ends_at, asked.off_hours.get(slot.id, "")),
        symbol=symbol(door, code),
        comment=bool(comment),
    )


def _ways(door: SlackDoor, asked: AskedDates) -> list[Block]:
    meeting_id = asked.line.id
    ways = [("open_meeting", door.say("slack_meeting.button.open"))]
    if asked.open:
        ways.insert(0, ("answer_dates", door.say("slack_meeting.poll.together")))
    elif asked.line.state is MeetingState.FIXED and not asked.is_over:
        ways.insert(0, ("attend", door.say("slack_meeting.button.attend")))
    return [blocks.button(words, verb, door.token(verb, meeting_id)) for verb, words in ways]


# -- one date -------------------------------------------------------------------------------------


@pressed("answer_slot")
def answer_slot(press: Press) -> Answer:
    here = press.here
    ref, _, code = press.item.partition(".")
    asked = here.ask(GetAskedDates(press.subject))
    save_date_answer(here, asked, find_slot(asked.dates, ref), code, press.at)
    return None  # the card itself says so
