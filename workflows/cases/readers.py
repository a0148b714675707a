"""Who of those who answer for a restricted case reads it, and the first day on which nobody does.

The permission table is asked, for everybody and for each day on which somebody's time ends: a name
on the list reads nothing when its agency has no part any more (docs/rules.md 7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from workflows.core.errors import Refused
from workflows.core.permissions import Action, decide
from workflows.core.standings import standings_to_case
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Agency, Member, Role


@dataclass(frozen=True)
class DirectorySnapshot:
    """The members and agencies of the directory by id, as they are or would be after a change."""

    members: Mapping[str, Member]
    agencies: Mapping[str, Agency]

    def is_here(self, member: Member, on: date) -> bool:
        agency = self.agencies.get(member.agency_id)
        return bool(agency and agency.is_active(on) and member.is_active(on))


def current_directory(work: Work) -> DirectorySnapshot:
    directory = work.uow.directory
    return DirectorySnapshot(
        {m.id: m for m in directory.members()}, {a.id: a for a in directory.agencies()}
    )


def answers_for(member: Member, row: CaseRow) -> bool:
    """Whether the case is theirs to answer for: one of the answering agency, or a coordinator; not
    whoever was taken off its list by hand (a relative works there, say)."""
    if member.id in row.kept_off:
        return False
    return member.agency_id == row.answering_agency_id or Role.COORDINATOR in member.roles


def reads_it(member: Member, row: CaseRow, work: Work) -> bool:
    """Whether a member who answers for the case can read it on that day; meetings are not
    counted."""
    standings = standings_to_case(member, row, (), work.seats)
    read = decide(Action.READ_CASE, standings, restricted=row.restricted)
    return answers_for(member, row) and read.allowed


def first_day_unread(row: CaseRow, staff: DirectorySnapshot, work: Work) -> date | None:
    """From today the first day on which nobody who answers for a restricted case reads it."""
    named = [staff.members[m] for m in row.named if m in staff.members]
    readers = [m for m in named if reads_it(m, row, work)]
    ends = [m.active_until for m in readers]
    ends += [a.active_until for m in readers if (a := staff.agencies.get(m.agency_id))]
    days = {work.today, *(end + timedelta(days=1) for end in ends if end)}
    for day in sorted(d for d in days if d >= work.today):
        if not any(staff.is_here(m, day) for m in readers):
            return day
    return None


def loses_last_reader(
    before: CaseRow, after: CaseRow, was: DirectorySnapshot, will_be: DirectorySnapshot, work: Work
) -> bool:
    """Whether a change leaves a restricted case without a reader, or does so sooner."""
    if not before.restricted or before.broken:
        return False
    unread = first_day_unread(after, will_be, work)
    if unread is None:
        return False
    earlier = first_day_unread(before, was, work)
    return earlier is None or unread < earlier


def must_stay_read(changed: Iterable[object], work: Work) -> None:
    """Refuse what would leave one of these restricted cases without a reader who answers for it,
    by whichever way: whoever does it names first who follows. Call it before they are written."""
    for case in changed:
        if not isinstance(case, Case) or not case.is_restricted:
            continue
        before, after = work.uow.cases.row_before(case.id), case_row(case)
        if before is None or _who_reads(before) == _who_reads(after):
            continue
        staff = current_directory(work)
        if loses_last_reader(before, after, staff, staff, work):
            raise Refused("readers.nobody_left")


def _who_reads(row: CaseRow) -> tuple[object, ...]:
    """All by which it is told who reads it and answers for it."""
    return (row.named, row.kept_off, row.answering_agency_id, dict(row.agencies), row.grounds)
