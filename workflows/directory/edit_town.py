"""The town changed on a page: its name, its districts and the days it closes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from workflows.core.errors import Conflict, Invalid
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.edit_one import next_code, stamp
from workflows.directory.set_up import read_days, read_districts, read_kana, read_name
from workflows.forms import FieldError
from workflows.japanese.characters import one_width, trimmed
from workflows.japanese.dates import TOKYO
from workflows.model.directory import (
    REQUEST_DAYS,
    RETENTION_YEARS,
    STILL_NEEDED_MONTHS,
    District,
    Town,
)
from workflows.reminders.open_days_changed import tell_of_closed_days

MOST_DISTRICTS = 300
_UNIT = re.compile(r"(?<!\s)\s*(年|日|[かヶカケ箇]?月)$")  # may stand behind a number
MOST_DAYS = 200


@dataclass(frozen=True)
class DistrictUse:
    """What stands on a district: while anything does, it may be renamed but not removed.

    `cases` are those that are not restricted, or that the asker may know of; `hidden`: others stand
    there, too. Where somebody lives whose address is hidden is told by no count.
    """

    agencies: int = 0
    members: int = 0
    cases: int = 0
    hidden: bool = False

    def __bool__(self) -> bool:
        return bool(self.agencies or self.members or self.cases or self.hidden)


@dataclass(frozen=True)
class TownToEdit:
    """`stamp` tells later whether the town is still this one."""

    town: Town
    used: dict[str, DistrictUse]
    stamp: str


@dataclass(frozen=True)
class GetTownToEdit(Query[TownToEdit]):
    """For the administrators' page."""


@handles(GetTownToEdit, Action.EDIT_DIRECTORY, code="get_town_to_edit")
def get_town_to_edit(query: GetTownToEdit, work: Work) -> TownToEdit:
    town = work.uow.directory.town()
    return TownToEdit(town, _uses(work), _stamp(town))


@dataclass(frozen=True)
class TownSaveResult:
    """`on_closed_days` are fixed meetings that now lie on a closed day: (meeting id, day)."""

    changed: bool
    on_closed_days: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True)
class SaveTown(Command[TownSaveResult]):
    """`districts` are (code, name, kana) as typed: a new one has no code, one left out is removed.

    `closed_days` and `opened_days` are lines as typed, empty ones among them; opened are days on
    which the town works although the calendar closes them.
    """

    name: str
    kana: str
    districts: tuple[tuple[str, str, str], ...]
    closed_days: tuple[str, ...]
    stamp: str
    retention_years: str | None = None  # as typed; None leaves it as it is
    opened_days: tuple[str, ...] | None = None  # the same
    core_agency: str | None = None  # the id of an agency, "" for none; None leaves it as it is
    request_days: str | None = None  # as typed; None leaves it as it is
    still_needed_months: str | None = None  # the same
    request_retention_years: str | None = None  # the same


@handles(SaveTown, Action.EDIT_DIRECTORY, code="save_town")
def save_town(command: SaveTown, work: Work) -> TownSaveResult:
    old = work.uow.directory.town()
    if command.stamp != _stamp(old):
        raise Conflict("town.changed_meanwhile")
    errors: list[FieldError] = []
    new = replace(
        old,
        name=read_name("name", command.name, errors),
        kana=read_kana("kana", command.kana, errors),
        districts=tuple(_districts(command.districts, old, errors)),
        closed_days=frozenset(_days("closed_days", command.closed_days, work.today, errors)),
        opened_days=_opened(command.opened_days, old, work.today, errors),
        retention_years=_number(
            "retention_years", command.retention_years, old.retention_years, RETENTION_YEARS, errors
        ),
        request_days=_number(
            "request_days", command.request_days, old.request_days, REQUEST_DAYS, errors
        ),
        request_retention_years=_number(
            "request_retention_years",
            command.request_retention_years,
            old.request_retention_years,
            RETENTION_YEARS,
            errors,
        ),
        still_needed_months=_number(
            "still_needed_months",
            command.still_needed_months,
            old.still_needed_months,
            STILL_NEEDED_MONTHS,
            errors,
        ),
        core_agency_id=_core(command.core_agency, old, errors, work),
    )
    if both := sorted(new.closed_days & new.opened_days):
        facts: dict[str, object] = {"days": [d.isoformat() for d in both]}
        errors.append(FieldError("opened_days", "town.closed_and_opened", facts))
    kept = {d.id for d in new.districts}
    for gone, use in _uses(work).items():
        if use and gone not in kept:
            name = next(d.name for d in old.districts if d.id == gone)
            used = {"name": name, **vars(use)}
            errors.append(FieldError("districts", "town.district_in_use", used))
    if errors:
        raise Invalid(errors)
    if new == old:
        return TownSaveResult(changed=False)
    work.uow.directory.save_town(new)
    parts = (
        *("name", "kana", "districts", "closed_days", "opened_days", "retention_years"),
        *("core_agency_id", "request_days", "still_needed_months", "request_retention_years"),
    )
    changed = [p for p in parts if getattr(old, p) != getattr(new, p)]
    work.record("town_saved", fields=changed, retention_years=new.retention_years)
    return TownSaveResult(True, _on_closed_days(new, work))


def _core(typed: str | None, old: Town, errors: list[FieldError], work: Work) -> str:
    if typed is None or typed == old.core_agency_id:
        return old.core_agency_id
    if typed and typed not in {a.id for a in work.active_agencies()}:
        errors.append(FieldError("core_agency", "form.choice", {}))
    return typed


def _districts(
    typed: Sequence[tuple[str, str, str]], old: Town, errors: list[FieldError]
) -> list[District]:
    """Those that stay keep their code; a new one gets the next that was never in use."""
    mine = {d.id for d in old.districts}
    taken = list(mine)
    coded = []
    for code, name, kana in typed:
        own = code if code in mine else next_code("D", taken)
        taken.append(own)
        coded.append((name, kana, own))
    if len(coded) > MOST_DISTRICTS:
        errors.append(FieldError("districts", "town.too_many", {"most": MOST_DISTRICTS}))
        return []
    return read_districts(coded, errors)


def _opened(
    typed: Sequence[str] | None, old: Town, today: date, errors: list[FieldError]
) -> frozenset[date]:
    if typed is None:
        return old.opened_days
    return frozenset(_days("opened_days", typed, today, errors))


def _days(field: str, typed: Sequence[str], today: date, errors: list[FieldError]) -> list[date]:
    """The days; an error carries the number of its line as it stands on the page."""
    if len(typed) > MOST_DAYS:
        errors.append(FieldError(field, "town.too_many", {"most": MOST_DAYS}))
        return []
    found = []
    for number, line in enumerate(typed, start=1):
        if trimmed(line):
            wrong: list[FieldError] = []
            found += read_days([line], today, wrong)
            errors += [FieldError(f"{field}.{number}", e.key, e.facts) for e in wrong]
    return found


def _number(
    field: str, typed: str | None, old: int, may_be: range, errors: list[FieldError]
) -> int:
    """How many fiscal years a case is kept after the one in which it ended, and the like."""
    if typed is None:
        return old
    plain = _UNIT.sub("", trimmed(one_width(typed)))
    if not plain:
        errors.append(FieldError(field, "form.required", {}))
    elif re.fullmatch("[0-9]{1,3}", plain) and int(plain) in may_be:
        return int(plain)
    else:
        facts = {"fewest": may_be[0], "most": may_be[-1]}
        errors.append(FieldError(field, "town.retention_years", facts))
    return old


def _uses(work: Work) -> dict[str, DistrictUse]:
    """Of every district of the town; who has left and what is closed still names it."""
    directory = work.uow.directory
    agencies = Counter(d for a in directory.agencies() for d in a.district_ids)
    members = Counter(d for m in directory.members() for d in m.district_ids)
    cases: Counter[str] = Counter()
    hidden: set[str] = set()
    for row in work.uow.cases.rows(open_only=False):
        if row.restricted and not work.may(Action.SEE_CASE, row).allowed:
            hidden.add(row.district_id)
        else:
            cases[row.district_id] += 1
    return {
        d.id: DistrictUse(agencies[d.id], members[d.id], cases[d.id], d.id in hidden)
        for d in directory.town().districts
    }


def _on_closed_days(new: Town, work: Work) -> tuple[tuple[str, date], ...]:
    """Who runs a meeting that is touched hears of it; what is owed follows by the clock."""
    now = replace(work.days, closed=new.closed_days, opened=new.opened_days)
    fixed = tell_of_closed_days(work, replace(work, days=now))
    return tuple((i, at.astimezone(TOKYO).date()) for i, at in fixed)


def _stamp(town: Town) -> str:
    cells = {d.id: f"{n} {d.name} {d.kana}" for n, d in enumerate(town.districts)}
    days = " ".join(d.isoformat() for d in sorted(town.closed_days))
    opened = " ".join(d.isoformat() for d in sorted(town.opened_days))
    rest = f"{town.name} {town.kana} {days} {town.retention_years} {opened} {town.core_agency_id}"
    rest += f" {town.request_days} {town.still_needed_months} {town.request_retention_years}"
    return stamp(cells | {"": rest})
