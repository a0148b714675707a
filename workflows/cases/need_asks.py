"""The question whether a case is still needed: how it ends unanswered, what is taken back."""

from typing import Final

from workflows.core.work import Work
from workflows.model.case import Case, NeedAsk

NEEDED: Final = "needed"


def end_need_ask(case: Case, how: str, work: Work) -> None:
    """End an open question by what was done, in place of an answer; `how` as in NeedAsk."""
    asked = case.need_ask
    if asked:
        asked.how, asked.ended_at = how, work.now
        if work.actor:
            asked.ended_by, asked.agency_id = work.actor.id, work.actor.agency_id


def may_be_taken_back(case: Case, asked: NeedAsk) -> bool:
    """Whether this answer can be taken back: the last, from which the next asking is counted."""
    last = asked is case.need_asks[-1] and asked.taken_back_at is None
    return last and asked.how == NEEDED and case.needed_since == asked.ended_at
