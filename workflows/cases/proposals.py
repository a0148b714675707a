"""What two people decide about who may read a case: proposed by one, ended by another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflows.cases.story import who
from workflows.core.work import Work
from workflows.model.case import Case, Proposal

REASON_MAX: Final = 300
AGREED, DECLINED, TAKEN_BACK = "agreed", "declined", "taken_back"


@dataclass(frozen=True)
class WaitingProposal:
    """A proposal that nobody has ended yet. `member` is who is to read the case, "" where it is to
    be restricted no more. `mine`: it is the asker's own, to be taken back; `may_agree`: the asker
    is one of those who can agree to it."""

    id: str
    member: str
    by: str
    at: datetime
    reason: str
    mine: bool
    may_agree: bool


def end_proposal(one: Proposal, work: Work, *, agrees: bool) -> None:
    """Whoever acts agrees to it or declines it; one's own, not agreed to, is taken back."""
    one.how = AGREED if agrees else TAKEN_BACK if one.by == work.me.id else DECLINED
    one.ended_at, one.ended_by = work.now, work.me.id


@dataclass(frozen=True)
class ProposalLine:
    """A proposal that was ended. `member` is who was to read the case; "" where it was to be
    restricted no more."""

    member: str
    by: str
    at: datetime
    how: str
    ended_by: str
    ended_at: datetime


def settled_proposals(case: Case, work: Work) -> tuple[ProposalLine, ...]:
    """The ended proposals of a case, the oldest first."""
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
