"""What an agency is asked: the dates with what it said so far, and whether it comes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.core.errors import NotAllowed
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.work import Work
from workflows.guard.mask_card import for_calendar
from workflows.guard.shown import masked_texts
from workflows.meetings.views import MeetingLine, attend_by, line_of, meeting_of
from workflows.model.meeting import Attendance, Meeting, MeetingState, Slot
from workflows.model.meeting_row import meeting_row


@dataclass(frozen=True)
class AskedDates:
    """One agency's questions about one meeting."""

    line: MeetingLine
    agency_id: str
    agency_name: str
    required: bool
    for_another: bool
    dates: tuple[Slot, ...]
    answers: Mapping[str, tuple[str, str]]
    who: str
    answered_by: str
    answered_at: datetime | None
    entered_for: bool  # what stands there was entered for the agency
    heard_by: str
    said_by: str
    complete: bool
    attendance: Attendance | None
    attended_by: str  # who wrote that word down
    fixed: Slot | None
    moved_from: datetime | None  # when it was to be before it was moved
    is_over: bool
    online_url: str  # where one joins from afar, once the date is fixed
    is_late: bool  # the day by which one was to answer is over
    left: Mapping[str, int]  # slot id to open days
    off_hours: Mapping[str, str]  # slot id to why the date is unusual, of those that are
    attend_by: datetime | None  # until when one says whether one comes; None while nobody asks
    attend_late: bool

    @property
    def open(self) -> bool:
        """Whether dates are asked for: while there is one to come."""
        return self.line.state is MeetingState.COLLECTING and bool(self.dates)


@dataclass(frozen=True)
class GetAskedDates(Query[AskedDates]):
    """`agency_id` is another one only for the organiser, who enters what it said by telephone."""

    meeting_id: str
    agency_id: str = ""


@handles(GetAskedDates, Action.ANSWER_DATES, code="get_asked_dates")
def get_asked_dates(query: GetAskedDates, work: Work) -> AskedDates:
    meeting = meeting_of(query.meeting_id, work)
    agency_id = query.agency_id or work.me.agency_id
    invite = meeting.invite(agency_id)
    other = agency_id != work.me.agency_id
    if invite is None or (other and Standing.ORGANISER not in work.standings(meeting)):
        raise NotAllowed("denied.answer_dates")
    given = meeting.answers.get(agency_id, {})
    asks = meeting.state is MeetingState.COLLECTING
    # A date that has gone by is asked about no more.
    dates = [s for s in meeting.slots if not asks or s.starts_at > work.now]
    last = max(given.values(), key=lambda a: a.at, default=None)
    words = masked_texts(meeting, work)
    until = attend_by(meeting, agency_id, work)
    return AskedDates(
        line=line_of(meeting_row(meeting), work),
        agency_id=agency_id,
        agency_name=work.agency_name(agency_id),
        required=invite.required,
        for_another=other,
        dates=tuple(sorted(dates, key=lambda s: s.starts_at)),
        answers={slot: (str(a.symbol), words.of(a.comment, a.by)) for slot, a in given.items()},
        who=next((words.of(a.who, a.by) for a in given.values() if a.who), ""),
        answered_by=work.member_name(last.by, last.at) if last else "",
        answered_at=last.at if last else None,
        entered_for=last.entered_for if last else False,
        heard_by=last.heard_by if last else "",
        said_by=words.of(last.said_by, last.by) if last else "",
        complete=meeting.has_answered(agency_id),
        attendance=words.of_attendance(invite.attendance) if invite.attendance else None,
        attended_by=work.member_name(word.by, word.at) if (word := invite.attendance) else "",
        fixed=meeting.fixed_slot,
        moved_from=meeting.moved_from,
        is_over=meeting.is_over(work.now),
        online_url=for_calendar(meeting, work)[1]
        if meeting.online_url and meeting.fixed_slot
        else "",
        is_late=meeting.answer_by < work.now,
        left={
            s.id: work.days.open_days_between(work.today, s.starts_at.date()) for s in meeting.slots
        },
        off_hours=off_hours(meeting.slots, work),
        attend_by=until,
        attend_late=until is not None and until < work.now,
    )


def off_hours(slots: Iterable[Slot], work: Work) -> dict[str, str]:
    """Slot id to why the date is unusual, of those that are."""
    found = {s.id: work.days.why_off_hours(s.starts_at, s.ends_at) for s in slots}
    return {slot_id: why for slot_id, why in found.items() if why}


@dataclass(frozen=True)
class CalendarAttendee:
    """Whose calendar it is. `answer` is comes, absent or none; `email` may be empty."""

    name: str
    email: str
    required: bool
    answer: str = "none"


@dataclass(frozen=True)
class Appointment:
    """A meeting as its reader's calendar takes it: kind, numbers, place; nothing personal, and
    nobody else. `taken_off`: it goes on, but without the reader."""

    meeting_id: str
    kind: str
    numbers: tuple[str, ...]
    place: str
    online_url: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    cancelled: bool
    changed_at: datetime
    reader: CalendarAttendee
    taken_off: bool = False
    moved_from: datetime | None = None  # when it was to begin before it was moved last
    town: str = ""  # whose bot sends it

    @property
    def ends_here(self) -> bool:
        """Whether it is to go out of its reader's calendar."""
        return self.cancelled or self.taken_off


@dataclass(frozen=True)
class GetAppointment(Query[Appointment | None]):
    """None while no date is fixed."""

    meeting_id: str


@handles(GetAppointment, Action.SEE_MEETING, code="get_appointment")
def get_appointment(query: GetAppointment, work: Work) -> Appointment | None:
    meeting = meeting_of(query.meeting_id, work)
    slot = meeting.fixed_slot
    if slot is None:
        return None
    line = line_of(meeting_row(meeting), work)
    takes_part = work.standings(meeting) & {
        Standing.INVITED_AGENCY,
        Standing.ORGANISER,
        Standing.MEETING_CHAIR,
    }
    place, url = for_calendar(meeting, work)
    return Appointment(
        meeting_id=meeting.id,
        kind=meeting.called,
        numbers=line.numbers,
        place=place,
        online_url=url if takes_part else "",
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        sequence=meeting.entry_number,
        cancelled=meeting.state is MeetingState.CANCELLED,
        changed_at=meeting.entry_changed_at(work.me.agency_id),
        reader=_reader(meeting, takes_part=bool(takes_part), work=work),
        moved_from=meeting.moved_from,
        town=work.uow.directory.town().name,
    )


def _reader(meeting: Meeting, *, takes_part: bool, work: Work) -> CalendarAttendee:
    """Who asks, with what their agency said; who only oversees need not come."""
    me, invite = work.me, meeting.invite(work.me.agency_id)
    if invite is None:  # organiser and chair come for themselves
        return CalendarAttendee(me.name, me.email, required=takes_part)
    word = invite.attendance
    answer = "none" if word is None else "comes" if word.comes else "absent"
    return CalendarAttendee(me.name, me.email, invite.required, answer)
