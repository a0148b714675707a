"""会議記録: drafted from what is known, confirmed by the chair, posted; roles go to the cases."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from workflows.cases.drafts import finish_drafts
from workflows.cases.follow_up_schedule import (
    FURTHEST,
    checks_ahead,
    plan_check,
    plan_series,
)
from workflows.cases.judgements import take_over_judgement
from workflows.cases.parts_ended import tell_of_roles_without_agency
from workflows.cases.refer import state_ground
from workflows.cases.reply import set_lead, tell_lead
from workflows.core.checking import rows, text
from workflows.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action, Standing
from workflows.core.ports import Post
from workflows.core.work import Work, new_id
from workflows.forms import FieldError, Raw, Value, check
from workflows.guard.shown import masked_texts, shown_text_errors
from workflows.guard.while_typing import summary_errors
from workflows.japanese.characters import as_typed
from workflows.japanese.open_days import months_later
from workflows.meetings.attended import (
    attendance_of,
    checked_attendance,
    how_many_came,
    not_known,
)
from workflows.meetings.parts import may_read_part
from workflows.meetings.record_roles import (
    decided_ground,
    may_be_given,
    member_still_there,
    other_agency_errors,
    tell_role,
    uncovered_role_errors,
)
from workflows.model.case import Case, RoleAssignment
from workflows.model.directory import Role
from workflows.model.meeting import Meeting, MeetingState, Record
from workflows.model.notice import Facts
from workflows.model.promise import confirm_by, record_by

HAS_PART = {Standing.ORGANISER, Standing.MEETING_CHAIR, Standing.INVITED_AGENCY}
DRAFT_FORM = "record"  # of the drafts of records
ROOM_MATTER = "record:"  # of the summary in a meeting's room
DEFAULT_ROLE_DAYS = 10  # open days: a role without a date is due two weeks later; ours


def drafted(meeting: Meeting, work: Work) -> Record:
    """A record in which nobody has stated anything yet: who came is blank."""
    return Record(
        writer_id=work.actor.id if work.actor else meeting.organiser_id,
        started_at=work.now,
        version=0,
        cases={i.case_id: {} for i in meeting.agenda},
        writer_agency_id=work.actor.agency_id if work.actor else meeting.organiser_agency_id,
    )


@dataclass(frozen=True)
class SavedRecord:
    """The record's version, and how many roles were given out where it was shared."""

    version: int
    roles: int = 0


@dataclass(frozen=True)
class SaveRecord(Command[SavedRecord]):
    """Save the record, unfinished or ready; with `shares` the chair confirms it as well. My drafts
    of it end.

    `attended` is agency id to (presence, who), "unknown" while nobody says; `cases` is case id to
    the typed fields. With
    `ready` every field is checked and the chair is asked to confirm (or, being the chair, may).
    `summary` is told in the chats: at most 100 characters, and nothing of the people.
    """

    meeting_id: str
    base_version: int
    attended: Mapping[str, tuple[str, str]]
    cases: Mapping[str, Raw]
    ready: bool = False
    summary: str = ""
    shares: bool = False


@handles(
    SaveRecord,
    Action.WRITE_RECORD,
    code="save_record",
    others={"cases": "only parts that the writer may read are taken"},
)
def save_record(command: SaveRecord, work: Work) -> SavedRecord:
    version = _save(replace(command, ready=True) if command.shares else command, work)
    finish_drafts(DRAFT_FORM, command.meeting_id, work)
    if not command.shares:
        return SavedRecord(version)
    work.must(Action.CONFIRM_RECORD, work.meeting(command.meeting_id))
    return SavedRecord(version, confirm_record(ConfirmRecord(command.meeting_id, version), work))


def _save(command: SaveRecord, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    if meeting.state is not MeetingState.FIXED:
        raise Refused("record.not_now")
    if not meeting.has_begun(work.now):
        raise Refused("record.before_meeting")
    record = meeting.record or drafted(meeting, work)
    if record.version != command.base_version:
        raise Conflict(
            "record.changed_meanwhile",
            by=work.member_name(record.saved_by, record.saved_at),
            at=(record.saved_at or record.started_at).isoformat(),
        )
    before, seen = attendance_of(meeting, record, work), masked_texts(meeting, work)
    typed = {
        a: (presence, seen.as_written(who, before[a].who, record.saved_by))
        for a, (presence, who) in command.attended.items()
        if a in before
    }
    attended, errors = checked_attendance(before, typed, ready=command.ready)
    cases, wrong = _checked_cases(meeting, record, command.cases, work, ready=command.ready)
    errors += [*wrong, *summary_errors(command.summary, meeting, work)]
    who = {f"{a}.who": typed[a][1] for a in typed if typed[a][1] != before[a].who}
    errors += shown_text_errors(who, meeting, work)
    if errors:
        raise Invalid(errors)
    summary = " ".join(as_typed(command.summary).split())
    stands = (attended, cases, summary) == (before, record.cases, record.summary)
    if stands and command.ready and meeting.waits_for_chair:
        return record.version  # the chair has read it, and changed nothing
    if not stands:
        record.keep_version()
    if not record.version:  # whoever corrects it later does not become its writer
        record.writer_id, record.writer_agency_id = work.me.id, work.me.agency_id
    if not (stands and record.version):  # nor who hands in another's words their author
        record.saved_by = work.me.id
    record.attended, record.cases, record.summary = attended, cases, summary
    record.version += 1
    record.saved_at = work.now
    record.asked_to_confirm_at = work.now if command.ready else None
    meeting.record = record
    work.record("record_saved", meeting=meeting, version=record.version, ready=command.ready)
    if command.ready and work.me not in work.chair(meeting):
        work.tell(
            "confirm_record",
            work.chair(meeting) or work.coordinators_of(meeting),
            once=f"{meeting.id}:{record.version}",
            facts={"due_at": confirm_by(work.now, work.days).isoformat()},
            meeting=meeting,
        )
    return record.version


def _checked_cases(
    meeting: Meeting, record: Record, typed: Mapping[str, Raw], work: Work, *, ready: bool
) -> tuple[dict[str, dict[str, Value]], list[FieldError]]:
    """The values of every case, and what is wrong; what is blank is wrong only when `ready`.

    A case that the writer may not see, or did not hand in, keeps what is written on it.
    """
    form = work.forms.form("record")
    errors: list[FieldError] = []
    found: dict[str, dict[str, Value]] = {}
    for item in meeting.agenda:
        case = work.uow.cases.get(item.case_id)
        mine = case is not None and may_read_part(meeting, case, work)
        kept = cast(Raw, record.cases.get(item.case_id, {}))
        raw = typed.get(item.case_id, kept) if mine else kept
        result = check(form, raw, today=work.today, known=work.known())
        wrong = [e for e in result.errors if ready or not _only_missing(e)]
        next_on = text(result.values, "next_on")
        if next_on and date.fromisoformat(next_on) > months_later(work.today, FURTHEST):
            wrong.append(FieldError("next_on", "follow_up.too_far", {"months": FURTHEST}))
        lead = text(result.values, "lead_agency")
        if ready and mine and case:
            if lead and not may_be_given(case, lead, meeting):
                agency = work.agency_name(lead)
                wrong.append(FieldError("lead_agency", "lead.not_covered", {"agency": agency}))
            wrong += uncovered_role_errors(case, raw, meeting, work)
        wrong += other_agency_errors(raw, work)
        errors += [FieldError(f"{item.case_id}.{e.field}", e.key, e.facts) for e in wrong]
        found[item.case_id] = result.values
    return found, errors


def _only_missing(error: FieldError) -> bool:
    # A row begun without its agency cannot be kept: half a row would be lost in silence.
    return error.key == "form.required" and "." not in error.field


def waiting_for_chair(meeting: Meeting, base_version: int, work: Work) -> Record:
    """The record as the chair has read it. Raises Refused when it does not wait for the chair, and
    Conflict when it was written on meanwhile."""
    record = meeting.record
    if meeting.state is MeetingState.RECORDED:
        raise Refused("record.confirmed_already")
    if record is None or not meeting.waits_for_chair:
        raise Refused("record.not_ready")
    if record.version != base_version:
        raise Conflict(
            "record.changed_meanwhile",
            by=work.member_name(record.saved_by, record.saved_at),
            at=(record.saved_at or record.started_at).isoformat(),
        )
    return record


@dataclass(frozen=True)
class ConfirmRecord(Command[int]):
    """The chair confirms; the summary is posted. Answers with the number of roles given out."""

    meeting_id: str
    base_version: int


@handles(ConfirmRecord, Action.CONFIRM_RECORD, code="confirm_record")
def confirm_record(command: ConfirmRecord, work: Work) -> int:
    meeting = work.meeting(command.meeting_id)
    record = waiting_for_chair(meeting, command.base_version, work)
    record.attended = attendance_of(meeting, record, work)
    if blank := not_known(record.attended):
        raise Refused("record.who_came_of", agencies=[work.agency_name(a) for a in blank])
    record.confirmed_by, record.confirmed_at = work.me.id, work.now
    meeting.state = MeetingState.RECORDED
    given = 0
    for item in meeting.agenda:
        given += _carry_to_case(work.case(item.case_id), meeting, record, work)
    work.record("record_confirmed", meeting=meeting, roles=given)
    _post_summary(meeting, record, work)
    _post_in_rooms(meeting, work)
    return given


def _carry_to_case(case: Case, meeting: Meeting, record: Record, work: Work) -> int:
    """Bring what was decided to the case: roles, lead agency, the next checks."""
    values = record.cases.get(case.id, {})
    case.live_meeting_ids = [m for m in case.live_meeting_ids if m != meeting.id]
    case.past_meeting_ids.append(meeting.id)
    roles = rows(values, "roles")
    lead, before = text(values, "lead_agency"), case.leading_agency_id
    if ground := decided_ground(case, meeting):
        named = {row["agency"] for row in roles} | ({lead} if lead else set())
        for agency_id in sorted(a for a in named if not case.covers(a)):
            state_ground(case, agency_id, ground, work, meeting.id)
    for row in roles:
        due = row.get("due_on", "")
        role = RoleAssignment(
            id=new_id(),
            agency_id=row["agency"],
            member_id=member_still_there(row.get("member", ""), row["agency"], work),
            task=row["task"],
            due_on=date.fromisoformat(due)
            if due
            else work.days.add_open_days(work.today, DEFAULT_ROLE_DAYS),
            meeting_id=meeting.id,
        )
        case.roles.append(role)
        if case.covers(role.agency_id):
            tell_role(case, role, meeting, work)
    tell_of_roles_without_agency(case, meeting, work)
    if lead and case.covers(lead):  # consent may have gone since it was written
        set_lead(case, lead, work)
    if _is_supported(case, values):
        case.supporting_since = case.supporting_since or work.now
    said = any(values.values())  # nothing stands on a case that was not reached
    if said and case.end_reassessment(work.now, record.confirmed_by, "meeting"):
        work.record("reassessed", case=case, how="meeting")
    if not said or not case.supporting_since:
        case.off_agenda_at = work.now  # what the meeting held back is owed anew
    take_over_judgement(case, meeting.id, values, work)
    series = plan_series(case, "meeting", work) if said or not checks_ahead(case, work) else []
    next_on = text(values, "next_on")
    if next_on and date.fromisoformat(next_on) > work.today:
        plan_check(case, date.fromisoformat(next_on), "meeting", work)
    if case.leading_agency_id and case.leading_agency_id != before:
        tell_lead(case, case.leading_agency_id, work)
    work.record(
        "decided",
        case=case,
        meeting=meeting,
        roles=len(roles),
        checks=[d.isoformat() for d in series],
        lead=case.answering_agency_id,
    )
    return len(roles)


def _is_supported(case: Case, values: dict[str, Value]) -> bool:
    """Whether anybody leads, has a role or has accepted, or the meeting judged how it goes on: a
    record that leaves all of it blank begins no support."""
    took_part = case.leading_agency_id or case.roles or any(r.took_part for r in case.referrals)
    return bool(took_part or text(values, "closure_judgement"))


def _post_summary(meeting: Meeting, record: Record, work: Work) -> None:
    """The chat-safe card: numbers, agencies, dates, counts; never what was said, and for each
    receiver of those cases alone that they heard."""
    receivers = [m for i in meeting.invites for m in work.contacts(i.agency_id)]
    receivers += work.runners(meeting)
    for receiver in {m.id: m for m in receivers}.values():
        heard = [c.id for c in work.agenda_for(receiver, meeting)[0]]
        work.tell(
            "record_posted",
            [receiver],
            once=meeting.id,
            facts=summary_facts(meeting, record, work, heard),
            meeting=meeting,
        )


def _post_in_rooms(meeting: Meeting, work: Work) -> None:
    """The same into the meeting's rooms, before they are closed."""
    for room in work.uow.posts.find("", kind="room", meeting_id=meeting.id):
        if room.place:
            work.uow.posts.put(
                Post(
                    id=new_id(),
                    platform=room.platform,
                    kind="room_card",
                    place=room.place,
                    member_id="",
                    matter=f"{ROOM_MATTER}{meeting.id}",
                    created_at=work.now,
                    meeting_id=meeting.id,
                )
            )


def summary_facts(meeting: Meeting, record: Record, work: Work, heard: Collection[str]) -> Facts:
    """What of a record may stand in a chat (class N and S), of the cases `heard` alone."""
    slot = meeting.fixed_slot
    decisions = 0
    numbers: list[str] = []
    roles: list[list[str]] = []
    next_days: list[list[str]] = []
    for row in map(work.uow.cases.row, [i.case_id for i in meeting.agenda if i.case_id in heard]):
        if row is None:
            continue
        values = record.cases.get(row.id, {})
        numbers.append(row.number)
        decisions += len(rows(values, "decisions"))
        roles += [
            [work.agency_name(r["agency"]), r.get("due_on", "")] for r in rows(values, "roles")
        ]
        if next_on := text(values, "next_on"):
            next_days.append([row.number, next_on])
    attended = attendance_of(meeting, record, work)
    return {
        "kind": meeting.called,
        "numbers": numbers,
        "starts_at": slot.starts_at.isoformat() if slot else "",
        "came": how_many_came(attended.values()),
        "not_known": len(not_known(attended)),
        "invited": len(attended),
        "decisions": decisions,
        "roles": roles,
        "next_days": next_days,
        "summary": record.summary,
    }


@dataclass(frozen=True)
class TakeOverWriting(Command[None]):
    """Make another member the writer of the record."""

    meeting_id: str
    writer_id: str


@handles(TakeOverWriting, Action.RUN_MEETING, code="take_over_writing")
def take_over_writing(command: TakeOverWriting, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if meeting.state is MeetingState.RECORDED:
        raise Refused("record.confirmed_already")
    if meeting.state is MeetingState.CANCELLED:
        raise Refused("meeting.cancelled")
    member = work.uow.directory.member(command.writer_id)
    if member is None:
        raise NotFound("not_found.member")
    # [ours] docs/rules.md 5: the writer reads, so who has no part in it is named by another.
    if member.id == work.me.id and not work.standings(meeting) & HAS_PART:
        raise NotAllowed("denied.write_record")
    if member.agency_id not in {i.agency_id for i in meeting.invites} and not (
        member.roles & {Role.COORDINATOR, Role.CHAIR}
    ):
        raise NotAllowed("denied.write_record")
    record = meeting.record or drafted(meeting, work)
    record.writer_id, record.writer_agency_id = member.id, member.agency_id
    meeting.record = record
    work.record("record_writer_set", meeting=meeting, member=member.id)
    slot = meeting.fixed_slot
    work.tell(
        "record_ask",
        [member],
        once=f"{meeting.id}:writer:{member.id}",
        facts={"due_at": record_by(slot.ends_at, work.days).isoformat()} if slot else {},
        meeting=meeting,
    )
