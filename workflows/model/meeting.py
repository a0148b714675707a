"""The support meeting: agenda, invited agencies, candidate dates, answers, record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from workflows.forms import Value
from workflows.model.carried import Carried
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of
from workflows.model.mail_reply import MailReply
from workflows.model.phone_call import ReachedByPhone

INDIVIDUAL = "case"  # the kind of a meeting about particular cases


def meeting_called(kind: str, bases: Sequence[LegalBasis]) -> str:
    """What a meeting is called: about cases, by its footing (支援会議 …); else by its kind."""
    return str(bases[0]) if kind == INDIVIDUAL and bases else kind


class MeetingState(StrEnum):
    COLLECTING = "collecting"
    ANSWERS_CLOSED = "answers_closed"
    FIXED = "fixed"
    RECORDED = "recorded"
    CANCELLED = "cancelled"


class Symbol(StrEnum):
    YES = "yes"  # ○ can attend
    MAYBE = "maybe"  # △ can if needed
    NO = "no"  # × cannot


class HeardBy(StrEnum):
    """By which way an agency said what the organiser enters for it."""

    TELEPHONE = "telephone"
    FAX = "fax"
    IN_PERSON = "in_person"
    MAIL = "mail"


@dataclass
class Attendance:
    """An agency's word on the fixed date: comes or not, and who (a delegate too)."""

    comes: bool
    who: str
    by: str
    at: datetime
    comment: str = ""
    entered_for: bool = False
    heard_by: str = ""  # as of a SlotAnswer
    said_by: str = ""  # as of a SlotAnswer


@dataclass
class Invite:
    agency_id: str
    required: bool
    attendance: Attendance | None = None
    # It was required, and had not said ○ or △ to every date when that was taken from it.
    was_required: bool = False
    # When it was asked whether it comes to a date that stood already; else None.
    asked_at: datetime | None = None


@dataclass
class Slot:
    id: str
    starts_at: datetime
    ends_at: datetime


@dataclass
class SlotAnswer:
    symbol: Symbol
    comment: str
    by: str
    at: datetime
    who: str = ""
    entered_for: bool = False
    heard_by: str = ""  # a HeardBy; "" for one's own answer, and where nobody said
    said_by: str = ""  # a colleague who answered by the link of `by`, as they wrote it


@dataclass
class AgendaItem:
    """A case on the agenda. `agency_ids` are those who attend for it and may read it.

    `chosen` are those whom the organiser chose to hear it, of whom fewer may be told by now. `left`
    attended once, until `left_at`. `uninvited` had nothing to come for any more once the person's
    word shut them out: by id, whether they had to come.
    """

    case_id: str
    agency_ids: list[str]
    by: str
    at: datetime
    reason: str
    chosen: list[str]
    left: list[str] = field(default_factory=list)
    left_at: dict[str, datetime] = field(default_factory=dict)
    uninvited: dict[str, bool] = field(default_factory=dict)
    came: Carried | None = None  # it took the place of another case of the same person

    def choose(self, agency_ids: list[str], allowed: Collection[str], at: datetime) -> None:
        """Set the agencies chosen; those also allowed attend, those dropped lose access now."""
        attend = [a for a in agency_ids if a in allowed]
        for agency_id in self.agency_ids:
            if agency_id not in attend:
                self.left_at[agency_id] = at
                self.left += [agency_id] if agency_id not in self.left else []
        self.chosen, self.agency_ids = list(agency_ids), attend

    def remove(self, agency_id: str, at: datetime) -> None:
        kept = [a for a in self.chosen if a != agency_id]
        self.choose(kept, [a for a in self.agency_ids if a != agency_id], at)

    def heard_at(self, at: datetime) -> list[str]:
        """Who attended for it at that moment, whatever became of their access since."""
        later = [a for a in self.left if self.left_at[a] > at]
        return list(dict.fromkeys([*self.agency_ids, *later]))


@dataclass
class Attended:
    kind: str  # present, delegate, absent; unknown while nobody has said (attended.py)
    who: str = ""


@dataclass
class EarlierRecord:
    """What a record said before it was saved anew: nothing that was saved is lost (class H)."""

    version: int
    by: str
    at: datetime
    attended: dict[str, Attended]
    cases: dict[str, dict[str, Value]]
    summary: str = ""


@dataclass
class Record:
    """The 会議記録. `cases` holds the values of the form `record` per case id (class H).

    `writer_id` is who wrote it, or to whom the writing was given; who corrects it is none.
    """

    writer_id: str
    started_at: datetime
    version: int = 1
    saved_at: datetime | None = None
    attended: dict[str, Attended] = field(default_factory=dict)
    cases: dict[str, dict[str, Value]] = field(default_factory=dict)
    summary: str = ""  # チャットで知らせる要旨: goes out with the card, so the guard looks at it
    asked_to_confirm_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    writer_agency_id: str = ""  # for which agency they write
    earlier: list[EarlierRecord] = field(default_factory=list)
    saved_by: str = ""  # who saved it as it stands; "" while nobody did

    @property
    def corrections(self) -> dict[str, datetime]:
        """Who else saved it once its writer had, by their id, with the last time, the first
        corrector first."""
        saved = [(one.by, one.at) for one in self.earlier]
        saved += [(self.saved_by, self.saved_at)] if self.saved_at else []
        writers = [n for n, (by, _) in enumerate(saved) if by == self.writer_id]
        after = saved[writers[0] if writers else 0 :]
        return {by: at for by, at in after if by != self.writer_id}

    def keep_version(self) -> None:
        """Keep what it says now, before it is saved anew."""
        if self.saved_at is not None:
            self.earlier.append(
                EarlierRecord(
                    self.version,
                    self.saved_by,
                    self.saved_at,
                    dict(self.attended),
                    dict(self.cases),
                    self.summary,
                )
            )


@dataclass
class Preparation:
    """What an agency wrote down before the sitting: the values of the form `preparation`."""

    values: dict[str, Value]
    by: str
    at: datetime


@dataclass
class FormerPreparation:
    """What an agency had written before it wrote anew."""

    case_id: str
    agency_id: str
    preparation: Preparation


@dataclass
class FormerAnswers:
    """What an agency had answered to the dates before it was taken off the invitation, and its word
    on the fixed date, if it gave one."""

    agency_id: str
    at: datetime
    answers: dict[str, SlotAnswer]
    attendance: Attendance | None = None


@dataclass
class RequestedNumber:
    """A number that whoever convened typed and may not know of: whether there is such a case is not
    said before somebody who answers for it agrees. It goes once it is answered or `last_day` is
    over."""

    number: str
    request_id: str
    last_day: date


@dataclass
class Meeting:
    id: str
    kind: str
    bases: list[LegalBasis]
    organiser_id: str
    chair_id: str
    created_at: datetime
    answer_by: datetime
    place: str = ""
    online_url: str = ""
    state: MeetingState = MeetingState.COLLECTING
    agenda: list[AgendaItem] = field(default_factory=list)
    invites: list[Invite] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    answers: dict[str, dict[str, SlotAnswer]] = field(default_factory=dict)
    fixed_slot_id: str | None = None
    fixed_at: datetime | None = None
    override_reason: str = ""
    sequence: int = 0
    cancel_reason: str = ""
    cancelled_at: datetime | None = None
    secrecy: dict[str, datetime] = field(default_factory=dict)
    record: Record | None = None
    # Case id, then agency id, to the values of the form `preparation` (class H).
    preparations: dict[str, dict[str, Preparation]] = field(default_factory=dict)
    title: str = ""
    # For which agency they run it: it stays there when they move.
    organiser_agency_id: str = ""
    chair_agency_id: str = ""
    # Agency id, then member id, to when they confirmed the secrecy duty as one of that agency.
    sworn_for: dict[str, dict[str, datetime]] = field(default_factory=dict)
    moved_from: datetime | None = None  # when it was to begin before it was moved last
    # What was told last of what the answers come to (outcome.py), and when; empty before.
    outcome_told: str = ""
    outcome_told_at: datetime | None = None
    # How often somebody was invited or taken off after the date was fixed.
    late_changes: int = 0
    # When that was last, or the agenda or who is required changed; empty in documents written
    # before this field.
    entry_touched_at: datetime | None = None
    reached_by_phone: list[ReachedByPhone] = field(default_factory=list)
    requested_numbers: list[RequestedNumber] = field(default_factory=list)
    mail_replies: list[MailReply] = field(default_factory=list)
    # The answer deadline that was chosen, where a closed day that came later moved it.
    answer_by_at_first: datetime | None = None
    # Agencies taken off that were required and had not said ○ or △ to every date.
    taken_off_required: list[str] = field(default_factory=list)
    # What was there before; disposal alone takes it away.
    taken_off: list[AgendaItem] = field(default_factory=list)
    former_preparations: list[FormerPreparation] = field(default_factory=list)
    former_answers: list[FormerAnswers] = field(default_factory=list)

    @property
    def cases_on_agenda(self) -> list[str]:
        """The cases that words on it may be about: also those taken off its agenda again."""
        return list(dict.fromkeys(i.case_id for i in (*self.agenda, *self.taken_off)))

    @property
    def entry_number(self) -> int:
        """The SEQUENCE of its entry in calendars: it rises with every entry that must win over
        an older one, also where nothing changed but who comes."""
        return self.sequence + self.late_changes

    def entry_changed_at(self, agency_id: str) -> datetime:
        """The LAST-MODIFIED of its entry in the calendar of one of that agency: when the date, who
        comes, the cases or that agency's own word last changed."""
        invite = self.invite(agency_id)
        word = invite.attendance if invite else None
        moments = [self.fixed_at, self.cancelled_at, self.entry_touched_at, word and word.at]
        return max([self.created_at, *(moment for moment in moments if moment)])

    def swear(self, member_id: str, agency_id: str, at: datetime) -> None:
        self.secrecy.setdefault(member_id, at)
        self.sworn_for.setdefault(agency_id, {})[member_id] = at

    def sworn_at(self, member_id: str, agency_id: str) -> datetime | None:
        """When the member confirmed the secrecy duty as one of that agency."""
        return self.sworn_for.get(agency_id, {}).get(member_id)

    @property
    def called(self) -> str:
        """The code of what it is called in a line: see `meeting_called`."""
        return meeting_called(self.kind, self.bases)

    @property
    def is_live(self) -> bool:
        """Still ahead or without its record: its cases are in 会議調整 and open to attendees."""
        return self.state not in (MeetingState.RECORDED, MeetingState.CANCELLED)

    @property
    def asks_for_dates(self) -> bool:
        """Whether its date is still to be fixed."""
        return self.state in (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED)

    @property
    def fixed_slot(self) -> Slot | None:
        return self.slot(self.fixed_slot_id) if self.fixed_slot_id else None

    def slot(self, slot_id: str) -> Slot | None:
        return next((s for s in self.slots if s.id == slot_id), None)

    def invite(self, agency_id: str) -> Invite | None:
        return next((i for i in self.invites if i.agency_id == agency_id), None)

    def item(self, case_id: str) -> AgendaItem | None:
        return next((i for i in self.agenda if i.case_id == case_id), None)

    def drop_requested_numbers(self, request_ids: Collection[str]) -> None:
        """These numbers wait for an answer no more."""
        found = [one for one in self.requested_numbers if one.request_id not in request_ids]
        self.requested_numbers = found

    def has_answered(self, agency_id: str) -> bool:
        """Whether the agency has answered for every slot that was offered and still to come when
        it answered last."""
        answers = self.answers.get(agency_id, {})
        if not answers:
            return False
        last = max(answer.at for answer in answers.values())
        return all(s.id in answers or s.starts_at <= last for s in self.slots)

    def answered_since(self, agency_id: str, at: datetime) -> bool:
        """Whether the agency answered for a slot, or said whether it comes, after this instant."""
        said = [answer.at for answer in self.answers.get(agency_id, {}).values()]
        invite = self.invite(agency_id)
        if invite and invite.attendance:
            said.append(invite.attendance.at)
        return any(moment > at for moment in said)

    def word_on(self, agency_id: str, slot_id: str) -> bool | None:
        """Whether the agency comes, or could come, on that date by its last word; None is silence.

        On the fixed date its 出欠 is that word, before it what it answered when dates were asked.
        """
        invite = self.invite(agency_id)
        if slot_id == self.fixed_slot_id and invite and invite.attendance:
            return invite.attendance.comes
        answer = self.answers.get(agency_id, {}).get(slot_id)
        return None if answer is None else answer.symbol is not Symbol.NO

    def could_come(self, agency_id: str, slot_id: str) -> bool:
        return self.word_on(agency_id, slot_id) is True

    def is_passed_over(self, invite: Invite) -> bool:
        """Whether it is or was required, and has not said that it could come on every date."""
        silent = not all(self.could_come(invite.agency_id, slot.id) for slot in self.slots)
        return invite.was_required or (invite.required and silent)

    def unanswered(self) -> list[str]:
        return [i.agency_id for i in self.invites if not self.has_answered(i.agency_id)]

    def has_begun(self, now: datetime) -> bool:
        slot = self.fixed_slot
        return slot is not None and slot.starts_at <= now

    @property
    def waits_for_chair(self) -> bool:
        """Whether its record was handed in, after it began."""
        record, slot = self.record, self.fixed_slot
        if self.state is not MeetingState.FIXED or record is None or slot is None:
            return False
        asked = record.asked_to_confirm_at
        return asked is not None and slot.starts_at <= asked

    def is_over(self, now: datetime) -> bool:
        slot = self.fixed_slot
        return slot is not None and slot.ends_at <= now

    @property
    def needs_no_consent(self) -> bool:
        """Whether a person may be talked about here without consent."""
        return conditions_of(self.bases) == {BasisCondition.SECRECY}

    @property
    def needs_consent(self) -> bool:
        return BasisCondition.CONSENT in conditions_of(self.bases)

    @property
    def needs_secrecy(self) -> bool:
        """Whether the secrecy duty is confirmed before the first content is shown."""
        return BasisCondition.SECRECY in conditions_of(self.bases)
