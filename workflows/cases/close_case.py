"""見守り, 終結・中断, 再開: a case is never just left; what is still owed keeps it open."""

from dataclasses import dataclass

from workflows.cases.follow_up_schedule import end_checks, plan_check, plan_next
from workflows.cases.judgements import CLOSING, REVISING, end_judgements
from workflows.cases.need_asks import end_need_ask
from workflows.cases.refer import must_be_open
from workflows.core.checking import checked, text
from workflows.core.errors import Refused
from workflows.core.free_text import checked_reason
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Raw, Value
from workflows.japanese.open_days import months_later
from workflows.model.case import Case, Closure


@dataclass(frozen=True)
class CloseCase(Command[str]):
    """Close, suspend, or go over to watching. Answers with the kind."""

    case_id: str
    raw: Raw


@handles(CloseCase, Action.CLOSE_CASE, code="close_case")
def close_case(command: CloseCase, work: Work) -> str:
    case = work.case(command.case_id)
    must_be_open(case)
    values = checked(work, "closure", command.raw)
    kind = text(values, "kind")
    if kind == "watching":
        case.watching_since = work.now
        case.supporting_since = case.supporting_since or work.now
        case.watchings.append(Closure(kind, values, work.me.id, work.now))
        end_need_ask(case, "watching", work)
        next_on = plan_next(case, work)
        work.record("watching_begun", case=case, next_on=next_on.isoformat())
        return kind
    end_case(case, kind, values, work)
    return kind


def end_case(case: Case, kind: str, values: dict[str, Value], work: Work) -> None:
    """The case ends, and everybody who has a part in it is told. Raises Refused while anything is
    still owed on it."""
    _nothing_owed(case, work)
    watched = case.watching_since is not None
    case.closures.append(Closure(kind, values, work.me.id, work.now, watched))
    case.watching_since = None
    case.end_reassessment(work.now, work.me.id, "closed")
    end_judgements(case, CLOSING, "carried_out", work)
    end_judgements(case, REVISING, "case_closed", work)
    end_need_ask(case, "suspended" if kind == "suspended" else "closed", work)
    end_checks(case, work)
    work.record("case_closed", case=case, closure=kind)
    for agency_id in case.agency_ids():
        work.tell(
            "case_closed",
            work.contacts(agency_id, case),
            once=f"{case.id}:{len(case.closures)}:{agency_id}",
            facts={"kind": kind},
            case=case,
        )


def _nothing_owed(case: Case, work: Work) -> None:
    waiting = sorted(work.agency_name(r.agency_id) for r in case.waiting_referrals)
    if waiting:
        raise Refused("close.waiting_replies", agencies=waiting)
    undone = sorted({work.agency_name(r.agency_id) for r in case.open_roles})
    if undone:
        raise Refused("close.open_roles", agencies=undone)
    if case.live_meeting_ids:
        raise Refused("close.live_meeting")


@dataclass(frozen=True)
class ReopenCase(Command[None]):
    case_id: str
    reason: str


@handles(ReopenCase, Action.CLOSE_CASE, code="reopen_case")
def reopen_case(command: ReopenCase, work: Work) -> None:
    case = work.case(command.case_id)
    closure = case.closure
    if closure is None:
        raise Refused("case.not_closed", number=case.number)
    reason = checked_reason(command.reason)
    closure.reopened_at, closure.reopened_by, closure.reopen_reason = work.now, work.me.id, reason
    end_need_ask(case, "reopened", work)
    next_on = work.days.next_open(months_later(work.today, 1))
    plan_check(case, next_on, "reopen", work)
    _undo_merge(case, work)
    work.record("case_reopened", case=case)
    work.tell(
        "case_reopened",
        work.contacts(case.answering_agency_id, case),
        once=f"{case.id}:{len(case.closures)}",
        facts={
            "agency": work.agency_name(case.answering_agency_id),
            "next_check_on": next_on.isoformat(),
        },
        case=case,
    )


def _undo_merge(case: Case, work: Work) -> None:
    """Reopened, it is a case of its own again; the other one says so too."""
    for merge in case.merged_into:
        if merge.undone_at is None:
            merge.undone_at = work.now
            row = work.uow.cases.row(merge.case_id)
            is_there = row is not None and not row.broken
            other = work.uow.cases.get(merge.case_id, change=True) if is_there else None
            for back in other.merged_from if other else []:
                if back.case_id == case.id and back.undone_at is None:
                    back.undone_at = work.now
