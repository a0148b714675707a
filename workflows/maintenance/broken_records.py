"""管理: cases and meetings that cannot be read: opened again once their key is back, or set aside.

Nothing is deleted: what is set aside keeps its document, is in no list any more, and comes back
whenever it can be read or somebody puts it back. The trail says who set it aside.
"""

from dataclasses import dataclass
from typing import Final

from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import FAULTS
from workflows.core.unreadable import (
    event_subject,
    kind_of,
    log_fault,
    mark_broken,
    name_of,
    store_of,
)
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow
from workflows.promises.derive import derive_promises

AT_ONCE: Final = 50  # documents that are opened in one transaction


@dataclass(frozen=True)
class BrokenLine:
    """`name` is the number of a case, or what a meeting is called; never what it holds."""

    kind: str
    record: str
    name: str
    set_aside: bool


@dataclass(frozen=True)
class GetBroken(Query[tuple[BrokenLine, ...]]):
    """The cases and meetings that did not open when last tried, also those set aside."""


@handles(GetBroken, Action.MEND_RECORDS, code="get_broken")
def get_broken(query: GetBroken, work: Work) -> tuple[BrokenLine, ...]:
    return tuple(
        BrokenLine(kind_of(row), row.id, name_of(row), row.set_aside) for row in _all_marked(work)
    )


def _all_marked(work: Work) -> list[CaseRow | MeetingRow]:
    cases = sorted(work.uow.cases.marked(), key=lambda row: row.number)
    return [*cases, *work.uow.meetings.marked()]


def _marked(record: str, work: Work) -> CaseRow | MeetingRow:
    for row in _all_marked(work):
        if row.id == record:
            return row
    raise NotFound("not_found.broken")


@dataclass(frozen=True)
class GetIdsToCheck(Query[tuple[tuple[str, ...], ...]]):
    """The ids of all cases and meetings, in parts of `AT_ONCE`: one `CheckReadable` each."""


@handles(GetIdsToCheck, Action.MEND_RECORDS, code="get_ids_to_check")
def get_ids_to_check(query: GetIdsToCheck, work: Work) -> tuple[tuple[str, ...], ...]:
    ids = [*work.uow.cases.ids(), *work.uow.meetings.ids()]
    return tuple(tuple(ids[n : n + AT_ONCE]) for n in range(0, len(ids), AT_ONCE))


@dataclass(frozen=True)
class CheckReadable(Command[None]):
    """Open these: mend the lines of those that open again, mark and tell those that do not."""

    records: tuple[str, ...]


@handles(CheckReadable, Action.MEND_RECORDS, code="check_readable")
def check_readable(command: CheckReadable, work: Work) -> None:
    stores = (work.uow.cases, work.uow.meetings)
    rows = [row for store in stores for row in store.rows_of(command.records).values()]
    for row in rows:
        store = store_of(row, work)
        try:
            found = store.get(row.id)
            if found is not None and row.broken:
                mend(row, work)
            if isinstance(found, Case) and work.uow.cases.repair_match_keys(found):
                work.record("match_keys_repaired", case=found)
        except FAULTS as fault:
            log_fault(kind_of(row), row.id, fault)
            if not row.noted:
                mark_broken(row, work)


@dataclass(frozen=True)
class RepairBroken(Command[None]):
    """Open it again; its line and what is owed on it are made anew, and it is back in every list.

    Raises Refused where it still does not open.
    """

    record: str


@handles(RepairBroken, Action.MEND_RECORDS, code="repair_broken")
def repair_broken(command: RepairBroken, work: Work) -> None:
    row = _marked(command.record, work)
    try:
        mend(row, work)
    except FAULTS:
        raise Refused("broken.still", about=name_of(row)) from None


def mend(row: CaseRow | MeetingRow, work: Work) -> None:
    """Make the line of a document that opens again anew, and what is owed on it.

    Raises one of FAULTS where it does not open or fit; it stays marked then.
    """
    store = store_of(row, work)
    opened = store.renew(row.id)
    try:
        derive_promises(opened, work)
    except FAULTS:
        store.mark(row.id, set_aside=row.set_aside)
        raise
    work.record("record_repaired", **event_subject(row))


@dataclass(frozen=True)
class SetAsideBroken(Command[None]):
    """Take it from the lists, and what is owed on it from those who owe it. Nothing is deleted:
    the trail keeps who did so, and a digest of what stands there sealed."""

    record: str


@handles(SetAsideBroken, Action.MEND_RECORDS, code="set_aside_broken")
def set_aside_broken(command: SetAsideBroken, work: Work) -> None:
    row = _marked(command.record, work)
    store_of(row, work).mark(row.id, set_aside=True)
    work.uow.promises.replace(row.id, [])
    work.record("record_set_aside", **event_subject(row), proof=store_of(row, work).proof(row.id))


@dataclass(frozen=True)
class PutBackBroken(Command[bool]):
    """Put one that was set aside into the lists again.

    Where it opens by now, all is as it was, what is owed on it too; else it is there as one that
    cannot be read, on which nothing is owed until it can. Answers with whether it opens.
    """

    record: str


@handles(PutBackBroken, Action.MEND_RECORDS, code="put_back_broken")
def put_back_broken(command: PutBackBroken, work: Work) -> bool:
    row = _marked(command.record, work)
    work.record("record_put_back", **event_subject(row))
    try:
        mend(row, work)
    except FAULTS:
        store_of(row, work).mark(row.id)
        return False
    return True
