"""Where everybody sits today, and who runs on what somebody ran for an agency they left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflows.directory.model import Member


@dataclass(frozen=True)
class Seats:
    """`agencies` is member id to agency id, `here` those who are active today, `ended_by` by whose
    hand those who have a last day have it."""

    agencies: dict[str, str]
    here: frozenset[str]
    ended_by: Mapping[str, str] = field(default_factory=dict)

    def agency_of(self, holder_id: str, held_for: str) -> str:
        """For which agency it is held; documents of before did not say: the person's own then."""
        return held_for or self.agencies.get(holder_id, "")

    def sits(self, holder_id: str, held_for: str) -> bool:
        """Whether the holder is still here and in the agency for which they hold it."""
        return holder_id in self.here and held_for in ("", self.agencies.get(holder_id))

    def holds(self, member: Member, holder_id: str, held_for: str) -> bool:
        """[ours] rules.md 5: whether what `holder_id` ran is the member's, own or inherited.

        It stays with the agency: who has left or moved has it no more, its contacts inherit it;
        but for whoever said that they left: nobody comes by a case by ending a colleague.
        """
        if member.agency_id != self.agency_of(holder_id, held_for):
            return False
        if member.id == holder_id:
            return True
        if self.ended_by.get(holder_id) == member.id:
            return False
        return member.is_contact and not self.sits(holder_id, held_for)


def seats_of(everybody: Iterable[Member], here: Iterable[Member]) -> Seats:
    people = list(everybody)
    return Seats(
        {m.id: m.agency_id for m in people},
        frozenset(m.id for m in here),
        {m.id: m.ended_by for m in people if m.ended_by},
    )
