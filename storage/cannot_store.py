"""Why a database takes nothing: what SQLite and PostgreSQL call it, as a code of ours."""

import logging
import sqlite3
from collections.abc import Collection
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

log = logging.getLogger(__name__)

DOWN: Final = "database_down"  # there is no connection, or it was cut, or nothing answers on it
BUSY: Final = "database_busy"  # it lives, but what we wait for others hold

# The low byte of SQLite's extended codes (sqlite.org/rescode.html).
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_IOERR: "disk_broken",
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
}
# PostgreSQL, Appendix A.
_POSTGRESQL: Final = {
    "53100": "disk_full",
    "25006": "read_only",  # read_only_sql_transaction
    "58030": "disk_broken",  # io_error
    "53300": BUSY,  # too_many_connections
    "55P03": BUSY,  # lock_not_available: our lock_timeout
    "57014": BUSY,  # query_canceled: our statement_timeout
    "25P03": BUSY,  # idle_in_transaction_session_timeout
    "57P01": DOWN,  # admin_shutdown
    "57P02": DOWN,  # crash_shutdown
    "57P03": DOWN,  # cannot_connect_now
    "57P04": DOWN,  # database_dropped
}
_CONNECTION_EXCEPTION: Final = "08"  # its class
_SENTENCES: Final = {
    DOWN: "The database does not answer: nobody can work until it does.",
    "schema_newer": "A newer version carried the database up: this program writes nothing more.",
    "schema_older": "The database is of an older version: `bot.py migrate` carries it up.",
    "key_missing": "The database has a key that this program was not given: it does nothing.",
    BUSY: "The database is kept busy or locked by others: it did not answer in time.",
    "disk_full": "The disk of the database is full: nothing is saved until there is room again.",
    "read_only": "The database cannot be written: its file, folder or server is read-only.",
    "disk_broken": "The disk of the database answers with errors: nothing can be saved on it.",
}


def storage_fault_code(error: BaseException) -> str:
    """disk_full, read_only, disk_broken, database_down or database_busy; "" for an error that is
    none of them."""
    if isinstance(error, NoneFree):  # of our own connections
        return BUSY
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, "")
    state = getattr(cause, "sqlstate", None) or ""
    if state:
        return DOWN if state.startswith(_CONNECTION_EXCEPTION) else _POSTGRESQL.get(state, "")
    # What the server did not say is about the connection: refused, cut, closed, silent.
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return DOWN if lost or isinstance(cause, psycopg.OperationalError) else ""


class TroubleLog:
    """Says in the log what keeps the database from saving: once when it begins, once when it ends.

    A disk that is full must not be filled by saying so every two seconds.
    """

    def __init__(self) -> None:
        self._now = ""

    def begins(self, code: str) -> None:
        if code != self._now:
            log.error("cannot_store reason=%s: %s", code, _SENTENCES[code])
        self._now = code

    def ends(self, codes: Collection[str] = ()) -> None:
        """It is over; with `codes`, if it was one of them."""
        if self._now and (not codes or self._now in codes):
            log.warning("can_store_again: The database can be written again.")
            self._now = ""
