"""会議を進める: the organiser's card on which answers come in, and what one press of it does."""

from handlers.slack.door import SLACK, Answer, Press, PrivateSentence, SlackDoor, pressed
from handlers.slack.meetings.answers_seen import (
    OPEN,
    attendance_lines,
    deadline_facts,
    entered_lines,
    grid,
    how_it_stands,
    why_best,
)
from handlers.slack.meetings.meeting_window import meeting_modal
from handlers.slack.meetings.meeting_words import called, meeting_button, sitting_facts
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing, Message, drawn_by, plain_card, said
from handlers.words.notice_heads import drawn_as
from workflows.core.errors import NotAllowed, NotFound
from workflows.meetings.announced_place import GetAnnouncedPlace
from workflows.meetings.room import HasRoom, OpenRoom
from workflows.meetings.run import CloseAnswers, RemindUnanswered
from workflows.meetings.views import GetMeeting, MeetingView
from workflows.model.meeting import MeetingState


@drawn_by(*drawn_as("running"))
def running_card(drawing: Drawing) -> Message | None:
    """For who runs the meeting: every date with every answer, as they come."""
    meeting_id, door = drawing.post.meeting_id or "", drawing.door
    try:
        seen = drawing.ask(GetMeeting(meeting_id))
    except (NotAllowed, NotFound):
        return said(door.say("slack_meeting.poll.not_asked"))
    if not seen.partakes:
        return plain_card(drawing)  # a manager is asked to see to it, and has no part in it
    line = seen.line
    title = door.say("slack_meeting.run.title", called=called(door, line), open=line.state in OPEN)
    state = how_it_stands(door, seen)
    drawn = [blocks.section(title, strong=True), blocks.section(state)]
    if line.state in OPEN:
        drawn += deadline_facts(door, seen)
        drawn += grid(door, seen)
        why = why_best(door, seen)
        drawn += [blocks.section(why)] if why else []
    else:
        drawn += sitting_facts(door, line, drawing.ask(GetAnnouncedPlace(meeting_id)))
        if line.state is MeetingState.FIXED and not seen.is_over:  # nobody is waited for later
            drawn += [blocks.section(told) for told in attendance_lines(door, seen)]
    drawn += entered_lines(door, seen)
    room = drawing.ask(HasRoom(meeting_id, SLACK))
    drawn.append(blocks.buttons(_card_buttons(door, seen, room)))
    return Message(f"{title}　{state}", tuple(drawn))


@drawn_by(*drawn_as("meeting"))
def news_of_it(drawing: Drawing) -> Message | None:
    """The news as it is, with a line on how the meeting stands now."""
    meeting_id = drawing.post.meeting_id
    if not meeting_id or drawing.card is None:
        return plain_card(drawing)
    try:
        seen = drawing.ask(GetMeeting(meeting_id))
    except (NotAllowed, NotFound):
        return said(drawing.door.say("slack_meeting.poll.not_asked"))
    return plain_card(drawing, blocks.context(how_it_stands(drawing.door, seen)))


def _card_buttons(door: SlackDoor, seen: MeetingView, room: bool) -> list[Block]:
    line = seen.line
    ways: list[str] = []
    if seen.may_run and line.state in OPEN:
        ways.append("fix_date")
        if line.state is MeetingState.COLLECTING and line.unanswered:
            ways.append("remind")
        ways.append("add_dates")
    ahead = line.state in (*OPEN, MeetingState.FIXED) and not seen.is_over
    if seen.may_run and ahead and not room:
        ways.append("open_room")
    ways.append("open_meeting")
    # Nothing is to be fixed while no date can be recommended; where none works, others are offered.
    next_step = "fix_date" if seen.best else "add_dates" if seen.none_works else ""
    return [meeting_button(door, verb, line.id, primary=verb == next_step) for verb in ways]


# -- what takes one press -------------------------------------------------------------------------


@pressed("remind")
def remind(press: Press) -> Answer:
    here = press.here
    count = here.handle(RemindUnanswered(press.subject))
    return PrivateSentence(here.say("page.meeting.reminded", agencies=count))


@pressed("close_answers")
def close_answers(press: Press) -> Answer:
    here = press.here
    here.handle(CloseAnswers(press.subject))
    return meeting_modal(here, press.subject, here.say("page.meeting.closed"))


@pressed("open_room")
def open_room(press: Press) -> Answer:
    here = press.here
    here.handle(OpenRoom(press.subject, SLACK))
    return PrivateSentence(here.say("slack_meeting.room.coming"))
