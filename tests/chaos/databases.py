"""What breaks under the town: its database, on a file and on PostgreSQL, the parent's side.

Each fault lasts until `works` is called, but for those that end by themselves.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from random import Random
from typing import Final

import psycopg
from sqlalchemy import Engine, text

from tests.support.postgres import PostgresServer
from tests.support.relay import Relay

# Where a server runs out of room first: what is written most.
GROWING: Final = ("callbacks", "outbox", "posts", "mailbox", "trail", "cases", "meetings", "seen")
FULL: Final = """
CREATE TABLE chaos (is_full boolean);
INSERT INTO chaos VALUES (false);
CREATE FUNCTION chaos_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT is_full FROM chaos) AND random() < 0.5 THEN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
  END IF;
  RETURN NULL;
END $$;
"""


class FileFaults:
    """`tell` says a word to every process."""

    def __init__(self, path: str, tell: Callable[[str], object], dice: Random) -> None:
        self._path, self._tell, self._dice = path, tell, dice
        self._holder: threading.Thread | None = None
        self.answers = True  # whether the parent may ask it anything

    def kinds(self) -> list[Callable[[], None]]:
        return [self.full, self.hold]

    def full(self) -> None:
        self._tell("disk full")

    def hold(self) -> None:
        """Another program writes, and takes its time."""
        seconds = self._dice.choice([0.3, 1.0, 2.5])
        begun = threading.Event()

        def hold() -> None:
            with closing(sqlite3.connect(self._path, isolation_level=None, timeout=10)) as other:
                with suppress(sqlite3.OperationalError):
                    other.execute("BEGIN IMMEDIATE")
                begun.set()
                time.sleep(seconds)

        self._holder = threading.Thread(target=hold, daemon=True)
        self._holder.start()
        begun.wait(10)

    def works(self) -> None:
        if self._holder:
            self._holder.join(20)
        self._tell("disk free")

    def close(self) -> None:
        self.works()


class ServerFaults:
    """`relay` is the processes' way to the server; the parent has one of its own."""

    def __init__(self, server: PostgresServer, relay: Relay, engine: Engine, dice: Random) -> None:
        self._server, self._relay, self._engine, self._dice = server, relay, engine, dice
        self._holder: threading.Thread | None = None
        self._read_only = self._full = False
        self.answers = True
        with engine.begin() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            # What is committed outlives a crash of the server; only the machine may not crash.
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = on'))
            connection.execute(text(FULL))
            for table in GROWING:
                connection.execute(
                    text(
                        f"CREATE TRIGGER chaos_full BEFORE INSERT ON {table}"
                        " FOR EACH STATEMENT EXECUTE FUNCTION chaos_full()"
                    )
                )
        self._name = str(name)
        engine.dispose()  # a line made before would go on losing what is committed

    def kinds(self) -> list[Callable[[], None]]:
        return [
            *(self.cut, self.read_only, self.full, self.hold, self.slow, self.silent),
            *(self.stop, self.stop, self.restart),
        ]

    def cut(self) -> None:
        """Whoever was at something finds the line dead."""
        everybody = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with self._engine.connect() as connection:
            connection.execute(text(everybody))

    def read_only(self) -> None:
        """As a server is that was put behind another one: whoever comes in anew may only read."""
        self._set_read_only(on=True)

    def full(self) -> None:
        """Every other insertion finds no room."""
        self._set_full(on=True)

    def hold(self) -> None:
        """Somebody holds what all write, and takes their time."""
        seconds, begun = self._dice.choice([0.3, 1.0, 2.5]), threading.Event()

        def hold() -> None:
            with (
                suppress(psycopg.Error),
                psycopg.connect(self._server.url(self._name)) as connection,
            ):
                connection.execute("SET lock_timeout = '5s'")
                with suppress(psycopg.errors.LockNotAvailable):
                    connection.execute("LOCK TABLE callbacks, outbox, trail IN EXCLUSIVE MODE")
                begun.set()
                connection.execute("SELECT pg_sleep(%s)", [seconds])
            begun.set()

        self._holder = threading.Thread(target=hold, daemon=True)
        self._holder.start()
        begun.wait(10)

    def slow(self) -> None:
        self._relay.delay = self._dice.choice([0.001, 0.004])

    def silent(self) -> None:
        """The network swallows everything for a moment, then the lines are dead."""
        self._relay.stall()
        threading.Timer(self._dice.choice([0.2, 1.5]), self._relay.go_on).start()

    def stop(self) -> None:
        self._halt()

    def restart(self) -> None:
        self._halt()
        self._run_again()

    def _halt(self) -> None:
        if self._holder:
            self._holder.join(20)
        self._engine.dispose()
        self.answers = False
        self._server.halt(self._dice.choice(["immediate", "fast"]))

    def _run_again(self) -> None:
        self._server.start()
        self.answers = True

    def _set_read_only(self, *, on: bool) -> None:
        with self._engine.connect() as connection:
            connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"))
            connection.commit()
            setting = f"default_transaction_read_only = {'on' if on else 'off'}"
            connection.execute(text(f'ALTER DATABASE "{self._name}" SET {setting}'))
            connection.commit()
        self._read_only = on
        self.cut()
        self._engine.dispose()

    def _set_full(self, *, on: bool) -> None:
        with self._engine.begin() as connection:
            connection.execute(text("UPDATE chaos SET is_full = :on"), {"on": on})
        self._full = on

    def works(self) -> None:
        if not self.answers:
            self._run_again()
        if self._holder:
            self._holder.join(20)
        self._relay.delay = 0.0
        if self._read_only:
            self._set_read_only(on=False)
        if self._full:
            self._set_full(on=False)

    def close(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._relay.close)
            self.works()
