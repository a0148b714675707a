"""Who may do and see what: one table, closed by default, that gives its reason.

A member's `Standing`s to a case or a meeting are worked out from facts (standings.py: role,
agency, invitation, secrecy confirmation, consent); a `Rule` names those of which one is enough.
Before all of it the desk asks that the member and their agency are active on the day. Where a rule
opens content, some standings count only together with another (`NEEDS`), and on a restricted case
everybody must be named as well. Rules: docs/rules.md 1 to 7, 36.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


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
    SECRECY_CONFIRMED = "sworn"
    SECRECY_UNCONFIRMED = "unsworn"
    ORGANISER = "organiser"
    MEETING_CHAIR = "meeting_chair"
    INVITED_AGENCY = "invited_agency"
    RECORD_WRITER = "record_writer"


class Action(StrEnum):
    USE = "use"
    OPEN_CASE = "open_case"
    SEE_CASE = "see_case"
    READ_CASE = "read_case"
    DISCLOSE = "disclose"
    EDIT_SHEET = "edit_sheet"
    READ_FORMER = "read_former"
    REFER = "refer"
    REPLY = "reply"
    ENTER_REPLY = "enter_reply"
    SET_LEAD = "set_lead"
    NAME_MEMBERS = "name_members"
    MAKE_PLAN = "make_plan"
    ANSWER_FOLLOW_UP = "answer_follow_up"
    END_REASSESSMENT = "end_reassessment"
    TICK_ROLE = "tick_role"
    SAY_STILL_NEEDED = "say_still_needed"
    CLOSE_CASE = "close_case"
    MERGE_CASES = "merge_cases"
    CONVENE = "convene"
    ANSWER_AGENDA_REQUEST = "answer_agenda_request"
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
    SEE_PERMISSION_REQUESTS = "see_permission_requests"
    SETTLE_PERMISSION_REQUESTS = "settle_permission_requests"
    SEE_ADMINISTRATION = "see_administration"
    MEND_RECORDS = "mend_records"
    SETTLE_RESTORE = "settle_restore"
    SEE_AUDIT = "see_audit"
    CHECK_TRAIL = "check_trail"
    RECORD_SERVER_OPERATION = "record_server_operation"
    SEE_REQUESTS = "see_requests"
    HANDLE_REQUESTS = "handle_requests"
    SEE_RETENTION = "see_retention"
    APPROVE_DISPOSAL = "approve_disposal"
    AGREE_DISPOSAL = "agree_disposal"
    HOLD = "hold"
    RESTORE_READER = "restore_reader"
    KEEP_TIME = "keep_time"
    SET_UP = "set_up"
    SIGN_IN = "sign_in"
    PRINT_LINK = "print_link"
    INSPECT = "inspect"


@dataclass(frozen=True)
class Rule:
    """Any one standing of `anyone_of` is enough; on a restricted case NAMED is needed beside.

    With `content` it opens what was written about a person: every such read is recorded. With it,
    or with `footed`, standings in `NEEDS` are enough only together with what stands there. Of a
    meeting on restricted cases alone NAMED is needed beside for rules with `named`. A rule that is
    `unnamed` opens nothing of what is in a case, and so is for who is not named, too.
    """

    anyone_of: tuple[Standing, ...]
    content: bool = False
    footed: bool = False
    named: bool = False
    unnamed: bool = False

    @property
    def has_needs(self) -> bool:
        return self.content or self.footed


_S = Standing
_TEAM = (_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.ACCEPTED_AGENCY, _S.ROLE_AGENCY, _S.REFERRED_AGENCY)
_OFFICES = (_S.ADMINISTRATOR, _S.MANAGER, _S.COORDINATOR)

# Who was brought in by consent, or by a basis recorded in its place, reads while that holds; who
# runs a 支援会議 confirms the secrecy duty like everybody who comes. The writer's agency, the
# lead agency and the coordinators answer for the person whatever happens, and always read.
NEEDS: Mapping[Standing, Standing] = {
    _S.REFERRED_AGENCY: _S.COVERED,
    _S.ACCEPTED_AGENCY: _S.COVERED,
    _S.ROLE_AGENCY: _S.COVERED,
    _S.ORGANISER: _S.SECRECY_CONFIRMED,
    _S.MEETING_CHAIR: _S.SECRECY_CONFIRMED,
    _S.RECORD_WRITER: _S.SECRECY_CONFIRMED,
}

# Who reads a case for as long as they stand to it so: no consent and no confirmation is asked.
ANSWERS_FOR_CASE = frozenset({_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR})

# Who comes in by no member, and what a member is in the town: whatever it is about.
CALLERS = frozenset({_S.CLOCK, _S.CONSOLE, _S.DOOR})
IN_TOWN = frozenset({_S.MEMBER, _S.CLERK, _S.COORDINATOR, _S.CHAIR, _S.MANAGER, _S.ADMINISTRATOR})

# Who runs a meeting, and who writes its record.
RUNS_MEETING = frozenset({_S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER})

# Who oversees all meetings. [ours] docs/rules.md 7: where every case on the agenda is restricted,
# its place and time are for those who come, run it or are named; an office alone opens nothing
# there.
OVERSEES = frozenset({_S.COORDINATOR, _S.MANAGER})

# How long who came to a meeting may read its record, when their agency takes no part in any of
# its cases any more. [ours]: long enough to check the minutes.
RECORD_OPEN = timedelta(days=30)

RULES: Mapping[Action, Rule] = {
    Action.USE: Rule((_S.MEMBER,)),
    Action.OPEN_CASE: Rule((_S.MEMBER,)),
    Action.SEE_CASE: Rule((*_TEAM, _S.COORDINATOR, _S.MANAGER, _S.ATTENDEE)),
    Action.READ_CASE: Rule((*_TEAM, _S.COORDINATOR, _S.SECRECY_CONFIRMED), content=True),
    # Who was told what: for those who answer to the person for it. Managers approve what is given
    # out, but do not read content (docs/rules.md 35).
    Action.DISCLOSE: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR), content=True),
    # Whose sheet it was by mistake: for who wrote it, and who answers that person's questions.
    Action.READ_FORMER: Rule((_S.WRITER_AGENCY, _S.COORDINATOR), content=True),
    Action.EDIT_SHEET: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR), content=True),
    # Whoever asks others may state a basis, and that opens the case: not one it does not cover.
    Action.REFER: Rule(
        (_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.ACCEPTED_AGENCY, _S.COORDINATOR), footed=True
    ),
    # One that took its part already is let in, to be told who of it answered.
    Action.REPLY: Rule((_S.REFERRED_AGENCY, _S.ACCEPTED_AGENCY)),
    # [ours]: what an agency said on the telephone or by FAX is entered by who keeps the desk, not
    # by whoever asked: to wait for an answer is no reason to give it.
    Action.ENTER_REPLY: Rule((_S.COORDINATOR,)),
    Action.SET_LEAD: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.NAME_MEMBERS: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.MAKE_PLAN: Rule((_S.LEAD_AGENCY, _S.WRITER_AGENCY, _S.COORDINATOR), content=True),
    Action.ANSWER_FOLLOW_UP: Rule((_S.LEAD_AGENCY, _S.WRITER_AGENCY, _S.COORDINATOR)),
    # [ours]: those whom 悪化 was told to; the lead agency said it, and does not take it back alone.
    Action.END_REASSESSMENT: Rule((_S.COORDINATOR,)),
    Action.TICK_ROLE: Rule((_S.ROLE_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    # Whoever answers for it is asked; without a lead that is the writer's agency.
    Action.SAY_STILL_NEEDED: Rule((_S.LEAD_AGENCY, _S.WRITER_AGENCY, _S.COORDINATOR)),
    Action.CLOSE_CASE: Rule((_S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.MERGE_CASES: Rule((_S.COORDINATOR,), content=True),
    Action.CONVENE: Rule((_S.COORDINATOR, _S.CHAIR)),
    # Who answers for it says whether somebody who does not read it may hold a meeting on it; of the
    # coordinators those of its area: see meetings/agenda_requests.py.
    Action.ANSWER_AGENDA_REQUEST: Rule((_S.WRITER_AGENCY, _S.LEAD_AGENCY, _S.COORDINATOR)),
    Action.PUT_ON_AGENDA: Rule((_S.COORDINATOR,)),
    Action.SEE_MEETING: Rule(
        (
            _S.INVITED_AGENCY,
            _S.ORGANISER,
            _S.MEETING_CHAIR,
            _S.RECORD_WRITER,
            _S.COORDINATOR,
            _S.MANAGER,
        )
    ),
    Action.RUN_MEETING: Rule((_S.ORGANISER, _S.MEETING_CHAIR, _S.COORDINATOR)),
    Action.ANSWER_DATES: Rule((_S.INVITED_AGENCY, _S.ORGANISER)),
    Action.CONFIRM_SECRECY: Rule(
        (_S.INVITED_AGENCY, _S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER), named=True
    ),
    Action.READ_RECORD: Rule(
        (_S.SECRECY_CONFIRMED, _S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER),
        content=True,
        named=True,
    ),
    Action.WRITE_RECORD: Rule(
        (_S.ORGANISER, _S.MEETING_CHAIR, _S.RECORD_WRITER), content=True, named=True
    ),
    Action.CONFIRM_RECORD: Rule((_S.MEETING_CHAIR,), content=True, named=True),
    Action.SEE_DESK: Rule((_S.COORDINATOR,)),
    Action.SEE_DIGEST: Rule((_S.MANAGER,)),
    Action.SEE_DIRECTORY: Rule((_S.MEMBER, _S.CONSOLE)),
    Action.EDIT_DIRECTORY: Rule((_S.ADMINISTRATOR, _S.CONSOLE)),
    # What opens more is given by two people; who of these: directory/permission_requests.py.
    Action.SEE_PERMISSION_REQUESTS: Rule((*_OFFICES, _S.CONSOLE)),
    Action.SETTLE_PERMISSION_REQUESTS: Rule((*_OFFICES, _S.CONSOLE)),
    Action.SEE_ADMINISTRATION: Rule((_S.ADMINISTRATOR,)),
    # What cannot be read: numbers alone, never what is in it.
    Action.MEND_RECORDS: Rule((_S.ADMINISTRATOR, _S.CONSOLE, _S.CLOCK)),
    # What a restore left undone: numbers alone, and that it is done by hand.
    Action.SETTLE_RESTORE: Rule((_S.ADMINISTRATOR, _S.CONSOLE)),
    Action.SEE_AUDIT: Rule((_S.ADMINISTRATOR,)),
    Action.CHECK_TRAIL: Rule((_S.CLOCK, _S.CONSOLE)),
    Action.RECORD_SERVER_OPERATION: Rule((_S.CONSOLE,)),
    # [ours]: 開示・訂正・利用停止: managers see that one waits and until when, without a name.
    Action.SEE_REQUESTS: Rule((_S.COORDINATOR, _S.MANAGER)),
    Action.HANDLE_REQUESTS: Rule((_S.COORDINATOR,)),
    Action.SEE_RETENTION: Rule((_S.MANAGER, _S.ADMINISTRATOR)),
    Action.APPROVE_DISPOSAL: Rule((_S.MANAGER,)),
    # [ours] The second person for a restricted case; they learn its fiscal year alone.
    Action.AGREE_DISPOSAL: Rule((_S.MANAGER, _S.ADMINISTRATOR)),
    Action.HOLD: Rule((_S.MANAGER,)),
    # Two people together, who do not read it: see cases/new_reader.py.
    Action.RESTORE_READER: Rule((_S.MANAGER, _S.ADMINISTRATOR), unnamed=True),
    Action.KEEP_TIME: Rule((_S.CLOCK,)),
    Action.SET_UP: Rule((_S.CONSOLE,)),
    Action.SIGN_IN: Rule((_S.DOOR,)),
    Action.PRINT_LINK: Rule((_S.CONSOLE,)),
    # Who runs the server holds the keys: what they look at, and why, is in the trail at least.
    Action.INSPECT: Rule((_S.CONSOLE,)),
}


@dataclass(frozen=True)
class Decision:
    """`reason` is a message key: `why.<standing>` or `denied.<…>`."""

    allowed: bool
    reason: str


def counts(action: Action, standing: Standing, standings: Collection[Standing]) -> bool:
    """Whether this standing is enough for the action, among all that somebody has."""
    rule = RULES[action]
    if standing not in rule.anyone_of or standing not in standings:
        return False
    return not rule.has_needs or standing not in NEEDS or NEEDS[standing] in standings


def decide(action: Action, standings: set[Standing], *, restricted: bool = False) -> Decision:
    """May somebody of these standings do this? The reason is given either way."""
    rule = RULES[action]
    if restricted and _S.NAMED not in standings:
        return Decision(False, "denied.restricted")
    for standing in rule.anyone_of:
        if counts(action, standing, standings):
            return Decision(True, f"why.{standing}")
    lacks = lacking(action, standings)
    if _S.SECRECY_CONFIRMED in lacks and _S.SECRECY_UNCONFIRMED in standings:
        return Decision(False, "denied.confirm_secrecy_first")
    if _S.COVERED in lacks:
        return Decision(False, "denied.not_covered")
    return Decision(False, f"denied.{action}")


def lacking(
    action: Action, standings: Collection[Standing], *, restricted: bool = False
) -> tuple[Standing, ...]:
    """The conditions that are missing: what somebody of these standings has is not enough alone.

    NAMED on a restricted case; COVERED where a consent or a basis would open it; SECRECY_CONFIRMED
    where the confirmation of the secrecy duty would. Nothing when it is open, or when no standing
    leads in.
    """
    rule = RULES[action]
    found: set[Standing] = {_S.NAMED} if restricted and _S.NAMED not in standings else set()
    if rule.has_needs and not any(counts(action, s, standings) for s in rule.anyone_of):
        found |= {NEEDS[s] for s in rule.anyone_of if s in NEEDS and s in standings}
        if _S.SECRECY_CONFIRMED in rule.anyone_of and _S.ATTENDEE in standings:
            found.add(_S.SECRECY_CONFIRMED)
        if (
            _S.SECRECY_CONFIRMED in found and _S.SECRECY_UNCONFIRMED not in standings
        ):  # nothing to confirm: see _heard
            found -= {_S.SECRECY_CONFIRMED}
            found |= {_S.COVERED} if _S.ATTENDEE in standings else set()
    return tuple(s for s in Standing if s in found)
