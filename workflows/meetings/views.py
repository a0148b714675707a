"""One 支援会議 as it may be seen: its heading, and everybody's answers for those who take part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from workflows.cases.lines import came_from
from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import RULES, RUNS_MEETING, Action, Standing
from workflows.core.unreadable import readable
from workflows.core.work import Work
from workflows.guard.shown import MaskedTexts, masked_texts
from workflows.japanese.dates import TOKYO
from workflows.meetings.best_date import RankedSlot, ranked_slots
from workflows.meetings.fix_date import Clash, clashes
from workflows.meetings.former import FormerAgency, former_agencies, former_cases
from workflows.meetings.parts import may_read_part
from workflows.meetings.story import MeetingStoryLine, story_of
from workflows.model.codes import code_of
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import Attendance, Invite, Meeting, MeetingState, SlotAnswer
from workflows.model.meeting_row import MeetingRow, meeting_row
from workflows.model.promise import say_attendance_by
from workflows.model.successors import Away
from workflows.promises.upcoming import SharedObligation, owed_on_meeting

# Who takes part and so sees answers and comments; a manager sees the heading alone.
_PARTAKERS = frozenset(
    {Standing.INVITED_AGENCY, Standing.ORGANISER, Standing.MEETING_CHAIR, Standing.COORDINATOR}
)
REFUSED, SILENT = "refused", "silent"
_AHEAD = frozenset({MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED, MeetingState.FIXED})


@dataclass(frozen=True)
class MeetingLine:
    """A line of the register, and the heading of a meeting's page (class N and S).

    `numbers` are the cases that the asker hears there, or may know of; `others` how many more
    there are.
    """

    id: str
    kind: str
    title: str
    bases: tuple[LegalBasis, ...]
    needs_secrecy: bool
    state: MeetingState
    shown_state: str  # see MeetingRow.state_at
    numbers: tuple[str, ...]
    others: int
    place: str
    starts_at: datetime | None
    ends_at: datetime | None
    answer_by: datetime
    created_at: datetime
    organiser: str
    chair: str
    agencies: int
    unanswered: int
    mine: bool
    ahead: bool
    answer_left: int  # open days
    starts_left: int  # open days; 0 without a date
    broken: bool = False  # it cannot be read now
    hidden: bool = False  # its cases are restricted, and none of them is mine to know
    off_hours: str = ""  # why the fixed date is unusual: see OpenDays.why_off_hours
    dates: tuple[datetime, ...] = ()  # offered and still ahead: tell meetings without cases apart
    organiser_away: Away | None = None
    chair_away: Away | None = None


def line_of(row: MeetingRow, work: Work) -> MeetingLine:
    cases, others = work.agenda_for(work.actor, row)  # without a member: a shared room
    words = MaskedTexts(row.case_ids, work)
    mine = work.standings(row) & (RUNS_MEETING | {Standing.RECORD_WRITER, Standing.INVITED_AGENCY})
    return MeetingLine(
        id=row.id,
        kind=row.called,
        title=words.of(row.title),
        bases=row.bases,
        needs_secrecy=row.needs_secrecy,
        state=code_of(MeetingState, row.shown_state),
        shown_state=row.state_at(work.now),
        broken=row.broken,
        numbers=tuple(c.number for c in cases),
        others=others,
        hidden=bool(row.case_ids) and not cases and not others,
        place=words.of(row.place),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        answer_by=row.answer_by,
        created_at=row.created_at,
        organiser=work.member_name(row.organiser_id, row.confirmed_at),
        chair=work.member_name(row.chair_id, row.confirmed_at),
        agencies=len(row.agencies),
        unanswered=len(row.unanswered),
        mine=bool(mine),
        ahead=_is_ahead(row, work),
        answer_left=work.days.open_days_between(work.today, row.answer_by.date()),
        starts_left=work.days.open_days_between(work.today, row.starts_at.date())
        if row.starts_at
        else 0,
        off_hours=work.days.why_off_hours(row.starts_at, row.ends_at)
        if row.starts_at and row.ends_at
        else "",
        dates=dates_to_come(row, work),
        organiser_away=work.away(row.organiser_id) if row.is_live else None,
        chair_away=work.away(row.chair_id) if row.is_live else None,
    )


def dates_to_come(row: MeetingRow, work: Work) -> tuple[datetime, ...]:
    """Of a meeting without cases the dates that are offered and still to come, the first first."""
    if row.case_ids or row.starts_at or row.broken or not row.is_live:
        return ()
    found = readable([row.id], work.uow.meetings)  # one that does not open takes no list with it
    return tuple(sorted(s.starts_at for m in found for s in m.slots if s.starts_at > work.now))


def _is_ahead(row: MeetingRow, work: Work) -> bool:
    ahead = row.is_live if row.broken else row.state in _AHEAD
    return ahead and (row.ends_at is None or row.ends_at > work.now)


@dataclass(frozen=True)
class Entered:
    """Whoever runs the meeting entered it for the agency; `heard_by` is a HeardBy or ""."""

    by: str
    at: datetime
    heard_by: str


@dataclass(frozen=True)
class InvitedAgencyView:
    """An invited agency. `telephone` is that of its office, to ask whoever has not answered.

    `entered` and `attendance_entered`: its answers, its word on the fixed date were entered for it.
    `said_by`: who of it answered by a colleague's link, as they wrote it. `in_doubt`: it must come
    to the date that stands, and has REFUSED or is SILENT; else "".
    """

    id: str
    name: str
    required: bool
    answered: bool
    who: str
    entered: Entered | None
    said_by: str
    telephone: str
    attendance: Attendance | None
    attendance_entered: Entered | None
    in_doubt: str


@dataclass(frozen=True)
class AgendaCaseView:
    """A case on the agenda: its number, who attends for it, and whether I may open it.

    `for_all`: every invited agency attends for it, so that nothing has to be said.
    """

    id: str
    number: str
    may_open: bool
    may_prepare: bool
    attending: tuple[str, ...]
    for_all: bool
    urgency: str
    came_from: str  # the case of the same person whose place it took, for who may know of that
    put_by: str  # who put it on the agenda, where that was not the organiser; else ""


@dataclass(frozen=True)
class DateView:
    """One offered date: how it stands (agency names), and what it would clash with."""

    id: str
    starts_at: datetime
    ends_at: datetime
    required: int
    required_yes: int
    required_maybe: tuple[str, ...]
    required_no: tuple[str, ...]
    required_unanswered: tuple[str, ...]
    optional: int
    optional_yes: int
    optional_no: tuple[str, ...]
    clashes: tuple[datetime, ...]
    past: bool
    left: int  # open days
    off_hours: str = ""  # why it is unusual: see OpenDays.why_off_hours; "" when it is not
    closed: bool = False  # it lies on a day on which the town hall is closed
    nobody_answered: bool = False
    somebody_comes: bool = False
    nobody_comes: bool = False
    was_required: tuple[str, ...] = ()
    optional_unanswered: int = 0

    @property
    def needs_reason(self) -> bool:
        """Whether something speaks against it; who has not answered has not agreed."""
        unknown = self.required_unanswered or self.nobody_answered or self.was_required
        return bool(self.required_no or unknown or self.nobody_comes or self.clashes)

    @property
    def works(self) -> bool:
        """Whether it can be recommended as far as is known: ahead, open, free, refused by none
        who must come."""
        return not (self.past or self.closed or self.clashes or self.required_no)


@dataclass(frozen=True)
class MeetingView:
    """Everything the page of a meeting shows. `partakes` is false for a manager: heading alone."""

    line: MeetingLine
    partakes: bool
    online_url: str
    cases: tuple[AgendaCaseView, ...]
    agencies: tuple[InvitedAgencyView, ...]
    dates: tuple[DateView, ...]
    best: DateView | None  # the one to recommend, for every door; None while there is none
    none_works: bool  # dates are looked for, and none of those offered works
    answers: Mapping[tuple[str, str], tuple[str, str]]
    fixed_slot_id: str | None
    moved_from: datetime | None
    override_reason: str
    cancel_reason: str
    has_begun: bool
    is_over: bool
    may_run: bool
    requested_numbers: tuple[tuple[str, date], ...]  # that wait for an answer: (number, last day)
    may_answer: bool
    may_answer_for_others: bool
    my_agency_id: str
    my_attendance: Attendance | None
    attend_by: datetime | None  # by when my agency says whether it comes; None when nobody asks
    must_confirm_secrecy: bool
    secrecy_at: datetime | None
    record_state: str
    may_write: bool
    would_write: bool  # it is theirs to write, once what is missing is there
    may_read_record: bool
    may_put_cases: bool
    owed: tuple[SharedObligation, ...]
    story: tuple[MeetingStoryLine, ...]
    former_agencies: tuple[FormerAgency, ...]
    former_cases: tuple[str, ...]  # numbers of those taken off, of which something may be read

    @property
    def required_no(self) -> tuple[str, ...]:
        """Agencies that must come to the date that stands, and have said that they cannot."""
        return tuple(a.name for a in self.agencies if a.in_doubt == REFUSED)

    @property
    def required_unanswered(self) -> tuple[str, ...]:
        """Agencies that must come to the date that stands, and have not said whether they can."""
        return tuple(a.name for a in self.agencies if a.in_doubt == SILENT)


def meeting_of(meeting_id: str, work: Work) -> Meeting:
    """The meeting, to be looked at: not locked, and never saved."""
    found = work.uow.meetings.get(meeting_id)
    if found is None:
        raise NotFound("not_found.meeting")
    return found


@dataclass(frozen=True)
class GetMeeting(Query[MeetingView]):
    meeting_id: str


@handles(GetMeeting, Action.SEE_MEETING, code="get_meeting")
def get_meeting(query: GetMeeting, work: Work) -> MeetingView:
    meeting = meeting_of(query.meeting_id, work)
    mine = work.standings(meeting)
    partakes = bool(mine & _PARTAKERS)
    dates = date_views(meeting, work) if partakes else ()
    invite = meeting.invite(work.me.agency_id)
    may_run = work.may(Action.RUN_MEETING, meeting).allowed
    words = masked_texts(meeting, work)
    return MeetingView(
        line=line_of(meeting_row(meeting), work),
        partakes=partakes,
        online_url=words.of_address(meeting.online_url) if partakes else "",
        cases=_cases(meeting, partakes, work),
        agencies=_agencies(meeting, words, work) if partakes else (),
        dates=tuple(sorted(dates, key=lambda d: d.starts_at)),
        best=next((d for d in dates if d.works and d.somebody_comes), None),
        none_works=partakes and meeting.asks_for_dates and not any(d.works for d in dates),
        answers=_answers(meeting, words) if partakes else {},
        fixed_slot_id=meeting.fixed_slot_id,
        moved_from=meeting.moved_from,
        override_reason=words.of(meeting.override_reason) if partakes else "",
        cancel_reason=words.of(meeting.cancel_reason) if partakes else "",
        has_begun=meeting.has_begun(work.now),
        is_over=meeting.is_over(work.now),
        may_run=may_run,
        requested_numbers=_requested_numbers(meeting) if may_run else (),
        may_answer=invite is not None,
        may_answer_for_others=Standing.ORGANISER in mine,
        my_agency_id=work.me.agency_id,
        my_attendance=words.of_attendance(invite.attendance)
        if invite and invite.attendance
        else None,
        attend_by=attend_by(meeting, work.me.agency_id, work),
        must_confirm_secrecy=Standing.SECRECY_UNCONFIRMED in mine
        and work.may(Action.CONFIRM_SECRECY, meeting).allowed,
        secrecy_at=meeting.sworn_at(work.me.id, work.me.agency_id),
        record_state=record_state(meeting),
        may_write=work.may(Action.WRITE_RECORD, meeting).allowed,
        would_write=bool(mine & set(RULES[Action.WRITE_RECORD].anyone_of)),
        may_read_record=work.may(Action.READ_RECORD, meeting).allowed,
        may_put_cases=work.may(Action.PUT_ON_AGENDA, meeting).allowed,
        owed=owed_on_meeting(meeting, work) if partakes else (),
        story=story_of(meeting, work) if partakes else (),
        former_agencies=former_agencies(meeting, words, work) if partakes else (),
        former_cases=former_cases(meeting, work) if partakes else (),
    )


def attend_by(meeting: Meeting, agency_id: str, work: Work) -> datetime | None:
    """By when the agency says whether it comes; None while nobody asks it, or any more."""
    asks = meeting.state is MeetingState.FIXED and not meeting.is_over(work.now)
    invited = meeting.invite(agency_id) is not None
    return say_attendance_by(meeting, agency_id, work.days) if asks and invited else None


def record_state(meeting: Meeting) -> str:
    """none, begun, asked (the chair is to confirm) or confirmed."""
    record = meeting.record
    if record is None:
        return "none"
    if record.confirmed_at:
        return "confirmed"
    return "asked" if meeting.waits_for_chair else "begun"


def _cases(meeting: Meeting, partakes: bool, work: Work) -> tuple[AgendaCaseView, ...]:
    found = []
    for row in work.agenda_for(work.me, meeting)[0]:
        item = meeting.item(row.id)
        if item is None:
            continue
        found.append(
            AgendaCaseView(
                id=row.id,
                number=row.number,
                may_open=work.may(Action.SEE_CASE, row).allowed,
                may_prepare=may_read_part(meeting, row, work),
                attending=tuple(work.agency_name(a) for a in item.agency_ids) if partakes else (),
                for_all=set(item.agency_ids) >= {i.agency_id for i in meeting.invites},
                urgency=str(row.urgency),
                came_from=came_from(item.case_id, item, work),
                put_by=work.member_name(item.by, item.at)
                if partakes and item.by != meeting.organiser_id
                else "",
            )
        )
    return tuple(found)


def _requested_numbers(meeting: Meeting) -> tuple[tuple[str, date], ...]:
    return tuple((one.number, one.last_day) for one in meeting.requested_numbers)


def _agencies(meeting: Meeting, words: MaskedTexts, work: Work) -> tuple[InvitedAgencyView, ...]:
    """Required ones first, each group in 五十音 order."""
    found = []
    over_at = meeting.record.confirmed_at if meeting.record else None
    for invite in meeting.invites:
        agency = work.uow.directory.agency(invite.agency_id)
        given = list(meeting.answers.get(invite.agency_id, {}).values())
        last = max(given, key=lambda a: a.at, default=None)
        seen = InvitedAgencyView(
            id=invite.agency_id,
            name=work.agency_name(invite.agency_id, over_at),
            required=invite.required,
            answered=meeting.has_answered(invite.agency_id),
            who=next((words.of(a.who, a.by) for a in given if a.who), ""),
            entered=_entered(given, work),
            said_by=words.of(last.said_by, last.by) if last else "",
            telephone=agency.phone if agency else "",
            attendance=words.of_attendance(invite.attendance) if invite.attendance else None,
            attendance_entered=_entered([invite.attendance] if invite.attendance else [], work),
            in_doubt=_in_doubt(meeting, invite, work),
        )
        found.append((not invite.required, agency.kana if agency else "", seen))
    return tuple(seen for _, _, seen in sorted(found, key=lambda entry: entry[:2]))


def _in_doubt(meeting: Meeting, invite: Invite, work: Work) -> str:
    ahead = meeting.state is MeetingState.FIXED and not meeting.is_over(work.now)
    if not (ahead and invite.required and meeting.fixed_slot_id):
        return ""
    word = meeting.word_on(invite.agency_id, meeting.fixed_slot_id)
    return SILENT if word is None else "" if word else REFUSED


def _entered(words: Sequence[SlotAnswer | Attendance], work: Work) -> Entered | None:
    """Who entered the newest of what was entered for an agency; None when all is its own."""
    last = max((w for w in words if w.entered_for), key=lambda w: w.at, default=None)
    return Entered(work.member_name(last.by, last.at), last.at, last.heard_by) if last else None


def _answers(meeting: Meeting, words: MaskedTexts) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (slot_id, agency_id): (str(answer.symbol), words.of(answer.comment, answer.by))
        for agency_id, answers in meeting.answers.items()
        for slot_id, answer in answers.items()
    }


def date_views(meeting: Meeting, work: Work) -> tuple[DateView, ...]:
    """The best first."""
    return tuple(date_view(r, clashes(work, meeting, r.slot), work) for r in ranked_slots(meeting))


def date_view(standing: RankedSlot, found: list[Clash], work: Work) -> DateView:
    def names(agency_ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(work.agency_name(a) for a in agency_ids)

    return DateView(
        id=standing.slot.id,
        starts_at=standing.slot.starts_at,
        ends_at=standing.slot.ends_at,
        required=standing.required,
        required_yes=standing.required_yes,
        required_maybe=names(standing.required_maybe),
        required_no=names(standing.required_no),
        required_unanswered=names(standing.required_unanswered),
        optional=standing.optional,
        optional_yes=standing.optional_yes,
        optional_no=names(standing.optional_no),
        clashes=tuple(c.starts_at for c in found),
        past=standing.slot.starts_at <= work.now,
        left=work.days.open_days_between(work.today, standing.slot.starts_at.date()),
        off_hours=work.days.why_off_hours(standing.slot.starts_at, standing.slot.ends_at),
        closed=not work.days.is_open(standing.slot.starts_at.astimezone(TOKYO).date()),
        nobody_answered=standing.nobody_answered,
        somebody_comes=standing.somebody_comes,
        nobody_comes=standing.nobody_comes,
        was_required=names(standing.was_required),
        optional_unanswered=standing.optional_unanswered,
    )
