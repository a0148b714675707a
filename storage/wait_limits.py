"""How long is waited for a database: for a connection, a lock, an answer; shorter while it is known
to be away, and no longer than until the process ends.

PostgreSQL's own limits end what takes long there. They are of no use where a server or a firewall
swallows what is sent: so every wait of ours has an end, too.
"""

import sqlite3
import time
from collections.abc import Generator
from math import ceil
from typing import Any, Final, TypeVar

import psycopg
from psycopg import conninfo
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.pool import ConnectionPoolEntry

R = TypeVar("R")

CONNECT_SECONDS: Final = 5
POOL_SECONDS: Final = 10  # for one of our connections to be free
LOCK_SECONDS: Final = 10  # for what another transaction holds
STATEMENT_SECONDS: Final = 20
ANSWER_SECONDS: Final = STATEMENT_SECONDS + 2  # of silence: later than the server's own limit
IDLE_SECONDS: Final = 60  # of ours between two statements of one transaction
SHORT_SECONDS: Final = 2.0  # while it is known to be away
LONG_SECONDS: Final = 30 * 60  # a statement of what an operator or the night began
BUSY_SECONDS = 15  # SQLite: for the one who writes
PRIORITY_STEP: Final = 0.001  # of who comes first
BUSY_STEP: Final = 0.5  # in which that is waited for, to see whether the process ends

# libpq, "Parameter Key Words": a server that is gone is noticed within half a minute.
LIBPQ: Final = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
_SERVER: Final = {
    "statement_timeout": STATEMENT_SECONDS,
    "lock_timeout": LOCK_SECONDS,
    "idle_in_transaction_session_timeout": IDLE_SECONDS,
}


class NoAnswer(psycopg.OperationalError):
    """The server was silent for too long; the connection is closed."""


class WaitLimits:
    """How long those who use one engine wait at the moment. Shared by its threads."""

    def __init__(self) -> None:
        self.is_away = False  # nobody got an answer of late: who comes now waits for a moment only
        self._ends_at = float("inf")  # by the steady clock: the process ends

    def end_within(self, seconds: float) -> None:
        """From now on nothing waits for longer than that, whatever it is."""
        self._ends_at = min(self._ends_at, time.monotonic() + seconds)

    def deadline(self, began: float, seconds: float) -> float:
        """Until when is waited that began then and may take so long, by the steady clock."""
        if self.is_away and seconds < LONG_SECONDS:
            seconds = min(seconds, SHORT_SECONDS)
        return min(began + seconds, self._ends_at)


class TimedConnection(psycopg.Connection[Any]):
    """A connection that gives up a server which does not answer."""

    limits: WaitLimits | None = None
    answer_seconds: float = ANSWER_SECONDS

    def wait(
        self, gen: Generator[Any, Any, R], interval: float = 0.1, timeout: float | None = None
    ) -> R:
        try:
            return super().wait(self._until_late(gen), interval, timeout)
        except NoAnswer:
            self.pgconn.finish()  # what it would still answer is nobody's any more
            raise

    def _until_late(self, gen: Generator[Any, Any, R]) -> Generator[Any, Any, R]:
        """As `gen`, which is asked at every interval; NoAnswer once it was silent for too long."""
        limits, since = self.limits, time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    since = time.monotonic()
                elif limits and time.monotonic() > limits.deadline(since, self.answer_seconds):
                    raise NoAnswer("no answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: R = end.value
            return answer


def connect(limits: WaitLimits, arguments: dict[str, Any]) -> TimedConnection:
    """A connection to PostgreSQL with all limits; what the address itself says counts more."""
    given = dict(arguments)
    if limits.is_away:
        given["connect_timeout"] = ceil(SHORT_SECONDS)
    text = given.pop("conninfo", "")
    said = str(given.get("options", ""))
    made = TimedConnection.connect(text, **{**_unsaid(text), **given})
    made.limits = limits
    try:
        made.autocommit = True
        if names := [name for name in _SERVER if name not in said]:
            calls = ", ".join(f"set_config('{name}', '{_SERVER[name]}s', false)" for name in names)
            made.execute(f"SELECT {calls}".encode())
        made.autocommit = False
    except psycopg.Error:
        made.close()
        raise
    return made


def _unsaid(text: str) -> dict[str, str]:
    """The settings of libpq that a connection text does not name."""
    return {k: v for k, v in LIBPQ.items() if k not in conninfo.conninfo_to_dict(text)}


def limits_of(engine: Engine) -> WaitLimits:
    found: WaitLimits = engine.get_execution_options()["wait_limits"]
    return found


def allow_long_statements(connection: Connection) -> None:
    """What comes in this transaction may take its time: it was begun by the night or an operator.
    What it waits for others for is bounded by LOCK_SECONDS all the same."""
    if connection.dialect.name != "postgresql":
        return
    for name, seconds in (
        ("statement_timeout", LONG_SECONDS),
        ("idle_in_transaction_session_timeout", 0),
    ):
        connection.execute(select(func.set_config(name, f"{seconds}s", True)))
    raw: Any = connection.connection.dbapi_connection
    if isinstance(raw, TimedConnection):
        raw.answer_seconds = LONG_SECONDS


def restore_limits(raw: Any, _: ConnectionPoolEntry) -> None:
    """The transaction is over, and with it `allow_long_statements`."""
    if isinstance(raw, TimedConnection):
        vars(raw).pop("answer_seconds", None)


def take_write_lock(connection: Connection, limits: WaitLimits) -> None:
    """Take SQLite's write lock. It is waited for in steps, because nothing else can end the wait.

    SQLite lets nobody queue up: who looks oftenest is the next one. A connection with the execution
    option `comes_first` looks a thousand times a second, all others ever less often.
    Raises what SQLite says, SQLITE_BUSY, when somebody else held it all the time.
    """
    raw: Any = connection.connection.dbapi_connection
    began = time.monotonic()
    comes_first = bool(connection.get_execution_options().get("comes_first"))
    if comes_first:
        raw.execute("PRAGMA busy_timeout=0")
    try:
        _take_write_lock(raw, connection, limits, began, PRIORITY_STEP if comes_first else 0)
    finally:
        if comes_first:
            raw.execute(f"PRAGMA busy_timeout={int(BUSY_STEP * 1000)}")


def _take_write_lock(
    raw: Any, connection: Connection, limits: WaitLimits, began: float, step: float
) -> None:
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= limits.deadline(began, BUSY_SECONDS):
                break
            time.sleep(step)
        else:
            return
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # what it raises is told as for any statement
