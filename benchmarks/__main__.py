"""`make bench`: every figure beside its bound of the same run. `make bench BENCH="answers starts"`
measures these alone."""

import sys
import time
from collections.abc import Callable

from benchmarks import answers, big_city, drain, own_card, presses, starts, town
from benchmarks.figures import Figure, show
from benchmarks.places import Places

PARTS: dict[str, Callable[[Places], list[Figure]]] = {
    "presses": presses.measure,
    "answers": answers.measure,
    "drain": drain.measure,
    "own_card": own_card.measure,
    "starts": starts.measure,
    "town": town.measure,
    "big_city": big_city.measure,
}


def main(wanted: list[str]) -> int:
    if unknown := [name for name in wanted if name not in PARTS]:
        print(f"unknown: {' '.join(unknown)}; there are: {' '.join(PARTS)}", file=sys.stderr)
        return 2
    places, found = Places(), list[Figure]()
    print(places.described)
    try:
        for name in wanted or PARTS:
            began = time.perf_counter()
            now = PARTS[name](places)
            show(f"{name} ({time.perf_counter() - began:.0f} s)", now)
            found += now
    finally:
        places.close()
    if len(wanted or PARTS) > 1:
        show("all", found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
