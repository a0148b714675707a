"""How much of an attack is made: a little in `make test`, more in `make attack`."""

import os
from collections.abc import Sequence
from typing import Final

ROUNDS: Final = "ATTACK_ROUNDS"  # how many random rounds each test makes; `make attack` sets it
FROM: Final = "ATTACK_FROM"  # the seed of the first one: 0 as long as nobody says otherwise


def seeds(usual: int, *, of: Sequence[int] = (), share: float = 1) -> Sequence[int]:
    """The seeds of random rounds: `usual` of them, or as many as ATTACK_ROUNDS asks for.

    `of`: the usual ones, where they are chosen. `share`: how many rounds of a slow attack are made
    for one round of a quick one.
    """
    if of and not is_long() and FROM not in os.environ:
        return of
    rounds = max(usual, int(int(os.environ.get(ROUNDS, "0")) * share))
    first = int(os.environ.get(FROM, "0"))
    return range(first, first + rounds)


def is_long() -> bool:
    """Whether `make attack` runs."""
    return ROUNDS in os.environ
