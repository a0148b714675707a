"""A case comes on the agenda of a meeting: from then on whoever hears it there may read it."""

from collections.abc import Collection, Sequence

from workflows.cases.named_list import name_attendees
from workflows.core.work import Work
from workflows.meetings.consent_gate import agencies_allowed_to_hear
from workflows.model.case import Case
from workflows.model.meeting import AgendaItem, Meeting
from workflows.model.meeting_row import meeting_row


def add_to_agenda(
    meeting: Meeting, case: Case, chosen: Sequence[str], work: Work, reason: str = ""
) -> list[str]:
    """Put a case on the agenda: from now on it is in 会議調整. Answers with who attends for it:
    those chosen that may hear it."""
    agency_ids = agencies_allowed_to_hear(case, chosen, meeting.bases)
    meeting.agenda.append(
        AgendaItem(case.id, agency_ids, work.me.id, work.now, reason, list(chosen))
    )
    meeting.entry_touched_at = work.now
    if meeting.id not in case.live_meeting_ids:
        case.live_meeting_ids.append(meeting.id)
    # A reassessment that was asked for waits while the case is on an agenda, and is done with the
    # record: when the meeting is cancelled, somebody still owes it.
    if case.is_restricted:
        name_attendees(case, meeting_row(meeting), work)
    work.record(
        "put_on_agenda",
        case=case,
        meeting=meeting,
        agencies=agency_ids,
        bases=[str(b) for b in meeting.bases],
        consent=case.consent,
    )
    _tell_writers(meeting, case, agency_ids, work)
    return agency_ids


def _tell_writers(meeting: Meeting, case: Case, agency_ids: Collection[str], work: Work) -> None:
    """The agency that wrote the sheet hears that its case is discussed, also when it does not
    attend: the meeting itself is then not open to it."""
    if case.writer_agency_id in agency_ids:
        return
    found = work.writer(case) + work.contacts(case.writer_agency_id, case)
    work.tell(
        "case_on_agenda",
        [m for m in found if work.actor is None or m.id != work.actor.id],
        once=f"{meeting.id}:{case.id}:writer:{work.now.isoformat()}",
        facts={
            "kind": meeting.called,
            "attends": meeting.invite(case.writer_agency_id) is not None,
            "hears": False,
        },
        case=case,
        meeting=meeting,
    )


def tell_who_hears(meeting: Meeting, case: Case, agency_ids: Collection[str], work: Work) -> None:
    """These agencies learn that they are to hear the case there."""
    for agency_id in agency_ids:
        work.tell(
            "case_on_agenda",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}",
            facts={"kind": meeting.called},
            case=case,
            meeting=meeting,
        )
