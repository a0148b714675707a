"""How a member stands to the town, to a case, to a meeting: from facts, at this moment.

What a standing opens is the permission table's part (permissions.py).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from workflows.core.permissions import OVERSEES, RECORD_OPEN, RUNS_MEETING, Standing
from workflows.model.case_row import CaseRow
from workflows.model.directory import Member, Role
from workflows.model.meeting import MeetingState
from workflows.model.meeting_row import MeetingRow
from workflows.model.successors import Successors

_S = Standing

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
    seats: Successors,
) -> set[Standing]:
    """How a member stands to a case now; `live_meetings` are those with it on the agenda.

    By `seats` a contact inherits the part in a meeting of who has left the agency or moved on
    (docs/rules.md 5). Being named on a restricted case is not inherited: that is decided anew.
    """
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
        runs = seats.holds(
            member, meeting.organiser_id, meeting.organiser_agency_id
        ) or seats.holds(member, meeting.chair_id, meeting.chair_agency_id)
        if runs or member.agency_id in meeting.agenda[case.id]:
            found |= {_S.ATTENDEE, *_heard(member, meeting, consent=case.allows(member.agency_id))}
    return found


def _heard(member: Member, meeting: MeetingRow, *, consent: bool) -> set[Standing]:
    """What the footings of the meeting (model/legal_basis.py) make of a member who attends.

    Where consent is asked for, the one in force has to cover their agency; where the secrecy duty
    is, they have confirmed it for that agency. Of several footings each condition holds.
    """
    if meeting.needs_consent and not consent:
        return set()
    if meeting.needs_secrecy and not meeting.has_sworn(member.id, member.agency_id):
        return {_S.SECRECY_UNCONFIRMED}
    return {_S.SECRECY_CONFIRMED}


def standings_to_meeting(
    member: Member,
    meeting: MeetingRow,
    seats: Successors,
    *,
    now: datetime,
    takes_part: bool = False,
    restricted: Iterable[CaseRow] = (),
) -> set[Standing]:
    """How a member stands to a meeting now, for themselves and for those who have left.

    `takes_part`: their agency still takes part in one of its cases. `restricted`: its cases, when
    every one of them is (`all_restricted`): then an office counts only together with being named.
    """
    found = standings_in_town(member)
    named_on = [member.id in case.named for case in restricted]
    if any(named_on):
        found.add(_S.NAMED)
    elif named_on:
        found -= OVERSEES
    if member.agency_id in meeting.agencies:
        found.add(_S.INVITED_AGENCY)
    if seats.holds(member, meeting.organiser_id, meeting.organiser_agency_id):
        found.add(_S.ORGANISER)
    if seats.holds(member, meeting.chair_id, meeting.chair_agency_id):
        found.add(_S.MEETING_CHAIR)
    writer = meeting.writer_id
    if writer and seats.holds(member, writer, meeting.writer_agency_id):
        found.add(_S.RECORD_WRITER)
    if not (found & RUNS_MEETING or _S.INVITED_AGENCY in found):
        return found
    if not attends_still(meeting, now, takes_part or bool(found & RUNS_MEETING)):
        return found
    # Whether consent covers the agency is asked for each case of the record (may_read_part).
    return found | {_S.ATTENDEE, *_heard(member, meeting, consent=True)}


def all_restricted(meeting: MeetingRow, cases: Mapping[str, CaseRow]) -> tuple[CaseRow, ...]:
    """The cases of a meeting on restricted ones alone; nothing when there is another, or none."""
    found = tuple(cases[c] for c in meeting.case_ids if c in cases)
    return found if all(case.restricted for case in found) else ()


def knows_of(member: Member, meeting: MeetingRow, case: CaseRow, seats: Successors) -> bool:
    """[ours] Whether the number of a case on its agenda is this member's to know: their agency
    hears it, they run the meeting or write its record, or they oversee all of them. A restricted
    one is known to the named among them alone."""
    case_id = case.id
    if case.restricted and member.id not in case.named:
        return False
    if member.agency_id in meeting.agenda.get(case_id, ()):
        return True
    if member.roles & {Role.COORDINATOR, Role.MANAGER}:
        return True
    held = (
        (meeting.organiser_id, meeting.organiser_agency_id),
        (meeting.chair_id, meeting.chair_agency_id),
        (meeting.writer_id or "", meeting.writer_agency_id),
    )
    return any(holder and seats.holds(member, holder, of) for holder, of in held)


def attends_still(meeting: MeetingRow, now: datetime, takes_part: bool) -> bool:
    """[ours] docs/rules.md 5: whether having been invited still opens what was said there.

    Who ran it or wrote its record takes part in it for good; a cancelled one is over for all.
    """
    if meeting.state is MeetingState.CANCELLED:
        return False
    if meeting.confirmed_at is None or takes_part:
        return True
    return now < meeting.confirmed_at + RECORD_OPEN
