"""A database that is away, silent, cut or kept busy: every wait has an end, and says why."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import TimeoutError as NoneFree

import storage.wait_limits as limits
from storage.cannot_store import storage_fault_code
from storage.database import Database, DatabaseRefused, make_engine, open_database
from storage.readiness import DatabaseReadiness
from storage.vault import Vault, fresh_keys
from tests.support.postgres import PostgresServer
from tests.support.relay import Relay, relayed
from tests.support.town import TownHall, TownMould
from workflows.core.ports import CannotStore

SOON = 10  # seconds within which a thread must be done that waits for nothing any more


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """All limits so short that a test need not wait for them."""
    monkeypatch.setattr(limits.TimedConnection, "answer_seconds", 0.4)
    monkeypatch.setattr(limits, "SHORT_SECONDS", 0.2)
    monkeypatch.setattr(limits, "LIBPQ", {**limits.LIBPQ, "connect_timeout": "2"})
    short = {"statement_timeout": 0.3, "lock_timeout": 0.2}
    monkeypatch.setattr(limits, "_SERVER", {**limits._SERVER, **short})
    monkeypatch.setattr(limits, "BUSY_SECONDS", 0)
    monkeypatch.setattr(limits, "BUSY_STEP", 0.05)
    monkeypatch.setattr("storage.readiness.VALID_SECONDS", 0)


@pytest.fixture
def relay(postgres: PostgresServer) -> Iterator[Relay]:
    with relayed(postgres) as made:
        yield made


@pytest.fixture
def far(
    relay: Relay, postgres_mould: tuple[PostgresServer, TownMould], tmp_path: Path, soon: None
) -> Iterator[TownHall]:
    """The town on a PostgreSQL behind a network."""
    server, mould = postgres_mould
    name = make_url(server.new_database(mould.name)).database or ""
    hall = mould.copy(tmp_path, relay.url(name))
    yield hall
    hall.database.close()


def why_not(
    database: Database, does: str = "SELECT 1", first: Callable[[], object] = lambda: None
) -> str:
    """The code under which a transaction is refused, "" when it is not; `first` happens amid it."""
    try:
        with database.open() as unit:
            assert unit.directory.town().name
            first()
            unit.connection.execute(text(does))
    except CannotStore as error:
        return error.code
    return ""


def test_a_server_that_answers_nothing_any_more_is_given_up(far: TownHall, relay: Relay) -> None:
    """Also amid a transaction, when it takes connections and says nothing on them, and for good;
    once it answers, all goes on by itself."""
    database = far.database
    assert why_not(database) == database.why_not_ready() == ""
    assert why_not(database, "SELECT 1", relay.stall) == "database_down"
    assert database.why_not_ready() == "database_down"
    assert why_not(database) == "database_down"
    relay.go_on()
    assert database.why_not_ready() == ""
    assert why_not(database) == ""


def test_connections_that_were_cut_are_replaced(
    far: TownHall, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    """As when PostgreSQL is started anew: only who was amid a transaction hears of it, and one line
    each in the log says when it began and ended."""
    database = far.database
    assert why_not(database) == database.why_not_ready() == ""
    relay.cut()
    assert why_not(database) == database.why_not_ready() == ""
    assert why_not(database, "SELECT 1", relay.cut) == "database_down"
    assert why_not(database) == ""
    said = [r.getMessage() for r in caplog.records if r.name.startswith("storage")]
    assert [line.partition(":")[0] for line in said] == [
        "cannot_store reason=database_down",
        "can_store_again",
    ]


def test_a_start_without_a_database_says_so(relay: Relay, tmp_path: Path) -> None:
    """And not that it is damaged."""
    relay.close()
    with pytest.raises(DatabaseRefused) as refused:
        open_database(relay.url("town"), fresh_keys(), "town")
    assert refused.value.key == "database.database_down"


def test_an_exhausted_pool_is_reported_as_database_busy() -> None:
    assert storage_fault_code(NoneFree("QueuePool limit")) == "database_busy"


def test_while_it_is_away_nobody_waits_for_it(
    far: TownHall, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once that is known: who comes then is told at once, and one look at a time finds out."""
    database, looks, look = far.database, Counter[str](), DatabaseReadiness._look

    def counted(one: DatabaseReadiness) -> str:
        looks["looks"] += 1
        return look(one)

    assert database.why_not_ready() == ""
    relay.stall()
    monkeypatch.setattr(DatabaseReadiness, "_look", counted)
    assert database.why_not_ready() == "database_down"
    monkeypatch.setattr("storage.readiness.VALID_SECONDS", 60)
    connects = database.engine.pool.status()
    assert {why_not(database) for _ in range(20)} == {"database_down"}
    assert {database.why_not_ready() for _ in range(20)} == {"database_down"}
    assert (looks["looks"], database.engine.pool.status()) == (1, connects)


def test_what_others_hold_is_waited_for_so_long_and_no_longer(
    postgres_hall: TownHall, soon: None
) -> None:
    """Locks and statements on PostgreSQL: it is busy, and nobody else is kept from it."""
    database = postgres_hall.database
    other_hall = postgres_hall.another_desk()
    with other_hall.database.open() as other:
        other.connection.execute(text("LOCK TABLE drafts"))
        for slow in ("LOCK TABLE drafts", "SELECT pg_sleep(20)"):
            assert why_not(database, slow) == "database_busy"
        assert why_not(database) == database.why_not_ready() == ""
    other_hall.database.close()


def test_long_statement_limits_last_for_one_transaction(
    postgres_hall: TownHall, soon: None
) -> None:
    database = postgres_hall.database
    shown = text("SHOW statement_timeout")
    with database.open() as unit:
        limits.allow_long_statements(unit.connection)
        assert unit.connection.execute(shown).scalar_one() == "30min"
        unit.connection.execute(text("SELECT pg_sleep(0.5)"))
    with database.open() as unit:
        assert unit.connection.execute(shown).scalar_one() == "300ms"
        raw: Any = unit.connection.connection.dbapi_connection
        assert raw.answer_seconds == limits.TimedConnection.answer_seconds


def test_a_sqlite_file_that_others_hold_is_busy(hall: TownHall, soon: None) -> None:
    """And that is known, until they let go of it."""
    other = sqlite3.connect(hall.database.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert hall.database.why_not_ready() == ""  # nobody has had to wait yet
    assert why_not(hall.database) == hall.database.why_not_ready() == "database_busy"
    other.execute("ROLLBACK")
    other.close()
    assert why_not(hall.database) == hall.database.why_not_ready() == ""


def test_when_the_process_ends_no_wait_goes_on(any_hall: TownHall) -> None:
    """However long it might have waited still: for SQLite's lock, or for PostgreSQL's answer."""
    database, ended, waits = any_hall.database, list[str](), threading.Event()
    file = database.engine.url.database if database.engine.dialect.name == "sqlite" else None
    with closing(sqlite3.connect(file or ":memory:", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        if file:
            waits.set()
        wait = partial(why_not, database, "SELECT pg_sleep(3600)", waits.set)
        thread = threading.Thread(target=lambda: ended.append(wait()))
        thread.start()
        assert waits.wait(SOON)
        database.end_within(0)
        thread.join(SOON)
    assert ended == ["database_busy" if file else "database_down"]


def test_a_database_of_another_version_or_other_keys_is_not_ready(
    any_hall: TownHall, soon: None
) -> None:
    """What a rolling update, or a keys file that was not brought along, leaves behind."""
    database = any_hall.database

    def stands_at(version: str) -> None:
        with database.engine.connect() as connection, connection.begin():
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})

    with database.engine.connect() as connection:
        newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert database.why_not_ready() == ""
    for version, code in (("9999", "schema_newer"), ("0000", "schema_older"), (newest, "")):
        stands_at(version)
        assert database.why_not_ready() == code
    other = Database(make_engine(database.engine.url.render_as_string(False)), Vault(fresh_keys()))
    assert other.why_not_ready() == "key_missing"
    other.close()
