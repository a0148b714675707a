"""振り返りの一覧: cases to be looked back on, for coordinators; to managers they are numbers.

[ours] A near miss (惜しいケース) and what a meeting found missing in the town
(足りなかった社会資源) are words about a person: they stand on the case, for who may read it. The
list names the case and says which of the two; the digest and the chats count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.unreadable import build_each
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO
from workflows.model.case_row import CaseRow

LOOKED_BACK_ON: Final = timedelta(days=365)  # how far back; ours
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class LookBackLine:
    """A case to look back on: marked a near miss, and the days of records that name a lack."""

    number: str
    state: str
    district_name: str
    near_miss: bool
    missing_on: tuple[date, ...]


@dataclass(frozen=True)
class GetLookBack(Query[tuple[LookBackLine, ...]]):
    """The cases of the last year that I may read, the newest finding first."""


@handles(GetLookBack, Action.SEE_DESK, code="get_look_back")
def get_look_back(query: GetLookBack, work: Work) -> tuple[LookBackLine, ...]:
    missing = _missing(work)

    def line(row: CaseRow) -> LookBackLine:
        if row.near_miss:
            work.show(row, ShownPart(Part.NEAR_MISS), basis=work.may(Action.READ_CASE, row).reason)
        return LookBackLine(
            number=row.number,
            state=row.shown_state,
            district_name=work.district_name(row.district_id),
            near_miss=row.near_miss,
            missing_on=tuple(at.astimezone(TOKYO).date() for at in missing.get(row.id, ())),
        )

    every = work.uow.cases.each_row()
    read = [row for row in _cases(every, missing, work) if work.may(Action.READ_CASE, row).allowed]
    return tuple(sorted(build_each(read, line), key=_order, reverse=True))


def _order(line: LookBackLine) -> tuple[date, str]:
    return max(line.missing_on, default=date.min), line.number


def _missing(work: Work) -> dict[str, list[datetime]]:
    """Case id to when the records that name a lack were confirmed, of the last year."""
    since = work.now - LOOKED_BACK_ON
    found: dict[str, list[datetime]] = {}
    for meeting in work.uow.meetings.rows(live_only=False):
        if meeting.confirmed_at and meeting.confirmed_at > since:
            for case_id in meeting.missing:
                found.setdefault(case_id, []).append(meeting.confirmed_at)
    return {case_id: sorted(times, reverse=True) for case_id, times in found.items()}


def _cases(
    every: Iterable[CaseRow], missing: dict[str, list[datetime]], work: Work
) -> list[CaseRow]:
    """Those with a lack, and the near misses that are open or were closed in the last year."""
    since = work.now - LOOKED_BACK_ON
    return [
        row
        for row in every
        if row.id in missing or (row.near_miss and (row.closed_at is None or row.closed_at > since))
    ]


def count_look_back(every: Iterable[CaseRow], work: Work) -> dict[str, int]:
    """How many there are, and how many lacks were found in the last week; no number of a case."""
    missing = _missing(work)
    new = [at for times in missing.values() for at in times if at > work.now - WEEK]
    return {
        "near_miss": sum(row.near_miss for row in _cases(every, missing, work)),
        "missing": sum(len(times) for times in missing.values()),
        "missing_new": len(new),
    }


def tell_look_back(work: Work) -> None:
    """Once a week the coordinators are told how many stand on their list, if any do."""
    counts = count_look_back(work.uow.cases.each_row(), work)
    if counts["near_miss"] or counts["missing"]:
        work.tell(
            "look_back",
            work.coordinators(),
            once=work.today.isoformat(),
            facts={**counts, "on": work.today.isoformat()},
        )
