"""管理: what became of every notice, sending a dead one again, and who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.desk import Command, Query, handles
from workflows.errors import NotFound, Refused
from workflows.permissions import RULES, Action, Standing
from workflows.ports import Delivery
from workflows.work import Work

MOST = 100
# An unknown one may have arrived; the administrator decides whether a second one does harm.
SENDABLE = ("dead", "unknown")


@dataclass(frozen=True)
class DeliveryLine:
    """One notice on its way: to whom and how it stands, never what it says."""

    delivery: Delivery
    receiver: str
    agency: str
    may_send_again: bool


@dataclass(frozen=True)
class AdministrationView:
    """`counts` by state; what failed first, then the newest."""

    counts: Mapping[str, int]
    failed: tuple[DeliveryLine, ...]
    recent: tuple[DeliveryLine, ...]
    town: str
    members: int
    agencies: int
    without_contact: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GetAdministration(Query[AdministrationView]):
    """For the administrators' page."""


@handles(GetAdministration, Action.SEE_ADMINISTRATION)
def get_administration(query: GetAdministration, work: Work) -> AdministrationView:
    outbox = work.uow.outbox
    reached = {m.agency_id for m in work.active_members() if m.is_contact}
    agencies = work.active_agencies()
    return AdministrationView(
        counts=outbox.counts(),
        failed=tuple(_line(d, work) for d in outbox.failed()[:MOST]),
        recent=tuple(_line(d, work) for d in outbox.recent(MOST)),
        town=work.uow.directory.town().name,
        members=len(work.active_members()),
        agencies=len(agencies),
        without_contact=tuple((a.id, a.name) for a in agencies if a.id not in reached),
    )


def _line(delivery: Delivery, work: Work) -> DeliveryLine:
    receiver = work.uow.directory.member(delivery.member_id)
    return DeliveryLine(
        delivery=delivery,
        receiver=receiver.name if receiver else "—",
        agency=work.agency_name(receiver.agency_id if receiver else None),
        may_send_again=delivery.state in SENDABLE,
    )


@dataclass(frozen=True)
class SendAgain(Command[None]):
    """Put a notice that failed back into the outbox; it is checked anew before it goes."""

    notice_id: str


@handles(SendAgain, Action.SEE_ADMINISTRATION)
def send_again(command: SendAgain, work: Work) -> None:
    state = work.uow.outbox.state_of(command.notice_id)
    if state is None:
        raise NotFound("not_found.delivery")
    if not work.uow.outbox.send_again(command.notice_id, work.now, SENDABLE):
        raise Refused("send_again.not_failed")
    work.record("delivery_sent_again", notice=command.notice_id, was=state)


@dataclass(frozen=True)
class PermissionGroup:
    """Rules of one subject (town, case, meeting, machine) and the standings they name."""

    subject: str
    standings: tuple[Standing, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class PermissionTable:
    groups: tuple[PermissionGroup, ...]
    mine: frozenset[Standing]


@dataclass(frozen=True)
class GetPermissions(Query[PermissionTable]):
    """The permission table as it is in force, for everybody."""


@handles(GetPermissions, Action.USE)
def get_permissions(query: GetPermissions, work: Work) -> PermissionTable:
    return PermissionTable(permission_groups(), frozenset(work.standings(None)))


def permission_groups() -> tuple[PermissionGroup, ...]:
    """RULES by subject, read from the table itself, so that a new rule shows up by itself."""
    subjects: dict[str, list[Action]] = {"town": [], "case": [], "meeting": [], "machine": []}
    for action, rule in RULES.items():
        subjects[_subject(set(rule.anyone_of))].append(action)
    return tuple(
        PermissionGroup(
            subject,
            tuple(s for s in Standing if any(s in RULES[a].anyone_of for a in actions)),
            tuple(actions),
        )
        for subject, actions in subjects.items()
    )


_MEETING = {
    Standing.INVITED_AGENCY,
    Standing.ORGANISER,
    Standing.MEETING_CHAIR,
    Standing.RECORD_WRITER,
}
_MACHINE = {Standing.CLOCK, Standing.CONSOLE}


def _subject(standings: set[Standing]) -> str:
    if standings <= _MACHINE:
        return "machine"
    if standings & _MEETING:
        return "meeting"
    roles = {
        Standing.MEMBER,
        Standing.CLERK,
        Standing.COORDINATOR,
        Standing.CHAIR,
        Standing.MANAGER,
        Standing.ADMINISTRATOR,
    }
    return "town" if standings <= roles | _MACHINE else "case"
