"""One thing that is owed on a case, and whether another case of the same person can take it on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.core.work import Work
from workflows.model.carried import Carried
from workflows.model.case import Case

# Why something is not carried over.
NOT_COVERED: Final = "not_covered"  # neither the person's word nor a ground names the agency there
NOBODY_NAMED: Final = "nobody_named"  # nobody of the agency may see the restricted case
NOT_THERE: Final = "not_there"  # the other case cannot be on that agenda, or is there without it


@dataclass(frozen=True)
class Obligation:
    """One thing that is owed. `kind` is reply, role, lead, check, meeting or reassess; of a meeting
    there is one for each agency that was to hear the case there. `why_not` it is carried over, or
    "" where it is; `due` is its day, where it has one."""

    kind: str
    item_id: str
    agency_id: str
    due: date | datetime | None
    why_not: str = ""


def carried_from(case: Case, work: Work, came: Carried | None = None) -> Carried:
    """The note "moved from `case`" for a thing moved to another case; after several moves it names
    the first case."""
    return Carried(came.case_id if came else case.id, work.now)
