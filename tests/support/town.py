"""The fictional town on a real database, with a desk and a clock that moves."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import holidays
from sqlalchemy import make_url

import workflows.registry
from handlers.cli.fictional_town import set_up_fictional_town
from handlers.words.formbook import load_formbook
from storage.database import Database, make_engine, open_database
from storage.vault import Vault, make_keys, read_keys
from tests.support.clock import MovedClock
from tests.support.hands import Hands
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.reminders.keep_promises import PlanDigest

assert workflows.registry.REGISTRY

_HOLIDAYS = holidays.country_holidays("JP", language="ja")
FORMS = load_formbook(None)
KEYS, TOWN = "keys.json", "town.db"


def holiday_name(day: date) -> str | None:
    return _HOLIDAYS.get(day)


@dataclass
class TownHall(Hands):
    """A desk over a real database, in which the fictional town lives."""

    clock: MovedClock

    def another_desk(self) -> "TownHall":
        """The same database opened once more, as a second process would."""
        database = open_database(
            self.database.engine.url.render_as_string(hide_password=False),
            self.database.keys,
            "local",
        )
        return hall_over(database, self.clock)


def hall_over(database: Database, clock: MovedClock) -> TownHall:
    """A desk over a database that is open."""
    return TownHall(Desk(database.open, clock, FORMS, holiday_name), database, clock)


def open_empty_hall(folder: Path) -> TownHall:
    """A database in which nobody has set up a town yet."""
    database = open_database(f"sqlite:///{folder / TOWN}", make_keys(folder / KEYS), "local")
    return hall_over(database, MovedClock())


def open_town_hall(folder: Path, url: str | None = None) -> TownHall:
    """A fresh town in a fresh database; `url` names another database than SQLite in `folder`."""
    keys = make_keys(folder / KEYS)
    database = open_database(url or f"sqlite:///{folder / TOWN}", keys, "local")
    hall = hall_over(database, MovedClock())
    set_up_fictional_town(hall.desk)
    hall.desk.handle(PlanDigest(), Caller.CLOCK)
    return hall


@dataclass(frozen=True)
class TownMould:
    """A town made once and closed: copying it is quicker than setting it up again."""

    folder: Path
    name: str = ""  # of the PostgreSQL database; empty: a SQLite file in `folder`

    def copy(self, folder: Path, url: str | None = None) -> TownHall:
        """A town hall in `folder`; `url` is a PostgreSQL database that was copied already.

        What a start looks at before it believes a database is not looked at again: it was closed
        just now by who made it, and thousands of tests would pay for it.
        """
        shutil.copy(self.folder / KEYS, folder / KEYS)
        if url is None:
            shutil.copy(self.folder / TOWN, folder / TOWN)
        engine = make_engine(url or f"sqlite:///{folder / TOWN}")
        return hall_over(Database(engine, Vault(read_keys(folder / KEYS))), MovedClock())


def make_mould(folder: Path, url: str | None = None) -> TownMould:
    hall = open_town_hall(folder, url)
    if url is None:
        return mould_of(hall, folder)
    hall.database.close()
    return TownMould(folder, make_url(url).database or "")


def mould_of(hall: TownHall, folder: Path) -> TownMould:
    """Close a town on SQLite that lies in `folder`: as it is now, it can be copied."""
    with hall.database.engine.connect() as connection:  # all of it in the one file
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    hall.database.close()
    return TownMould(folder)
