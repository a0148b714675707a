"""What a meeting judged and somebody has to carry out: closing a case, revising a plan.

[ours] docs/rules.md 13: a judgement has its effect. It waits, with a day by which it is to be done,
until it is carried out, until a later meeting judges otherwise, or until somebody says why not.
"""

from collections.abc import Collection
from typing import Final

from workflows.core.checking import text
from workflows.core.work import Work, new_id
from workflows.forms import Value
from workflows.model.case import Case, Judgement

CLOSING: Final = frozenset({"closed", "suspended"})
REVISING: Final = frozenset({"revise"})


def take_over_judgement(case: Case, meeting_id: str, values: dict[str, Value], work: Work) -> None:
    """Apply what a confirmed record decided on a case; blank fields change nothing.

    `continue` ends 見守り, `watching` begins it; `closed`, `suspended` and `revise` wait for who
    carries them out. Each takes the place of what an earlier meeting judged of the same.
    """
    closure, plan = text(values, "closure_judgement"), text(values, "plan_adequate")
    if closure == "continue":
        case.watching_since = None
    elif closure == "watching":
        case.watching_since = case.watching_since or work.now
    if closure:
        end_judgements(case, CLOSING, "overtaken", work)
    if plan in ("adequate", "revise"):
        end_judgements(case, REVISING, "overtaken", work)
    waits = [what for what in (closure, plan) if what in CLOSING | REVISING]
    case.judgements += [Judgement(new_id(), what, meeting_id, work.now) for what in waits]
    if waits:
        work.record("judgement_waits", case=case)


def end_judgements(case: Case, what: Collection[str], how: str, work: Work) -> None:
    """End the waiting judgements of these kinds; `how` is carried_out, overtaken or case_closed."""
    for one in case.judgements:
        if one.waits and one.what in what:
            one.ended_at, one.how = work.now, how
            one.ended_by = work.actor.id if work.actor else None
