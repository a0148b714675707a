"""議題に加える: cases brought to a sitting that is planned already, instead of adding a meeting."""

from collections.abc import Collection
from dataclasses import dataclass, field

from workflows.cases.find_case import plain_number
from workflows.cases.refer import must_be_open
from workflows.core.checking import one_error
from workflows.core.errors import Invalid
from workflows.core.free_text import checked_reason
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.characters import as_typed
from workflows.meetings.agenda import add_to_agenda, tell_who_hears
from workflows.meetings.agenda_requests import (
    OTHER_AREA,
    is_coordinator_of_other_area,
    report_taken_up,
)
from workflows.meetings.consent_gate import (
    agencies_allowed_to_hear,
    case_to_convene_on,
    concerned,
    consent_gate,
)
from workflows.meetings.convene import ChosenAgencies, nobody_key
from workflows.model.case import Case
from workflows.model.meeting import Meeting, MeetingState

REASON_MAX = 300


@dataclass(frozen=True)
class PutOnAgenda(Command[None]):
    """Bring cases to a planned sitting, all of them or none; one `reason` for those without
    consent. Raises Invalid.

    `hearing` is which of the invited agencies hear each case, by its number; where it does not
    say, those whom the case itself concerns.
    """

    meeting_id: str
    case_numbers: tuple[str, ...]
    reason: str = ""
    hearing: ChosenAgencies = field(default_factory=dict)


@handles(
    PutOnAgenda,
    Action.PUT_ON_AGENDA,
    code="put_on_agenda",
    others={"case_numbers": "of each CONVENE is asked"},
)
def put_on_agenda(command: PutOnAgenda, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    for number in dict.fromkeys(map(plain_number, command.case_numbers)):
        case = _case_to_put_on(meeting, number, work)
        chosen = command.hearing.get(number)
        _put_one_on(meeting, case, chosen, command.reason, work)


def _case_to_put_on(meeting: Meeting, number: str, work: Work) -> Case:
    """The case, locked, if it may come to this sitting at all. Raises Refused, Invalid."""
    case = case_to_convene_on(number, work, change=True)
    if case is None:
        raise one_error("cases", "meeting.unknown_case", number=number, row=0)
    must_be_open(case)
    if meeting.state not in (
        MeetingState.COLLECTING,
        MeetingState.ANSWERS_CLOSED,
        MeetingState.FIXED,
    ) or meeting.has_begun(work.now):
        raise one_error("meeting", "meeting.over")
    if meeting.item(case.id):
        raise one_error("meeting", "meeting.on_agenda_already", number=case.number)
    return case


def _put_one_on(
    meeting: Meeting, case: Case, chosen: Collection[str] | None, typed: str, work: Work
) -> None:
    reason = checked_reason(typed, "basis_reason", REASON_MAX) if as_typed(typed) else ""
    errors = consent_gate(case, meeting.bases, reason)
    if errors:
        raise Invalid(errors)
    outside = is_coordinator_of_other_area(case, work)
    if outside and not reason:
        raise one_error("basis_reason", "agenda_request.outside_reason")
    agency_ids = _chosen(meeting, case, chosen, work)
    heard = add_to_agenda(meeting, case, agency_ids, work, reason)
    if outside:
        report_taken_up(case, meeting, OTHER_AREA, reason, work)
    tell_who_hears(meeting, case, heard, work)


def _chosen(meeting: Meeting, case: Case, chosen: Collection[str] | None, work: Work) -> list[str]:
    """Who hears it, of those who are invited: as chosen, else those whom it concerns."""
    invited = [i.agency_id for i in meeting.invites]
    if chosen is None:
        found = concerned(case, invited, meeting.bases)
    else:
        found = [a for a in invited if a in chosen]
        must_be_covered(meeting, case, found, work)
    if not found:
        raise one_error("hearing", nobody_key(case, invited, meeting.bases), number=case.number)
    return found


def must_be_covered(meeting: Meeting, case: Case, agency_ids: Collection[str], work: Work) -> None:
    """Raises Invalid with the agencies that may not hear of the case on these footings."""
    covered = agencies_allowed_to_hear(case, agency_ids, meeting.bases)
    if names := [work.agency_name(a) for a in agency_ids if a not in covered]:
        raise one_error("hearing", "meeting.not_covered", agencies=names)
