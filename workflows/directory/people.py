"""Who is who: the active members with their agencies."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.successors import Away


@dataclass(frozen=True)
class Person:
    member_id: str
    name: str
    kana: str
    agency_id: str
    agency_name: str
    roles: tuple[str, ...]
    is_contact: bool


@dataclass(frozen=True)
class GetPeople(Query[tuple[Person, ...]]):
    """Active members in 五十音 order of agency, then name."""


@handles(GetPeople, Action.SEE_DIRECTORY, code="get_people")
def get_people(query: GetPeople, work: Work) -> tuple[Person, ...]:
    names = {a.id: (a.kana, a.name) for a in work.active_agencies()}
    found = [m for m in work.active_members() if m.agency_id in names]
    found.sort(key=lambda m: (names[m.agency_id][0], not m.is_contact, m.kana))
    return tuple(
        Person(
            member_id=m.id,
            name=m.name,
            kana=m.kana,
            agency_id=m.agency_id,
            agency_name=names[m.agency_id][1],
            roles=tuple(sorted(str(r) for r in m.roles)),
            is_contact=m.is_contact,
        )
        for m in found
    )


def away_now(work: Work) -> dict[str, Away]:
    """Who is away today, by id."""
    return {m: away for m in work.seats.away if (away := work.away(m))}


@dataclass(frozen=True)
class Options:
    """What selects and checklists offer: (value, label, group), in 五十音 order by group. `away`
    are the members who are away today."""

    agencies: tuple[tuple[str, str, str], ...]
    members: tuple[tuple[str, str, str], ...]
    districts: tuple[tuple[str, str, str], ...]
    away: Mapping[str, Away]


@dataclass(frozen=True)
class GetOptions(Query[Options]):
    """Agencies are grouped by their kind's code, members by their agency's name."""


@handles(GetOptions, Action.USE, code="get_options")
def get_options(query: GetOptions, work: Work) -> Options:
    agencies = sorted(work.active_agencies(), key=lambda a: (str(a.kind), a.kana))
    return Options(
        agencies=tuple((a.id, a.name, str(a.kind)) for a in agencies),
        members=tuple((p.member_id, p.name, p.agency_name) for p in get_people(GetPeople(), work)),
        districts=tuple((d.id, d.name, "") for d in work.uow.directory.town().districts),
        away=away_now(work),
    )
