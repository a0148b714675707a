"""二つのケースが同じ方のとき: one goes on, the other ends as merged into it.

Nothing is moved: consents, referrals, roles, meetings and the trail stay under the number they came
from and under its rules, so that nobody reads more than before. What is still owed on the one that
ends is finished or taken back there first, as before any end.
"""

from dataclasses import dataclass
from typing import Final

from workflows.cases.close_case import end_case
from workflows.cases.find_case import case_number, plain_number
from workflows.cases.model import Case, Merge
from workflows.cases.need_asks import end_need_ask
from workflows.cases.refer import must_be_open
from workflows.checking import one_error
from workflows.desk import Command, Query, handles
from workflows.permissions import Action
from workflows.work import Work

MERGED: Final = "merged"  # the kind of end


@dataclass(frozen=True)
class MergedAgency:
    """An agency with a part in the case that ends; `reads` whether it reads the one that goes on,
    which the merging does not change."""

    name: str
    reads: bool


@dataclass(frozen=True)
class MergePreview:
    """`into` is the number of the case that goes on; the consents are those in force."""

    into: str
    agencies: tuple[MergedAgency, ...]
    consent: str
    into_consent: str


@dataclass(frozen=True)
class PreviewMerge(Query[MergePreview]):
    """What becomes of whom, should this case be merged into that `number`. Raises Invalid."""

    case_id: str
    number: str


@handles(PreviewMerge, Action.MERGE_CASES, others={"number": "MERGE_CASES is asked"})
def preview_merge(query: PreviewMerge, work: Work) -> MergePreview:
    case = work.uow.cases.get(query.case_id)
    assert case is not None  # noqa: S101 - the desk found it before it let us in
    other = _other(case, query.number, work)

    def reads(agency_id: str) -> bool:
        people = work.contacts(agency_id, other)
        return any(work.as_member(m).may(Action.READ_CASE, other).allowed for m in people)

    return MergePreview(
        other.number,
        tuple(MergedAgency(work.agency_name(a), reads(a)) for a in case.agency_ids()),
        case.consent,
        other.consent,
    )


def _other(case: Case, typed: str, work: Work, *, change: bool = False) -> Case:
    """The case that goes on, if whoever asks may merge that one too. Raises Invalid."""
    case_id = work.uow.cases.id_of(case_number(typed) or plain_number(typed))
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None or row.broken or not work.may(Action.MERGE_CASES, row).allowed:
        raise one_error("into", "merge.no_case")
    if row.id == case.id:
        raise one_error("into", "merge.itself")
    if not row.is_open:
        raise one_error("into", "merge.not_open")
    found = work.uow.cases.get(row.id, change=change)
    assert found is not None  # noqa: S101 - its line was found
    return found


@dataclass(frozen=True)
class MergeCases(Command[str]):
    """End this case as merged into the one with that number, which is answered with.

    Raises Invalid, and Refused while anything is owed on it.
    """

    case_id: str
    number: str


@handles(MergeCases, Action.MERGE_CASES, others={"number": "MERGE_CASES is asked"})
def merge_cases(command: MergeCases, work: Work) -> str:
    case = work.case(command.case_id)
    must_be_open(case)
    other = _other(case, command.number, work, change=True)
    end_case(case, MERGED, {}, work)
    case.merged_into.append(Merge(other.id, work.me.id, work.now))
    other.merged_from.append(Merge(case.id, work.me.id, work.now))
    end_need_ask(other, "merged", work)
    work.record("case_merged", case=case)
    work.record("case_merged_here", case=other)
    return other.number


def numbers_of(merges: list[Merge], work: Work) -> tuple[str, ...]:
    """The numbers of the other cases, of those that the asker may know of."""
    rows = work.uow.cases.rows_of([m.case_id for m in merges if m.undone_at is None])
    return tuple(r.number for r in rows.values() if work.may(Action.SEE_CASE, r).allowed)
