"""別の方のシートだった, said afterwards: a sheet was corrected as of the same person, by a slip.

What stood then is kept as another person's, and everybody who was told until then hears of it, as
if it had been said at once. It is taken back like that as well (whose_sheet.py).
"""

from dataclasses import dataclass

from workflows.cases.whose_sheet import (
    WhosePreview,
    changed_identity,
    note_wrong_person,
    preview_told_parties,
    told_parties,
)
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Value
from workflows.model.case import Case


def value_in_version(case: Case, field: str, version: int) -> Value | None:
    """The value of a field in a version of the sheet; None where it was blank.

    What was changed later stood as the next change found it.
    """
    later = (e for e in case.sheet_edits if e.version > version and field in e.fields)
    edit = min(later, key=lambda e: e.version, default=None)
    return (edit.before if edit else case.sheet).get(field)


def _sheet_at(case: Case, version: int) -> dict[str, Value]:
    """A whole version."""
    fields = dict.fromkeys([*case.sheet, *(f for e in case.sheet_edits for f in e.fields)])
    found = {f: value_in_version(case, f, version) for f in fields}
    return {f: value for f, value in found.items() if value is not None}


def may_report_wrong_person(case: Case, version: int, work: Work) -> bool:
    """Whether the asker may report that this version of the sheet was about another person."""
    if case.edit_after(version) is None or any(
        w.version == version and w.taken_back_at is None for w in case.wrong_persons
    ):
        return False
    if not changed_identity(_sheet_at(case, version), _sheet_at(case, version + 1)):
        return False
    may = all(work.may(a, case).allowed for a in (Action.EDIT_SHEET, Action.READ_FORMER))
    return may and bool(told_parties(case, work, version))


@dataclass(frozen=True)
class PreviewWrongPerson(Query[WhosePreview]):
    """Who would be told that this version of the sheet was of another person. Raises NotFound
    where that is not for the asker to say."""

    case_id: str
    version: int


@handles(PreviewWrongPerson, Action.READ_FORMER, code="preview_wrong_person")
def preview_wrong_person(query: PreviewWrongPerson, work: Work) -> WhosePreview:
    case = work.case_to_read(query.case_id)
    if not may_report_wrong_person(case, query.version, work):
        raise NotFound("not_found.sheet_version")
    return preview_told_parties(case, work, query.version)


@dataclass(frozen=True)
class ReportWrongPerson(Command[None]):
    """The sheet was of another person until this version ended, which nobody said then: the same
    follows as if it had been said at once."""

    case_id: str
    version: int


@handles(ReportWrongPerson, Action.READ_FORMER, code="report_wrong_person")
def report_wrong_person(command: ReportWrongPerson, work: Work) -> None:
    case = work.case(command.case_id)
    work.must(Action.EDIT_SHEET, case)
    edit = case.edit_after(command.version)
    if edit is None or not may_report_wrong_person(case, command.version, work):
        raise Refused("former.not_to_say")
    sheet = _sheet_at(case, command.version)
    note_wrong_person(case, sheet, command.version, work, until=edit.at)
