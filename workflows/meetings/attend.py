"""Attendance is confirmed, and the secrecy duty before the first content is shown."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.errors import Invalid, NotAllowed, Overtaken, Refused
from workflows.core.free_text import read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action, Standing
from workflows.core.work import Work
from workflows.guard.shown import masked_texts, shown_text_errors, texts_already_there
from workflows.meetings.answer import COMMENT_MAX, NAME_MAX, heard_by_errors, was_said_since
from workflows.meetings.urgency import is_urgent
from workflows.model.meeting import Attendance, MeetingState


@dataclass(frozen=True)
class ConfirmAttendance(Command[None]):
    """Say whether the agency comes to the fixed date, and who; a delegate may be named.

    `said_by` as of AnswerDates. `date` is the id of the date that it was said of, or its beginning:
    raises DateMoved when another one stands, of which nobody has said anything. `said_at` too is as
    of AnswerDates: raises Overtaken.

    Entered by the organiser for another agency, it is marked so, with the way it was heard by.
    The same word once more changes nothing.
    """

    meeting_id: str
    agency_id: str
    comes: bool
    who: str = ""
    comment: str = ""
    heard_by: str = ""
    said_by: str = ""
    date: str = ""
    said_at: datetime | None = None


class DateMoved(Refused):
    """Another date stands than the one that was answered."""

    def __init__(self) -> None:
        super().__init__("attend.moved")


@handles(ConfirmAttendance, Action.ANSWER_DATES, code="confirm_attendance")
def confirm_attendance(command: ConfirmAttendance, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    invite = meeting.invite(command.agency_id)
    own = work.me.agency_id == command.agency_id
    if invite is None or (not own and Standing.ORGANISER not in work.standings(meeting)):
        raise NotAllowed("denied.answer_dates")
    if meeting.state is MeetingState.CANCELLED:
        raise Refused("meeting.cancelled")
    if meeting.is_over(work.now) or meeting.state is MeetingState.RECORDED:
        raise Refused("attend.over")
    if meeting.state is not MeetingState.FIXED:
        raise Refused("attend.not_fixed")
    if not (meeting.fixed_slot and meeting.fixed_slot.id.startswith(command.date)):
        raise DateMoved
    who, wrong_who = read_text("who", command.who, NAME_MAX)
    comment, wrong_comment = read_text("comment", command.comment, COMMENT_MAX)
    said_by, wrong_said = read_text("said_by", command.said_by, NAME_MAX)
    errors = [*wrong_who, *wrong_comment, *wrong_said, *heard_by_errors(command.heard_by)]
    old = invite.attendance
    if was_said_since(old, command.said_at, work.now):
        raise Overtaken("already_done")
    if old:
        seen = masked_texts(meeting, work)
        who = seen.as_written(who, old.who, old.by)
        comment = seen.as_written(comment, old.comment, old.by)
    stand = texts_already_there(meeting, command.agency_id, work)
    words = {"who": who, "comment": comment, "said_by": said_by}
    errors += shown_text_errors({f: w for f, w in words.items() if w not in stand}, meeting, work)
    if errors:
        raise Invalid(errors)
    way = "" if own else command.heard_by
    at = command.said_at or work.now
    new = Attendance(command.comes, who, work.me.id, at, comment, not own, way, said_by)
    if old and (old.comes, old.who, old.comment) == (new.comes, who, comment):
        if (old.entered_for and (own or old.heard_by != way)) or said_by not in ("", old.said_by):
            invite.attendance = new  # the same word: now the agency's own, or told by another way
        return  # said twice: nobody is told again
    invite.attendance = new
    work.record(
        "attendance_confirmed",
        meeting=meeting,
        agency=command.agency_id,
        comes=command.comes,
        entered_for=not own,
        heard_by=way,
    )
    if not command.comes:
        work.tell(
            "will_be_absent",
            work.organiser(meeting),
            once=f"{meeting.id}:{meeting.sequence}:{command.agency_id}:{work.now.isoformat()}",
            facts={
                "agency": work.agency_name(command.agency_id),
                "required": invite.required,
            },
            meeting=meeting,
            urgent=is_urgent(meeting, work),
        )


@dataclass(frozen=True)
class ConfirmSecrecy(Command[None]):
    """[law, ours] docs/rules.md 1 and 4: once per person, agency and meeting, kept."""

    meeting_id: str


@handles(ConfirmSecrecy, Action.CONFIRM_SECRECY, code="confirm_secrecy")
def confirm_secrecy(command: ConfirmSecrecy, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if meeting.state is MeetingState.CANCELLED:
        raise Refused("meeting.cancelled")
    if meeting.sworn_at(work.me.id, work.me.agency_id) is None:
        meeting.swear(work.me.id, work.me.agency_id, work.now)
        work.record("secrecy_confirmed", meeting=meeting)
