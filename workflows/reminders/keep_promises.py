"""The clock keeps promises: one that is due is taken up its ladder by one rung."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from workflows.cases.follow_up_schedule import mark_missed
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.digest.build import build_digest
from workflows.model.case_row import CaseRow
from workflows.model.directory import Member, Role
from workflows.model.meeting_row import MeetingRow
from workflows.model.promise import Promise, PromiseKind, asked_too_late, digest_on
from workflows.promises.derive import derive_promises
from workflows.promises.ladder import (
    AGAIN,
    ASKED_FOR_TOMORROW,
    LADDERS,
    REMINDERS,
    Rung,
    Tell,
    is_past_its_time,
    next_at,
    rung_at,
    rungs_at,
)
from workflows.reminders.reminder import agency_of, remind

DIGEST_SUBJECT = "town"


@dataclass(frozen=True)
class GetDuePromises(Query[tuple[str, ...]]):
    """The keys of the promises whose moment has come, the earliest first."""


@handles(GetDuePromises, Action.KEEP_TIME, code="get_due_promises")
def get_due_promises(query: GetDuePromises, work: Work) -> tuple[str, ...]:
    return tuple(work.uow.promises.due(work.now))


@dataclass(frozen=True)
class KeepNextPromise(Command[bool]):
    """Act on one promise whose moment has come, that of this key if one is named.

    Answers whether there was one.
    """

    key: str = ""


@handles(KeepNextPromise, Action.KEEP_TIME, code="keep_next_promise")
def keep_next_promise(command: KeepNextPromise, work: Work) -> bool:
    standing = work.uow.promises.claim(work.now, command.key)
    if standing is None:
        return False
    promise = standing.promise
    if promise.kind is PromiseKind.DIGEST:
        build_digest(work)
        plan_digest(work, kept=True)
        return True
    if is_too_late(promise, work):
        work.uow.promises.stepped(promise.key, len(LADDERS.get(promise.kind, ())), None)
        return True
    step = standing.step
    if _cannot_be_read(promise, work):
        # Nobody is reminded of what they cannot open: they hear of it when it can be read again.
        again = work.days.at_opening(work.days.next_open(work.today, including=False))
        work.uow.promises.stepped(promise.key, step, again)
        return True
    if is_past_its_time(promise, step, work.now):
        step += 1
        planned = rung_at(promise, step, work.days)
        if planned is None or planned > work.now:
            work.uow.promises.stepped(promise.key, step, planned)
            return True
    if promise.kind is PromiseKind.FOLLOW_UP and _is_missed(promise, work):
        return True
    told: set[str] = set()  # whoever stands on two rungs of a moment gets one card
    for rung in rungs_at(promise.kind, step, urgent=promise.urgent):
        told |= send_rung(promise, rung, step, work, told)
    step += 1
    work.uow.promises.stepped(promise.key, step, next_at(promise, step, work.now, work.days))
    return True


def _cannot_be_read(promise: Promise, work: Work) -> bool:
    case = work.uow.cases.row(promise.case_id) if promise.case_id else None
    meeting = work.uow.meetings.row(promise.meeting_id) if promise.meeting_id else None
    return bool((case and case.broken) or (meeting and meeting.broken))


def is_too_late(promise: Promise, work: Work) -> bool:
    """Whether they come is asked no more; see `asked_too_late`."""
    if promise.kind is not PromiseKind.ATTEND or promise.meeting_id is None:
        return False
    meeting = work.uow.meetings.row(promise.meeting_id)
    return asked_too_late(promise, meeting.starts_at if meeting else None, work.now)


def _is_missed(promise: Promise, work: Work) -> bool:
    """When the day of a later check has come, the earlier one will not take place any more.

    What is owed on the case is drawn anew: from the day of a check on, the one after it as well.
    """
    case = work.case(promise.subject_id)
    mark_missed(case, work)
    derive_promises(case, work)
    return not any(f.id == promise.item_id and f.waits for f in case.follow_ups)


def send_rung(
    promise: Promise, rung: Rung, step: int, work: Work, told: Collection[str] = ()
) -> set[str]:
    """Notify the receivers of this rung who are not in `told`; returns the ids of those
    notified.

    What they were to hear of it later, because they asked for it, is said by this.
    """
    if promise.kind is PromiseKind.ATTEND and rung.tell is not Tell.DEBTOR:
        asked = work.uow.meetings.get(promise.subject_id)
        invite = asked.invite(promise.agency_id or "") if asked else None
        if invite is None or not invite.required:
            return set()  # it may be held without them
    case = work.uow.cases.row(promise.case_id) if promise.case_id else None
    meeting = work.uow.meetings.row(promise.meeting_id) if promise.meeting_id else None
    found = receivers(promise, rung.tell, case, meeting, work)
    to = [m for m in found if m.id not in told]
    waits = work.uow.outbox.waiting_reminders([m.id for m in to], REMINDERS)
    same = [w for w in waits if w.promise == promise.key and ASKED_FOR_TOMORROW in w.dedupe_key]
    work.uow.outbox.let_go([w.notice_id for w in same], work.now, "overtaken")
    remind(promise, rung, to, f":{step}", work)
    agency = promise.agency_id or agency_of(promise.member_id, work) or ""
    _record(promise, rung, found, case, meeting, agency, work)
    return {m.id for m in to}


def _record(  # noqa: PLR0917 -- what was told, to whom, about what
    promise: Promise,
    rung: Rung,
    found: Collection[Member],
    case: CaseRow | None,
    meeting: MeetingRow | None,
    agency: str,
    work: Work,
) -> None:
    """The story says only what was done: whom it could not be told, and who heard of a restricted
    case in place of coordinators or managers."""
    if not found:
        work.record("nobody_reminded", case=case, meeting=meeting, what=str(promise.kind))
        return
    office = {Tell.COORDINATOR: Role.COORDINATOR, Tell.MANAGER: Role.MANAGER}.get(rung.tell)
    instead = office is not None and case is not None and case.restricted
    named = instead and not any(office in m.roles for m in found)
    told = "named" if named else str(rung.tell)
    work.record(f"reminded_{promise.kind}", case=case, meeting=meeting, told=told, agency=agency)


def receivers(
    promise: Promise, tell: Tell, case: CaseRow | None, meeting: MeetingRow | None, work: Work
) -> list[Member]:
    match tell:
        case Tell.DEBTOR:
            member = work.uow.directory.member(promise.member_id) if promise.member_id else None
            moved = member and promise.agency_id not in (None, member.agency_id)
            there = bool(member and member.is_active(work.today) and not moved)
            if member and there and promise.kind is not PromiseKind.ROLE:
                return [member]
            if promise.kind is PromiseKind.ANSWER_REQUEST:  # coordinators alone may answer it
                return work.coordinators()
            agency = promise.agency_id or (member.agency_id if member else None)
            found = work.contacts(agency, case) if agency else []
            if member and there:  # a role is the agency's: its window hears of it beside them
                return [member, *found]
            return found or _coordinators(case, meeting, work)
        case Tell.WRITER:
            found = work.writer(case) if case else []
            return _others(found, promise) or found
        case Tell.COORDINATOR:
            own = work.organiser(meeting, case) if meeting else []
            rest = _coordinators(case, meeting, work)
            found = [*own, *rest] if case else own or rest
            return _others(found, promise) or _others(rest, promise) or found
        case Tell.MANAGER:
            if case and case.restricted:  # the digest counts it for the others
                named = [m for m in work.managers() if m.id in case.named]
                rest = work.coordinators(case)
                return named or _others(rest, promise) or rest
            return [m for m in work.managers() if not (meeting and work.hides_meeting(m, meeting))]
        case Tell.ATTENDEES:
            if meeting is None:
                return []
            found = [m for a in meeting.agencies for m in work.contacts(a)]
            return found + work.runners(meeting)


def _coordinators(case: CaseRow | None, meeting: MeetingRow | None, work: Work) -> list[Member]:
    return work.coordinators_of(meeting) if meeting and not case else work.coordinators(case)


def _others(found: Iterable[Member], promise: Promise) -> list[Member]:
    """Without whoever owes it: nobody is asked to enquire of themselves."""
    return [m for m in found if m.agency_id != promise.agency_id and m.id != promise.member_id]


def plan_digest(work: Work, *, kept: bool = False) -> None:
    """Make sure that the next weekly digest is promised: Monday 8:30, else the next open day.

    One that is promised already stays, also when its moment has passed (a stop of the server),
    unless it was `kept` just now.
    """
    made = {d.isoformat() for d in work.uow.digests.days()}
    if work.uow.promises.open(subject_id=DIGEST_SUBJECT) and not kept:
        return
    on = digest_on(work.today, work.days)
    if on.isoformat() in made or work.days.at_opening(on) <= work.now:
        on = digest_on(work.today + timedelta(days=7), work.days)
    due = work.days.at_opening(on)
    promise = Promise(PromiseKind.DIGEST, DIGEST_SUBJECT, on.isoformat(), work.now, due)
    work.uow.promises.replace(DIGEST_SUBJECT, [(promise, due)])


@dataclass(frozen=True)
class PlanDigest(Command[None]):
    """See to it that the next digest is promised, and that nothing still owed has fallen silent."""


@handles(PlanDigest, Action.KEEP_TIME, code="plan_digest")
def plan_digest_now(command: PlanDigest, work: Work) -> None:
    plan_digest(work)
    # Rows of a version in which the ladder ended with its last rung.
    for held in work.uow.promises.silent(list(AGAIN)):
        step = max(held.step, len(LADDERS[held.promise.kind]))
        again = next_at(held.promise, step, work.now, work.days)
        work.uow.promises.stepped(held.promise.key, step, again)
