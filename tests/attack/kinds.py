"""The kinds of attack that a program can make: each is the mark of the tests that make it.

`pytest.mark.attack(Kind.TRAIL)` stands at a test or a module. tests/attack/test_all_kinds.py holds
that every kind has its tests, and that nothing is missing of what is done to the trail.
"""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The value is what `make attack` says at its end."""

    ACCESS = "who may what"
    PLANTED = "planted facts"
    ROWS = "rows"
    TRAIL = "trail"
    DECISIONS = "list of decisions"
    FUZZ = "what nobody means"
    TEXT_BOMBS = "text bombs"


# What is done to the trail, each by who has the database alone and by who has the keys as well.
TRAIL_ATTACKS: Final = (
    "changed",
    "removed",
    "swapped",
    "inserted",
    "cut at its tail",
    "cut with its head",
    "cut with head and checkpoints",
    "cut wholly",
    "cut after the newest kept checkpoint",
)
