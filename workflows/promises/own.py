"""What somebody has to do: their own promises, their agency's, and whoever's they stand in for."""

from collections.abc import Collection, Mapping

from workflows.core.permissions import Action, Standing
from workflows.core.work import Work
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow
from workflows.model.promise import Promise, PromiseKind, asked_too_late
from workflows.promises.promise_line import NO_WORK


def own_promises(work: Work, key: str = "") -> list[Promise]:
    """My own promises, my agency's, those of a colleague who left or moved; a coordinator's too.
    Of them the one of this key alone, if one is named."""
    us = {m.id for m in work.roster.members_of(work.me.agency_id)}
    owed = work.uow.promises.owed_by(work.me.agency_id, us, key)
    mine = [
        p
        for p in owed
        if p.member_id is None or work.seats.holds(work.me, p.member_id, p.agency_id or "")
    ]
    if Standing.COORDINATOR in work.standings(None):
        everybodys = work.uow.promises.open(kinds=[PromiseKind.REASSESS])
        mine += [p for p in everybodys if key in ("", p.key)]
    return sorted((p for p in mine if p.kind not in NO_WORK), key=lambda p: p.due_at)


def is_own(key: str, work: Work) -> bool:
    """Whether the promise of this key is mine, my agency's, or of whoever I stand in for."""
    return bool(own_promises(work, key))


Cases = Mapping[str, CaseRow]
Meetings = Mapping[str, MeetingRow]


def rows_about(promises: Collection[Promise], work: Work) -> tuple[Cases, Meetings]:
    """The lines of all cases and meetings that the promises are about, in two looks."""
    meetings = work.uow.meetings.rows_of({p.meeting_id for p in promises if p.meeting_id})
    wanted = {p.case_id for p in promises if p.case_id}
    wanted |= {c for m in meetings.values() for c in m.case_ids}
    return work.uow.cases.rows_of(wanted), meetings


def is_still_to_do(
    promise: Promise, case: CaseRow | None, meeting: MeetingRow | None, work: Work
) -> bool:
    """Not when it is about a case that I may not see, or too late."""
    if asked_too_late(promise, meeting.starts_at if meeting else None, work.now):
        return False
    # Of what cannot be read nobody knows who takes part: whoever owes something hears of it, unless
    # it is, or may be, a restricted one.
    owed_unseen = case is None or (case.broken and not case.restricted)
    return owed_unseen or work.may(Action.SEE_CASE, case).allowed


def count_held_by(holder_id: str, work: Work) -> int:
    """How much of what waits for me do I do for somebody who is away."""
    held = [p for p in own_promises(work) if p.member_id == holder_id and has_begun(p, work)]
    cases, meetings = rows_about(held, work)
    return sum(
        is_still_to_do(p, cases.get(p.case_id or ""), meetings.get(p.meeting_id or ""), work)
        for p in held
    )


def has_begun(promise: Promise, work: Work) -> bool:
    """A check that is months away, or a record of a meeting to come, does not wait yet."""
    match promise.kind:
        case PromiseKind.FOLLOW_UP | PromiseKind.PLAN_REVIEW:
            return work.now >= work.days.at_opening(promise.due_at.date())
        case PromiseKind.RECORD:
            return work.now >= promise.since
        case _:
            return True
