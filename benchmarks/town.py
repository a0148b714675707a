"""How fast the pages' questions and commands are in a town with many cases: `make bench`.

Prints for each the median and the slowest of its runs, in milliseconds, on SQLite.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.support.hands import Hands, sheet
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall, make_mould
from workflows.cases.list_cases import ListCases
from workflows.cases.open_case import OpenCase
from workflows.cases.views import GetCase
from workflows.desk import Desk
from workflows.digest.look import GetDigest
from workflows.inbox import GetInbox, GetShell
from workflows.overview import GetDesk

RUNS = 7
CASES = (50, 500, 2_000)


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Median and slowest of RUNS runs, in milliseconds."""
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return median(found), max(found)


def fill(hall: TownHall, cases: int) -> None:
    hands: Hands = hall
    with hall.database.open() as unit:
        there = len(unit.cases.rows())
    for _ in range(cases - there):
        hands.open_case()


def what_people_do(desk: Desk, case_id: str) -> dict[str, Callable[[], object]]:
    wanted = ({"agency": "A14", "purpose": "inform", "request": "お願い"},)
    return {
        "frame of every page": lambda: desk.ask(GetShell(), ELDERLY),
        "inbox": lambda: desk.ask(GetInbox(), ELDERLY),
        "coordinator's desk": lambda: desk.ask(GetDesk(), COORDINATOR),
        "list of cases": lambda: desk.ask(ListCases(), COORDINATOR),
        "one case": lambda: desk.ask(GetCase(case_id), COORDINATOR),
        "weekly digest": lambda: desk.ask(GetDigest(), MANAGER),
        "send a sheet": lambda: desk.handle(OpenCase(sheet(), wanted), COORDINATOR),
    }


def main() -> None:
    table = Table("open cases", "what", "median ms", "slowest ms")
    with tempfile.TemporaryDirectory() as folder:
        mould = make_mould(Path(folder))
        for number, cases in enumerate(CASES):
            place = Path(folder) / str(number)
            place.mkdir()
            hall = mould.copy(place)
            fill(hall, cases)
            desk = hall.desk
            with hall.database.open() as unit:
                one = unit.cases.rows()[0]
            acts = what_people_do(desk, one.id)
            for name, act in acts.items():
                middle, slowest = timed(act)
                table.add_row(str(cases), name, f"{middle:.1f}", f"{slowest:.1f}")
            hall.database.close()
    Console(file=sys.stdout, width=80).print(table)


if __name__ == "__main__":
    main()
