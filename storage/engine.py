"""Connections to a database as the product wants them."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL

from storage.refused import DatabaseRefused, place_of
from storage.wait_limits import (
    BUSY_STEP,
    POOL_SECONDS,
    WaitLimits,
    connect,
    restore_limits,
    take_write_lock,
)

# [ours] Every thread of ours has one when all are at work: pages, chats, jobs, the clock.
CONNECTIONS: Final = 10
MORE_CONNECTIONS: Final = 20  # under load, given back after it


def make_engine(url: str | URL, limits: WaitLimits | None = None) -> Engine:
    """An engine whose every wait has an end, by limits that it may share with others. Raises
    DatabaseRefused for another kind."""
    parsed, limits = make_url(url), limits or WaitLimits()
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, limits)
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed.set(drivername="postgresql+psycopg"), limits)
    raise DatabaseRefused("database.unknown_kind", place=place_of(str(url)))


def _postgresql(url: URL, limits: WaitLimits) -> Engine:
    engine = create_engine(
        url,
        # Else what a database of another encoding says comes as bytes, before it can be refused.
        connect_args={"client_encoding": "utf8"},
        pool_pre_ping=True,  # one that was cut while nobody used it is replaced
        pool_size=CONNECTIONS,
        max_overflow=MORE_CONNECTIONS,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,
        execution_options={"wait_limits": limits},
    )

    @event.listens_for(engine, "do_connect")
    def connected(dialect: object, entry: object, texts: list[str], named: dict[str, Any]) -> Any:
        return connect(limits, {**({"conninfo": texts[0]} if texts else {}), **named})

    event.listen(engine, "checkin", restore_limits)
    return engine


def _sqlite(url: URL, limits: WaitLimits) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_STEP},
        pool_size=CONNECTIONS,
        max_overflow=MORE_CONNECTIONS,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,
        execution_options={"wait_limits": limits},
    )
    event.listen(engine, "connect", _sqlite_connected)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Take the write lock at the start: what a workflow reads is then what it changes.
        take_write_lock(connection, limits)

    return engine


def _sqlite_connected(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event starts transactions instead
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_STEP * 1000)}")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not only let go
    cursor.execute("PRAGMA temp_store=MEMORY")  # nothing is sorted in files of its own
    cursor.close()
