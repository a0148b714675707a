"""A town starts: its name, districts and closed days, and its first administrator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.core.errors import Invalid, Refused
from workflows.core.free_text import read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.cells import KANA_LENGTH, NAME_LENGTH
from workflows.directory.labels import Labels
from workflows.directory.lists import plan_agencies, plan_members
from workflows.directory.tables import Row, RowError, Table
from workflows.forms import FieldError
from workflows.japanese.characters import as_typed, trimmed
from workflows.japanese.dates import NotADate, parse_date
from workflows.japanese.kana import as_katakana
from workflows.model.directory import Agency, AgencyKind, District, Member, Role, Town

FIRST_AGENCY: Final = "A01"
FIRST_MEMBER: Final = "M01"
_AGENCY_FIELDS: Final = {"name": "agency_name", "kana": "agency_kana"}
_MEMBER_FIELDS: Final = {"name": "admin_name", "kana": "admin_kana", "email": "admin_email"}


@dataclass(frozen=True)
class SetUpTown(Command[None]):
    """Once, from the server's command line; a town that is there is never set up again."""

    town: Town
    agency: Agency
    administrator: Member


@handles(SetUpTown, Action.SET_UP, code="set_up_town")
def set_up_town(command: SetUpTown, work: Work) -> None:
    if work.uow.directory.town().name:
        raise Refused("set_up.already", town=work.uow.directory.town().name)
    if Role.ADMINISTRATOR not in command.administrator.roles:
        raise Refused("set_up.no_administrator")
    work.uow.directory.save_town(command.town)
    work.uow.directory.save_agencies([command.agency])
    work.uow.directory.save_members([command.administrator])
    work.record("town_set_up", districts=len(command.town.districts))


@dataclass(frozen=True)
class TypedTown:
    """What init was given, as typed; checked as a whole before anything is made.

    `districts` are (name, kana), or (name, kana, code) where they have codes of their own.
    """

    name: str = ""
    kana: str = ""
    districts: tuple[tuple[str, ...], ...] = ()
    closed_days: tuple[str, ...] = ()
    opened_days: tuple[str, ...] = ()
    agency_name: str = ""
    agency_kana: str = ""
    admin_name: str = ""
    admin_kana: str = ""
    admin_email: str = ""
    core: bool = False  # the first agency is the town's 中核機関


def read_set_up(typed: TypedTown, labels: Labels, today: date) -> SetUpTown:
    """The town with its first agency and administrator. Raises Invalid with all that is wrong."""
    errors: list[FieldError] = []
    name = read_name("name", typed.name, errors)
    kana = read_kana("kana", typed.kana, errors)
    districts = tuple(read_districts(typed.districts, errors))
    closed = frozenset(read_days(typed.closed_days, today, errors))
    opened = frozenset(read_days(typed.opened_days, today, errors, "opened_days"))
    if not errors and (both := sorted(closed & opened)):
        facts = {"days": [d.isoformat() for d in both]}
        errors.append(FieldError("opened_days.1", "town.closed_and_opened", facts))
    town = Town(
        name=name,
        districts=districts,
        closed_days=closed,
        kana=kana,
        core_agency_id=FIRST_AGENCY if typed.core else "",
        opened_days=opened,
    )
    yes, whole = labels.flags["yes"][0], labels.flags["whole_town"][0]
    agencies = plan_agencies(
        _row(
            labels.agency_columns,
            id=FIRST_AGENCY,
            name=typed.agency_name,
            kana=typed.agency_kana,
            kind=labels.kinds["town_hall"][0],
            fields=labels.fields["general"][0],
            district_ids=whole,
        ),
        (),
        town,
        labels,
        today,
    )
    errors += _told(agencies.errors, labels.agency_columns, _AGENCY_FIELDS)
    members = plan_members(
        _row(
            labels.member_columns,
            id=FIRST_MEMBER,
            name=typed.admin_name,
            kana=typed.admin_kana,
            agency_id=FIRST_AGENCY,
            roles=labels.roles[Role.ADMINISTRATOR][0],
            is_contact=yes,
            email=typed.admin_email,
        ),
        (),
        agencies.added or (Agency(FIRST_AGENCY, "", "", AgencyKind.TOWN_HALL),),
        town,
        labels,
        today,
    )
    errors += _told(members.errors, labels.member_columns, _MEMBER_FIELDS)
    if errors:
        raise Invalid(errors)
    return SetUpTown(town, agencies.added[0], members.added[0])


def read_name(field: str, typed: str, errors: list[FieldError]) -> str:
    name, wrong = read_text(field, typed, NAME_LENGTH, required=True)
    errors += wrong[:1]
    return " ".join(name.split())


def read_kana(field: str, typed: str, errors: list[FieldError]) -> str:
    seen = as_typed(typed)
    kana = as_katakana(seen) if seen else ""
    if not seen:
        errors.append(FieldError(field, "form.required", {}))
    elif kana is None:
        errors.append(FieldError(field, "form.kana", {}))
    elif len(kana) > KANA_LENGTH:
        facts = {"max": KANA_LENGTH, "length": len(kana)}
        errors.append(FieldError(field, "form.too_long", facts))
    return kana or ""


def read_districts(typed: Sequence[Sequence[str]], errors: list[FieldError]) -> list[District]:
    """Districts in the order given: D01, D02 … unless they bring a code of their own."""
    if not typed:
        errors.append(FieldError("districts", "set_up.no_district", {}))
    found: list[District] = []
    for number, entry in enumerate(typed, start=1):
        name, kana, code = (*entry, "", "", "")[:3]
        wrong: list[FieldError] = []
        named = read_name("districts", name, wrong)
        read = read_kana("districts", kana, wrong)
        one = District(trimmed(code) or f"D{number:02}", named, read)
        if named and any(named == d.name or one.id == d.id for d in found):
            wrong.append(FieldError("districts", "set_up.district_twice", {"name": named}))
        found.append(one)
        # Which of many: the sentence of one line says its number and what was typed.
        errors += [FieldError(f"districts.{number}", e.key, e.facts) for e in wrong]
    return found


def read_days(
    typed: Iterable[str], today: date, errors: list[FieldError], field: str = "closed_days"
) -> list[date]:
    found = []
    for number, text in enumerate(typed, start=1):
        try:
            found.append(parse_date(text, today=today))
        except NotADate as wrong:
            errors.append(FieldError(f"{field}.{number}", wrong.key, wrong.facts))
    return found


def _row(columns: Mapping[str, str], **cells: str) -> Table:
    row = Row(1, {header: cells.get(what, "") for what, header in columns.items()})
    return Table(tuple(columns.values()), (row,))


def _told(
    errors: Iterable[RowError], columns: Mapping[str, str], fields: Mapping[str, str]
) -> list[FieldError]:
    whats = {header: what for what, header in columns.items()}
    found = []
    for error in errors:
        what = whats.get(error.column, "")
        found.append(FieldError(fields.get(what, what), error.key, error.facts))
    return found
