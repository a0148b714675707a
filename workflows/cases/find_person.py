"""Finding a person's cases by reading, birth date, telephone or address: exact, and written down.

Only cases whose content the asker may read come up; any other is answered as if it were not
there (docs/rules.md 7). So that nobody fishes, a member may search so often and no more, and every
search stands in the audit trail: by what kinds, how many were found, never the values.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from workflows.core.errors import Invalid
from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.japanese.addresses import LONGEST
from workflows.japanese.characters import as_typed, trimmed
from workflows.japanese.dates import NotADate, parse_date
from workflows.japanese.same_person import MatchKey, PersonTyped, search_keys
from workflows.model.case_row import CaseRow

MOST: Final = 30  # searches a member in `WITHIN`; ours
WITHIN: Final = timedelta(minutes=10)
SEARCHED: Final = "person_searched"
SEARCH_REFUSED: Final = "search_refused"
FOUND: Final = "read.find_person"
_TOO_LITTLE: Final = {"kana": "form.kana", "phone": "find.no_phone", "address": "find.no_address"}
_KIND_OF: Final = {"kana": "kana", "birth": "birth_date", "phone": "phone", "house": "address"}


@dataclass(frozen=True)
class PersonFound:
    """A case of the person; what it holds is on its own page."""

    number: str
    state: str
    is_open: bool
    answering_agency: str
    opened_at: datetime


@dataclass(frozen=True)
class WhomToAsk:
    name: str
    agency_name: str
    phone: str


@dataclass(frozen=True)
class PeopleFound:
    """`again_at` is set when the member has searched too often: then nothing was looked up.

    `whom_to_ask` are the coordinators: they know of cases that the asker may not.
    """

    cases: tuple[PersonFound, ...]
    whom_to_ask: tuple[WhomToAsk, ...]
    again_at: datetime | None = None


@dataclass(frozen=True)
class FindPerson(Query[PeopleFound]):
    """Cases in which all that was typed is the same: at least one of the four.

    Raises Invalid beside a field that cannot be searched for, before anything is looked up.
    """

    kana: str = ""
    birth_date: str = ""
    phone: str = ""
    address: str = ""


@handles(FindPerson, Action.USE, code="find_person")
def find_person(query: FindPerson, work: Work) -> PeopleFound:
    wanted = _wanted(query, work)
    again_at = too_often(wanted, work)
    if again_at:
        return PeopleFound((), (), again_at)
    found = _found(wanted, work)
    work.record(SEARCHED, kinds=sorted(wanted), hits=len(found))
    for row in found:
        record_found(row, work)
    return PeopleFound(tuple(_shown(row, work) for row in found), _coordinators(work))


def record_found(row: CaseRow, work: Work) -> None:
    """Each hit is a look at that case."""
    reads = work.may(Action.READ_CASE, row)
    work.show(row, ShownPart(Part.FOUND), basis=reads.reason)


def _wanted(query: FindPerson, work: Work) -> dict[str, set[MatchKey]]:
    """What was typed, by its field: the keys of which one has to be there."""
    errors = [
        FieldError(name, "form.too_long", {"max": LONGEST, "length": len(typed)})
        for name in ("kana", "birth_date", "phone", "address")
        if len(typed := as_typed(getattr(query, name))) > LONGEST
    ]
    if errors:
        raise Invalid(errors)
    born = _day(query.birth_date, work, errors)
    person = PersonTyped("", query.kana, born, query.phone, query.address)
    wanted: dict[str, set[MatchKey]] = {}
    for key in search_keys(person, work.uow.directory.town().name):
        wanted.setdefault(_KIND_OF[key.kind], set()).add(key)
    errors += [
        FieldError(name, key, {})
        for name, key in _TOO_LITTLE.items()
        if trimmed(getattr(query, name)) and name not in wanted
    ]
    if not wanted and not errors:
        errors.append(FieldError("kana", "find.nothing", {}))
    if errors:
        raise Invalid(errors)
    return wanted


def _day(typed: str, work: Work, errors: list[FieldError]) -> date | None:
    if not trimmed(typed):
        return None
    try:
        return parse_date(typed, today=work.today, past=True)
    except NotADate as wrong:
        errors.append(FieldError("birth_date", wrong.key, wrong.facts))
        return None


def too_often(kinds: Iterable[str], work: Work) -> datetime | None:
    """When the member may search again; None when now.

    That one was refused is written down once in `WITHIN`: asking on tells nothing new.
    """
    rows = work.uow.events.of_kinds((SEARCHED, SEARCH_REFUSED), work.now - WITHIN)
    mine = [r for r in rows if r.actor_id == work.me.id]
    times = sorted(r.at for r in mine if r.kind == SEARCHED and r.at)
    if len(times) < MOST:
        return None
    if all(r.kind != SEARCH_REFUSED for r in mine):
        work.record(SEARCH_REFUSED, kinds=sorted(kinds))
    return times[-MOST] + WITHIN


def _found(wanted: dict[str, set[MatchKey]], work: Work) -> list[CaseRow]:
    """The cases that have a key of every field, as far as the asker may read them."""
    ids: set[str] | None = None
    for keys in wanted.values():
        matching = set(work.uow.cases.matching(keys))
        ids = matching if ids is None else ids & matching
    rows = work.uow.cases.rows_of(ids or ()).values()
    found = [row for row in rows if work.may(Action.READ_CASE, row).allowed]
    return sorted(found, key=lambda row: (not row.is_open, row.number))


def _shown(row: CaseRow, work: Work) -> PersonFound:
    return PersonFound(
        number=row.number,
        state=str(row.state),
        is_open=row.is_open,
        answering_agency=work.agency_name(row.answering_agency_id),
        opened_at=row.opened_at,
    )


def _coordinators(work: Work) -> tuple[WhomToAsk, ...]:
    return tuple(
        WhomToAsk(m.name, agency.name, agency.phone)
        for m in work.coordinators()
        if (agency := work.uow.directory.agency(m.agency_id))
    )
