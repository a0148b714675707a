"""A judgement of a meeting is not carried out: somebody says why, the coordinators are told."""

from dataclasses import dataclass

from workflows.cases.refer import must_be_open
from workflows.core.errors import NotFound, Refused
from workflows.core.free_text import checked_reason
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work


@dataclass(frozen=True)
class SetAsideJudgement(Command[None]):
    """Say why what a meeting judged is not carried out; the coordinators are told."""

    case_id: str
    judgement_id: str
    reason: str


@handles(SetAsideJudgement, Action.CLOSE_CASE, code="set_aside_judgement")
def set_aside_judgement(command: SetAsideJudgement, work: Work) -> None:
    case = work.case(command.case_id)
    must_be_open(case)
    found = next((j for j in case.judgements if j.id == command.judgement_id), None)
    if found is None:
        raise NotFound("not_found.judgement")
    if not found.waits:
        raise Refused("judgement.ended", how=found.how)
    found.reason = checked_reason(command.reason)
    found.ended_at, found.ended_by, found.how = work.now, work.me.id, "set_aside"
    work.record("judgement_set_aside", case=case)
    work.tell(
        "judgement_set_aside",
        [m for m in work.coordinators(case) if m.id != work.me.id],
        once=found.id,
        facts={"agency": work.agency_name(work.me.agency_id)},
        case=case,
    )
