"""決まった会議: a card with the date on which one says whether one comes, and who."""

from typing import Final

from handlers.chat.meeting_answers import ABSENT, COMES, reference, save_attendance_answer
from handlers.slack.door import (
    Answer,
    FieldErrors,
    Here,
    Modal,
    Press,
    PrivateSentence,
    SlackDoor,
    Submission,
    pressed,
    submitted,
)
from handlers.slack.meetings.answers_seen import attendance_lines
from handlers.slack.meetings.meeting_words import (
    called,
    heard_question,
    in_modal,
    kind_of,
    meeting_button,
    sitting_facts,
    span,
)
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing, Message, drawn_by, said
from handlers.words import filters
from handlers.words.attendance_defaults import default_who_and_comment
from handlers.words.notice_heads import drawn_as
from workflows.core.errors import NotAllowed, NotFound
from workflows.inbox.news import NewsState
from workflows.japanese.characters import trimmed
from workflows.meetings.announced_place import GetAnnouncedPlace
from workflows.meetings.answer import COMMENT_MAX, NAME_MAX
from workflows.meetings.answer_views import AskedDates, GetAskedDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.model.card import CardButton
from workflows.model.meeting import Attendance, MeetingState

DELEGATE: Final = "delegate"


@drawn_by(*drawn_as("attendance"))
def sitting_card(drawing: Drawing) -> Message | None:
    """The news as its own card says it while it is so; beside it always how it stands now."""
    meeting_id, door = drawing.post.meeting_id or "", drawing.door
    try:
        seen = drawing.ask(GetMeeting(meeting_id))
        place = drawing.ask(GetAnnouncedPlace(meeting_id))
    except (NotAllowed, NotFound):
        return said(door.say("slack_meeting.poll.not_asked"))
    line, card = seen.line, drawing.card
    fixed = line.state is MeetingState.FIXED and not seen.is_over
    stands = drawing.state in (None, NewsState.REPLACED)
    title = card.title if card and fixed and stands else _title(door, seen)
    if fixed and drawing.state is NewsState.REPLACED:  # by the news of another date
        return _of_another_date(door, seen, title)
    state = _state(door, seen)
    drawn = [blocks.section(title, strong=True), blocks.section(state)]
    if fixed and seen.moved_from:
        drawn.append(blocks.section(door.say("slack_meeting.moved", moved_from=seen.moved_from)))
    drawn += sitting_facts(door, line, place)
    if seen.attend_by:
        due = (door.say("slack_meeting.fact.attend_by"), filters.moment(seen.attend_by))
        drawn += blocks.facts([due])
    if fixed and seen.may_run:  # who still is to be asked, by name
        drawn += [blocks.context(line) for line in attendance_lines(door, seen)]
    if fixed and seen.may_answer:
        drawn.append(blocks.buttons(attendance_buttons(door, seen)))
    drawn.append(blocks.buttons(_ways(door, seen)))
    return Message(f"{title}　{called(door, line)}　{state}", tuple(drawn))


def _of_another_date(door: SlackDoor, seen: MeetingView, title: str) -> Message:
    """Of the date that this card named, what became of it; what is asked of the one that stands is
    asked on its own card."""
    became = door.say(
        "slack_meeting.sitting.another_date", at=seen.line.starts_at, answers=seen.may_answer
    )
    drawn = (
        blocks.section(title, strong=True),
        blocks.section(became, strong=True),
        blocks.buttons([meeting_button(door, "open_meeting", seen.line.id)]),
    )
    return Message(f"{title}　{became}", drawn)


def _title(door: SlackDoor, seen: MeetingView) -> str:
    return door.say(
        "slack_meeting.sitting.title",
        kind=kind_of(door, seen.line),
        state=str(seen.line.state),
        over=seen.is_over,
    )


def _state(door: SlackDoor, seen: MeetingView) -> str:
    match seen.line.state:
        case MeetingState.FIXED:
            if seen.is_over:
                return door.say("slack_meeting.over")
            if not seen.may_answer:
                return door.say("slack_meeting.sitting.prepare")
            return attendance_words(door, seen.my_attendance)
        case MeetingState.CANCELLED:
            return door.say("slack_meeting.cancelled")
        case MeetingState.RECORDED:
            return door.say("slack_meeting.over")
        case MeetingState.COLLECTING | MeetingState.ANSWERS_CLOSED:
            return door.say("slack_meeting.sitting.not_fixed")


def attendance_words(door: SlackDoor, word: Attendance | None) -> str:
    """What my agency said; whoever comes is named where only who may see it looks."""
    return door.say(
        "slack_meeting.sitting.attendance",
        said=word is not None,
        comes=bool(word and word.comes),
        named=bool(word and (word.who or word.comment)),
        at=word.at if word else None,
    )


def attendance_buttons(door: SlackDoor, seen: MeetingView) -> list[Block]:
    meeting_id, word = seen.line.id, seen.my_attendance
    date = reference(seen.fixed_slot_id or "")
    chosen = "" if word is None else COMES if word.comes else ABSENT
    found = [
        blocks.button(
            door.say(f"slack_meeting.sitting.{code}"),
            f"attend_as.{code}",
            door.token("attend_as", meeting_id, f"{code}.{date}"),
            style="primary" if code == chosen else "",
        )
        for code in (COMES, ABSENT)
    ]
    words = door.say("slack_meeting.sitting.delegate_or_word")
    return [*found, blocks.button(words, "attend", door.token("attend", meeting_id))]


def _ways(door: SlackDoor, seen: MeetingView) -> list[Block]:
    meeting_id = seen.line.id
    ways: list[tuple[str, str]] = []
    fixed = seen.line.state is MeetingState.FIXED
    if seen.must_confirm_secrecy and fixed and not seen.is_over:
        ways.append(("secrecy", door.say("slack_meeting.button.secrecy")))
    ahead = seen.line.state is not MeetingState.RECORDED and not seen.is_over
    if seen.line.starts_at and ahead:
        cancelled = seen.line.state is MeetingState.CANCELLED
        ways.append(("calendar", door.say("slack_meeting.button.calendar", cancelled=cancelled)))
    ways.append(("open_meeting", door.say("slack_meeting.button.open")))
    return [blocks.button(words, verb, door.token(verb, meeting_id)) for verb, words in ways]


# -- coming or not --------------------------------------------------------------------------------


@pressed("attend_as")
def attend_as(press: Press) -> Answer:
    """Said with one press; who was named to come stays named."""
    here = press.here
    asked = here.ask(GetAskedDates(press.subject))
    comes = save_attendance_answer(here, asked, press.item, press.at)
    return (
        PrivateSentence(here.say("page.meeting.attend_saved", comes=comes))
        if press.opened
        else None
    )


@pressed("attend", opens=True)
def ask_attendance(press: Press) -> Answer:
    """`item` names another agency, or begins with it: the organiser answers for it."""
    return attendance_modal(press, press.item.partition(".")[0])


@pressed("attend_for", opens=True)
def ask_attendance_for(press: Press) -> Answer:
    return attendance_modal(press, press.chosen[0] if press.chosen else "")


def attendance_modal(press: Press, agency_id: str) -> Answer:
    here = press.here
    asked = here.ask(GetAskedDates(press.subject, agency_id))
    if asked.fixed is None or asked.line.state is not MeetingState.FIXED or asked.is_over:
        return PrivateSentence(_not_asked(here.door, asked))
    word = asked.attendance
    chosen = "" if word is None else COMES if word.comes else ABSENT
    # Where a delegate cannot be named, there is none to choose.
    codes = (COMES, DELEGATE, ABSENT) if here.door.slack.personal_data else (COMES, ABSENT)
    choices = [(code, here.say(f"slack_meeting.sitting.{code}")) for code in codes]
    drawn = [
        blocks.section(in_modal(here.door, asked.line), strong=True),
        blocks.section(span(here.door, asked.fixed.starts_at, asked.fixed.ends_at)),
    ]
    if asked.for_another:
        drawn.append(
            blocks.section(here.say("slack_meeting.poll.for_another", agency=asked.agency_name))
        )
    if asked.attend_by:
        due = here.say("page.meeting.attend_by", at=asked.attend_by, said=word is not None)
        drawn.append(blocks.section(due))
    label = here.say("slack_meeting.sitting.of", agency=asked.agency_name)
    drawn.append(blocks.input_block("comes", label, inputs.radio(choices, chosen)))
    drawn += _names_and_words(here, asked)
    if asked.for_another:
        drawn.append(heard_question(here.door, word.heard_by if word else ""))
    return Modal(
        here.say("page.meeting.attend"),
        tuple(drawn),
        callback="attend",
        submit=here.say("slack_meeting.button.send"),
        memory={"meeting": press.subject, "agency": asked.agency_id, "date": asked.fixed.id},
    )


def _names_and_words(here: Here, asked: AskedDates) -> list[Block]:
    """Who comes, and a word; where nothing personal is written in Slack, the way to the page."""
    if not here.door.slack.personal_data:
        page = here.door.page_of(CardButton("", "attend", asked.line.id))
        words = here.say("slack_meeting.button.page")
        return [
            blocks.context(here.say("slack_meeting.sitting.on_page")),
            blocks.buttons([blocks.link_button(words, "0", page)]),
        ]
    word = asked.attendance
    return [
        blocks.input_block(
            name,
            here.say(f"page.meeting.field.{name}"),
            inputs.text_input(value, most=most),
            hint=here.say(f"slack_meeting.sitting.{name}_hint"),
            optional=True,
        )
        for name, value, most in (
            ("who", word.who if word else asked.who, NAME_MAX),
            ("comment", word.comment if word else "", COMMENT_MAX),
        )
    ]


def _not_asked(door: SlackDoor, asked: AskedDates) -> str:
    if asked.line.state is MeetingState.CANCELLED:
        return door.say("slack_meeting.cancelled")
    return door.say("slack_meeting.over" if asked.fixed else "attend.not_fixed")


@submitted("attend")
def save_attendance(submission: Submission) -> Answer:
    here, typed = submission.here, submission.typed
    meeting_id, agency_id = submission.memory["meeting"], submission.memory["agency"]
    said_word = str(typed.get("comes", ""))
    comes = said_word in (COMES, DELEGATE)
    kept_who, kept_comment = default_who_and_comment(
        here.ask(GetAskedDates(meeting_id, agency_id)), comes=comes
    )
    who, comment = str(typed.get("who", kept_who)), str(typed.get("comment", kept_comment))
    if said_word == DELEGATE and not trimmed(who):
        return FieldErrors({"who": here.say("slack_meeting.sitting.name_delegate")})
    heard_by = str(typed.get("heard_by") or "")
    date = submission.memory.get("date", "")
    here.handle(
        ConfirmAttendance(
            meeting_id, agency_id, comes, who, comment, heard_by, date=date, said_at=here.said_at
        )
    )
    return PrivateSentence(here.say("page.meeting.attend_saved", comes=comes))
