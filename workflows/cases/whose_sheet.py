"""だれのシートか: a sheet that was written about another person by mistake, and who is told so.

Whoever changes who the person is, after others were told, says whether it is the same one. If not,
everybody who was told hears that it was about somebody else (no word of whom), what stood is kept
for who wrote it and the coordinators, and that person's own request finds it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from workflows.cases.disclosure_lines import READ, all_disclosures
from workflows.cases.open_case import case_keys
from workflows.cases.story import who
from workflows.core.checking import text
from workflows.core.errors import Invalid, Refused
from workflows.core.looks import Part, ShownPart, filled, shown_in
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.forms import FieldError, Value
from workflows.japanese.addresses import normalized_address
from workflows.japanese.same_person import normalized_kana, normalized_name, normalized_phone
from workflows.model.case import Case, WrongPerson
from workflows.model.directory import Member

# Told to everybody who knew, also to those who may see the case no more.
OF_WRONG_PERSON: Final = frozenset({"wrong_person", "right_person"})


WHOSE_NEEDED: Final = "sheet.whose_needed"


class Whose(StrEnum):
    SAME = "same"
    ANOTHER = "another"


_SPELLED: Final[Mapping[str, Callable[[str], str]]] = {
    "name": normalized_name,
    "kana": normalized_kana,
    "birth_date": str,
    "phone": normalized_phone,
    "address": normalized_address,
}


def changed_identity(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[str, ...]:
    """The identifying fields whose value differs: not those that were blank or are only spelled
    otherwise."""

    def differs(field: str) -> bool:
        old, new = text(dict(before), field), text(dict(after), field)
        spelled = _SPELLED[field]
        return bool(old) and old != new and not (spelled(old) == spelled(new) != "")

    return tuple(f for f in _SPELLED if differs(f))


@dataclass(frozen=True)
class ToldParties:
    agency_ids: tuple[str, ...]
    member_ids: tuple[str, ...]  # who looked themselves

    def __bool__(self) -> bool:
        return bool(self.agency_ids or self.member_ids)


def told_parties(case: Case, work: Work, version: int = 0) -> ToldParties:
    """The other agencies that were asked, sat in a meeting or looked, and everybody else who
    looked.

    Until now; of a `version`, until it was corrected, or whoever looked at it since.
    """
    edit = case.edit_after(version) if version else None

    def counts(at: datetime, shown: Iterable[ShownPart]) -> bool:
        stood = (s for s in shown if s.part == Part.SHEET)
        return edit is None or at <= edit.at or any(0 < s.version <= version for s in stood)

    _, told = all_disclosures(case, work)
    lines = [line for line in told if counts(line.at, line.shown)]
    agencies = dict.fromkeys(line.agency_id for line in sorted(lines, key=lambda one: one.at))
    looked = dict.fromkeys(
        e.actor_id
        for e in work.uow.events.of_case(case.id)
        if e.kind.startswith(READ) and e.actor_id and (shown := shown_in(e.facts))
        if counts(e.at, shown)
    )
    return ToldParties(
        tuple(a for a in agencies if a and a != work.me.agency_id),
        tuple(m for m in looked if m and m != work.me.id),
    )


def _receivers(told: Iterable[str], looked: Iterable[str], case: Case, work: Work) -> list[Member]:
    """Who looked and is here, and who answers notices for each agency."""
    readers = set(looked) - {work.me.id}
    found = [m for m in work.active_members() if m.id in readers]
    found += [m for agency_id in told for m in work.contacts(agency_id, case)]
    return list({m.id: m for m in found if m.id != work.me.id}.values())


@dataclass(frozen=True)
class WhosePreview:
    """The agencies that were told of the person until now, and how many people would be told that
    it was another one."""

    agencies: tuple[str, ...]
    people: int


@dataclass(frozen=True)
class PreviewWhoseSheet(Query[WhosePreview]):
    """Who is told that the sheet was of another person, should the writer say so."""

    case_id: str


@handles(PreviewWhoseSheet, Action.EDIT_SHEET, code="preview_whose_sheet")
def preview_whose_sheet(query: PreviewWhoseSheet, work: Work) -> WhosePreview:
    case = work.case_to_read(query.case_id)
    return preview_told_parties(case, work)


def preview_told_parties(case: Case, work: Work, version: int = 0) -> WhosePreview:
    told = told_parties(case, work, version)
    people = _receivers(told.agency_ids, told.member_ids, case, work)
    return WhosePreview(tuple(work.agency_name(a) for a in told.agency_ids), len(people))


def must_say_whose(case: Case, values: Mapping[str, Value], whose: str, work: Work) -> bool:
    """Whether the sheet was of another person until now. Raises Invalid where it is to be said and
    was not."""
    fields = changed_identity(case.sheet, values)
    if not fields or not told_parties(case, work):
        return False
    if whose not in set(Whose):
        raise Invalid([FieldError(f, WHOSE_NEEDED, {}) for f in fields])
    return whose == Whose.ANOTHER


def note_wrong_person(
    case: Case, sheet: dict[str, Value], version: int, work: Work, until: datetime | None = None
) -> None:
    """Keep what stood in this version as another person's, and tell everybody who was told of it.

    `until` is when it was corrected, where that is said afterwards.
    """
    told = told_parties(case, work, version)
    one = WrongPerson(
        id=new_id(),
        by=work.me.id,
        at=work.now,
        version=version,
        sheet=sheet,
        agency_ids=list(told.agency_ids),
        member_ids=list(told.member_ids),
        until=until,
    )
    case.wrong_persons.append(one)
    work.uow.cases.keep_match_keys(case.id, case_keys(case))
    work.record("wrong_person", case=case, version=version, agencies=len(one.agency_ids))
    seeing, others = _parted(_receivers(one.agency_ids, one.member_ids, case, work), case, work)
    for people, sees in ((seeing, True), (others, False)):
        work.tell("wrong_person", people, once=one.id, facts={"sees": sees}, case=case)


def _parted(people: list[Member], case: Case, work: Work) -> tuple[list[Member], list[Member]]:
    """Those who may still see the case, and those who may not."""
    seeing = [m for m in people if work.as_member(m).may(Action.SEE_CASE, case).allowed]
    return seeing, [m for m in people if m not in seeing]


@dataclass(frozen=True)
class TakeBackWrongPersonReport(Command[None]):
    """Say that it was the same person after all: everybody who was told otherwise is told so."""

    case_id: str
    wrong: str


@handles(TakeBackWrongPersonReport, Action.READ_FORMER, code="take_back_wrong_person_report")
def take_back_wrong_person_report(command: TakeBackWrongPersonReport, work: Work) -> None:
    case = work.case(command.case_id)
    one = case.wrong_person(command.wrong)
    if one is None or one.taken_back_at is not None:
        raise Refused("former.taken_back_already")
    one.taken_back_by, one.taken_back_at = work.me.id, work.now
    work.uow.cases.keep_match_keys(case.id, case_keys(case))
    work.record("right_person", case=case, version=one.version)
    people = _receivers(one.agency_ids, [*one.member_ids, one.by], case, work)
    seeing, others = _parted(people, case, work)
    for some, sees in ((seeing, True), (others, False)):
        work.tell("right_person", some, once=one.id, facts={"sees": sees}, case=case)


@dataclass(frozen=True)
class FormerPerson:
    """What stood about another person; `agencies` had been told of it. Class P and H."""

    id: str
    by: str
    at: datetime
    corrected_at: datetime
    version: int
    sheet: Mapping[str, Value]
    agencies: tuple[str, ...]
    taken_back_by: str
    taken_back_at: datetime | None


@dataclass(frozen=True)
class GetFormerSheet(Query[tuple[FormerPerson, ...]]):
    """Every version of the sheet that was about another person, the newest first; or only one."""

    case_id: str
    only: str = ""
    printed: bool = False


@handles(GetFormerSheet, Action.READ_FORMER, code="get_former_sheet")
def get_former_sheet(query: GetFormerSheet, work: Work) -> tuple[FormerPerson, ...]:
    case = work.case_to_read(query.case_id)
    work.printed = query.printed
    kept = [w for w in reversed(case.wrong_persons) if query.only in ("", w.id)]
    work.show(case, *(ShownPart(Part.FORMER, w.version, filled(w.sheet)) for w in kept))
    return tuple(
        FormerPerson(
            id=w.id,
            by=who(w.by, work, w.at),
            at=w.at,
            corrected_at=w.corrected_at,
            version=w.version,
            sheet=w.sheet,
            agencies=tuple(work.agency_name(a, w.at) for a in w.agency_ids),
            taken_back_by=who(w.taken_back_by, work, w.taken_back_at),
            taken_back_at=w.taken_back_at,
        )
        for w in kept
    )
