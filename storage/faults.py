"""What went wrong with a database, as a code of ours: damage is only what the database calls so.

Each code is a sentence `database.<code>`. An error that we do not know is `failed`: it is said what
the database called it, and nobody is told to bring back a backup because of it.
"""

import re
import sqlite3
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.cannot_store import storage_fault_code
from storage.refused import DatabaseRefused

DAMAGED: Final = "unreadable"

# The low byte of SQLite's extended codes (sqlite.org/rescode.html).
_SQLITE: Final = {
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_PERM: "no_permission",
    sqlite3.SQLITE_AUTH: "no_permission",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
    sqlite3.SQLITE_NOMEM: "no_memory",
}
# PostgreSQL, Appendix A, by code or by class.
_POSTGRESQL: Final = {
    "XX001": DAMAGED,  # data_corrupted
    "XX002": DAMAGED,  # index_corrupted
    "53300": "too_many",
    "53200": "no_memory",
    "57P03": "starting",
    "42501": "no_permission",
    "3D000": "no_such_database",
    "28000": "not_let_in",
    "28P01": "not_let_in",
}
_DOWN, _BUSY = "database_down", "database_busy"
_CLASSES: Final = {"08": _DOWN, "40": _BUSY, "53": _BUSY, "55": _BUSY, "57": _DOWN}
_SLOW: Final = frozenset({"57014", "25P03", "25P04"})  # ended by a time-out
# A server that refuses a connection tells psycopg no code, but these words, in its own language.
_REFUSALS: Final = {
    "starting": re.compile(
        r"starting up|shutting down|recovery mode|起動処理中|起動中|シャットダウン|リカバリ"
    ),
    "too_many": re.compile(
        r"too many (?:clients|connections)|slots are reserved|数が多すぎ|スロット"
    ),
    "no_such_database": re.compile(
        r'database "[^"]{1,100}" does not exist|データベース"[^"]{1,100}"は存在しません'
    ),
    "not_let_in": re.compile(
        r"authentication failed|no password supplied|pg_hba\.conf|認証に失敗|パスワード"
    ),
    "no_permission": re.compile(r"permission denied for database|権限がありません"),
}


def fault_of(error: BaseException) -> str:
    """What kept us from the database: `unreadable` (it is damaged), `locked`, `database_busy`,
    `database_down`, `starting`, `too_many`, `not_let_in`, `no_such_database`, `no_permission`,
    `cannot_open`, `no_memory`, `disk_full`, `read_only`, `disk_broken`; `failed` for all else."""
    if isinstance(error, PoolTimeout):
        return _BUSY
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, "")
        return code or storage_fault_code(error) or "failed"
    state = getattr(cause, "sqlstate", None) or ""
    if state in _SLOW:
        return _BUSY
    if state:
        known = _POSTGRESQL.get(state) or storage_fault_code(error)
        return known or _CLASSES.get(state[:2], "failed")
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return next((code for code, said in _REFUSALS.items() if said.search(str(cause))), _DOWN)
    return "failed"


def refusal_of(error: BaseException, place: str) -> DatabaseRefused:
    """The sentence for it. The text of the error is not in it: it may quote what people wrote."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    codes = (getattr(cause, name, None) for name in ("sqlite_errorname", "sqlstate"))
    word = " ".join([type(cause).__name__, *(str(code) for code in codes if code)])
    return DatabaseRefused(f"database.{fault_of(error)}", place=place, word=word)


def is_damage(error: BaseException) -> bool:
    """Whether the database itself says that what it holds is broken: its pages, or a text that is
    none (SQLite stumbles over letters that are no UTF-8; PostgreSQL holds none)."""
    if fault_of(error) == DAMAGED:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, sqlite3.Error) and "Could not decode to UTF-8" in str(cause)
