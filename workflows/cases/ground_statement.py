"""Who stated the ground on which an agency is told beyond consent, when, and by which meeting."""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.story import who
from workflows.core.work import Work
from workflows.meetings.deciding_meeting import DecidingMeeting, deciding_meeting
from workflows.model.case import Case


@dataclass(frozen=True)
class GroundStatement:
    """Who stated a ground ("" where that is not known), when, and which meeting decided it, if
    any."""

    by: str
    at: datetime
    meeting: DecidingMeeting | None


def ground_statement(case: Case, agency_id: str, work: Work) -> GroundStatement | None:
    """The ground stated last for telling this agency, while it holds; else None."""
    ground = case.stated_of(agency_id)
    if ground is None:
        return None
    return GroundStatement(
        who(ground.by, work, ground.at), ground.at, deciding_meeting(ground.meeting_id, work)
    )
