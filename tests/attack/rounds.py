"""How much of an attack is made: a little in `make test`, more in `make attack`."""

import os


def seeds(usual: int) -> range:
    """The seeds of random rounds; ATTACK_ROUNDS, which `make attack` sets, asks for more."""
    return range(max(usual, int(os.environ.get("ATTACK_ROUNDS", "0"))))
