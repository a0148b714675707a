"""議題に加える: cases brought to a sitting that is planned already, instead of adding a meeting."""

from dataclasses import dataclass

from workflows.cases.model import Case
from workflows.cases.refer import must_be_open
from workflows.characters import as_typed
from workflows.checking import one_error
from workflows.desk import Command, handles
from workflows.errors import Invalid
from workflows.free_text import checked_reason
from workflows.meetings.consent_gate import attend_for, consent_gate, without_a_part
from workflows.meetings.convene import put_on
from workflows.meetings.model import Meeting, MeetingState
from workflows.permissions import Action
from workflows.work import Work

REASON_MAX = 300


@dataclass(frozen=True)
class PutOnAgenda(Command[None]):
    """Bring cases to a planned sitting, all of them or none; one `reason` for those without
    consent. Raises Invalid."""

    meeting_id: str
    case_numbers: tuple[str, ...]
    reason: str = ""


@handles(PutOnAgenda, Action.PUT_ON_AGENDA, others={"case_numbers": "of each CONVENE is asked"})
def put_on_agenda(command: PutOnAgenda, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    for number in dict.fromkeys(n.strip().upper() for n in command.case_numbers):
        _put_one_on(meeting, number, command.reason, work)


def _put_one_on(meeting: Meeting, number: str, typed: str, work: Work) -> None:
    case_id = work.uow.cases.id_of(number)
    case = work.uow.cases.get(case_id, change=True) if case_id else None
    if case is None or not work.may(Action.CONVENE, case).allowed:
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
    reason = checked_reason(typed, "reason", REASON_MAX) if as_typed(typed) else ""
    errors = consent_gate(case, meeting.bases, reason)
    if errors:
        raise Invalid(errors)
    _must_have_a_part(meeting, case, work)
    for agency_id in put_on(meeting, case, work, reason):
        work.tell(
            "case_on_agenda",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}",
            facts={"kind": meeting.called},
            case=case,
            meeting=meeting,
        )


def _must_have_a_part(meeting: Meeting, case: Case, work: Work) -> None:
    """With this case on the agenda, everybody who comes attends for one, and somebody for it."""
    invited = [i.agency_id for i in meeting.invites]
    attending = attend_for(case, invited, meeting.bases)
    if not attending:
        raise one_error("meeting", "meeting.nobody_hears", number=case.number)
    lost = without_a_part(
        invited,
        [attending, *(i.agency_ids for i in meeting.agenda)],
        work.seats.agency_of(meeting.organiser_id, meeting.organiser_agency_id),
    )
    if lost:
        names = [work.agency_name(a) for a in lost]
        raise one_error("meeting", "meeting.not_covered", agencies=names)
