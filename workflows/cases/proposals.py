"""What two people decided about who may read a case: proposed by one, ended by another."""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.model import Case
from workflows.cases.story import who
from workflows.work import Work


@dataclass(frozen=True)
class ProposalLine:
    """`member` is who was to read the case; "" where it was to be restricted no more."""

    member: str
    by: str
    at: datetime
    how: str
    ended_by: str
    ended_at: datetime


def settled_proposals(case: Case, work: Work) -> tuple[ProposalLine, ...]:
    """Those that wait no more, the oldest first."""
    every = sorted((*case.reader_proposals, *case.unrestrictings), key=lambda one: one.at)
    return tuple(
        ProposalLine(
            member=who(one.member_id, work, one.at),
            by=who(one.by, work, one.at),
            at=one.at,
            how=one.how,
            ended_by=who(one.ended_by, work, one.ended_at),
            ended_at=one.ended_at,
        )
        for one in every
        if one.ended_at is not None
    )
