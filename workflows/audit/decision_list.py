"""Whether the folder's list of decisions is whole: held against what the database noted of it.

What its lines say is in `decisions.py`, how they are linked in storage/decisions.py.
"""

from dataclasses import dataclass

from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.decision_line import DecisionListEnd, parse_list_end
from workflows.model.trail import Fault


@dataclass(frozen=True)
class DecisionListState:
    """How far the folder's list goes. It `is_cut` where lines are missing of what was noted; then,
    and where nothing was noted, it is to be begun anew."""

    end: DecisionListEnd
    begun: bool
    is_cut: bool


@dataclass(frozen=True)
class GetDecisionListState(Query[DecisionListState]):
    """Compare the lines of the decision list in the folder with what the database noted of it."""

    lines: tuple[str, ...]


@handles(GetDecisionListState, Action.CHECK_TRAIL, code="get_decision_list_state")
def get_decision_list_state(query: GetDecisionListState, work: Work) -> DecisionListState:
    noted = parse_list_end(work.uow.events.stored_list_end())
    end = work.uow.decisions.list_end_in(query.lines)
    is_cut = bool(noted.count) and not work.uow.decisions.is_complete(query.lines, [noted])
    newest = end if end.count > noted.count else noted
    return DecisionListState(newest if is_cut else end, bool(noted.count) and not is_cut, is_cut)


@dataclass(frozen=True)
class RecordDecisionListEnd(Command[None]):
    """Record how far the decision list goes; a later list that ends earlier was cut or is an older
    copy."""

    end: DecisionListEnd


@handles(RecordDecisionListEnd, Action.CHECK_TRAIL, code="record_decision_list_end")
def record_decision_list_end(command: RecordDecisionListEnd, work: Work) -> None:
    work.uow.events.store_list_end(command.end.text())


@dataclass(frozen=True)
class ReportDecisionListCut(Command[None]):
    """The folder's list lacks lines that stood there: the administrators are told. It is written
    anew from the audit trail."""


@handles(ReportDecisionListCut, Action.CHECK_TRAIL, code="report_decision_list_cut")
def report_decision_list_cut(command: ReportDecisionListCut, work: Work) -> None:
    noted = parse_list_end(work.uow.events.stored_list_end())
    work.record("decision_list_cut", lines=noted.count, until=noted.seq)
    work.tell(
        "audit_broken",
        work.administrators(),
        once=f"{Fault.DECISION_LIST_CUT}:{noted.count}:{work.today.isoformat()}",
        facts={"fault": str(Fault.DECISION_LIST_CUT), "row": noted.seq},
        urgent=True,
    )
