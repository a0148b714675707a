"""The roles that a meeting record gives out: which agency and member may take one, who is told."""

from collections.abc import Mapping

from workflows.cases.disclosure_basis import is_beyond_at
from workflows.cases.named_list import name_people
from workflows.core.active_members import active_member
from workflows.core.work import Work
from workflows.forms import FieldError, Raw
from workflows.model.case import Case, Ground, RoleAssignment
from workflows.model.meeting import Meeting


def other_agency_errors(raw: Raw, work: Work) -> list[FieldError]:
    """An error for each row whose member is not of the agency named beside them.

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


def decided_ground(case: Case, meeting: Meeting) -> Ground | None:
    """[ours] docs/rules.md 3: what a meeting decided that may discuss without consent is a ground
    of its own, unless the person said something new since it took place."""
    slot, item = meeting.fixed_slot, meeting.item(case.id)
    if not meeting.needs_no_consent or slot is None or item is None:
        return None
    if case.consents and case.consents[-1].at >= slot.starts_at:
        return None
    return Ground(str(meeting.bases[0]), item.reason)


def may_be_given(case: Case, agency_id: str, meeting: Meeting) -> bool:
    """Whether the agency may be told of the case, or might when the meeting took place: what was
    decided there stays written, though it does not come to pass any more."""
    slot = meeting.fixed_slot
    return (
        case.covers(agency_id)
        or meeting.needs_no_consent
        or (slot is not None and not is_beyond_at(case, agency_id, slot.starts_at))
    )


def uncovered_role_errors(case: Case, raw: Raw, meeting: Meeting, work: Work) -> list[FieldError]:
    """An error for each row whose agency neither consent nor a ground lets be told."""
    typed = raw.get("roles")
    found = []
    for number, row in enumerate(typed if isinstance(typed, list | tuple) else ()):
        agency_id = str(row.get("agency", "")) if isinstance(row, Mapping) else ""
        if work.uow.directory.agency(agency_id) and not may_be_given(case, agency_id, meeting):
            facts = {"agency": work.agency_name(agency_id)}
            found.append(FieldError(f"roles.{number}.agency", "record.role_not_covered", facts))
    return found


def member_still_there(member_id: str, agency_id: str, work: Work) -> str | None:
    """The member's id, or None when they have left the agency: then the role is the agency's."""
    member = active_member(work.uow.directory, member_id, work.today)
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
