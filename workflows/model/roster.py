"""Who is here on a day, by agency and by role: worked out once for a directory as it is.

Lists ask for it for each of their lines, and a town has thousands of members.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from workflows.model.directory import Agency, Member, Role
from workflows.model.successors import Successors, seats_of


@dataclass(frozen=True)
class Roster:
    """All agencies and members, in 五十音 order, as they are on that day. Shared by transactions;
    nothing in it is changed."""

    agencies: Sequence[Agency]
    members: Sequence[Member]
    on: date

    @cached_property
    def active_agencies(self) -> Sequence[Agency]:
        return tuple(a for a in self.agencies if a.is_active(self.on))

    @cached_property
    def active_members(self) -> Sequence[Member]:
        """Who is here: the desk asks the same of a member and of their agency."""
        here = {a.id for a in self.active_agencies}
        return tuple(m for m in self.members if m.agency_id in here and m.is_active(self.on))

    @cached_property
    def seats(self) -> Successors:
        return seats_of(self.members, self.active_members, self.on)

    def members_of(self, agency_id: str) -> Sequence[Member]:
        """All of an agency, also who is not here."""
        return self._by_agency.get(agency_id, ())

    def active_members_of(self, agency_id: str) -> Sequence[Member]:
        return self._active_by_agency.get(agency_id, ())

    def active_members_with(self, role: Role) -> Sequence[Member]:
        return self._active_by_role.get(role, ())

    @cached_property
    def _by_agency(self) -> Mapping[str, Sequence[Member]]:
        return _by_agency(self.members)

    @cached_property
    def _active_by_agency(self) -> Mapping[str, Sequence[Member]]:
        return _by_agency(self.active_members)

    @cached_property
    def _active_by_role(self) -> Mapping[Role, Sequence[Member]]:
        return {role: tuple(m for m in self.active_members if role in m.roles) for role in Role}


def _by_agency(members: Sequence[Member]) -> Mapping[str, Sequence[Member]]:
    found: dict[str, list[Member]] = {}
    for member in members:
        found.setdefault(member.agency_id, []).append(member)
    return found
