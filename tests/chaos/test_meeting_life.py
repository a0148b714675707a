"""Whatever members, time and faults do to meetings, in any order: what has to hold holds."""

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.meeting_life import MeetingLife
from tests.chaos.rounds import seeds
from tests.support.town import TownMould

LIVES = 3  # of one seed, the first of which is the simplest that there is


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", seeds(2))
def test_meetings_hold_whatever_is_done_to_them(mould: TownMould, number: int) -> None:
    """What fails is made as short as it can be, and printed step by step."""

    @seed(number)
    class Life(MeetingLife):
        pass

    Life.mould = mould
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
