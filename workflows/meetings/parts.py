"""Each case of a meeting is read by those who attend for it: the one rule for record and sheets."""

from workflows.cases.model import Case
from workflows.cases.row import CaseRow, case_row
from workflows.meetings.model import Meeting
from workflows.permissions import ANSWER_FOR_IT, RUNS_MEETING
from workflows.work import Work


def may_read_part(meeting: Meeting, case: Case | CaseRow, work: Work) -> bool:
    """[ours] rules.md 5 and 7: may this case's part of the meeting's content be read?

    By who runs the meeting and by the agencies that attend for the case; on a restricted one by
    the named alone. Where the footing asks for consent, the one in force covers their agency, or
    they answer for the person anyway. Whether the meeting is still open to them at all, and the
    secrecy duty, is the permission table's part (READ_RECORD).
    """
    row = case_row(case) if isinstance(case, Case) else case
    item = meeting.item(row.id)
    if item is None or (row.restricted and work.me.id not in row.named):
        return False
    if not (work.standings(meeting) & RUNS_MEETING or work.me.agency_id in item.agency_ids):
        return False
    if not meeting.needs_consent or row.allows(work.me.agency_id):
        return True
    return bool(work.standings(row) & ANSWER_FOR_IT)
