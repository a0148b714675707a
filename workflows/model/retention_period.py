"""Until when a case is kept, and who has left: days alone, nothing is looked up here."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.japanese.dates import TOKYO
from workflows.model.case_row import CaseRow
from workflows.model.directory import Agency, Member

APRIL: Final = 4
# [ours] An e-mail address is of no use once somebody has left, but questions still come: it stays
# until the end of the fiscal year after the one in which they left.
CONTACT_YEARS: Final = 1


def last_day(ended_on: date, years: int) -> date:
    """The 31 March that ends the fiscal year of `ended_on` plus `years` (docs/rules.md 30).

    What ended from 2026-04-01 to 2027-03-31 and is kept for 5 years is kept until 2032-03-31.
    """
    fiscal_year = ended_on.year if ended_on.month >= APRIL else ended_on.year - 1
    return date(fiscal_year + years + 1, 3, 31)


@dataclass(frozen=True)
class Ended:
    """A case that ended: its last day of work, and the last day on which it is kept."""

    ended_on: date
    kept_until: date

    def is_due(self, today: date) -> bool:
        return today > self.kept_until


def ended(case: CaseRow, years: int) -> Ended | None:
    """None while the case is open, also when it was reopened; 終結 and 中断 are the same here."""
    if case.closed_at is None:
        return None
    on = case.closed_at.astimezone(TOKYO).date()
    last = last_day(on, years)
    return Ended(on, max(last, case.kept_longer) if case.kept_longer else last)


def left_on(member: Member, agency: Agency | None, today: date) -> date | None:
    """The last day of a member who has left, or whose agency has ended; else None."""
    ends = [member.active_until, agency.active_until if agency else None]
    last = min((d for d in ends if d), default=None)
    return last if last and last < today else None
