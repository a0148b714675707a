"""A day of the city in a process of its own, so that its memory is the product's and nobody else's.

It is a Tuesday, from six in the morning on, with a tick every six minutes. Started as `python -m
benchmarks.city_day URL KEYS_FILE`; answers with a JSON object of MiB, milliseconds and seconds.
"""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.city import CITY_COORDINATOR, CONTACT, DISTRICTS, MEMBERS, MORNING
from benchmarks.figures import p50
from handlers.clock.ticks import Ticks
from storage.database import Database, make_engine
from storage.vault import Vault, read_keys
from tests.support.clock import MovedClock
from tests.support.people import MANAGER
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TownSeat, ticks_of, web_app
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.reminders.keep_promises import GetDuePromises
from workflows.reminders.open_days_changed import GetCalendarChange

LOOKS = 5  # of each page, of which the median counts
TICKS_AN_HOUR = 10  # of the 1,800 that there are: most find nothing to do
VISITORS = 25  # of whom each opens their inbox and the list of cases


def memory(what: str = "VmRSS") -> float:
    """MiB; VmHWM is the most it ever was."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(what)


def timed(act: Callable[[], object]) -> float:
    """The median of a few, in milliseconds, once what is loaded at the first is there."""
    act()
    found = []
    for _ in range(LOOKS):
        began = perf_counter()
        act()
        found.append((perf_counter() - began) * 1000)
    return p50(found)


def main(url: str, keys_file: str) -> None:
    logging.getLogger("handlers").setLevel(logging.CRITICAL)  # of a proxy that is not there
    database = Database(make_engine(url), Vault(read_keys(Path(keys_file))))
    clock = MovedClock(MORNING)
    hall = TownHall(Desk(database.open, clock, FORMS, holiday_name), database, clock)
    app, ticks = web_app(hall, town=True), ticks_of(hall)

    def page(member_id: str, path: str) -> Callable[[], object]:
        seat = TownSeat(app, f"192.0.2.{len(seats)}")
        seats.append(seat)
        seat.sign_in(hall, member_id)
        return lambda: _there(seat, path)

    seats: list[TownSeat] = []
    found = {"without anybody": memory()}
    times = {
        "inbox of a window": timed(page(CONTACT, "/")),
        "desk of a coordinator": timed(page(CITY_COORDINATOR, "/desk")),
        "cases of a coordinator": timed(page(CITY_COORDINATOR, "/cases")),
        "cases of an agency": timed(page(CONTACT, "/cases")),
        "digest": timed(page(MANAGER, "/digest")),
    }
    for number in range(VISITORS):
        member = f"C{DISTRICTS + number * 16 % (MEMBERS - DISTRICTS):05}"
        page(member, "/")()
        _there(seats[-1], "/cases")
    first, kept = _tick(hall, ticks)  # what was due before, too
    each = []
    for _ in range(24 * TICKS_AN_HOUR):
        clock.move(hours=1 / TICKS_AN_HOUR)
        seconds, more = _tick(hall, ticks)
        each.append(seconds)
        kept += more
    found |= {"after a day": memory(), "most": memory("VmHWM")}
    known = len(hall.desk.ask(GetCalendarChange(), Caller.CLOCK).keys)
    took = {"first tick": first, "all others": sum(each), "longest of them": max(each)}
    database.close()
    print(json.dumps({"MiB": found, "ms": times, "s": took, "kept": kept, "open": known}))


def _there(seat: TownSeat, path: str) -> None:
    answer = seat.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def _tick(hall: TownHall, ticks: Ticks) -> tuple[float, int]:
    """The seconds of one tick, and how many promises were due at it."""
    due = len(hall.desk.ask(GetDuePromises(), Caller.CLOCK))
    began = perf_counter()
    ticks.tick()
    return perf_counter() - began, due


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
