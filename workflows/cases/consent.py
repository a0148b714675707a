"""What a change of consent means for meetings already planned (rules.md 2)."""

from workflows.cases.model import Case
from workflows.work import Work


def consent_changed(case: Case, work: Work) -> None:
    """Take a case without consent off every planned meeting that needs consent."""
    if case.has_consent:
        return
    for meeting_id in list(case.live_meeting_ids):
        meeting = work.meeting(meeting_id)
        if meeting.needs_no_consent:
            continue
        meeting.agenda = [i for i in meeting.agenda if i.case_id != case.id]
        case.live_meeting_ids.remove(meeting_id)
        work.record("taken_off_agenda", case=case, meeting=meeting, why="consent")
        organiser = work.uow.directory.member(meeting.organiser_id)
        work.tell(
            "taken_off_agenda",
            [organiser] if organiser else work.coordinators(case),
            once=f"{meeting.id}:{case.id}:{case.sheet_version}",
            case=case,
            meeting=meeting,
        )
