"""The list of those who may see a restricted case: who comes onto it, who goes off it again."""

from collections.abc import Iterable

from workflows.cases.readers import current_directory, loses_last_reader, reads_it
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import case_row
from workflows.model.meeting_row import MeetingRow


def name_contacts(case: Case, agency_id: str, work: Work) -> None:
    """Name the agency's contacts on a restricted case: they are to answer."""
    name_people(case, [m.id for m in work.contacts(agency_id)], work)


def name_people(case: Case, member_ids: Iterable[str], work: Work) -> None:
    """Put members on the list of those who may see a restricted case; the trail says when.

    Whoever was taken off it by hand comes back by hand alone (`NameMember`).
    """
    for member_id in (m for m in member_ids if m not in case.kept_off):
        case.name_to_stay(member_id)
        if member_id not in case.named_member_ids:
            case.named_member_ids.append(member_id)
            work.record("member_named", case=case, member=member_id)


def name_hearers(case: Case, meeting_id: str, agency_id: str, work: Work) -> None:
    """Name the contacts of an agency on a restricted case for as long as it hears it at a
    sitting."""
    windows = [m.id for m in work.contacts(agency_id) if m.id not in case.kept_off]
    for member_id in case.name_to_hear(meeting_id, agency_id, windows):
        work.record("member_named", case=case, member=member_id)


def end_hearing(
    case: Case, meeting_id: str, work: Work, agency_id: str | None = None
) -> tuple[str, ...]:
    """Take back who was named for that hearing alone; but not the last who answers for the case
    and reads it. Answers with the names of who went."""
    before = case_row(case)
    gone = case.end_naming(meeting_id, agency_id)
    staff = current_directory(work)
    if loses_last_reader(before, case_row(case), staff, staff, work):
        kept = [m for m in gone if m in staff.members and reads_it(staff.members[m], before, work)]
        case.named_member_ids += kept
        gone = [m for m in gone if m not in kept]
    for member_id in gone:
        work.record("member_unnamed", case=case, member=member_id)
    return tuple(map(work.member_name, gone)) if case.is_restricted else ()


def name_attendees(case: Case, meeting: MeetingRow, work: Work) -> None:
    """Name on a restricted case who runs a planned meeting, and the contacts who hear it there."""
    for agency_id in meeting.agenda.get(case.id, ()):
        name_hearers(case, meeting.id, agency_id, work)
    runs = (
        (meeting.organiser_id, meeting.organiser_agency_id),
        (meeting.chair_id, meeting.chair_agency_id),
        (meeting.writer_id or "", meeting.writer_agency_id),
    )
    name_people(case, [m for m, held_for in runs if work.seats.sits(m, held_for)], work)


def unname_agency(case: Case, agency_id: str, work: Work) -> None:
    """Take everybody of an agency off the list: it has no part in the case any more."""
    theirs = [m.id for m in work.uow.directory.members() if m.agency_id == agency_id]
    for member_id in [m for m in case.named_member_ids if m in theirs]:
        case.named_member_ids.remove(member_id)
        case.name_to_stay(member_id)
        work.record("member_unnamed", case=case, member=member_id)
