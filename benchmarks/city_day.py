"""A day of the city in a process of its own, so that its memory is the product's and nobody else's.

Started as `python -m benchmarks.city_day URL KEYS_FILE`; answers with a JSON object of MiB
and milliseconds.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.city import CITY_COORDINATOR, CONTACT, DISTRICTS, MEMBERS
from benchmarks.figures import p50
from handlers.delivery import Delivery, Inbox
from storage.database import Database, make_engine
from storage.vault import Vault, read_keys
from tests.support.clock import MovedClock
from tests.support.people import MANAGER
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, Seat, web_app
from workflows.desk import Desk
from workflows.follow_calendar import FollowCalendar, GetCalendarChange
from workflows.followups.keep import PlanDigest
from workflows.permissions import Caller

LOOKS = 5  # of each page, of which the median counts
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
    database = Database(make_engine(url), Vault(read_keys(Path(keys_file))))
    clock = MovedClock()
    hall = TownHall(Desk(database.open, clock, FORMS, holiday_name), database, clock)
    app = web_app(hall)
    delivery = Delivery(database.open, hall.desk, TEXTS, Inbox())

    def page(member_id: str, path: str) -> Callable[[], object]:
        seat = Seat(app, member_id)
        return lambda: seat.text(path)

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
        for path in ("/", "/cases"):
            Seat(app, member).text(path)
    began, kept = perf_counter(), 0
    for _ in range(24):
        clock.move(hours=1)
        hall.desk.handle(PlanDigest(), Caller.CLOCK)
        kept += hall.keep_promises()
        delivery.drain()
    seconds = perf_counter() - began
    found |= {"after a day": memory(), "most": memory("VmHWM")}
    keys = hall.desk.ask(GetCalendarChange(), Caller.CLOCK).keys
    follow = iter(keys)
    times["one case at a start"] = timed(
        lambda: hall.desk.handle(FollowCalendar(next(follow)), Caller.CLOCK)
    )
    database.close()
    print(json.dumps({"MiB": found, "ms": times, "kept": kept, "s": seconds, "open": len(keys)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
