"""Backups taken and restored in a test, and what a database holds, for comparing."""

import gzip
import io
import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, event, select

from handlers.clock.ticks import FixedClock
from storage import backup_file
from storage.backup import Backup, make_backup
from storage.backup_file import SealedReader
from storage.database import Database, DatabaseRefused, SqlUnitOfWork, make_engine, open_database
from storage.restore import RestoreResult, restore_backup
from storage.tables import trail
from storage.vault import Keys
from tests.support.hands import Fields
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.cases.drafts import SaveDraft
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.restore.restored import RecordRestored


def back_up(hall: TownHall, path: Path, *, force: bool = False) -> Backup:
    return make_backup(hall.database, path, now=hall.clock.now(), program="0.1.0", force=force)


def restore(hall: TownHall, url: str, path: Path, keys: Keys | None = None) -> RestoreResult:
    """Into the database at `url`, at the time that it is in this town hall."""

    def note(unit: SqlUnitOfWork, taken_at: datetime) -> int:
        desk = Desk(
            lambda: nullcontext(unit),
            FixedClock(hall.clock.now()),
            FORMS,
            holiday_name,
            scans_inside=True,
        )
        return desk.handle(RecordRestored(taken_at), Caller.CONSOLE)

    return restore_backup(url, keys or hall.database.keys, "local", path, note)


def town_at(hall: TownHall, url: str) -> TownHall:
    """The town hall of the database at `url`, with the clock and the keys of another."""
    database = open_database(url, hall.database.keys, "local")
    return TownHall(Desk(database.open, hall.clock, FORMS, holiday_name), database, hall.clock)


def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as it is kept, in the order of the primary key."""
    held = MetaData()
    with database.engine.connect() as connection:
        held.reflect(connection)
        return {
            name: [tuple(r) for r in connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in held.tables.items()
            if name != "alembic_version"
        }


PLANTED: Fields = {
    "name": "甲野乙之介",
    "kana": "コウノオツノスケ",
    "phone": "090-9876-5432",
    "address": "架空町八丁目七番六号",
    "summary": "蔵の奥で泣いているとの連絡。",
}
WORDS = ("甲野乙之介", "コウノオツノスケ", "090-9876-5432", "架空町八丁目", "蔵の奥で泣いて")


def live(hall: TownHall) -> str:
    """Something in every corner of the town's life; answers with the id of the case."""
    case_id = hall.open_case("A14", "A17", **PLANTED)
    hall.desk.handle(SaveDraft("sheet", PLANTED), COORDINATOR)
    hall.reply(case_id, "A14", "partly", by=ELDERLY, reason=PLANTED["summary"])
    hall.plan(case_id, issues=PLANTED["summary"])
    hall.fix(hall.convene(case_id, basis_reason=PLANTED["summary"]))
    return case_id


def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    """Chunks so small that a backup of a test has many; how long one is with its tag."""
    monkeypatch.setattr(backup_file, "CHUNK_BYTES", 1024)
    monkeypatch.setattr(backup_file, "SEALED_CHUNK_BYTES", 1040)
    return 1040


def little_room(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Databases that this module of storage opens can hold 200 KB, as on a disk that is full."""

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=50")

    def make_small(url: str) -> Engine:
        engine = make_engine(url)
        event.listen(engine, "connect", limit)
        return engine

    monkeypatch.setattr(f"{module}.make_engine", make_small)


def why(act: Callable[[], object]) -> str:
    with pytest.raises(DatabaseRefused) as refused:
        act()
    return refused.value.key


def events(hall: TownHall) -> list[str]:
    with hall.database.engine.connect() as connection:
        return list(connection.execute(select(trail.c.kind).order_by(trail.c.seq)).scalars())


def contents(path: Path, keys: Keys) -> list[bytes]:
    with path.open("rb") as file:
        reader = io.BufferedReader(SealedReader(file, keys.seal, str(path)))
        return gzip.GzipFile(fileobj=reader).readlines()


def chunks_begin(path: Path) -> int:
    """Where the header ends."""
    return sum(len(line) for line in path.read_bytes().split(b"\n")[:3]) + 3
