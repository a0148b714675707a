"""見守り: the lead agency says how it is; what it says sets the next check."""

from dataclasses import dataclass
from datetime import date

from workflows.cases.follow_up_schedule import mark_missed, plan_check, plan_next
from workflows.cases.refer import must_be_open
from workflows.core.checking import checked, text
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Raw
from workflows.model.case import FollowUpResult
from workflows.model.promise import reassess_by


@dataclass(frozen=True)
class AnswerFollowUp(Command[date]):
    """Answers with the day of the next check.

    An answer says how it is today: it counts for the check that is due now, also when the page or
    card was of another one that waits, or of one that was missed.
    """

    case_id: str
    follow_up_id: str
    raw: Raw


@handles(AnswerFollowUp, Action.ANSWER_FOLLOW_UP, code="answer_follow_up")
def answer_follow_up(command: AnswerFollowUp, work: Work) -> date:
    case = work.case(command.case_id)
    must_be_open(case)
    found = next((f for f in case.follow_ups if f.id == command.follow_up_id), None)
    if found is None:
        raise NotFound("not_found.follow_up")
    if found.result is None:
        found = case.check_to_answer(work.today)
    if found is None:  # no check waits any more
        raise NotFound("not_found.follow_up")
    if found.result is not None:
        raise Refused("follow_up.already", by=work.member_name(found.by, found.at))
    values = checked(work, "followup", command.raw)
    mark_missed(case, work)
    found.result = FollowUpResult(text(values, "result"))
    found.comment = text(values, "comment")
    found.by, found.at = work.me.id, work.now
    day = text(values, "next_on")
    if day:
        plan_check(case, date.fromisoformat(day), "answer", work, field="next_on")
    next_on = plan_next(case, work)
    work.record(
        "follow_up_answered",
        case=case,
        follow_up=found.id,
        result=str(found.result),
        next_on=next_on.isoformat(),
    )
    if found.result is FollowUpResult.IMPROVED and case.end_reassessment(
        work.now, work.me.id, "improved"
    ):
        work.record("reassessed", case=case, how="improved")
    if found.result is FollowUpResult.WORSE:
        asked = case.reassessment_asked_at or work.now  # owed already: its day stays
        case.reassessment_asked_at = asked
        work.record("reassessment_asked", case=case)
        work.tell(
            "follow_up_worse",
            work.coordinators(case),
            once=found.id,
            facts={
                "agency": work.agency_name(work.me.agency_id),
                "due_at": reassess_by(asked, work.days).isoformat(),
            },
            case=case,
            urgent=True,
        )
    return next_on
