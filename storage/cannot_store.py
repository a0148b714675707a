"""Why a database takes nothing: what SQLite and PostgreSQL call it, as a code of ours."""

import logging
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

# The low byte of SQLite's extended codes (sqlite.org/rescode.html).
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_IOERR: "disk_broken",
}
# PostgreSQL, Appendix A: disk_full, read_only_sql_transaction, io_error.
_POSTGRESQL: Final = {"53100": "disk_full", "25006": "read_only", "58030": "disk_broken"}
_SENTENCES: Final = {
    "disk_full": "The disk of the database is full: nothing is saved until there is room again.",
    "read_only": "The database cannot be written: its file, folder or server is read-only.",
    "disk_broken": "The disk of the database answers with errors: nothing can be saved on it.",
}


def why_not_stored(error: BaseException) -> str:
    """disk_full, read_only or disk_broken; "" for an error that is none of them."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF, "")
    return _POSTGRESQL.get(getattr(cause, "sqlstate", None) or "", "")


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

    def ends(self) -> None:
        if self._now:
            log.warning("can_store_again: The database can be written again.")
        self._now = ""
