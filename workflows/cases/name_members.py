"""The named members of a restricted case (DV, abuse, hidden address): nobody else sees it."""

from dataclasses import dataclass

from workflows.checking import one_error
from workflows.desk import Command, handles
from workflows.errors import Refused
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class NameMember(Command[None]):
    case_id: str
    named_member_id: str
    named: bool


@handles(NameMember, Action.NAME_MEMBERS)
def name_member(command: NameMember, work: Work) -> None:
    case = work.case(command.case_id)
    member = work.uow.directory.member(command.named_member_id)
    if member is None or not member.is_active(work.today):
        raise one_error("member", "form.unknown")
    if command.named:
        if member.id not in case.named_member_ids:
            case.named_member_ids.append(member.id)
            work.record("member_named", case=case, member=member.id)
            work.tell("member_named", [member], once=f"{case.id}:{member.id}", case=case)
        return
    left = [m for m in case.named_member_ids if m != member.id]
    answering = {m.id for m in work.contacts(case.answering_agency_id)}
    if not left or not answering & set(left):
        raise Refused("name_members.nobody_left")
    case.named_member_ids = left
    work.record("member_unnamed", case=case, member=member.id)
