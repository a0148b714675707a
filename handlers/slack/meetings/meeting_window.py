"""One meeting in a modal: how it stands, what everybody said, and all that one may do there."""

from handlers.slack.door import SLACK, Answer, Here, Modal, Press, SlackDoor, pressed
from handlers.slack.meetings.answers_seen import (
    OPEN,
    attendance_lines,
    deadline_facts,
    entered_lines,
    grid,
    how_it_stands,
    missing,
    why_best,
)
from handlers.slack.meetings.attendance import attendance_buttons, attendance_words
from handlers.slack.meetings.meeting_words import in_modal, meeting_button, sitting_facts
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import action_button
from handlers.slack.ui.modals import NAMED
from handlers.slack.ui.reading import pieces
from handlers.words import filters
from workflows.meetings.announced_place import AnnouncedPlace
from workflows.meetings.room import HasRoom
from workflows.meetings.views import GetMeeting, InvitedAgencyView, MeetingView
from workflows.model.card import CardButton
from workflows.model.meeting import MeetingState

ROW = 5  # buttons beside each other
MOST_WORDS = 15  # paragraphs of comments: the buttons below them have to fit as well


@pressed("open_meeting", opens=True)
def open_meeting(press: Press) -> Answer:
    return meeting_modal(press.here, press.subject)


def meeting_modal(here: Here, meeting_id: str, note: str = "") -> Modal:
    """How it stands and what one may do; `note` is what has just happened."""
    door = here.door
    seen = here.ask(GetMeeting(meeting_id))
    line = seen.line
    drawn = [blocks.section(note, strong=True)] if note else []
    drawn.append(blocks.section(in_modal(door, line), strong=True))
    if seen.partakes:
        drawn.append(blocks.section(how_it_stands(door, seen)))
    drawn += sitting_facts(door, line, AnnouncedPlace(line.place, bool(seen.online_url)))
    if seen.online_url:
        drawn += blocks.facts([(door.say("slack_meeting.fact.online_url"), seen.online_url)])
    if line.state in OPEN:
        drawn += deadline_facts(door, seen) + grid(door, seen)
        why = why_best(door, seen)
        drawn += [blocks.section(why)] if why else []
    elif line.state is MeetingState.FIXED:
        drawn += [blocks.section(told) for told in attendance_lines(door, seen)]
    drawn += entered_lines(door, seen)
    if door.slack.personal_data:
        drawn += _words_said(door, seen)
    drawn += _mine(door, seen)
    if seen.may_run:
        drawn += _running(door, seen, room=here.ask(HasRoom(meeting_id, SLACK)))
    page = door.page_of(CardButton("", "open_meeting", meeting_id))
    words = door.say("slack_meeting.button.page")
    drawn.append(blocks.buttons([blocks.link_button(words, "0", page)]))
    return Modal(door.say("page.meeting.register"), tuple(drawn))


def _words_said(door: SlackDoor, seen: MeetingView) -> list[Block]:
    """Comments beside answers, and who was named to come: for those who take part."""
    names = {a.id: a.name for a in seen.agencies}
    days = {d.id: filters.short(d.starts_at) for d in seen.dates}
    told = [
        f"{days[slot_id]} {names[agency_id]}：{comment}"
        for (slot_id, agency_id), (_, comment) in sorted(seen.answers.items())
        if comment and slot_id in days and agency_id in names
    ]
    told += [
        f"{a.name}：" + "　".join(w for w in (a.attendance.who, a.attendance.comment) if w)
        for a in seen.agencies
        if a.attendance and (a.attendance.who or a.attendance.comment)
    ]
    if not told:
        return []
    every = pieces("\n".join([door.say("slack_meeting.fact.words"), *told]))
    more = [blocks.context(door.say("slack_meeting.more_words"))] if every[MOST_WORDS:] else []
    return [*(blocks.section(piece) for piece in every[:MOST_WORDS]), *more]


def _mine(door: SlackDoor, seen: MeetingView) -> list[Block]:
    """What my agency is asked here."""
    line, found = seen.line, []
    verbs: list[str] = []
    drawn: list[Block] = []
    if seen.may_answer and line.state is MeetingState.COLLECTING:
        verbs.append("answer_dates")
    if seen.may_answer and line.state is MeetingState.FIXED and not seen.is_over:
        drawn.append(blocks.section(attendance_words(door, seen.my_attendance)))
        found += attendance_buttons(door, seen)
    if seen.must_confirm_secrecy:
        verbs.append("secrecy")
    if line.starts_at and line.state is MeetingState.FIXED:
        verbs.append("calendar")
    found += [meeting_button(door, verb, line.id) for verb in verbs]
    found += [action_button(door, a, n) for n, a in enumerate(_of_record(door, seen))]
    return drawn + _rows(found)


def _of_record(door: SlackDoor, seen: MeetingView) -> list[CardButton]:
    writes = seen.may_write and seen.has_begun and seen.line.state is MeetingState.FIXED
    reads = seen.record_state == "confirmed" and seen.may_read_record
    verbs = (["write_record"] if writes else []) + (["read_record"] if reads else [])
    return [CardButton(door.say(f"slack_meeting.button.{v}"), v, seen.line.id) for v in verbs]


def _running(door: SlackDoor, seen: MeetingView, *, room: bool) -> list[Block]:
    """What who runs it may do."""
    line, drawn = seen.line, []
    verbs: list[str] = []
    if line.state in OPEN:
        verbs += ["fix_date", "add_dates"]
    if line.state is MeetingState.COLLECTING:
        verbs += ["remind", "close_answers"] if line.unanswered else ["close_answers"]
    elif line.state is MeetingState.ANSWERS_CLOSED:
        verbs.append("reopen_answers")
    if line.state is MeetingState.FIXED and not seen.is_over:
        verbs.append("move_meeting")
    if line.ahead and not seen.has_begun:
        verbs.append("change_agencies")
    if seen.cases and line.state in (*OPEN, MeetingState.FIXED):
        verbs.append("choose_hearing")
    if line.ahead:
        verbs += ["cancel_meeting"] if room else ["open_room", "cancel_meeting"]
    drawn += _rows([meeting_button(door, verb, line.id) for verb in verbs])
    silent = missing(seen) if line.state is MeetingState.COLLECTING else []
    verb = "answer_for"
    if line.state is MeetingState.FIXED and not seen.is_over:
        silent, verb = [a for a in seen.agencies if a.attendance is None], "attend_for"
    if seen.may_answer_for_others and silent:
        drawn.append(_for_another(door, verb, line.id, silent))
    return drawn


def _for_another(
    door: SlackDoor, verb: str, meeting_id: str, agencies: list[InvitedAgencyView]
) -> Block:
    """Entering what an agency said on the telephone: its office's number stands beside it."""
    choices = [
        (a.id, door.say("slack_meeting.run.office", name=a.name, phone=a.telephone))
        for a in agencies
    ]
    element = inputs.select(choices) | {
        "action_id": NAMED + door.token(verb, meeting_id),
        "placeholder": blocks.plain(door.say("slack_meeting.run.choose"), blocks.PLACEHOLDER),
    }
    return blocks.section(door.say("slack_meeting.run.for_another"), beside=element)


def _rows(elements: list[Block]) -> list[Block]:
    return [blocks.buttons(elements[at : at + ROW]) for at in range(0, len(elements), ROW)]
