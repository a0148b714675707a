"""緊急: what is told of a meeting on an emergency waits for no office and no way that is down."""

from workflows.core.work import Work
from workflows.model.case import Urgency
from workflows.model.meeting import Meeting


def is_urgent(meeting: Meeting, work: Work, agency_id: str = "") -> bool:
    """Whether an open case on its agenda is an emergency; to an agency, one that it hears."""
    items = [i for i in meeting.agenda if not agency_id or agency_id in i.agency_ids]
    cases = work.uow.cases.rows_of({i.case_id for i in items}).values()
    return any(case.is_open and case.urgency is Urgency.EMERGENCY for case in cases)
