"""What goes wrong with a database is named, and only what the database calls damage is damage."""

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from handlers.words.texts import load_texts
from storage.backup import refusal
from storage.database import DatabaseRefused, SqlUnitOfWork, open_database
from storage.engine import make_engine
from storage.faults import DAMAGED, fault_of, refusal_of
from storage.vault import make_keys
from tests.support.postgres import PostgresServer
from tests.support.town import TownHall
from workflows.model.trail import ChainProgress

TEXTS = load_texts(None)
BACKUP = "バックアップから戻"


def of_sqlite(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> DBAPIError:
    error = kind("words that nobody is to read")
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE"
    return DBAPIError("SELECT", {}, error)


def of_postgresql(state: str) -> DBAPIError:
    return DBAPIError("SELECT", {}, psycopg.errors.lookup(state)("words that nobody is to read"))


def of_connecting(words: str) -> DBAPIError:
    said = f'connection to server at "db" (10.0.0.1), port 5432 failed: FATAL:  {words}'
    return OperationalError("", {}, psycopg.OperationalError(said))


FAULTS: list[tuple[Exception, str]] = [
    (of_sqlite(sqlite3.SQLITE_CORRUPT, sqlite3.DatabaseError), DAMAGED),
    (of_sqlite(sqlite3.SQLITE_NOTADB, sqlite3.DatabaseError), DAMAGED),
    (of_sqlite(sqlite3.SQLITE_BUSY), "locked"),
    (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "locked"),
    (of_sqlite(sqlite3.SQLITE_FULL), "disk_full"),
    (of_sqlite(sqlite3.SQLITE_IOERR_READ), "disk_broken"),
    (of_sqlite(sqlite3.SQLITE_READONLY), "read_only"),
    (of_sqlite(sqlite3.SQLITE_CANTOPEN), "cannot_open"),
    (of_sqlite(sqlite3.SQLITE_PERM), "no_permission"),
    (of_sqlite(sqlite3.SQLITE_NOMEM), "no_memory"),
    (of_sqlite(sqlite3.SQLITE_ERROR), "failed"),
    (of_postgresql("XX001"), DAMAGED),
    (of_postgresql("XX002"), DAMAGED),
    (of_postgresql("XX000"), "failed"),
    (of_postgresql("42P01"), "failed"),  # a table is not there
    (of_postgresql("40P01"), "database_busy"),  # a deadlock: four of nine starts ended so
    (of_postgresql("40001"), "database_busy"),
    (of_postgresql("55P03"), "database_busy"),
    (of_postgresql("57014"), "database_busy"),
    (of_postgresql("25P03"), "database_busy"),
    (of_postgresql("53300"), "too_many"),
    (of_postgresql("53200"), "no_memory"),
    (of_postgresql("53100"), "disk_full"),
    (of_postgresql("58030"), "disk_broken"),
    (of_postgresql("25006"), "read_only"),
    (of_postgresql("57P01"), "database_down"),
    (of_postgresql("57P03"), "starting"),
    (of_postgresql("08006"), "database_down"),
    (of_postgresql("28P01"), "not_let_in"),
    (of_postgresql("3D000"), "no_such_database"),
    (of_postgresql("42501"), "no_permission"),
    (of_connecting("the database system is starting up"), "starting"),
    (of_connecting("データベースシステムは起動処理中です"), "starting"),
    (of_connecting("sorry, too many clients already"), "too_many"),
    (of_connecting("現在クライアント数が多すぎます"), "too_many"),
    (of_connecting('password authentication failed for user "town"'), "not_let_in"),
    (of_connecting('ユーザー"town"のパスワード認証に失敗しました'), "not_let_in"),
    (of_connecting('no pg_hba.conf entry for host "10.0.0.2"'), "not_let_in"),
    (of_connecting('database "town" does not exist'), "no_such_database"),
    (of_connecting("Connection refused"), "database_down"),
    (OperationalError("", {}, psycopg.errors.ConnectionTimeout("timeout")), "database_down"),
    (PoolTimeout("QueuePool limit"), "database_busy"),
    (sqlite3.DatabaseError("no code"), "failed"),
]


def test_only_what_the_database_calls_damage_is_told_as_damage() -> None:
    """Each fault has a sentence of its own, on opening as in a backup or a restore; a backup is
    spoken of where something is damaged and nowhere else; the words of the error are in none."""
    for error, code in FAULTS:
        assert fault_of(error) == code, error
        for refused in (refusal_of(error, "db"), refusal(error, "db")):
            said = TEXTS.say(refused.key, **refused.facts)
            assert (BACKUP in said) is (code == DAMAGED), said
            assert "nobody is to read" not in said
    assert "UndefinedTable 42P01" in TEXTS.say(
        "database.failed", **refusal_of(of_postgresql("42P01"), "db").facts
    )


def why(url: str, tmp_path: Path) -> str:
    with pytest.raises(DatabaseRefused) as refused:
        open_database(url, make_keys(tmp_path / "k.json"), "town")
    (tmp_path / "k.json").unlink()
    return refused.value.key


def test_what_real_databases_say_is_understood(postgres: PostgresServer, tmp_path: Path) -> None:
    """A server that is not there, a name that it does not know, a user that it does not know, no
    connection left; a folder in place of the file."""
    there = make_url(postgres.new_database())
    text = there.render_as_string(hide_password=False)
    away = there.update_query_dict({"host": str(tmp_path)}).render_as_string(hide_password=False)
    assert why(away, tmp_path) == "database.database_down"
    unknown = there.set(database="nowhere").render_as_string(hide_password=False)
    assert why(unknown, tmp_path) == "database.no_such_database"
    engine = make_engine(text)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE clerk LOGIN")
        connection.exec_driver_sql(f"ALTER DATABASE {there.database} CONNECTION LIMIT 0")
        connection.commit()
    engine.dispose()
    clerk = there.set(username="clerk").render_as_string(hide_password=False)
    assert why(clerk, tmp_path) == "database.too_many"
    (tmp_path / "folder.db").mkdir()
    assert why(f"sqlite:///{tmp_path / 'folder.db'}", tmp_path) == "database.cannot_open"


def test_a_disk_that_fails_while_rows_are_checked_is_not_called_a_changed_row(
    hall: TownHall,
) -> None:
    """The nightly look stops with what it is; a text that is none is what it looks for."""
    hall.open_case("A14")

    def fails(*of: Any) -> None:
        if of[2].startswith("SELECT") and ("FROM members" in of[2] or "FROM trail" in of[2]):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    with hall.database.engine.connect() as connection, connection.begin():
        unit = SqlUnitOfWork(connection, hall.database.vault)
        event.listen(hall.database.engine, "before_cursor_execute", fails)
        for look in (
            lambda: unit.row_check.check("members", opens=False),
            lambda: unit.chain.follow(ChainProgress(), (), 100),
        ):
            with pytest.raises((sqlite3.Error, DBAPIError)) as stopped:
                look()
            assert fault_of(stopped.value) == "disk_broken"
        event.remove(hall.database.engine, "before_cursor_execute", fails)
