"""Whatever members, time and faults do to meetings, in any order: what has to hold holds."""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.meeting_life import MeetingLife
from tests.chaos.rounds import ROUNDS, seeds
from tests.support.town import TownMould

LIVES = 5  # of one seed
# Making a failure short takes minutes: `make chaos` does so, with the seed of the one that failed.
PHASES = [Phase.generate, *([Phase.shrink] if os.environ.get(ROUNDS) else [])]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", seeds(1))
def test_meetings_hold_whatever_is_done_to_them(mould: TownMould, number: int) -> None:
    """What fails is printed step by step."""

    @seed(number)
    class Life(MeetingLife):
        pass

    Life.mould = mould
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=20,
            deadline=None,
            database=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
