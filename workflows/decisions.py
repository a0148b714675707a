"""What a restore must not undo: decisions on disposal, consent, restriction, referrals, and who
works here no more.

After each of them one line goes to a list outside the database, sealed with the town's keys: ids,
codes and days, no name and no words. `carry_out_again.py` reads it after a restore. The lines are
taken from the audit trail, so that none is forgotten, and say how things stood when it was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from workflows.cases.model import RESTRICTS, Case
from workflows.decided import CaseDecided, Decision, Erased, LastDays
from workflows.desk import Query, handles
from workflows.permissions import Action
from workflows.ports import BrokenRecord, TrailRow
from workflows.retention.ports import Disposal
from workflows.work import Work

DISPOSED, ERASED = "disposed", "member_erased"
_OF_A_CASE: Final = frozenset(
    {
        "consent_recorded",
        "shared_without_consent",  # on a ground that was stated
        "sheet_edited",  # where it restricted the case, or no more
        "restricted_again",
        "unrestrict_agreed",
        "unrestrict_declined",
        "unrestrict_taken_back",
        "reader_agreed",
        "reader_declined",
        "reader_taken_back",
        "member_named",
        "member_unnamed",
        "taken_back",
    }
)
_OF_PEOPLE: Final = frozenset(
    {"members_imported", "member_saved", "agencies_imported", "agency_saved"}
)
KINDS: Final = frozenset({DISPOSED, ERASED, *_OF_A_CASE, *_OF_PEOPLE})
AT_ONCE: Final = 200  # lines in one transaction


@dataclass(frozen=True)
class GetDecisions(Query[tuple[str, ...]]):
    """The next lines for the list, sealed: of rows of the trail beyond `after`, some at a time."""

    after: int


@handles(GetDecisions, Action.CHECK_TRAIL)
def get_decisions(query: GetDecisions, work: Work) -> tuple[str, ...]:
    rows = work.uow.events.of_kinds_after(sorted(KINDS), query.after, AT_ONCE)
    return tuple(work.uow.decisions.seal(_decision(row, work)) for row in rows)


def _decision(row: TrailRow, work: Work) -> Decision:
    """A case that is gone, or does not open, has nothing to be said of it any more."""
    found = Decision(row.seq, row.at or work.now, row.kind)
    facts = row.facts or {}
    if row.kind == DISPOSED:
        return replace(found, disposals=_disposals(row.case_id or "", work))
    if row.kind == ERASED:
        member_id = str(facts.get("member", ""))
        member = work.uow.directory.member(member_id)
        erased = Erased(member_id, member.name, member.kana) if member else None
        return replace(found, member=erased, disposals=_disposals(member_id, work))
    if row.kind in _OF_PEOPLE:
        return replace(found, last_days=_last_days(work))
    try:
        case = work.uow.cases.get(row.case_id or "")
    except BrokenRecord:
        case = None
    return replace(found, case=_decided(case) if case else None)


def _disposals(subject_id: str, work: Work) -> list[Disposal]:
    """The proof of this one, and those of the meetings that went with it."""
    done = work.uow.disposals.done()
    own = [d for d in done if d.subject_id == subject_id]
    numbers = {d.number for d in own if d.number}
    return own + [d for d in done if d.kind == "meeting" and d.number in numbers]


def _last_days(work: Work) -> LastDays:
    members, agencies = work.uow.directory.members(), work.uow.directory.agencies()
    return LastDays(
        {m.id: m.active_until for m in members if m.active_until},
        {a.id: a.active_until for a in agencies if a.active_until},
    )


def _decided(case: Case) -> CaseDecided:
    return CaseDecided(
        case_id=case.id,
        number=case.number,
        consents=[replace(c, reason="", basis_reason="") for c in case.consents],
        restricts=[name for name in RESTRICTS if case.sheet.get(name)],
        named=list(case.named_member_ids),
        taken_back={r.id: replace(r.taken_back, reason="") for r in case.referrals if r.taken_back},
        grounds=[replace(g, reason="") for g in case.stated_grounds],
        named_to_hear=case.named_to_hear,
        kept_off=list(case.kept_off),
        unrestrictings=[replace(u, reason="") for u in case.unrestrictings if u.ended_at],
        reader_proposals=[replace(p, reason="") for p in case.reader_proposals if p.ended_at],
    )


def opened(lines: Sequence[str], after: int, work: Work) -> tuple[list[Decision], int]:
    """What was decided after row `after`, in its order; and how many lines did not open."""
    found, broken = [], 0
    for line in lines:
        decision = work.uow.decisions.open(line)
        if decision is None:
            broken += 1
        elif decision.seq > after:
            found.append(decision)
    return sorted(found, key=lambda d: d.seq), broken
