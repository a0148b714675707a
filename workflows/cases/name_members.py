"""The named members of a restricted case (DV, abuse, hidden address): nobody else sees it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workflows.cases.named_list import name_people
from workflows.cases.readers import current_directory, loses_last_reader
from workflows.core.checking import one_error
from workflows.core.errors import Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Member


@dataclass(frozen=True)
class NameMember(Command[bool]):
    """Put a member on the list, or take them off it. Answers with whether they see the case now:
    being named is not enough where their agency has no part in it."""

    case_id: str
    named_member_id: str
    named: bool


@handles(NameMember, Action.NAME_MEMBERS, code="name_member")
def name_member(command: NameMember, work: Work) -> bool:
    case = work.case(command.case_id)
    member = work.uow.directory.member(command.named_member_id)
    if member is None or not member.is_active(work.today):
        raise one_error("member", "form.unknown")
    if command.named:
        case.kept_off = [m for m in case.kept_off if m != member.id]
        if member.id not in case.named_member_ids:
            name_and_tell(case, member, work)
        case.name_to_stay(member.id)
        return _sees(member, case, work)
    if member.id not in case.named_member_ids:
        return _sees(member, case, work)
    before, staff = case_row(case), current_directory(work)
    left = tuple(m for m in case.named_member_ids if m != member.id)
    if loses_last_reader(before, replace(before, named=left), staff, staff, work):
        raise Refused("name_members.nobody_left")
    case.named_member_ids = list(left)
    case.kept_off.append(member.id)
    case.name_to_stay(member.id)  # whoever is named once more is so for that
    work.record("member_unnamed", case=case, member=member.id)
    return _sees(member, case, work)


def name_and_tell(case: Case, member: Member, work: Work) -> None:
    """Put somebody on the list who is not on it, and tell them."""
    name_people(case, [member.id], work)
    once = f"{case.id}:{member.id}:{work.now.isoformat()}"  # who is named again is told again
    work.tell("member_named", [member], once=once, case=case)


def _sees(member: Member, case: Case, work: Work) -> bool:
    return work.as_member(member).may(Action.SEE_CASE, case).allowed


def off_named_lists(before: Iterable[Member], after: Iterable[Member], work: Work) -> None:
    """Take those who have moved to another agency off the lists (docs/rules.md 5: the same day).

    Where the new agency takes part they stay. Who follows them was chosen before: see
    `directory/last_readers.py`. Call it when the directory has been saved.
    """
    were = {m.id: m for m in before}
    moved = [m for m in after if m.id in were and were[m.id].agency_id != m.agency_id]
    for row in work.uow.cases.rows(open_only=False) if moved else ():
        named = [m for m in moved if m.id in row.named]
        gone = {m.id for m in named if goes_off_list(were[m.id], m, row, work)}
        if gone:
            _take_off(work.case(row.id), gone, work)


def goes_off_list(before: Member, after: Member, row: CaseRow, work: Work) -> bool:
    """Whether a change of this member takes them off the case's list: a move does, unless their
    new agency has a part in it."""
    return before.agency_id != after.agency_id and not _has_a_part(after, row, work)


def _has_a_part(member: Member, row: CaseRow, work: Work) -> bool:
    if row.relations(member.agency_id):
        return True
    meetings = work.uow.meetings.rows_of(row.live_meeting_ids).values()
    return any(member.agency_id in meeting.agenda.get(row.id, ()) for meeting in meetings)


def _take_off(case: Case, gone: set[str], work: Work) -> None:
    case.named_member_ids = [m for m in case.named_member_ids if m not in gone]
    for member_id in sorted(gone):
        case.name_to_stay(member_id)
        work.record("member_unnamed", case=case, member=member_id)
