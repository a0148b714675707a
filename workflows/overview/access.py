"""Who may do what, as one can read it: the table itself, and why I may or may not, on a subject."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from workflows.cases.who_sees import TO_CONFIRM, who_reads
from workflows.core.errors import NotFound
from workflows.core.messages import REGISTRY, Query, handles
from workflows.core.permissions import (
    CALLERS,
    IN_TOWN,
    NEEDS,
    RECORD_OPEN,
    RULES,
    RUNS_MEETING,
    Action,
    Decision,
    Standing,
    lacking,
)
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.legal_basis import BasisCondition, LegalBasis, condition_of_basis
from workflows.model.meeting import Meeting, MeetingState
from workflows.model.meeting_row import MeetingRow, meeting_row

TOWN, CASE, MEETING, MACHINE = "town", "case", "meeting", "machine"

# What holds beside the table, each a sentence `page.permissions.holds.<name>` with these facts:
# the desk's own question, being named, attendance, RECORD_OPEN, several footings, the trail.
HOLDS: Mapping[str, Mapping[str, object]] = {
    "active": {},
    "named": {},
    "attending": {},
    "record_open": {"days": RECORD_OPEN.days},
    "footings": {},
    "recorded": {},
    "closed": {},
}

# By which field a message names its subject (desk.py).
_NAMES_ITS = {CASE: "case_id", MEETING: "meeting_id"}


@dataclass(frozen=True)
class Enough:
    """One standing that is enough for an action, and the condition it needs beside, if any."""

    standing: Standing
    needs: Standing | None


@dataclass(frozen=True)
class RuleLine:
    """One action of the table; `recorded`: every such look at content is in the audit trail."""

    action: Action
    enough: tuple[Enough, ...]
    recorded: bool


@dataclass(frozen=True)
class PermissionGroup:
    """Rules of one subject (town, case, meeting, machine), in the order of the table."""

    subject: str
    lines: tuple[RuleLine, ...]


@dataclass(frozen=True)
class PermissionTable:
    """The table as it is in force, and the standings that I have in town."""

    groups: tuple[PermissionGroup, ...]
    footings: tuple[tuple[LegalBasis, BasisCondition], ...]
    holds: Mapping[str, Mapping[str, object]]
    mine: frozenset[Standing]


@dataclass(frozen=True)
class GetPermissions(Query[PermissionTable]):
    """The permission table as it is in force, for everybody."""


@handles(GetPermissions, Action.USE, code="get_permissions")
def get_permissions(query: GetPermissions, work: Work) -> PermissionTable:
    return permission_table(frozenset(work.standings(None)))


def permission_table(mine: frozenset[Standing] = frozenset()) -> PermissionTable:
    """Read from RULES, NEEDS and the bases themselves, so that a new rule shows up by itself."""
    subjects: dict[str, list[RuleLine]] = {TOWN: [], CASE: [], MEETING: [], MACHINE: []}
    for action in RULES:
        subjects[subject_of(action)].append(rule_line(action))
    groups = tuple(PermissionGroup(s, tuple(lines)) for s, lines in subjects.items())
    bases = [(basis, condition_of_basis(basis)) for basis in LegalBasis]
    bases.sort(key=lambda one: list(BasisCondition).index(one[1]))
    return PermissionTable(groups, tuple(bases), HOLDS, mine)


def rule_line(action: Action) -> RuleLine:
    rule = RULES[action]
    enough = tuple(Enough(s, NEEDS.get(s) if rule.has_needs else None) for s in rule.anyone_of)
    return RuleLine(action, enough, rule.content)


_MEETING = {
    Standing.INVITED_AGENCY,
    Standing.ORGANISER,
    Standing.MEETING_CHAIR,
    Standing.RECORD_WRITER,
}


def subject_of(action: Action) -> str:
    """What an action is asked of, seen from the standings that its rule names."""
    standings = set(RULES[action].anyone_of)
    if standings <= CALLERS:
        return MACHINE
    if standings & _MEETING:
        return MEETING
    return TOWN if standings <= IN_TOWN | CALLERS else CASE


# -- why may I, why may I not ----------------------------------------------------------------------


@dataclass(frozen=True)
class AccessLine:
    """One action on one subject; `lacks` are the conditions that would open it."""

    action: Action
    decision: Decision
    lacks: tuple[Standing, ...]
    enough: tuple[Standing, ...]


@dataclass(frozen=True)
class Access:
    """What the one who asks may do on a subject and why; no content.

    `to_confirm` are meetings whose secrecy duty, once confirmed, opens what is closed now.
    """

    subject: str
    standings: tuple[Standing, ...]
    lines: tuple[AccessLine, ...]
    to_confirm: tuple[str, ...]


@dataclass(frozen=True)
class CaseAccess:
    number: str
    restricted: bool
    has_consent: bool
    covered: bool
    access: Access


@dataclass(frozen=True)
class GetCaseAccess(Query[CaseAccess]):
    """Why I may or may not do each thing on this case."""

    case_id: str


@handles(GetCaseAccess, Action.SEE_CASE, code="get_case_access")
def get_case_access(query: GetCaseAccess, work: Work) -> CaseAccess:
    case = work.uow.cases.get(query.case_id)
    if case is None:
        raise NotFound("not_found.case")
    row = case_row(case)
    live = work.uow.meetings.rows_of(row.live_meeting_ids).values()
    to_confirm = [m.id for m in live if TO_CONFIRM in who_reads(row, [m], work, [work.me]).values()]
    return CaseAccess(
        number=row.number,
        restricted=row.restricted,
        has_consent=row.has_consent,
        covered=row.covers(work.me.agency_id),
        access=access_to(CASE, case, work, tuple(to_confirm)),
    )


@dataclass(frozen=True)
class MeetingAccess:
    """`numbers` are the cases that my agency attends for."""

    meeting_id: str
    bases: tuple[LegalBasis, ...]
    cancelled: bool
    numbers: tuple[str, ...]
    access: Access


@dataclass(frozen=True)
class GetMeetingAccess(Query[MeetingAccess]):
    """Why I may or may not do each thing on this meeting."""

    meeting_id: str


@handles(GetMeetingAccess, Action.SEE_MEETING, code="get_meeting_access")
def get_meeting_access(query: GetMeetingAccess, work: Work) -> MeetingAccess:
    meeting = work.uow.meetings.get(query.meeting_id)
    if meeting is None:
        raise NotFound("not_found.meeting")
    line = meeting_row(meeting)
    known, _ = work.agenda_for(work.me, line)
    mine = [c for c, agencies in line.agenda.items() if work.me.agency_id in agencies]
    standings = work.standings(meeting)
    hears = bool(mine) or bool(standings & RUNS_MEETING)
    may_confirm = work.may(Action.CONFIRM_SECRECY, line).allowed
    unsworn = Standing.SECRECY_UNCONFIRMED in standings and hears and may_confirm
    return MeetingAccess(
        meeting_id=meeting.id,
        bases=line.bases,
        cancelled=meeting.state is MeetingState.CANCELLED,
        numbers=tuple(c.number for c in known if c.id in mine),
        access=access_to(MEETING, meeting, work, (meeting.id,) if unsworn else ()),
    )


def _asked_of(subject: str) -> set[Action]:
    """Actions that some message asks of such a subject, although a role in town may be enough."""
    if subject not in _NAMES_ITS:
        return set()
    found = {
        r.action for kind, r in REGISTRY.items() if _NAMES_ITS[subject] in kind.__dataclass_fields__
    }
    # A meeting is convened on cases that are named by their numbers.
    return found | ({Action.CONVENE} if subject == CASE else set())


def access_to(
    subject: str,
    about: Case | CaseRow | Meeting | MeetingRow | None,
    work: Work,
    to_confirm: tuple[str, ...] = (),
    *,
    only: Collection[Action] = (),
) -> Access:
    """What the one who asks may do on it and why: all actions of such a subject, or `only` some."""
    standings = work.standings(about)
    actions = [a for a in RULES if subject_of(a) == subject or a in _asked_of(subject)]
    return Access(
        subject=subject,
        standings=tuple(s for s in Standing if s in standings),
        lines=tuple(
            AccessLine(
                action=action,
                decision=work.may(action, about),
                lacks=lacking(action, standings, restricted=work.asks_to_be_named(action, about)),
                enough=RULES[action].anyone_of,
            )
            for action in only or actions
        ),
        to_confirm=to_confirm,
    )
