"""Whether a running bot may work on its database now, and why not, as a code.

Looked at on a connection of its own, kept open, with short limits: so that it is known within a few
seconds also while everything else waits for the database.
"""

import threading
import time
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.cannot_store import DOWN, storage_fault_code
from storage.compatibility import KEY_MISSING, WriteGate
from storage.key_marks import check_keys
from storage.revisions import revision_of
from storage.vault import KeysMissing, Vault
from storage.wait_limits import SHORT_SECONDS, NoAnswer, WaitLimits, connect
from workflows.core.ports import COMES_AGAIN

VALID_SECONDS: Final = 1.0  # an answer is good for so long


class DatabaseReadiness:
    """Asked by any thread, looked at by one of them at a time; the others have the last answer.

    `limits` are those of all other connections, which it shortens while the database is away.
    """

    def __init__(self, engine: Engine, vault: Vault, limits: WaitLimits) -> None:
        self._vault, self._limits = vault, limits
        self._gate = WriteGate(vault)
        self._engine = _own_engine(engine)
        self._looking = threading.Lock()
        self._connection: Connection | None = None
        self._answer: str | None = None
        self._asked_at = 0.0
        self.is_doubtful = False  # somebody had no answer since it was looked at

    def doubt(self) -> None:
        """Somebody had no answer: look again before the next one waits."""
        self.is_doubtful, self._asked_at = True, 0.0

    def why_not(self) -> str:
        """ "" when all is well."""
        if self._answer is not None and self._is_fresh():
            return self._answer
        # Only before the first answer does anybody wait for who is looking.
        if not self._looking.acquire(blocking=self._answer is None):
            return self._answer or ""
        try:
            if self._answer is None or not self._is_fresh():
                self._answer = self._look()
                self._limits.is_away = self.is_doubtful = self._answer in COMES_AGAIN
                self._asked_at = time.monotonic()
            return self._answer
        finally:
            self._looking.release()

    def close(self) -> None:
        if self._looking.acquire(blocking=False):  # else whoever looks is left alone with it
            self._hang_up()
            self._looking.release()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._asked_at < VALID_SECONDS

    def _look(self) -> str:
        try:
            if self._connection is not None:
                try:
                    return self._why_not()
                except SQLAlchemyError as error:
                    was_cut = storage_fault_code(error) == DOWN and not _is_silent(error)
                    if not was_cut:  # a restart alone is no reason to be unready
                        raise
                    self._hang_up()
            self._connection = self._engine.connect()
            return self._why_not()
        except SQLAlchemyError as error:
            self._hang_up()
            return storage_fault_code(error) or DOWN

    def _why_not(self) -> str:
        connection = self._connection
        assert connection is not None  # noqa: S101 - `_look` made it
        connection.info["writes"] = self.is_doubtful
        with connection.begin():
            self._vault.keep_up()
            schema = revision_of(connection) or ""
            if code := self._gate.why_not(connection, schema=schema):
                return code
            try:
                check_keys(connection, self._vault)
            except KeysMissing:
                return KEY_MISSING
        return ""

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
                self._connection.close()
            self._connection = None


def _is_silent(error: SQLAlchemyError) -> bool:
    return isinstance(getattr(error, "orig", None), NoAnswer)


def _own_engine(engine: Engine) -> Engine:
    limits = WaitLimits()
    limits.is_away = True  # all of its own waits are short
    on_sqlite = engine.dialect.name == "sqlite"
    own = create_engine(
        engine.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": SHORT_SECONDS, "check_same_thread": False} if on_sqlite else {},
    )
    if on_sqlite:
        event.listen(own, "connect", _sqlite_connected)
        event.listen(own, "begin", _sqlite_begin)
        return own

    @event.listens_for(own, "do_connect")
    def connected(dialect: object, entry: object, texts: list[str], named: dict[str, Any]) -> Any:
        return connect(limits, {**({"conninfo": texts[0]} if texts else {}), **named})

    return own


def _sqlite_connected(connection: Any, _: object) -> None:
    connection.isolation_level = None


def _sqlite_begin(connection: Connection) -> None:
    """Reading waits for nobody. Whether one could write is tried while that is in doubt."""
    if connection.info["writes"]:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")
