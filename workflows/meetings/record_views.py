"""The 会議記録 as its writer, its chair and its attendees may see it; each case to its own."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.cases.drafts import opened
from workflows.cases.lines import reads_role
from workflows.core.checking import rows
from workflows.core.errors import NotFound
from workflows.core.looks import Part, ShownPart, filled
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.ports import Draft
from workflows.core.work import Work
from workflows.forms import Raw, Value, check
from workflows.guard.shown import masked_texts
from workflows.guard.while_typing import SUMMARY_MAX, masked_for
from workflows.meetings.attended import (
    answered_to_date,
    attendance_of,
    checked_attendance,
    said_beforehand,
)
from workflows.meetings.parts import may_read_part
from workflows.meetings.record import DRAFT_FORM, drafted, summary_facts
from workflows.meetings.views import MeetingLine, line_of, meeting_of, record_state
from workflows.model.case import Case, RoleAssignment
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import Meeting, MeetingState, Record
from workflows.model.meeting_row import meeting_row
from workflows.model.notice import Facts


@dataclass(frozen=True)
class OpenRole:
    agency: str
    member: str
    task: str
    due_on: str


@dataclass(frozen=True)
class CaseRecord:
    """One case's part; `open_roles` and `last_decisions` are what the last sittings left."""

    case_id: str
    number: str
    values: Mapping[str, Value]
    lead: str
    open_roles: tuple[OpenRole, ...]
    last_decisions: tuple[str, ...]
    prepared: int


@dataclass(frozen=True)
class AgencyPresence:
    """An agency and what was stated of it; `said` (comes, absent), `said_who` and `answered`
    (the symbol to this date) are what it had said beforehand."""

    agency_id: str
    agency: str
    presence: str
    who: str
    said: str
    said_who: str
    answered: str


@dataclass(frozen=True)
class RecordView:
    """`hidden` counts the cases of the agenda that I may not read."""

    line: MeetingLine
    state: str
    version: int
    came: tuple[AgencyPresence, ...]
    cases: tuple[CaseRecord, ...]
    hidden: int
    writer: str
    corrected: tuple[tuple[str, datetime], ...]  # who else saved it afterwards, and when last
    saved_at: datetime | None
    confirmed_by: str
    confirmed_at: datetime | None
    is_chair: bool
    writable: bool
    begun: bool
    summary: Facts
    chat: str  # the summary for the chats, as typed
    earlier: tuple[tuple[int, str, datetime], ...]  # version, by, at; for its writers


@dataclass(frozen=True)
class GetRecord(Query[RecordView]):
    """To read it, or with `printed` to have it on paper: once it is confirmed.

    With `only` of one case's part alone, by its number; the others are not shown.
    """

    meeting_id: str
    printed: bool = False
    only: str = ""


@handles(GetRecord, Action.READ_RECORD, code="get_record")
def get_record(query: GetRecord, work: Work) -> RecordView:
    meeting = meeting_of(query.meeting_id, work)
    record = meeting.record
    if record is None or record.confirmed_at is None:
        record = None  # unfinished words are the writers' alone, on the page where they write
    work.printed = query.printed
    parts = frozenset({Part.RECORD}) if record else frozenset()
    return record_view(meeting, record or drafted(meeting, work), parts, work, query.only)


@dataclass(frozen=True)
class WriteRecord(Query[RecordView]):
    """To write it: with `drawn` as far as it is known, for a page that shows it. Without, whose
    parts there are, for a form that was sent."""

    meeting_id: str
    drawn: bool = False


@handles(WriteRecord, Action.WRITE_RECORD, code="write_record")
def write_record(query: WriteRecord, work: Work) -> RecordView:
    meeting = meeting_of(query.meeting_id, work)
    parts = frozenset({Part.RECORD, Part.BEFORE}) if query.drawn else frozenset()
    return record_view(meeting, meeting.record or drafted(meeting, work), parts, work)


def _writes(meeting: Meeting, work: Work) -> bool:
    return work.may(Action.WRITE_RECORD, meeting).allowed


def record_view(
    meeting: Meeting, record: Record, shown: Collection[Part], work: Work, only: str = ""
) -> RecordView:
    wanted = work.uow.cases.id_of(only) if only else None
    asked = [i.case_id for i in meeting.agenda if not only or i.case_id == wanted]
    parts = [p for c in asked if (p := _part(meeting, c, record, shown, work))]
    return RecordView(
        line=line_of(meeting_row(meeting), work),
        state=record_state(meeting),
        version=record.version,
        came=_came(meeting, record, work),
        cases=tuple(parts),
        hidden=len(asked) - len(parts),
        writer=work.member_name(record.writer_id, record.saved_at),
        corrected=tuple((work.member_name(by, at), at) for by, at in record.corrections.items()),
        saved_at=record.saved_at,
        confirmed_by=work.member_name(record.confirmed_by, record.confirmed_at),
        confirmed_at=record.confirmed_at,
        is_chair=Standing.MEETING_CHAIR in work.standings(meeting),
        writable=_writes(meeting, work) and meeting.state is MeetingState.FIXED,
        begun=meeting.has_begun(work.now),
        summary=_as_it_leaves(meeting, record, work),
        chat=record.summary,
        earlier=tuple(
            (one.version, work.member_name(one.by, one.at), one.at)
            for one in (meeting.record.earlier if meeting.record else ())
        )
        if _writes(meeting, work)
        else (),
    )


def _as_it_leaves(meeting: Meeting, record: Record, work: Work) -> Facts:
    """What the chats show to me, as the guard lets it go; a room shows what all of them hear."""
    heard = [c.id for c in work.agenda_for(work.actor, meeting)[0]]
    facts = summary_facts(meeting, record, work, heard)
    return {**facts, "summary": masked_for(meeting, record.summary, work)}


def _part(
    meeting: Meeting, case_id: str, record: Record, shown: Collection[Part], work: Work
) -> CaseRecord | None:
    case = work.uow.cases.get(case_id)
    if case is None or not may_read_part(meeting, case, work):
        return None
    # What the case holds beyond this record is for those who may still read the case.
    read_case = work.may(Action.READ_CASE, case)
    values = dict(record.cases.get(case_id, {})) if Part.RECORD in shown else {}
    before = Part.BEFORE in shown
    found = CaseRecord(
        case_id=case_id,
        number=case.number,
        values=values,
        lead=work.agency_name(case.leading_agency_id),
        open_roles=tuple(
            _open_role(r, work)
            for r in case.roles
            if before
            and r.waits
            and _shares_footing_with(r, meeting, work)
            and reads_role(case, r, read_case, work)
        ),
        last_decisions=_last_decisions(case, meeting, work) if before else (),
        prepared=len(meeting.preparations.get(case_id, {})),
    )
    if fields := filled(values):
        confirmed = record.confirmed_at is not None
        part = ShownPart(Part.RECORD, record.version, fields, confirmed)
        work.show(case, part, meeting=meeting)
    if found.open_roles or found.last_decisions:
        work.show(case, ShownPart(Part.BEFORE), meeting=meeting)
    return found


def _open_role(role: RoleAssignment, work: Work) -> OpenRole:
    return OpenRole(
        work.agency_name(role.agency_id),
        work.member_name(role.member_id) if role.member_id else "",
        role.task,
        role.due_on.isoformat(),
    )


def _shares_footing_with(role: RoleAssignment, meeting: Meeting, work: Work) -> bool:
    """Whether a role may stand beside the record of this meeting: not one that was given on another
    footing, unless the one that gave it is not known any more."""
    gave = work.uow.meetings.row(role.meeting_id)
    return gave is None or _shares_footing(gave.bases, meeting)


def _shares_footing(bases: Iterable[LegalBasis], meeting: Meeting) -> bool:
    """Records under different footings are not mixed (docs/rules.md 6)."""
    one, other = set(bases), set(meeting.bases)
    return one <= other or other <= one


def _last_decisions(case: Case, meeting: Meeting, work: Work) -> tuple[str, ...]:
    """What the last sitting on the case decided, if I was on that one too (docs/rules.md 6)."""
    for earlier_id in reversed(case.past_meeting_ids):
        earlier = work.uow.meetings.get(earlier_id)
        if earlier is None or earlier.id == meeting.id or earlier.record is None:
            continue
        if not _shares_footing(earlier.bases, meeting):
            continue
        if not work.may(Action.READ_RECORD, earlier).allowed:
            continue
        if not may_read_part(earlier, case, work):
            continue
        decided = rows(dict(earlier.record.cases.get(case.id, {})), "decisions")
        return tuple(d["text"] for d in decided if d.get("text"))
    return ()


def _came(meeting: Meeting, record: Record, work: Work) -> tuple[AgencyPresence, ...]:
    """Required agencies first, then the invited ones, then who runs it."""
    found, words = [], masked_texts(meeting, work)
    for agency_id, how in attendance_of(meeting, record, work).items():
        agency, invite = work.uow.directory.agency(agency_id), meeting.invite(agency_id)
        said, said_who = said_beforehand(meeting, agency_id)
        line = AgencyPresence(
            agency_id,
            work.agency_name(agency_id, record.confirmed_at),
            how.kind,
            words.of(how.who, record.saved_by),
            said,
            words.of(said_who),
            answered_to_date(meeting, agency_id),
        )
        place = (0 if invite.required else 1) if invite else 2
        found.append((place, agency.kana if agency else "", line))
    return tuple(line for _, _, line in sorted(found, key=lambda entry: entry[:2]))


@dataclass(frozen=True)
class FindRecordDraft(Query[Draft | None]):
    """My own unsent writing on this meeting's record, as far as I may still read its cases."""

    meeting_id: str


@handles(FindRecordDraft, Action.SEE_MEETING, code="find_record_draft")
def find_record_draft(query: FindRecordDraft, work: Work) -> Draft | None:
    mine = work.uow.drafts.of_member(work.me.id)
    found = [d for d in mine if (d.form, d.subject) == (DRAFT_FORM, query.meeting_id)]
    return max(opened(found, work), key=lambda d: d.saved_at, default=None)


@dataclass(frozen=True)
class PreviewRecord(Query[Facts]):
    """What the chat would show of this unfinished record: numbers, agencies, dates, counts."""

    meeting_id: str
    attended: Mapping[str, tuple[str, str]]
    cases: Mapping[str, Raw]
    summary: str = ""


@handles(
    PreviewRecord,
    Action.SEE_MEETING,
    code="preview_record",
    others={"cases": "of what is typed there, what the chats would say"},
)
def preview_record(query: PreviewRecord, work: Work) -> Facts:
    meeting = meeting_of(query.meeting_id, work)
    # Not as content: what comes out is what everybody gets, and it is asked every few seconds.
    work.must(Action.WRITE_RECORD, meeting)
    form = work.forms.form("record")
    record = drafted(meeting, work)
    record.saved_at = work.now  # as if it were saved as it stands
    record.attended, _ = checked_attendance(
        attendance_of(meeting, record, work), query.attended, ready=False
    )
    for item in meeting.agenda:
        typed = query.cases.get(item.case_id, {})
        values = check(form, typed, today=work.today, known=work.known()).values
        # A row that is still half typed is not announced.
        whole = [r for r in rows(values, "roles") if r.get("agency") and r.get("task")]
        record.cases[item.case_id] = {**values, "roles": whole}
    record.summary = " ".join(query.summary.split())[:SUMMARY_MAX]
    return _as_it_leaves(meeting, record, work)


@dataclass(frozen=True)
class GetRecordSummary(Query[Facts]):
    """What the chats show of a confirmed record. Raises NotFound while there is none."""

    of_meeting: str


@handles(GetRecordSummary, Action.KEEP_TIME, code="get_record_summary")
def get_record_summary(query: GetRecordSummary, work: Work) -> Facts:
    meeting = meeting_of(query.of_meeting, work)
    if meeting.record is None or meeting.record.confirmed_at is None:
        raise NotFound("not_found.meeting")
    return _as_it_leaves(meeting, meeting.record, work)
