"""Who stated why an agency is told beyond consent, when, and at which meeting it was decided."""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.model import Case
from workflows.cases.story import who
from workflows.meetings.deciding import DecidedAt, decided_at
from workflows.work import Work


@dataclass(frozen=True)
class Stated:
    """`by` is empty where it is not known who; `meeting` is None where none decided it."""

    by: str
    at: datetime
    meeting: DecidedAt | None


def stated_for(case: Case, agency_id: str, work: Work) -> Stated | None:
    """What was stated last for telling this agency, while it holds."""
    ground = case.stated_of(agency_id)
    if ground is None:
        return None
    return Stated(who(ground.by, work, ground.at), ground.at, decided_at(ground.meeting_id, work))
