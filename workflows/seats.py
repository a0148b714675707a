"""Where everybody sits today, and who runs on what somebody ran for an agency they left."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.directory.model import Member


@dataclass(frozen=True)
class Seats:
    """`agencies` is member id to agency id, `here` those who are active today."""

    agencies: dict[str, str]
    here: frozenset[str]

    def agency_of(self, holder_id: str, held_for: str) -> str:
        """For which agency it is held; documents of before did not say: the person's own then."""
        return held_for or self.agencies.get(holder_id, "")

    def sits(self, holder_id: str, held_for: str) -> bool:
        """Whether the holder is still here and in the agency for which they hold it."""
        return holder_id in self.here and held_for in ("", self.agencies.get(holder_id))

    def holds(self, member: Member, holder_id: str, held_for: str) -> bool:
        """[ours] rules.md 5: whether what `holder_id` ran is the member's, own or inherited.

        It stays with the agency: who has left or moved has it no more, its contacts inherit it.
        """
        if member.agency_id != self.agency_of(holder_id, held_for):
            return False
        if member.id == holder_id:
            return True
        return member.is_contact and not self.sits(holder_id, held_for)


def seats_of(everybody: Iterable[Member], here: Iterable[Member]) -> Seats:
    return Seats({m.id: m.agency_id for m in everybody}, frozenset(m.id for m in here))
