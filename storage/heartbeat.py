"""One process among those that work on a database: it says that it is alive, and looks after what
others have left."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from storage.database import Database, make_engine, newest_revision
from storage.database_clock import DatabaseClock
from storage.migration import use_write_ahead_log
from storage.replicas import HEARTBEAT_EVERY, Replica, ReplicaStore
from workflows.core.errors import frames_of

log = logging.getLogger(__name__)

SKEW_SENTENCE: Final = "This machine's clock and the database server's differ: set both by NTP."
RELEASE_TIME: Final = timedelta(seconds=3)  # to give back what is claimed; else others find it


class Heartbeat:
    """On a thread and a connection of its own, so that no other work holds it up. `now` is the
    desk's clock, `program` the version of this program.

    A database file has one process: whatever was claimed before it started is due at once, and
    nobody needs to hear of it afterwards.
    """

    def __init__(self, database: Database, program: str, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._me = Replica(database.replica, program, str(newest_revision()), now())
        self._clock = database.clock
        self._is_shared = self._clock is not None
        url = database.engine.url.render_as_string(hide_password=False)
        self._engine = make_engine(url) if self._is_shared else database.engine
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_failing = self._is_apart = False
        self.living = 1  # processes, this one among them

    def start(self) -> None:
        if not self._is_shared:
            use_write_ahead_log(self._engine)  # whatever another program made of it
            with self._engine.connect() as connection, connection.begin():
                _say(ReplicaStore(connection).release_all_claims(self._now()))
            return
        self._guarded()
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)
        self._thread.start()

    def beat(self) -> None:
        """Say that this process is alive, and let be due what dead ones have claimed."""
        with self._engine.connect() as connection, connection.begin():
            if self._clock:
                self._clock.read(connection)
                self._say_if_apart(self._clock)
            store, now = ReplicaStore(connection), self._now()
            self._database.vault.keep_up()
            keys = frozenset(self._database.keys.seal)
            store.beat(replace(self._me, keys=keys), now)
            _say(store.take_over(now))
            self.living = len(store.living(now))

    def _say_if_apart(self, clock: DatabaseClock) -> None:
        """Once, and once more when it is over."""
        if clock.is_skewed and not self._is_apart:
            ahead = round(clock.machine_ahead.total_seconds())
            log.warning("clock_apart seconds=%d: %s", ahead, SKEW_SENTENCE)
        elif self._is_apart and not clock.is_skewed:
            log.warning("clock_right_again")
        self._is_apart = clock.is_skewed

    def stop(self, within: timedelta = RELEASE_TIME) -> None:
        """Give back what this process has claimed, so that others go on with it at once; not later
        than so, also while the database does not answer."""
        if not self._is_shared or self._leaving.is_set():
            return
        self._leaving.set()
        leaving = threading.Thread(target=self._leave, name="leaving", daemon=True)
        leaving.start()
        leaving.join(within.total_seconds())
        if leaving.is_alive():
            log.warning("replica_leaves_claims replica=%s", self._me.id)

    def _leave(self) -> None:
        if self._thread:
            self._thread.join()  # or its last beat comes after this
        try:
            with self._engine.connect() as connection, connection.begin():
                _say(ReplicaStore(connection).give_back(self._me.id, self._now()))
            self._engine.dispose()
        except Exception as error:  # noqa: BLE001 - the end of a process: others find what is left
            log.warning(
                "replica_leaves_claims replica=%s error=%s at=%s",
                self._me.id,
                type(error).__name__,
                frames_of(error),
            )

    def _go_on(self) -> None:
        while not self._leaving.wait(HEARTBEAT_EVERY.total_seconds()):
            self._guarded()

    def _guarded(self) -> None:
        try:
            self.beat()
        except Exception as error:  # noqa: BLE001 - a process loop: it must be heard of again
            if not self._is_failing:
                log.error("heartbeat_failed error=%s at=%s", type(error).__name__, frames_of(error))
            self._is_failing = True
            return
        if self._is_failing:
            log.warning("heartbeat_again")
        self._is_failing = False


def _say(freed: int) -> None:
    if freed:
        log.warning("claims_taken_over count=%d", freed)
