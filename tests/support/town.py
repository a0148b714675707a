"""The fictional town on a real database, with a desk and a clock that moves."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import holidays

import workflows.rooms
from handlers.fictional_town import set_up_fictional_town
from handlers.formbook import load_formbook
from storage.database import Database, open_database
from storage.vault import Keys, make_keys
from tests.support.clock import MovedClock
from workflows.desk import Desk
from workflows.followups.keep import KeepNextPromise, PlanDigest
from workflows.notices import Notice
from workflows.permissions import Caller

assert workflows.rooms.REGISTRY

_HOLIDAYS = holidays.country_holidays("JP", language="ja")

# People of the fictional town (templates/fictional_town/members.csv).
COORDINATOR = "M21"  # 社協 CSW, districts D01 and D02, scenario A's writer
OTHER_COORDINATOR = "M01"
CHAIR = "M03"
MANAGER = "M04"
ADMINISTRATOR = "M05"
CLERK = "M06"
ELDERLY = "M26"  # 地域包括支援センター
DISABILITY = "M30"
LIVELIHOOD = "M32"
FARMING = "M33"
COMMISSIONER = "M34"
SSW = "M17"
OUTSIDER = "M48"  # an agency with no part in scenario A
A_AGENCIES = {"M21": "A13", "M26": "A14", "M30": "A17", "M32": "A19", "M33": "A20", "M34": "A21"}


def holiday_name(day: date) -> str | None:
    return _HOLIDAYS.get(day)


@dataclass
class TownHall:
    """A desk over a real database, in which the fictional town lives."""

    desk: Desk
    database: Database
    clock: MovedClock

    def keep_promises(self) -> int:
        """Let the clock act on everything that is due now."""
        kept = 0
        while self.desk.handle(KeepNextPromise(), Caller.CLOCK):
            kept += 1
        return kept

    def notices(self, member_id: str | None = None, key: str | None = None) -> list[Notice]:
        """What waits in the outbox, for one member and of one kind if asked."""
        found = []
        with self.database.open() as unit:
            while True:
                claimed = unit.outbox.claim(self.clock.now().replace(year=2099), "test")
                if claimed is None:
                    break
                found.append(claimed[0])
        return [
            n
            for n in found
            if (member_id is None or n.member_id == member_id) and (key is None or n.key == key)
        ]


def open_town_hall(folder: Path, url: str | None = None) -> TownHall:
    """A fresh town in a fresh database; `url` names another database than SQLite in `folder`."""
    keys_file = folder / "keys.json"
    keys: Keys = make_keys(keys_file)
    database = open_database(url or f"sqlite:///{folder / 'town.db'}", keys, "local")
    clock = MovedClock()
    desk = Desk(database.open, clock, load_formbook(None), holiday_name)
    set_up_fictional_town(desk)
    desk.handle(PlanDigest(), Caller.CLOCK)
    return TownHall(desk, database, clock)
