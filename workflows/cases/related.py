"""Merged and split cases: what they keep of a case that is disposed of goes with it."""

from collections.abc import Iterator

from workflows.core.work import Work
from workflows.model.carried import Carried
from workflows.model.case import Case


def remove_from_related_cases(case: Case, work: Work) -> None:
    """Take the id of this case out of all that were merged with it, split from it or owe from
    it."""
    waiting, seen = list(_named_in(case)), {case.id, ""}
    while waiting:
        other_id = waiting.pop()
        row = work.uow.cases.row(other_id) if other_id not in seen else None
        seen.add(other_id)
        other = work.uow.cases.get(other_id, change=True) if row and not row.broken else None
        if other is not None:
            waiting += _named_in(other)
            _forget(other, case.id)


def cases_merged_into(case: Case, work: Work, *, change: bool = True) -> Iterator[Case]:
    """The cases that ended as merged into this one, also by way of others."""
    waiting, seen = [case], {case.id, ""}
    while waiting:
        for merge in waiting.pop().merged_from:
            if merge.undone_at is not None or merge.case_id in seen:
                continue
            seen.add(merge.case_id)
            row = work.uow.cases.row(merge.case_id)
            found = work.uow.cases.get(row.id, change=change) if row and not row.broken else None
            if found is not None:
                waiting.append(found)
                yield found


def _named_in(case: Case) -> Iterator[str]:
    for merge in (*case.merged_into, *case.merged_from):
        yield merge.case_id
    for split in (*case.split_into, *case.split_from):
        yield split.case_id
    for carried in _carried(case):
        yield carried.case_id


def _carried(case: Case) -> Iterator[Carried]:
    found = [(r.came, r.went) for r in case.referrals]
    found += [(r.came, r.went) for r in case.roles]
    found += [(f.came, f.went) for f in case.follow_ups]
    yield from (carried for both in found for carried in both if carried)


def _forget(other: Case, case_id: str) -> None:
    other.merged_into = [m for m in other.merged_into if m.case_id != case_id]
    other.merged_from = [m for m in other.merged_from if m.case_id != case_id]
    other.split_into = [s for s in other.split_into if s.case_id != case_id]
    other.split_from = [s for s in other.split_from if s.case_id != case_id]
    for carried in _carried(other):
        if carried.case_id == case_id:
            carried.case_id = ""
