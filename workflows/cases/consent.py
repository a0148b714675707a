"""What a change of consent means for meetings already planned (rules.md 2)."""

from workflows.cases.model import Case
from workflows.meetings.model import Meeting
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
        case.off_agenda_at = work.now
        organiser = work.uow.directory.member(meeting.organiser_id)
        work.tell(
            "taken_off_agenda",
            [organiser] if organiser else work.coordinators(case),
            once=f"{meeting.id}:{case.id}:{case.sheet_version}",
            case=case,
            meeting=meeting,
        )
        _tell_the_others(case, meeting, work)


def _tell_the_others(case: Case, meeting: Meeting, work: Work) -> None:
    """Agencies that come, and the chair: some may not see the case any more, its number they knew.

    So the card belongs to the meeting alone.
    """
    people = [m for i in meeting.invites for m in work.contacts(i.agency_id, case)]
    chair = work.uow.directory.member(meeting.chair_id)
    if chair and chair.is_active(work.today):
        people.append(chair)
    work.tell(
        "case_off_agenda",
        [m for m in people if m.id != meeting.organiser_id],
        once=f"{meeting.id}:{case.id}:{case.sheet_version}",
        facts={"number": case.number, "kind": meeting.called},
        meeting=meeting,
    )
