"""Whether the folder's list of decisions is whole: held against what the database noted of it.

What its lines say is in `decisions.py`, how they are linked in storage/decisions.py.
"""

from dataclasses import dataclass

from workflows.chain import Fault
from workflows.desk import Command, Query, handles
from workflows.kept_decisions import ListEnd, list_end_of
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class ListState:
    """How far the folder's list goes. It `is_cut` where lines are missing of what was noted; then,
    and where nothing was noted, it is to be begun anew."""

    end: ListEnd
    begun: bool
    is_cut: bool


@dataclass(frozen=True)
class GetListState(Query[ListState]):
    """How the folder's list, of these lines, stands beside what the database has noted of it."""

    lines: tuple[str, ...]


@handles(GetListState, Action.CHECK_TRAIL)
def get_list_state(query: GetListState, work: Work) -> ListState:
    noted = list_end_of(work.uow.events.noted_decisions())
    end = work.uow.decisions.end_of(query.lines)
    is_cut = bool(noted.count) and not work.uow.decisions.has_all(query.lines, [noted])
    newest = end if end.count > noted.count else noted
    return ListState(newest if is_cut else end, bool(noted.count) and not is_cut, is_cut)


@dataclass(frozen=True)
class NoteListWritten(Command[None]):
    """Keep beside the end of the trail how far the folder's list goes now: a list that ends before
    that was cut, or is an older one."""

    end: ListEnd


@handles(NoteListWritten, Action.CHECK_TRAIL)
def note_list_written(command: NoteListWritten, work: Work) -> None:
    work.uow.events.note_decisions(command.end.text())


@dataclass(frozen=True)
class ReportListCut(Command[None]):
    """The folder's list lacks lines that stood there: the administrators are told. It is written
    anew from the audit trail."""


@handles(ReportListCut, Action.CHECK_TRAIL)
def report_list_cut(command: ReportListCut, work: Work) -> None:
    noted = list_end_of(work.uow.events.noted_decisions())
    work.record("decision_list_cut", lines=noted.count, until=noted.seq)
    work.tell(
        "audit_broken",
        work.administrators(),
        once=f"{Fault.DECISIONS}:{noted.count}:{work.today.isoformat()}",
        facts={"fault": str(Fault.DECISIONS), "row": noted.seq},
        urgent=True,
    )
