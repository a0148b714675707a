"""The clock of the database's server, by which all processes on it go.

It is read at the start and with each heartbeat (storage/heartbeat.py); in between it is carried on
by the machine's steady clock, which nobody can put. So it makes no difference what the machine's
own clock says, or that somebody puts it.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from workflows.japanese.dates import TOKYO

MAX_SKEW: Final = timedelta(
    seconds=60
)  # [ours] beyond it somebody has to see to the machine's clock
READING_NOISE_SECONDS: Final = (
    0.05  # seconds: what two readings may differ by beside the way to the server
)
_READ: Final = text("SELECT extract(epoch FROM clock_timestamp())")


def steady_seconds() -> float:
    """One that goes on while the machine is suspended, where there is one (Linux)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class DatabaseClock:
    """Says the time of a PostgreSQL server without asking it each time."""

    def __init__(self, connected: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._connected = connected
        self._first = threading.Lock()
        self._ahead: float | None = None  # of the steady clock, in seconds since 1970
        self._machine_ahead = 0.0

    def now(self) -> datetime:
        """In Japan. The first call asks the server; it may raise CannotStore."""
        ahead = self._ahead if self._ahead is not None else self._read_first()
        return datetime.fromtimestamp(ahead + steady_seconds(), TOKYO)

    def read(self, connection: Connection) -> None:
        """Ask the server. A reading that says the same, as exactly as it can tell, changes nothing:
        so the time does not jump to and fro with each."""
        before = steady_seconds()
        server = float(connection.execute(_READ).scalar_one())
        after = steady_seconds()
        ahead, exactly = server - (before + after) / 2, (after - before) / 2 + READING_NOISE_SECONDS
        self._machine_ahead = time.time() - after - ahead
        if self._ahead is None or abs(ahead - self._ahead) > exactly:
            self._ahead = ahead

    @property
    def machine_ahead(self) -> timedelta:
        """By how much the machine's own clock was ahead when the server's was read; behind it:
        negative."""
        return timedelta(seconds=self._machine_ahead)

    @property
    def is_skewed(self) -> bool:
        """Whether the machine's clock has to be put right: certificates, the log and other servers
        go by it."""
        return abs(self.machine_ahead) > MAX_SKEW

    def _read_first(self) -> float:
        with self._first:
            if self._ahead is None:
                with self._connected() as connection:
                    self.read(connection)
            assert self._ahead is not None  # noqa: S101 - `read` set it
            return self._ahead
