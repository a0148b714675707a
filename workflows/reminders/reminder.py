"""What a reminder of a promise says: the clock's, and one that somebody asked for."""

from collections.abc import Collection, Mapping
from datetime import datetime

from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.meetings.convene import dates_offered
from workflows.model.directory import Member
from workflows.model.meeting_row import MeetingRow
from workflows.model.notice import Fact
from workflows.model.promise import Promise, PromiseKind
from workflows.promises.ladder import Rung


def remind(  # noqa: PLR0917 -- of what, how, whom, which time it is
    promise: Promise,
    rung: Rung,
    to: Collection[Member],
    once: str,
    work: Work,
    at: datetime | None = None,
    more: Mapping[str, Fact] | None = None,
) -> None:
    """Tell these members what this rung says of the promise: now, or `at` a later moment. `once`
    makes one of those that say the same.

    The facts are numbers, names and telephones of agencies, and dates; `more` is said beside them.
    """
    case = work.uow.cases.row(promise.case_id) if promise.case_id else None
    meeting = work.uow.meetings.row(promise.meeting_id) if promise.meeting_id else None
    facts: dict[str, Fact] = {
        "agency": work.agency_name(promise.agency_id or agency_of(promise.member_id, work)),
        "due_at": promise.due_at.isoformat(),
        "overdue_days": _overdue_days(promise, at or work.now, work),
        "rung": str(rung.tell),
        "item": promise.item_id,
    }
    if meeting:
        facts |= {"answer_by": meeting.answer_by.isoformat(), **_dates_of(meeting, work)}
    if promise.kind is PromiseKind.ANSWER_REQUEST:
        facts["number"] = promise.item_id
    facts |= {**_facts_of_case(promise, work), **(more or {})}
    work.tell(
        rung.message,
        to,
        once=f"{promise.key}:{promise.due_at.isoformat()}{once}",
        facts=facts,
        case=case,
        meeting=meeting,
        promise=promise.key,
        urgent=promise.urgent,
        not_before=at,
    )


def _dates_of(meeting: MeetingRow, work: Work) -> dict[str, Fact]:
    """The dates that are asked about, while none is fixed."""
    found = work.uow.meetings.get(meeting.id)
    return {"dates": dates_offered(found, work)} if found and not found.fixed_slot else {}


def _facts_of_case(promise: Promise, work: Work) -> dict[str, Fact]:
    """What a reminder says beside its deadline: when the plan ends, which check was missed."""
    if promise.kind not in (PromiseKind.PLAN_REVIEW, PromiseKind.FOLLOW_UP):
        return {}
    case = work.uow.cases.get(promise.subject_id)
    if case is None:
        return {}
    if promise.kind is PromiseKind.PLAN_REVIEW:
        plan = case.plan
        return {"ends_on": plan.ends_on.isoformat() if plan and plan.ends_on else ""}
    missed = [f.due_on for f in case.follow_ups if f.missed_for == promise.item_id]
    return {"missed": max(missed).isoformat() if missed else ""}


def agency_of(member_id: str | None, work: Work) -> str | None:
    member = work.uow.directory.member(member_id) if member_id else None
    return member.agency_id if member else None


def _overdue_days(promise: Promise, at: datetime, work: Work) -> int:
    if at <= promise.due_at:
        return 0
    return work.days.open_days_between(promise.due_at.date(), at.astimezone(TOKYO).date())
