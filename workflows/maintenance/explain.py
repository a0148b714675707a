"""Why somebody may or may not do something, for whoever runs the server: from the table itself."""

from dataclasses import dataclass
from enum import StrEnum

from workflows.core.active_members import active_member
from workflows.core.errors import Refused
from workflows.core.messages import Query, handles
from workflows.core.permissions import RULES, Action, Decision, Standing
from workflows.core.work import Work
from workflows.maintenance.find_record import find_case, find_meeting, find_member
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow
from workflows.overview.access import Enough, access_to, rule_line


class About(StrEnum):
    """What somebody stands to."""

    CASE = "case"
    MEETING = "meeting"
    TOWN = "town"


@dataclass(frozen=True)
class ExplainedAction:
    """One action with its rule: which standings are enough, which condition each needs beside, and
    what is missing."""

    action: Action
    decision: Decision
    enough: tuple[Enough, ...]
    lacks: tuple[Standing, ...]


@dataclass(frozen=True)
class Explanation:
    """How a member stands to something now, and what follows for each action.

    `is_active`: whether they and their agency are here today; who is not may do nothing, whatever
    else holds. `restricted`: only the named may do anything on it (of a meeting: some things).
    """

    member_id: str
    name: str
    agency: str
    is_active: bool
    subject: str
    restricted: bool
    standings: tuple[Standing, ...]
    lines: tuple[ExplainedAction, ...]


@dataclass(frozen=True)
class GetExplanation(Query[Explanation]):
    """`who` is a member's code or whole name; `subject` a case's number or a meeting's id, nothing
    for the town. `action` names one action of the table; without it all of the subject's."""

    who: str
    about: About
    subject: str = ""
    action: str = ""


@handles(GetExplanation, Action.INSPECT, code="get_explanation")
def get_explanation(query: GetExplanation, work: Work) -> Explanation:
    member = find_member(query.who, work)
    subject = _subject(query, work)
    theirs = work.as_member(member)
    if query.action and query.action not in list(Action):
        raise Refused("inspect.no_action", typed=query.action, known=[str(a) for a in RULES])
    only = (Action(query.action),) if query.action else ()
    access = access_to(str(query.about), subject, theirs, only=only)
    return Explanation(
        member_id=member.id,
        name=member.name,
        agency=work.agency_name(member.agency_id),
        is_active=active_member(work.uow.directory, member.id, work.today) is not None,
        subject=subject.number if isinstance(subject, CaseRow) else query.subject.strip(),
        restricted=_is_restricted(subject, work),
        standings=access.standings,
        lines=tuple(
            ExplainedAction(line.action, line.decision, rule_line(line.action).enough, line.lacks)
            for line in access.lines
        ),
    )


def _subject(query: GetExplanation, work: Work) -> CaseRow | MeetingRow | None:
    match query.about:
        case About.CASE:
            return find_case(query.subject, work)
        case About.MEETING:
            return find_meeting(query.subject, work)
        case About.TOWN:
            return None


def _is_restricted(subject: CaseRow | MeetingRow | None, work: Work) -> bool:
    match subject:
        case CaseRow():
            return subject.restricted
        case MeetingRow():
            return work.is_restricted(subject)
        case None:
            return False
