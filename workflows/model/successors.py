"""Where everybody sits today, who stands in for whom, and who runs on what somebody ran for an
agency they left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from workflows.model.directory import Absence, Member


@dataclass(frozen=True)
class Away:
    """What is said beside the name of who is away: the last day, and the name of who stands in."""

    until: date
    deputy: str


@dataclass(frozen=True)
class Successors:
    """`agencies` is member id to agency id, `here` those who are active today, `ended_by` by whose
    hand those who have a last day have it, `windows` the contacts among those who are here, `away`
    the absences of today by whose they are."""

    agencies: Mapping[str, str]
    here: frozenset[str]
    ended_by: Mapping[str, str] = field(default_factory=dict)
    windows: frozenset[str] = frozenset()
    away: Mapping[str, Absence] = field(default_factory=dict)

    def agency_of(self, holder_id: str, held_for: str) -> str:
        """For which agency it is held; where that is not said, for the person's own."""
        return held_for or self.agencies.get(holder_id, "")

    def sits(self, holder_id: str, held_for: str) -> bool:
        """Whether the holder is still here and in the agency for which they hold it."""
        return holder_id in self.here and held_for in ("", self.agencies.get(holder_id))

    def holds(self, member: Member, holder_id: str, held_for: str) -> bool:
        """[ours] docs/rules.md 5: whether what `holder_id` ran is the member's: own, inherited, or
        for as long as the holder is away.

        It stays with the agency: who has left or moved has it no more, its contacts inherit it;
        but for whoever said that they left: nobody comes by a case by ending a colleague.
        """
        if member.agency_id != self.agency_of(holder_id, held_for):
            return False
        if member.id == holder_id:
            return True
        if self.ended_by.get(holder_id) == member.id:
            return False
        if self.sits(holder_id, held_for):
            return self.is_deputy_of(member.id, holder_id)
        barred = (holder_id, self.ended_by.get(holder_id))  # nor does who stands in for them
        return member.is_contact or any(
            window not in barred and self.is_deputy_of(member.id, window)
            for window in self._away_windows(member.agency_id)
        )

    def is_deputy_of(self, member_id: str, holder_id: str) -> bool:
        """Whether the member does today what `holder_id` holds, who is away."""
        return member_id in self.deputies(holder_id)

    def deputies(self, holder_id: str) -> tuple[str, ...]:
        """Who does what `holder_id` holds while they are away: whom they named; where that one is
        away as well, or no more in their agency, its contacts. Nobody stands in for who stands in,
        and whoever entered that a colleague is away, or their deputy, or ended that one, comes by
        nothing by that.
        """
        absence = self.away.get(holder_id)
        if absence is None or holder_id not in self.here:
            return ()
        agency_id = self.agencies[holder_id]
        named = absence.deputy_id
        if named and self._can_stand_in(named, agency_id):
            return () if named == absence.entered_by else (named,)
        barred = {holder_id, absence.entered_by, self.ended_by.get(named)}
        if named in self.away:
            barred.add(self.away[named].entered_by)
        return tuple(
            window
            for window in sorted(self.windows)
            if window not in barred and self._can_stand_in(window, agency_id)
        )

    def _can_stand_in(self, member_id: str, agency_id: str) -> bool:
        return (
            member_id in self.here
            and member_id not in self.away
            and self.agencies.get(member_id) == agency_id
        )

    def _away_windows(self, agency_id: str) -> Iterable[str]:
        return (m for m in self.away if m in self.windows and self.agencies[m] == agency_id)


def seats_of(everybody: Iterable[Member], here: Iterable[Member], today: date) -> Successors:
    people, present = list(everybody), list(here)
    return Successors(
        {m.id: m.agency_id for m in people},
        frozenset(m.id for m in present),
        {m.id: m.ended_by for m in people if m.ended_by},
        frozenset(m.id for m in present if m.is_contact),
        {m.id: absence for m in present if m.absences and (absence := m.absence_on(today))},
    )
