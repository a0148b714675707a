"""Roles that a meeting gave out: ticked off by the agency that took them."""

from dataclasses import dataclass

from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.free_text import REASON_MAX, read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action, Standing
from workflows.core.work import Work


@dataclass(frozen=True)
class TickRole(Command[None]):
    """Say that a role is done, with an optional word on the outcome (class H)."""

    case_id: str
    role_id: str
    outcome: str = ""


@handles(TickRole, Action.TICK_ROLE, code="tick_role")
def tick_role(command: TickRole, work: Work) -> None:
    case = work.case(command.case_id)
    role = next((r for r in case.roles if r.id == command.role_id), None)
    if role is None:
        raise NotFound("not_found.role")
    standings = work.standings(case)
    if role.agency_id != work.me.agency_id and not standings & {
        Standing.LEAD_AGENCY,
        Standing.COORDINATOR,
    }:
        raise NotAllowed("denied.tick_role")
    if role.done_at:
        raise Refused("role.already", by=work.member_name(role.done_by, role.done_at))
    if not role.waits:
        raise Refused("role.stopped")
    outcome, errors = read_text("outcome", command.outcome, REASON_MAX, lines=True)
    if errors:
        raise Invalid(errors)
    role.done_at, role.done_by, role.outcome = work.now, work.me.id, outcome
    work.record(
        "role_done", case=case, holder_id=role.member_id, role=role.id, agency=role.agency_id
    )
    if case.answering_agency_id != role.agency_id:
        work.tell(
            "role_done",
            work.contacts(case.answering_agency_id, case),
            once=role.id,
            facts={
                "agency": work.agency_name(role.agency_id),
                "due_on": role.due_on.isoformat(),
            },
            case=case,
        )
