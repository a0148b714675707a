"""再アセスメント: after 悪化 a coordinator says that the support was reviewed, and what came of it.

It ends by itself with the record of a meeting on the case, with a check that says 改善, and when
the case ends; without a meeting somebody has to say so.
"""

from dataclasses import dataclass

from workflows.cases.refer import must_be_open
from workflows.core.errors import Refused
from workflows.core.free_text import checked_reason
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work


@dataclass(frozen=True)
class EndReassessment(Command[None]):
    """Say that the reassessment is done; `outcome` is what came of it (class H)."""

    case_id: str
    outcome: str


@handles(EndReassessment, Action.END_REASSESSMENT, code="end_reassessment")
def end_reassessment(command: EndReassessment, work: Work) -> None:
    case = work.case(command.case_id)
    must_be_open(case)
    if case.reassessment_asked_at is None:
        raise Refused("reassess.none", number=case.number)
    outcome = checked_reason(command.outcome, "outcome")
    case.end_reassessment(work.now, work.me.id, "review", outcome)
    work.record("reassessed", case=case, how="review")
