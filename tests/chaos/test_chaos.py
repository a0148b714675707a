"""Killed at any step, with whatever breaks around it: nothing is lost, late or said twice."""

import os
from pathlib import Path
from random import Random

import pytest

from tests.chaos.rounds import Round, check, seeds
from tests.chaos.town import chaos_town
from tests.support.postgres import PostgresServer
from tests.support.town import TownHall, TownMould

STEPS = 12


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", seeds(1))
def test_one_process_on_a_file_keeps_everything_once(
    mould: TownMould, tmp_path: Path, seed: int
) -> None:
    _round(mould.copy(tmp_path), tmp_path, seed, replicas=1)


@pytest.mark.timeout(300)
@pytest.mark.postgres
# A line that is cut while it is made is nobody's to close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", seeds(1))
def test_up_to_three_replicas_on_postgresql_keep_everything_once(
    postgres_mould: tuple[PostgresServer, TownMould],
    tmp_path: Path,
    seed: int,
) -> None:
    server, mould = postgres_mould
    copied = mould.copy(tmp_path, server.new_database(mould.name))
    _round(copied, tmp_path, seed, replicas=3, server=server)


def _round(
    copied: TownHall, folder: Path, seed: int, replicas: int, server: PostgresServer | None = None
) -> None:
    """What was done stands beside what failed, and a line for each round in the file CHAOS_LOG."""
    dice = Random(seed)
    with chaos_town(copied, folder, dice, server) as town:
        game, ends = Round(town, dice, replicas), "failed"
        try:
            game.run(STEPS)
            game.come_to_rest()
            check(town, game.deeds)
            ends = "held"
        except Exception as error:
            error.add_note(game.told())
            raise
        finally:
            if log := os.environ.get("CHAOS_LOG"):
                with Path(log).open("a", encoding="utf-8") as file:
                    file.write(
                        f"{seed} {'file' if server is None else 'server'} {ends} {game.told()}\n"
                    )
    copied.database.close()
