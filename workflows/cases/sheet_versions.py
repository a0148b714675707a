"""つなぐシートの前の版: what each correction changed, from what to what, and the sheet as it stood.

What stood about another person, by mistake, is shown to those who may know that alone; what was
changed before it was kept what had stood there is said to be not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.cases.report_wrong_person import may_report_wrong_person, value_in_version
from workflows.cases.story import who
from workflows.core.errors import NotFound
from workflows.core.looks import Part, ShownPart, filled
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Value
from workflows.model.case import Case, SheetEdit


class AnswerState(StrEnum):
    """Whether an earlier answer can be shown: one about another person is not for everybody
    (former)."""

    SHOWN = "shown"
    FORMER = "former"


@dataclass(frozen=True)
class EarlierAnswer:
    """One answer as it stood in a version; `value` is None where it was blank or is not shown."""

    state: AnswerState
    value: Value | None = None


@dataclass(frozen=True)
class ChangedField:
    id: str
    before: EarlierAnswer
    after: EarlierAnswer


@dataclass(frozen=True)
class SheetChange:
    """What made this version of the sheet. `fields` are empty where all of it was about another
    person and is not for the asker. `may_say` is whether the asker may say that until then it was
    another person; `opens` whether they may read the version before."""

    version: int
    by: str
    at: datetime
    fields: tuple[ChangedField, ...]
    former: bool
    may_say: bool
    opens: bool


@dataclass(frozen=True)
class SheetVersions:
    """The changes of a sheet, the newest first."""

    changes: tuple[SheetChange, ...]


@dataclass(frozen=True)
class GetSheetVersions(Query[SheetVersions]):
    """Who changed what of the sheet, when, from what to what; or only what made one version."""

    case_id: str
    only: int = 0
    printed: bool = False


@handles(GetSheetVersions, Action.READ_CASE, code="get_sheet_versions")
def get_sheet_versions(query: GetSheetVersions, work: Work) -> SheetVersions:
    case = work.case_to_read(query.case_id)
    work.printed = query.printed
    versions = _Versions(case, work)
    edits = [e for e in reversed(case.sheet_edits) if query.only in (0, e.version)]
    return SheetVersions(tuple(map(versions.change, edits)))


@dataclass(frozen=True)
class EarlierSheet:
    """The sheet as it stood from `at` until `until`. `former`: it was about another person."""

    version: int
    by: str
    at: datetime
    until: datetime
    sheet: Mapping[str, Value]
    former: bool
    versions: tuple[int, ...]  # the earlier ones that the asker may read


@dataclass(frozen=True)
class GetEarlierSheet(Query[EarlierSheet]):
    """One earlier version, whole. Raises NotFound; NotAllowed for another person's."""

    case_id: str
    version: int
    printed: bool = False


@handles(GetEarlierSheet, Action.READ_CASE, code="get_earlier_sheet")
def get_earlier_sheet(query: GetEarlierSheet, work: Work) -> EarlierSheet:
    case = work.case_to_read(query.case_id)
    ended = case.edit_after(query.version)
    if ended is None:
        raise NotFound("not_found.sheet_version")
    if case.wrong_person_at(query.version):
        work.must(Action.READ_FORMER, case)
    work.printed = query.printed
    versions = _Versions(case, work)
    made = next((e for e in case.sheet_edits if e.version == query.version), None)
    by, at = (made.by, made.at) if made else (case.opened_by, case.opened_at)
    stood = {f: versions.answer(f, query.version) for f in _fields(case)}
    sheet = {f: one.value for f, one in stood.items() if one.value is not None}
    versions.show(query.version, filled(sheet))
    return EarlierSheet(
        version=query.version,
        by=who(by, work, at),
        at=at,
        until=ended.at,
        sheet=sheet,
        former=case.wrong_person_at(query.version) is not None,
        versions=tuple(
            e.version - 1 for e in case.sheet_edits if versions.reads(e.version - 1)
        ),
    )  # fmt: skip


class _Versions:
    """The versions of one sheet, for one asker."""

    def __init__(self, case: Case, work: Work) -> None:
        self._case, self._work = case, work
        self._reads_former = work.may(Action.READ_FORMER, case).allowed

    def reads(self, version: int) -> bool:
        return self._reads_former or self._case.wrong_person_at(version) is None

    def answer(self, field: str, version: int) -> EarlierAnswer:
        if not self.reads(version):
            return EarlierAnswer(AnswerState.FORMER)
        return EarlierAnswer(AnswerState.SHOWN, value_in_version(self._case, field, version))

    def change(self, edit: SheetEdit) -> SheetChange:
        before, after = edit.version - 1, edit.version
        fields = [
            ChangedField(f, self.answer(f, before), self.answer(f, after)) for f in edit.fields
        ]
        self.show(before, _with_words((f.id, f.before) for f in fields))
        self.show(after, _with_words((f.id, f.after) for f in fields))
        hidden = not self.reads(before) and not self.reads(after)
        return SheetChange(
            version=edit.version,
            by=who(edit.by, self._work, edit.at),
            at=edit.at,
            fields=() if hidden else tuple(fields),
            former=self._case.wrong_person_at(before) is not None,
            may_say=may_report_wrong_person(self._case, before, self._work),
            opens=self.reads(before),
        )

    def show(self, version: int, fields: Iterable[str]) -> None:
        """Note the look for the trail; a version about another person under a part of its own, so
        that their own request finds who looked at it."""
        names = tuple(fields)
        wrong = self._case.wrong_person_at(version)
        if names and wrong:
            self._work.show(self._case, ShownPart(Part.FORMER, wrong.version, names))
        elif names:
            self._work.show(self._case, ShownPart(Part.SHEET, version, names))


def _with_words(fields: Iterable[tuple[str, EarlierAnswer]]) -> tuple[str, ...]:
    return filled({f: one.value for f, one in fields})


def _fields(case: Case) -> list[str]:
    """Every question that was answered in any version."""
    return list(dict.fromkeys([*case.sheet, *(f for e in case.sheet_edits for f in e.fields)]))
