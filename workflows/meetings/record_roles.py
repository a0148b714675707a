"""The roles that a record gives out: who may stand beside an agency, and who hears of it."""

from collections.abc import Mapping

from workflows.cases.model import Case, RoleAssignment
from workflows.cases.named_list import name_people
from workflows.directory.here import member_here
from workflows.forms import FieldError, Raw
from workflows.meetings.model import Meeting
from workflows.work import Work


def of_other_agencies(raw: Raw, work: Work) -> list[FieldError]:
    """An error beside each member who stands beside an agency that is not theirs.

    They could not see the case for it, and could not say that it is done.
    """
    typed = raw.get("roles")
    found = []
    for number, row in enumerate(typed if isinstance(typed, list | tuple) else ()):
        if not isinstance(row, Mapping):
            continue
        member = work.uow.directory.member(str(row.get("member", "")))
        agency = work.uow.directory.agency(str(row.get("agency", "")))
        if member and agency and member.agency_id != agency.id:
            facts = {
                "member": member.name,
                "agency": agency.name,
                "own": work.agency_name(member.agency_id),
            }
            found.append(FieldError(f"roles.{number}.member", "record.other_agency", facts))
    return found


def still_there(member_id: str, agency_id: str, work: Work) -> str | None:
    """The member, unless they have left the agency since it was written: then it is for all."""
    member = member_here(work.uow.directory, member_id, work.today)
    return member.id if member and member.agency_id == agency_id else None


def tell_role(case: Case, role: RoleAssignment, meeting: Meeting, work: Work) -> None:
    """Tell whoever is named and the agency's window: it took the role on, and inherits it.

    On a restricted case whoever is named may see it from now on, and no other of the agency.
    """
    member = work.uow.directory.member(role.member_id) if role.member_id else None
    to = [member] if member else work.contacts(role.agency_id)
    if case.is_restricted:
        name_people(case, [one.id for one in to], work)
    if member:
        to += work.contacts(role.agency_id, case)
    work.tell(
        "role_given",
        to,
        once=role.id,
        facts={"agency": work.agency_name(role.agency_id), "due_on": role.due_on.isoformat()},
        case=case,
        meeting=meeting,
        promise=f"role:{case.id}:{role.id}",
    )
