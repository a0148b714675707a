"""Requests of persons that wait, for the 机 and the weekly digest: numbers and days alone."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.core.work import Work
from workflows.model.person_request import PersonRequest
from workflows.model.promise import PromiseKind
from workflows.requests.kept import may_read

SOON: Final = 10  # open days; from then on the ladder reminds, too


@dataclass(frozen=True)
class WaitingRequest:
    """One line on a request that waits. `open_days` are those left, or those it is overdue;
    `may_open`: its page opens to the asker."""

    id: str
    number: str
    kind: str
    due_on: date
    overdue: bool
    open_days: int
    may_open: bool


def waiting_requests(work: Work) -> tuple[WaitingRequest, ...]:
    """What is overdue first, then by the day by which it is to be answered."""
    return tuple(
        WaitingRequest(
            id=one.id,
            number=one.number,
            kind=one.kind,
            due_on=one.due_on,
            overdue=work.today > one.due_on,
            open_days=abs(work.days.open_days_between(work.today, one.due_on)),
            may_open=may_read(one, work),
        )
        for one in sorted(_waiting(work), key=lambda r: (r.due_on, r.number))
    )


def count_requests(work: Work) -> dict[str, int]:
    """How many are open; of these due within the next open days (`SOON`), and overdue."""
    left = [(r.due_on, work.today > r.due_on) for r in _waiting(work)]
    soon = [d for d, over in left if not over]
    return {
        "open": len(left),
        "soon": sum(work.days.open_days_between(work.today, d) <= SOON for d in soon),
        "overdue": sum(over for _, over in left),
    }


def _waiting(work: Work) -> list[PersonRequest]:
    owed = work.uow.promises.open(kinds=[PromiseKind.ANSWER_REQUEST])
    found = (work.uow.requests.get(p.subject_id) for p in owed)
    return [one for one in found if one]
