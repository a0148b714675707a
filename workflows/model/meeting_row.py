"""What may be known of a meeting without its agenda's content: the line in a list (class N, S)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from workflows.model.codes import BROKEN, LONG_AGO, code_of
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of
from workflows.model.meeting import Meeting, MeetingState, meeting_called

HELD: Final = "held"  # a fixed date that is over: shown, and never stored


@dataclass(frozen=True)
class MeetingRow:
    id: str
    kind: str
    bases: tuple[LegalBasis, ...]
    state: MeetingState
    organiser_id: str
    chair_id: str
    created_at: datetime
    answer_by: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    case_ids: tuple[str, ...]
    agencies: Mapping[str, bool]  # agency id -> required
    agenda: Mapping[str, tuple[str, ...]]  # case id -> agencies that attend for it
    unanswered: tuple[str, ...]
    sworn: tuple[str, ...]
    is_live: bool
    sequence: int
    writer_id: str | None
    confirmed_at: datetime | None = None  # the record

    @property
    def needs_consent(self) -> bool:
        return BasisCondition.CONSENT in conditions_of(self.bases)

    @property
    def needs_secrecy(self) -> bool:
        return BasisCondition.SECRECY in conditions_of(self.bases)

    @property
    def heard_by_all(self) -> tuple[str, ...]:
        """The cases that every invited agency hears: what may stand where all of them read."""
        return tuple(c for c in self.case_ids if set(self.agencies) <= set(self.agenda.get(c, ())))

    @property
    def record_confirmed(self) -> bool:
        return self.confirmed_at is not None

    @property
    def called(self) -> str:
        return meeting_called(self.kind, self.bases)

    title: str = ""
    organiser_agency_id: str = ""  # see Meeting
    chair_agency_id: str = ""
    writer_agency_id: str = ""
    sworn_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # the cases whose confirmed record names 足りなかった社会資源
    next_lapse_on: date | None = None  # the first last day of a number that waits (RequestedNumber)
    broken: bool = False  # see CaseRow
    noted: bool = False
    set_aside: bool = False

    @property
    def shown_state(self) -> str:
        """The code of its state as lists show it."""
        return BROKEN if self.broken else str(self.state)

    def state_at(self, now: datetime) -> str:
        """The same, where one that is over says that its record is waited for ("held")."""
        over = self.ends_at is not None and self.ends_at <= now
        return HELD if over and self.shown_state == MeetingState.FIXED else self.shown_state

    def has_sworn(self, member_id: str, agency_id: str) -> bool:
        """As one of that agency; see Meeting.sworn_at."""
        return member_id in self.sworn_for.get(agency_id, ())


def broken_meeting(meeting_id: str, *, is_live: bool) -> MeetingRow:
    """The line of a meeting of which nothing opens; see `broken_case`."""
    return MeetingRow(
        id=meeting_id,
        kind=BROKEN,
        bases=(),
        state=code_of(MeetingState, BROKEN),
        organiser_id="",
        chair_id="",
        created_at=LONG_AGO,
        answer_by=LONG_AGO,
        starts_at=None,
        ends_at=None,
        place="",
        case_ids=(),
        agencies={},
        agenda={},
        unanswered=(),
        sworn=(),
        is_live=is_live,
        sequence=0,
        writer_id=None,
        broken=True,
    )


def meeting_row(meeting: Meeting) -> MeetingRow:
    slot = meeting.fixed_slot
    record = meeting.record
    return MeetingRow(
        id=meeting.id,
        kind=meeting.kind,
        bases=tuple(meeting.bases),
        state=meeting.state,
        organiser_id=meeting.organiser_id,
        chair_id=meeting.chair_id,
        created_at=meeting.created_at,
        answer_by=meeting.answer_by,
        starts_at=slot.starts_at if slot else None,
        ends_at=slot.ends_at if slot else None,
        place=meeting.place,
        case_ids=tuple(i.case_id for i in meeting.agenda),
        agencies={i.agency_id: i.required for i in meeting.invites},
        agenda={i.case_id: tuple(i.agency_ids) for i in meeting.agenda},
        unanswered=tuple(meeting.unanswered()),
        sworn=tuple(meeting.secrecy),
        is_live=meeting.is_live,
        sequence=meeting.sequence,
        writer_id=record.writer_id if record else None,
        confirmed_at=record.confirmed_at if record else None,
        title=meeting.title,
        organiser_agency_id=meeting.organiser_agency_id,
        chair_agency_id=meeting.chair_agency_id,
        writer_agency_id=record.writer_agency_id if record else "",
        sworn_for={a: tuple(people) for a, people in meeting.sworn_for.items()},
        missing=tuple(c for c, v in record.cases.items() if v.get("missing_resources"))
        if record and record.confirmed_at
        else (),
        next_lapse_on=min((a.last_day for a in meeting.requested_numbers), default=None),
    )
