"""Each case of a meeting is read by those who attend for it: the one rule for record and sheets."""

from workflows.cases.disclosure_basis import is_beyond_at
from workflows.core.permissions import ANSWERS_FOR_CASE, RUNS_MEETING, Action
from workflows.core.work import Work
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.meeting import AgendaItem, Meeting


def may_read_part(meeting: Meeting, case: Case | CaseRow, work: Work) -> bool:
    """[ours] docs/rules.md 5 and 7: may this case's part of the meeting's content be read?

    By who runs the meeting and by the agencies that attend for the case; on a restricted one by
    the named alone. Where the footing asks for consent, the one in force covers their agency, or
    they answer for the person anyway. Whether the meeting is still open to them at all, and the
    secrecy duty, is the permission table's part (READ_RECORD).
    """
    row = case_row(case) if isinstance(case, Case) else case
    return _may_read(meeting, meeting.item(row.id), row, work)


def may_read_meeting_result(meeting_id: str, case: Case | CaseRow, work: Work) -> bool:
    """[ours] docs/rules.md 6: may what a meeting decided of a case, or said of it, be read by
    somebody who reads the case? By who answers for the person whatever happens, and else by who may
    read this case's part of its record: being asked, accepting or coming to another meeting opens
    nothing that was said on another footing.
    """
    row = case_row(case) if isinstance(case, Case) else case
    if work.standings(row) & ANSWERS_FOR_CASE:
        return True
    meeting = work.uow.meetings.get(meeting_id) if meeting_id else None
    if meeting is None or not work.may(Action.READ_RECORD, meeting).allowed:
        return False
    return may_read_part(meeting, row, work)


def may_read_former_part(meeting: Meeting, row: CaseRow, work: Work) -> bool:
    """The same of a case that was taken off the agenda, of whoever attended for it then."""
    gone = [i for i in meeting.taken_off if i.case_id == row.id]
    return bool(gone) and _may_read(meeting, gone[-1], row, work)


def _may_read(meeting: Meeting, item: AgendaItem | None, row: CaseRow, work: Work) -> bool:
    if item is None or (row.restricted and work.me.id not in row.named):
        return False
    runs = bool(work.standings(meeting) & RUNS_MEETING)
    if not (runs or work.me.agency_id in item.agency_ids):
        return False
    if not meeting.needs_consent or row.allows(work.me.agency_id):
        return True
    return bool(work.standings(row) & ANSWERS_FOR_CASE) or (
        runs and _was_told(meeting, row.id, work)
    )


def _was_told(meeting: Meeting, case_id: str, work: Work) -> bool:
    """Whether their agency was covered when the sitting took place whose record is not confirmed:
    what was said there is written down to the end, whatever the person says since."""
    slot = meeting.fixed_slot
    if slot is None or not (meeting.is_live and meeting.has_begun(work.now)):
        return False
    case = work.uow.cases.get(case_id)
    return case is not None and not is_beyond_at(case, work.me.agency_id, slot.starts_at)
