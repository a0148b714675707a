"""The lines of a case's page: referrals, meetings, roles, plan, follow-ups, consent, closures.

`reads` says whether the one who asks may read content; without it every word about the person
is left out here, so that no template can show it by mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from workflows.cases.follow_up_schedule import EVERY
from workflows.cases.need_asks import may_be_taken_back
from workflows.cases.refer import may_ask_back
from workflows.cases.story import who
from workflows.core.permissions import Action, Decision, Standing
from workflows.core.work import Work
from workflows.forms import Value
from workflows.japanese.open_days import months_later
from workflows.meetings.parts import may_read_meeting_result
from workflows.model.case import Case, FollowUp, Plan, Referral, RoleAssignment, TakenBack
from workflows.model.meeting import AgendaItem
from workflows.model.successors import Away


@dataclass(frozen=True)
class ReferralLine:
    """`depth` is how often it was passed on before; `request`, `reason`, `said_by` are content.

    `heard_by`, a HeardBy, marks what somebody entered for the agency.
    """

    id: str
    agency_id: str
    agency_name: str
    purpose: str
    asked_by: str
    asked_at: datetime
    reply_by: datetime
    depth: int
    from_agency: str
    answer: str
    replied_by: str
    replied_at: datetime | None
    next_agency: str
    request: str
    reason: str
    mine: bool
    heard_by: str
    said_by: str
    may_take_back: bool
    stands_still: bool  # the person's word shuts the agency out: it owes and reads nothing
    taken_back: "TakenBackLine | None"
    carried: bool  # it is answered in another case of the person
    came_from: str  # the number of the case where it was asked first, for who may know of it

    @property
    def waits(self) -> bool:
        """Whether the agency's answer is waited for."""
        return not (self.answer or self.stopped)

    @property
    def stopped(self) -> str:
        """Why nobody waits for it here any more: taken_back, carried, not_covered, or ""."""
        if self.taken_back:
            return "taken_back"
        if self.carried:
            return "carried"
        return "not_covered" if self.stands_still else ""


@dataclass(frozen=True)
class TakenBackLine:
    """A referral that was taken back. `looked` says who of the agency had seen which parts of the
    case when; that and the reason are content."""

    by: str
    at: datetime
    mistake: bool
    reason: str
    looked: tuple[tuple[str, datetime, tuple[str, ...]], ...]


@dataclass(frozen=True)
class MeetingOfCase:
    """A meeting of the case, to come or gone; `may_open` and `may_read` are the asker's."""

    id: str
    kind: str
    bases: tuple[str, ...]
    state: str
    starts_at: datetime | None
    answer_by: datetime
    live: bool
    may_open: bool
    may_read: bool
    secrecy_open: bool


@dataclass(frozen=True)
class RoleLine:
    """`task` and `outcome` are content, left out unless `reads`: see reads_role."""

    id: str
    agency_id: str
    agency_name: str
    member_name: str
    inherited: bool  # whoever was named is no longer in the agency: its window sees to it
    due_on: date
    reads: bool
    task: str
    done_at: datetime | None
    done_by: str
    outcome: str
    may_tick: bool
    without_agency: bool  # the person's word shut its agency out: for others to take on
    stopped: str  # carried (to another case of the person), ended, or ""
    came_from: str  # as of a ReferralLine
    away: Away | None = None  # of the member

    @property
    def keeps_open(self) -> bool:
        """Whether the case cannot be closed before it is done."""
        return self.done_at is None and not self.without_agency and not self.stopped


@dataclass(frozen=True)
class PlanLine:
    """One version; `values` and what they say are content, `changed` are field ids."""

    version: int
    by: str
    at: datetime
    changed: tuple[str, ...]
    ends_on: date | None
    values: Mapping[str, Value]


@dataclass(frozen=True)
class FollowUpLine:
    """`next_on` is the day that the form proposes for the check after this one.

    `waits` says that it was neither answered nor missed, `late` that its day has gone by; `is_next`
    marks the one that an answer of today is about.
    """

    id: str
    due_on: date
    origin: str
    result: str
    comment: str
    by: str
    at: datetime | None
    next_on: date
    waits: bool
    missed: bool
    carried: bool  # it is owed in another case of the person
    came_from: str  # as of a ReferralLine
    late: bool
    is_next: bool


@dataclass(frozen=True)
class ReassessmentLine:
    """`outcome` is content. `how` as of a Reassessment."""

    asked_at: datetime
    at: datetime
    by: str
    how: str
    outcome: str


@dataclass(frozen=True)
class ConsentLine:
    """`status` is said as 会議可 or 会議不可 to those who may not read; the rest is content."""

    status: str
    at: datetime
    by: str
    on: date | None
    method: str
    scope: tuple[str, ...]


@dataclass(frozen=True)
class ClosureLine:
    kind: str
    by: str
    at: datetime
    reopened_by: str
    reopened_at: datetime | None
    reopen_reason: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class JudgementLine:
    """What a meeting judged and somebody carries out; `what` and `reason` are content.

    `how` it ended is "" while it waits.
    """

    id: str
    what: str
    at: datetime
    waits: bool
    ended_at: datetime | None
    ended_by: str
    how: str
    reason: str


@dataclass(frozen=True)
class MissingLine:
    """What a meeting found missing in the town for this case: content."""

    meeting_id: str
    at: datetime
    text: str


@dataclass(frozen=True)
class EditLine:
    version: int
    by: str
    at: datetime
    fields: tuple[str, ...]


@dataclass(frozen=True)
class NeedLine:
    """How one asking ended whether the case is still needed: `how` as in NeedAsk. `reason` and
    `next_step` are content."""

    id: str
    asked_at: datetime
    how: str
    at: datetime
    by: str
    agency_name: str
    reason: str
    next_step: str
    taken_back_by: str
    taken_back_at: datetime | None
    may_take_back: bool


def in_chains(case: Case) -> list[Referral]:
    """Each first referral, followed by those that it was passed on to."""
    ordered: list[Referral] = []

    def follow(referral: Referral) -> None:
        ordered.append(referral)
        for later in case.referrals:
            if later.passed_from == referral.id:
                follow(later)

    for referral in case.referrals:
        if referral.passed_from is None:
            follow(referral)
    return ordered


def referral_line(
    case: Case, one: Referral, reads: bool, reads_reply: bool, work: Work
) -> ReferralLine:
    """`reads` opens what was asked, `reads_reply` what was answered in words."""
    chain, reply = case.chain(one), one.reply
    reads = reads and reads_carried(case, one, work)
    counts = one.waits or one.took_part
    stands_still = counts and not case.covers(one.agency_id)
    return ReferralLine(
        id=one.id,
        agency_id=one.agency_id,
        agency_name=work.agency_name(one.agency_id, one.asked_at),
        purpose=one.purpose,
        asked_by=who(one.asked_by, work, one.asked_at),
        asked_at=one.asked_at,
        reply_by=one.reply_by,
        depth=len(chain) - 1,
        from_agency=work.agency_name(chain[-2].agency_id, one.asked_at) if len(chain) > 1 else "",
        answer=str(reply.answer) if reply else "",
        replied_by=who(reply.by, work, reply.at) if reply else "",
        replied_at=reply.at if reply else None,
        next_agency=work.agency_name(reply.next_agency_id, reply.at)
        if reply and reply.next_agency_id
        else "",
        request=one.request if reads else "",
        reason=reply.reason if reply and reads_reply else "",
        mine=one.agency_id == work.me.agency_id,
        heard_by=reply.heard_by if reply else "",
        said_by=reply.said_by if reply and reads_reply else "",
        may_take_back=case.is_open
        and counts
        and not stands_still
        and may_ask_back(case, one, work),
        stands_still=stands_still,
        taken_back=_taken_back(one.taken_back, reads, work) if one.taken_back else None,
        carried=one.went is not None,
        came_from=came_from(case.id, one, work),
    )


def reads_carried(case: Case, one: Referral | RoleAssignment, work: Work) -> bool:
    """Whether the words of what came from another case of the person may be read: by the agency
    that owes it, and who reads the case that they were written in. Where that one was disposed of,
    by the coordinators."""
    if one.came is None or one.agency_id == work.me.agency_id:
        return True
    row = work.uow.cases.row(one.came.case_id) if one.came.case_id else None
    if row is None:
        return Standing.COORDINATOR in work.standings(case)
    return work.may(Action.READ_CASE, row).allowed


def came_from(
    case_id: str, one: Referral | RoleAssignment | FollowUp | AgendaItem, work: Work
) -> str:
    """The number of the case that it came from, for who may know of that one; "" of what was split
    off from this one, and came back."""
    other_id = one.came.case_id if one.came else ""
    row = work.uow.cases.row(other_id) if other_id not in ("", case_id) else None
    return row.number if row and work.may(Action.SEE_CASE, row).allowed else ""


def _taken_back(one: TakenBack, reads: bool, work: Work) -> TakenBackLine:
    looked = [(work.member_name(s.member_id, s.at), s.at, tuple(s.parts)) for s in one.looks]
    return TakenBackLine(
        by=who(one.by, work, one.at),
        at=one.at,
        mistake=one.mistake,
        reason=one.reason if reads else "",
        looked=tuple(looked) if reads else (),
    )


def meeting_lines(case: Case, work: Work) -> tuple[MeetingOfCase, ...]:
    found: list[MeetingOfCase] = []
    for meeting_id in [*case.live_meeting_ids, *reversed(case.past_meeting_ids)]:
        row = work.uow.meetings.row(meeting_id)
        if row is None:
            continue
        read = work.may(Action.READ_RECORD, row)
        found.append(
            MeetingOfCase(
                id=row.id,
                kind=row.called,
                bases=tuple(str(b) for b in row.bases),
                state=row.state_at(work.now),
                starts_at=row.starts_at,
                answer_by=row.answer_by,
                live=row.is_live,
                may_open=work.may(Action.SEE_MEETING, row).allowed,
                may_read=read.allowed and row.record_confirmed,
                secrecy_open=read.reason == "denied.confirm_secrecy_first",
            )
        )
    return tuple(found)


def reads_role(case: Case, one: RoleAssignment, read_case: Decision, work: Work) -> bool:
    """Whether the words of a role may be read by who reads the case.

    A role belongs to the case, and its words to the record that gave it: they are read by whoever
    has the role, and as what a meeting decided (docs/rules.md 6). Of one that came from another
    case of the person it is asked there.
    """
    if not (read_case.allowed and reads_carried(case, one, work)):
        return False
    if one.agency_id == work.me.agency_id:
        return True
    first = work.uow.cases.row(one.came.case_id) if one.came and one.came.case_id else None
    return may_read_meeting_result(one.meeting_id, first or case, work)


def role_line(
    case: Case, one: RoleAssignment, may: Mapping[Action, Decision], reads: bool, work: Work
) -> RoleLine:
    reads = reads and reads_role(case, one, may[Action.READ_CASE], work)
    return RoleLine(
        id=one.id,
        agency_id=one.agency_id,
        agency_name=work.agency_name(one.agency_id),
        member_name=work.member_name(one.member_id) if one.member_id else "",
        away=work.away(one.member_id) if one.waits else None,
        inherited=bool(one.member_id and not work.seats.sits(one.member_id, one.agency_id)),
        due_on=one.due_on,
        reads=reads,
        task=one.task if reads else "",
        done_at=one.done_at,
        done_by=who(one.done_by, work, one.done_at),
        outcome=one.outcome if reads else "",
        may_tick=one.waits and may[Action.TICK_ROLE].allowed,
        without_agency=one.waits and not case.covers(one.agency_id),
        stopped="carried" if one.went else "ended" if one.ended_at else "",
        came_from=came_from(case.id, one, work),
    )


def plan_line(one: Plan, reads: bool, work: Work) -> PlanLine:
    return PlanLine(
        version=one.version,
        by=who(one.by, work, one.at),
        at=one.at,
        changed=tuple(one.changed),
        ends_on=one.ends_on,
        values=dict(one.values) if reads else {},
    )


def follow_ups_by_day(case: Case) -> list[FollowUp]:
    return sorted(case.follow_ups, key=lambda f: (f.waits, f.due_on))


def follow_up_line(one: FollowUp, case: Case, reads: bool, work: Work) -> FollowUpLine:
    later = [f.due_on for f in case.follow_ups if f.waits and f.id != one.id]
    coming = [d for d in later if d > work.today]
    usual = work.days.next_open(months_later(work.today, EVERY))
    return FollowUpLine(
        id=one.id,
        due_on=one.due_on,
        origin=one.origin,
        result=str(one.result) if one.result else "",
        comment=one.comment if reads else "",
        by=who(one.by, work, one.at),
        at=one.at,
        next_on=min(coming, default=usual),
        waits=one.waits,
        missed=one.missed_at is not None,
        carried=one.went is not None,
        came_from=came_from(case.id, one, work),
        late=one.waits and one.due_on < work.today,
        is_next=one is case.check_to_answer(work.today),
    )


def reassessment_lines(case: Case, reads: bool, work: Work) -> tuple[ReassessmentLine, ...]:
    return tuple(
        ReassessmentLine(
            one.asked_at, one.at, who(one.by, work, one.at), one.how, one.outcome if reads else ""
        )
        for one in case.reassessments
    )


def judgement_lines(
    case: Case, read_case: Decision, reads: bool, work: Work, item: str = ""
) -> tuple[JudgementLine, ...]:
    """The newest first; what each (of a page about `item` that one) says, as far as the record that
    holds it may be read."""
    found = []
    for one in reversed(case.judgements):
        read = reads and read_case.allowed and item in ("", one.id)
        read = read and may_read_meeting_result(one.meeting_id, case, work)
        found.append(
            JudgementLine(
                id=one.id,
                what=one.what if read else "",
                at=one.at,
                waits=one.waits,
                ended_at=one.ended_at,
                ended_by=who(one.ended_by, work, one.ended_at),
                how=one.how,
                reason=one.reason if read else "",
            )
        )
    return tuple(found)


def missing_lines(case: Case, read_case: Decision, work: Work) -> tuple[MissingLine, ...]:
    """足りなかった社会資源 of every confirmed record that may be read, the newest first."""
    found = []
    for meeting_id in reversed(case.past_meeting_ids):
        row = work.uow.meetings.row(meeting_id)
        if row is None or case.id not in row.missing:
            continue
        if not (read_case.allowed and may_read_meeting_result(meeting_id, case, work)):
            continue
        meeting = work.uow.meetings.get(meeting_id)
        record = meeting.record if meeting else None
        if record and record.confirmed_at:
            text = str(record.cases.get(case.id, {}).get("missing_resources", ""))
            found.append(MissingLine(meeting_id, record.confirmed_at, text))
    return tuple(found)


def consent_lines(case: Case, reads: bool, work: Work) -> tuple[ConsentLine, ...]:
    return tuple(
        ConsentLine(
            status=one.status,
            at=one.at,
            by=who(one.by, work, one.at),
            on=one.on if reads else None,
            method=one.method if reads else "",
            scope=tuple(work.agency_name(a, one.at) for a in one.scope) if reads else (),
        )
        for one in reversed(case.consents)
    )


def need_lines(case: Case, reads: bool, work: Work) -> tuple[NeedLine, ...]:
    """How each asking ended, the newest first; the one that waits is a promise."""
    return tuple(
        NeedLine(
            id=one.id,
            asked_at=one.asked_at,
            how=one.how,
            at=one.ended_at,
            by=who(one.ended_by, work, one.ended_at),
            agency_name=work.agency_name(one.agency_id, one.ended_at),
            reason=one.reason if reads else "",
            next_step=one.next_step if reads else "",
            taken_back_by=who(one.taken_back_by, work, one.taken_back_at),
            taken_back_at=one.taken_back_at,
            may_take_back=may_be_taken_back(case, one)
            and work.may(Action.SAY_STILL_NEEDED, case).allowed,
        )
        for one in reversed(case.need_asks)
        if one.ended_at
    )


def closure_lines(case: Case, reads: bool, work: Work) -> tuple[ClosureLine, ...]:
    return tuple(
        ClosureLine(
            kind=one.kind,
            by=who(one.by, work, one.at),
            at=one.at,
            reopened_by=who(one.reopened_by, work, one.reopened_at),
            reopened_at=one.reopened_at,
            reopen_reason=one.reopen_reason if reads else "",
            values=dict(one.values) if reads else {},
        )
        for one in sorted((*case.closures, *case.watchings), key=lambda c: c.at, reverse=True)
    )
