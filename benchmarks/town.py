"""How fast the pages' questions and commands are in a town with more and more cases."""

import time
from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.figures import MS, Figure
from benchmarks.places import SQLITE, Places
from tests.support.hands import Hands, sheet
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from workflows.cases.list_cases import ListCases
from workflows.cases.open_case import OpenCase
from workflows.cases.views import GetCase
from workflows.desk import Desk
from workflows.digest.look import GetDigest
from workflows.inbox.inbox import GetInbox, GetShell
from workflows.overview.coordinator_desk import GetCoordinatorDesk

RUNS = 7
CASES = (50, 500)


def timed(act: Callable[[], object]) -> float:
    """The median of RUNS runs, in milliseconds."""
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return median(found)


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
        "coordinator's desk": lambda: desk.ask(GetCoordinatorDesk(), COORDINATOR),
        "list of cases": lambda: desk.ask(ListCases(), COORDINATOR),
        "one case": lambda: desk.ask(GetCase(case_id), COORDINATOR),
        "weekly digest": lambda: desk.ask(GetDigest(), MANAGER),
        "send a sheet": lambda: desk.handle(OpenCase(sheet(), wanted), COORDINATOR),
    }


def measure(places: Places, sizes: tuple[int, ...] = CASES) -> list[Figure]:
    return [one for size in sizes for one in _at(places, size)]


def _at(places: Places, size: int) -> Iterator[Figure]:
    with places.town(SQLITE) as place:
        fill(place.hall, size)
        with place.hall.database.open() as unit:
            one = unit.cases.rows()[0]
        for name, act in what_people_do(place.hall.desk, one.id).items():
            yield Figure(f"{name}, {size} open cases, p50", SQLITE, timed(act), MS)
