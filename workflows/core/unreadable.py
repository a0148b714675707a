"""What happens when a case or meeting cannot be read: it alone fails, and who can mend it is told.

A list goes on with a line that says so; whoever opens it reads whom to call; the administrators,
the coordinators and whoever waits for it hear of it once; of a case that is, or may be, restricted
only the administrators and those named on it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from workflows.core.errors import CannotOpen, NotFound, Refused, frames_of
from workflows.core.permissions import Action, Standing
from workflows.core.ports import FAULTS, BrokenRecord, Cases, D_co, Documents, Meetings
from workflows.core.work import Work
from workflows.model.case_row import CaseRow, broken_case
from workflows.model.directory import Member
from workflows.model.meeting_row import MeetingRow, broken_meeting
from workflows.model.notice import Fact

log = logging.getLogger(__name__)

R = TypeVar("R", CaseRow, MeetingRow)
V = TypeVar("V")
CASE, MEETING = "case", "meeting"
_OVERSEES = frozenset({Standing.COORDINATOR, Standing.MANAGER, Standing.ADMINISTRATOR})


def build_each(rows: Iterable[R], draw: Callable[[R], V]) -> Iterator[V]:
    """Yield draw(row); for a row that fails, draw its 'unreadable' placeholder.

    A row whose placeholder cannot be drawn either is left out. Every failure is logged.
    """
    for row in rows:
        try:
            yield draw(row)
        except FAULTS as fault:
            log_fault(kind_of(row), row.id, fault)
            try:
                yield draw(broken_row(row))
            except FAULTS as again:
                log_fault(kind_of(row), row.id, again)


def kind_of(row: CaseRow | MeetingRow) -> str:
    return CASE if isinstance(row, CaseRow) else MEETING


def name_of(row: CaseRow | MeetingRow) -> str:
    """The number of a case; the code of what a meeting is called."""
    return row.number if isinstance(row, CaseRow) else row.called


def event_subject(row: CaseRow | MeetingRow) -> dict[str, Any]:
    """The argument of `Work.record` by which an event is about this case or meeting."""
    return {kind_of(row): row}


def broken_row(row: R) -> R:
    """The row of one that cannot be read: its id, a case's number, and that it is broken."""
    if isinstance(row, CaseRow):
        return broken_case(row.id, row.number, restricted=row.restricted)
    return broken_meeting(row.id, is_live=row.is_live)


def log_fault(kind: str, record_id: str, fault: Exception) -> None:
    """Log which record failed and where in the program: never what it holds."""
    error, at = type(fault).__name__, frames_of(fault)
    log.error("record_broken kind=%s id=%s error=%s at=%s", kind, record_id, error, at)


def note_broken(found: BrokenRecord, work: Work) -> Refused:
    """Mark what did not open, tell who has to know, and answer with what the asker reads.

    One who may not know of it is told that there is none.
    """
    line = find_row(found.kind, found.record_id, work)
    if line is None:
        return NotFound(f"not_found.{found.kind}")
    if not line.noted:  # the log is not filled by whoever opens it again and again
        log_fault(found.kind, found.record_id, found)
        mark_broken(line, work)
    return (
        broken_error(line, work) if may_know_of(line, work) else NotFound(f"not_found.{found.kind}")
    )


def readable(ids: Iterable[str], store: Documents[D_co, Any]) -> Iterator[D_co]:
    """Yield the documents that open, skip the others; the clock finds those and tells of them."""
    for record_id in ids:
        with suppress(BrokenRecord):
            found = store.get(record_id)
            if found is not None:
                yield found


def store_of(line: CaseRow | MeetingRow, work: Work) -> Cases | Meetings:
    return work.uow.cases if isinstance(line, CaseRow) else work.uow.meetings


def find_row(kind: str, record_id: str, work: Work) -> CaseRow | MeetingRow | None:
    return work.uow.cases.row(record_id) if kind == CASE else work.uow.meetings.row(record_id)


def mark_broken(line: CaseRow | MeetingRow, work: Work) -> None:
    """Write down that its document does not open, and tell who mends it and who waits for it."""
    store_of(line, work).mark(line.id)
    work.record("record_broken", **event_subject(line))
    facts: dict[str, Fact] = {"what": kind_of(line)}
    # Not as the number of a case: the guard would look into the very document that does not open.
    facts["about"] = name_of(line)
    # Names of staff stay on the pages: a message carries the agency and its telephone.
    facts |= {fact: said for fact, said in whom_to_call(work).items() if fact != "name"}
    to = [*work.administrators(), *work.coordinators(), *_who_waits(line, work)]
    if isinstance(line, CaseRow) and line.restricted:
        to = [*work.administrators(), *(m for m in to if m.id in line.named)]
    elif isinstance(line, MeetingRow):
        to = [*work.administrators(), *(m for m in to if not work.hides_meeting(m, line))]
    work.tell("record_broken", to, once=f"{line.id}:{work.today.isoformat()}", facts=facts)


def _who_waits(line: CaseRow | MeetingRow, work: Work) -> list[Member]:
    owed = work.uow.promises.open(subject_id=line.id)
    agencies = dict.fromkeys(p.agency_id for p in owed if p.agency_id)
    return [member for agency_id in agencies for member in work.contacts(agency_id)]


def whom_to_call(work: Work) -> dict[str, Fact]:
    """Whom to call: an administrator, with the telephone of their agency; "" where unknown."""
    member = next(iter(work.administrators()), None)
    agency = work.uow.directory.agency(member.agency_id) if member else None
    return {
        "name": member.name if member else "",
        "agency": agency.name if agency else "",
        "phone": agency.phone if agency else "",
    }


def broken_error(line: CaseRow | MeetingRow, work: Work) -> CannotOpen:
    """The error for whoever opens a record that cannot be read: which one, and whom to call."""
    return CannotOpen(f"broken.{kind_of(line)}", about=name_of(line), **whom_to_call(work))


def may_know_of(line: CaseRow | MeetingRow, work: Work) -> bool:
    """Whether one may know that it is there: as of any other, and whoever owes something on it.

    Of a restricted case, or of one of which that is not known, only those who may see it; so of a
    meeting on such cases alone.
    """
    if work.actor is None:
        return True
    action = Action.SEE_CASE if isinstance(line, CaseRow) else Action.SEE_MEETING
    if work.may(action, line).allowed:
        return True
    if isinstance(line, CaseRow) and line.restricted:
        return work.may(Action.MEND_RECORDS, None).allowed
    if isinstance(line, MeetingRow) and work.hides_meeting(work.me, line):
        return work.may(Action.MEND_RECORDS, None).allowed
    if work.standings(None) & _OVERSEES:
        return True
    me = work.me
    return any(p.subject_id == line.id for p in work.uow.promises.owed_by(me.agency_id, [me.id]))
