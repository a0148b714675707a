"""Counts how the rooms of a package hang together: `make rooms`.

`make rooms HOUSE=../older` counts those of another checkout.

A room is a package or a loose module directly under handlers, workflows or storage. An arrow leads
from a room to another one that it imports, however often. Against the grain runs an arrow that
leads up when the rooms are ordered so that as few as possible do.
"""

import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grimp

TOPS: Final = ("handlers", "workflows", "storage")
SEARCHES: Final = 20
# What brings the rooms together and is in none of them.
ABOVE: Final = frozenset({"registry", "rooms", "desk"})

Arrow = tuple[str, str]


@dataclass(frozen=True)
class House:
    """The rooms of one package: their arrows, and those that run against the grain."""

    rooms: tuple[str, ...]  # ordered, the lowest first
    arrows: frozenset[Arrow]

    @property
    def against(self) -> list[Arrow]:
        return against(self.rooms, self.arrows)

    @property
    def pairs(self) -> list[Arrow]:
        """Rooms that import each other, each pair once."""
        return sorted((a, b) for a, b in self.arrows if a < b and (b, a) in self.arrows)


def against(order: Iterable[str], arrows: Iterable[Arrow]) -> list[Arrow]:
    """The arrows that lead up in this order, the lowest room first."""
    place = {room: i for i, room in enumerate(order)}
    return sorted((a, b) for a, b in arrows if place[a] < place[b])


def house(top: str, modules: dict[str, Iterable[str]]) -> House:
    """The rooms of the package `top`, of every module and what it imports."""

    def room(module: str) -> str:
        parts = module.split(".")
        return parts[1] if parts[0] == top and len(parts) > 1 else ""

    arrows = frozenset(
        (room(module), room(imported))
        for module, all_imported in modules.items()
        for imported in all_imported
        if room(module) != room(imported) and not {room(module), room(imported)} & ({""} | ABOVE)
    )
    rooms = {r for m in modules if (r := room(m)) and r not in ABOVE}
    return House(_ordered(sorted(rooms), arrows), arrows)


def _ordered(rooms: list[str], arrows: frozenset[Arrow]) -> tuple[str, ...]:
    """The order in which the fewest arrows lead up: of several searches the best, each ending where
    no room stands better in another place."""
    chance = random.Random(1)
    found = []
    for _ in range(SEARCHES):
        order = chance.sample(rooms, len(rooms))
        while (better := _better(order, arrows)) != order:
            order = better
        found.append(order)
    return tuple(min(found, key=lambda order: len(against(order, arrows))))


def _better(order: list[str], arrows: frozenset[Arrow]) -> list[str]:
    for room in order:
        others = [r for r in order if r != room]
        # From the bottom up: what the room imports is above it, what imports it is below it.
        worse = costs = sum((room, other) in arrows for other in others)
        best, here = 0, order.index(room)
        now = worse
        for at, other in enumerate(others, 1):
            costs += ((other, room) in arrows) - ((room, other) in arrows)
            if at == here:
                now = costs
            if costs < worse:
                best, worse = at, costs
        if worse < now:
            return [*others[:best], room, *others[best:]]
    return order


def read(root: Path) -> dict[str, Iterable[str]]:
    """Every module of the house at `root` with the modules that it imports."""
    sys.path.insert(0, str(root))
    try:
        graph = grimp.build_graph(*TOPS, cache_dir=None)
    finally:
        sys.path.remove(str(root))
    return {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}


def main() -> None:
    modules = read(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    for top in TOPS:
        one = house(top, modules)
        sys.stdout.write(
            f"{top}: {len(one.rooms)} rooms, {len(one.arrows)} arrows, "
            f"{len(one.against)} against the grain, {len(one.pairs)} pairs import each other\n"
        )
        sys.stdout.writelines(f"  against the grain: {a} -> {b}\n" for a, b in one.against)


if __name__ == "__main__":
    main()
