"""Who may do and see what: one table, closed by default, that gives its reason.

A member's `Standing`s to a case or a meeting are worked out from facts (role, agency, invitation,
secrecy confirmation, consent); a `Rule` names those of which one is enough. Before all of it the
desk asks that the member and their agency are active on the day. Where a rule opens content, some
standings count only together with another (`NEEDS`), and on a restricted case everybody must be
named as well. Rules: rules.md, Who may be told what.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workflows.cases.row import CaseRow
from workflows.directory.model import Member, Role
from workflows.meetings.model import MeetingState
from workflows.meetings.row import MeetingRow


class Caller(StrEnum):
    """Who acts when no member does: time, or whoever sits at the server's command line."""

    CLOCK = "clock"
    CONSOLE = "console"
    DOOR = "door"  # the pages, before anybody is signed in


class Standing(StrEnum):
    CLOCK = "clock"
    CONSOLE = "console"
    DOOR = "door"
    MEMBER = "member"
    CLERK = "clerk"
    COORDINATOR = "coordinator"
    CHAIR = "chair"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    WRITER_AGENCY = "writer_agency"
    REFERRED_AGENCY = "referred_agency"
    ACCEPTED_AGENCY = "accepted_agency"
    LEAD_AGENCY = "lead_agency"
    ROLE_AGENCY = "role_agency"
    COVERED = "covered"
    NAMED = "named"
    ATTENDEE = "attendee"
    SWORN = "sworn"
    UNSWORN = "unsworn"
    ORGANISER = "organiser"
    MEETING_CHAIR = "meeting_chair"
    INVITED_AGENCY = "invited_agency"
    RECORD_WRITER = "record_writer"


class Action(StrEnum):
    USE = "use"
    OPEN_CASE = "open_case"
    SEE_CASE = "see_case"
    READ_CASE = "read_case"
    EDIT_SHEET = "edit_sheet"
    REFER = "refer"
    REPLY = "reply"
    SET_LEAD = "set_lead"
    NAME_MEMBERS = "name_members"
    MAKE_PLAN = "make_plan"
    ANSWER_FOLLOW_UP = "answer_follow_up"
    TICK_ROLE = "tick_role"
    CLOSE_CASE = "close_case"
    CONVENE = "convene"
    PUT_ON_AGENDA = "put_on_agenda"
    SEE_MEETING = "see_meeting"
    RUN_MEETING = "run_meeting"
    ANSWER_DATES = "answer_dates"
    CONFIRM_SECRECY = "confirm_secrecy"
    READ_RECORD = "read_record"
    WRITE_RECORD = "write_record"
    CONFIRM_RECORD = "confirm_record"
    SEE_DESK = "see_desk"
    SEE_DIGEST = "see_digest"
    SEE_DIRECTORY = "see_directory"
    EDIT_DIRECTORY = "edit_directory"
    SEE_ADMINISTRATION = "see_administration"
    KEEP_TIME = "keep_time"
    SET_UP = "set_up"


@dataclass(frozen=True)
class Rule:
    """Any one standing of `anyone_of` is enough; on a restricted case NAMED is needed beside.

    With `content` it opens what was written about a person: every such read is recorded, and
    standings in `NEEDS` are enough only together with what stands there.
    """

    anyone_of: tuple[Standing, ...]
    content: bool = False


_S = Standing
_TEAM = (_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.ACCEPTED_AGENCY, _S.ROLE_AGENCY, _S.REFERRED_AGENCY)

# Who was brought in by consent, or by a basis recorded in its place, reads while that holds; who
# runs a 支援会議 confirms the secrecy duty like everybody who comes. The writer's agency, the
# lead agency and the coordinators answer for the person whatever happens, and always read.
NEEDS: Mapping[Standing, Standing] = {
    _S.REFERRED_AGENCY: _S.COVERED,
    _S.ACCEPTED_AGENCY: _S.COVERED,
    _S.ROLE_AGENCY: _S.COVERED,
    _S.ORGANISER: _S.SWORN,
    _S.MEETING_CHAIR: _S.SWORN,
    _S.RECORD_WRITER: _S.SWORN,
}

# How long who came to a meeting may read its record, when their agency takes no part in any of
# its cases any more. [ours]: long enough to check the minutes.
RECORD_OPEN = timedelta(days=30)

RULES: Mapping[Action, Rule] = {
    Action.USE: Rule((_S.MEMBER,)),
    Action.OPEN_CASE: Rule((_S.MEMBER,)),
    Action.SEE_CASE: Rule((*_TEAM, _S.COORDINATOR, _S.MANAGER, _S.ATTENDEE)),
    Action.READ_CASE: Rule((*_TEAM, _S.COORDINATOR, _S.SWORN), content=True),
    Action.EDIT_SHEET: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR), content=True),
    Action.REFER: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.ACCEPTED_AGENCY, _S.COORDINATOR)),
    # One that took its part already is let in, to be told who of it answered.
    Action.REPLY: Rule((_S.REFERRED_AGENCY, _S.ACCEPTED_AGENCY)),
    Action.SET_LEAD: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.NAME_MEMBERS: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.MAKE_PLAN: Rule((_S.LEAD_AGENCY, _S.WRITER_AGENCY, _S.COORDINATOR), content=True),
    Action.ANSWER_FOLLOW_UP: Rule((_S.LEAD_AGENCY, _S.WRITER_AGENCY, _S.COORDINATOR)),
    Action.TICK_ROLE: Rule((_S.ROLE_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.CLOSE_CASE: Rule((_S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.CONVENE: Rule((_S.COORDINATOR, _S.CHAIR)),
    Action.PUT_ON_AGENDA: Rule((_S.COORDINATOR,)),
    Action.SEE_MEETING: Rule(
        (_S.INVITED_AGENCY, _S.ORGANISER, _S.MEETING_CHAIR, _S.COORDINATOR, _S.MANAGER)
    ),
    Action.RUN_MEETING: Rule((_S.ORGANISER, _S.MEETING_CHAIR, _S.COORDINATOR)),
    Action.ANSWER_DATES: Rule((_S.INVITED_AGENCY, _S.ORGANISER)),
    Action.CONFIRM_SECRECY: Rule((_S.INVITED_AGENCY, _S.ORGANISER, _S.MEETING_CHAIR)),
    Action.READ_RECORD: Rule(
        (_S.SWORN, _S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER), content=True
    ),
    Action.WRITE_RECORD: Rule((_S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER), content=True),
    Action.CONFIRM_RECORD: Rule((_S.MEETING_CHAIR,), content=True),
    Action.SEE_DESK: Rule((_S.COORDINATOR,)),
    Action.SEE_DIGEST: Rule((_S.MANAGER,)),
    Action.SEE_DIRECTORY: Rule((_S.MEMBER, _S.CONSOLE)),
    Action.EDIT_DIRECTORY: Rule((_S.ADMINISTRATOR, _S.CONSOLE)),
    Action.SEE_ADMINISTRATION: Rule((_S.ADMINISTRATOR,)),
    Action.KEEP_TIME: Rule((_S.CLOCK,)),
    Action.SET_UP: Rule((_S.CONSOLE,)),
}


@dataclass(frozen=True)
class Decision:
    """`reason` is a message key: `why.<standing>` or `denied.<…>`."""

    allowed: bool
    reason: str


_ROLE_STANDING = {
    Role.CLERK: _S.CLERK,
    Role.COORDINATOR: _S.COORDINATOR,
    Role.CHAIR: _S.CHAIR,
    Role.MANAGER: _S.MANAGER,
    Role.ADMINISTRATOR: _S.ADMINISTRATOR,
}
_RELATION_STANDING = {
    "writer": _S.WRITER_AGENCY,
    "referred": _S.REFERRED_AGENCY,
    "accepted": _S.ACCEPTED_AGENCY,
    "lead": _S.LEAD_AGENCY,
    "role": _S.ROLE_AGENCY,
}


def standings_in_town(member: Member) -> set[Standing]:
    return {_S.MEMBER} | {_ROLE_STANDING[r] for r in member.roles}


def standings_to_case(
    member: Member,
    case: CaseRow,
    live_meetings: Iterable[MeetingRow],
    stands_for: frozenset[str] = frozenset(),
) -> set[Standing]:
    """How a member stands to a case now; `live_meetings` are those with it on the agenda.

    `stands_for` are colleagues who have left and whose part in a meeting the member inherits
    (rules.md, 5). Being named on a restricted case is not inherited: that is decided anew.
    """
    mine = stands_for | {member.id}
    found = standings_in_town(member)
    relations = case.relations(member.agency_id)
    found |= {_RELATION_STANDING[r] for r in relations}
    if case.covers(member.agency_id):
        found.add(_S.COVERED)
    if member.id in case.named:
        found.add(_S.NAMED)
    for meeting in live_meetings:
        if case.id not in meeting.agenda or not meeting.is_live:
            continue
        runs = bool(mine & {meeting.organiser_id, meeting.chair_id})
        if runs or member.agency_id in meeting.agenda[case.id]:
            found |= {_S.ATTENDEE, *_heard(member, meeting, consent=case.allows(member.agency_id))}
    return found


def _heard(member: Member, meeting: MeetingRow, *, consent: bool) -> set[Standing]:
    """What the footing of the meeting makes of a member who attends.

    Where people may be discussed without consent, the secrecy duty opens it, once confirmed;
    on any other footing the consent that covers the agency, as long as it is in force.
    """
    if meeting.needs_no_consent:
        return {_S.SWORN} if member.id in meeting.sworn else {_S.UNSWORN}
    return {_S.SWORN} if consent else set()


def standings_to_meeting(
    member: Member,
    meeting: MeetingRow,
    stands_for: frozenset[str] = frozenset(),
    *,
    now: datetime,
    takes_part: bool = False,
) -> set[Standing]:
    """How a member stands to a meeting now, for themselves and for those who have left.

    `takes_part`: their agency still takes part in one of its cases.
    """
    mine = stands_for | {member.id}
    found = standings_in_town(member)
    if member.agency_id in meeting.agencies:
        found.add(_S.INVITED_AGENCY)
    if meeting.organiser_id in mine:
        found.add(_S.ORGANISER)
    if meeting.chair_id in mine:
        found.add(_S.MEETING_CHAIR)
    if meeting.writer_id in mine:
        found.add(_S.RECORD_WRITER)
    runs = found & {_S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER}
    if not runs and not (_S.INVITED_AGENCY in found and attends_still(meeting, now, takes_part)):
        return found
    # Whether consent covers the agency is asked for each case of the record (may_read_part).
    return found | {_S.ATTENDEE, *_heard(member, meeting, consent=True)}


def attends_still(meeting: MeetingRow, now: datetime, takes_part: bool) -> bool:
    """[ours] rules.md 5: whether having been invited still opens what was said there."""
    if meeting.state is MeetingState.CANCELLED:
        return False
    if meeting.confirmed_at is None or takes_part:
        return True
    return now < meeting.confirmed_at + RECORD_OPEN


def counts(action: Action, standing: Standing, standings: Collection[Standing]) -> bool:
    """Whether this standing is enough for the action, among all that somebody has."""
    rule = RULES[action]
    if standing not in rule.anyone_of or standing not in standings:
        return False
    return not rule.content or standing not in NEEDS or NEEDS[standing] in standings


def decide(action: Action, standings: set[Standing], *, restricted: bool = False) -> Decision:
    """May somebody of these standings do this? The reason is given either way."""
    rule = RULES[action]
    if restricted and _S.NAMED not in standings:
        return Decision(False, "denied.restricted")
    for standing in rule.anyone_of:
        if counts(action, standing, standings):
            return Decision(True, f"why.{standing}")
    lacking = {NEEDS[s] for s in rule.anyone_of if rule.content and s in NEEDS and s in standings}
    heard = _S.SWORN in rule.anyone_of or _S.SWORN in lacking
    if heard and _S.UNSWORN in standings:
        return Decision(False, "denied.confirm_secrecy_first")
    if _S.COVERED in lacking or (heard and _S.ATTENDEE in standings):
        return Decision(False, "denied.not_covered")
    return Decision(False, f"denied.{action}")
