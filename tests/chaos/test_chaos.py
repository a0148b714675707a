"""Killed at any step, with whatever breaks around it: nothing is lost, late or said twice."""

from pathlib import Path

import pytest

from tests.chaos.rounds import Round, check, seeds
from tests.chaos.town import chaos_town
from tests.support.town import TownMould

STEPS = 12


@pytest.mark.parametrize("seed", seeds(4))
def test_after_random_faults_every_promise_was_kept_once(
    mould: TownMould, tmp_path: Path, seed: int
) -> None:
    """One to three replicas over SQLite."""
    copied = mould.copy(tmp_path)
    with chaos_town(copied, tmp_path) as town:
        game = Round(town, seed)
        game.run(STEPS)
        town.come_to_rest()
        check(town, game.meeting_id)
    copied.database.close()
