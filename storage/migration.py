"""Carrying a database up to the version of this program, while others work with it.

First the tables, one migration in a transaction of its own, and in it who may write from then on
(storage/compatibility.py); then the lines and search keys, some in each of many short
transactions. Documents are not written. What was killed half way is gone on with the next time:
that all is done is noted at the very end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from storage.compatibility import WRITERS, store_about, store_compatibility, why_not_writable
from storage.head import write_first_head
from storage.key_marks import mark_version, marked
from storage.refused import DatabaseRefused, place_of
from storage.repositories import CaseStore, MeetingStore
from storage.revisions import (
    known_revisions,
    later_than,
    newest_revision,
    revision_of,
    upgrade,
)
from storage.row_texts import row_version_of_program
from storage.tables import about
from storage.tagged_rows import TaggedSession
from storage.trail import TrailStore
from storage.vault import Vault
from storage.wait_limits import allow_long_statements
from workflows.japanese.same_person import KEYS_VERSION

SEARCH_KEYS: Final = "search_keys"  # in `about`: under which search keys all cases are kept
LINES: Final = "lines"  # in `about`: by which version of the program all lines were drawn
BATCH: Final = 50  # cases or meetings in one transaction
PAUSE: Final = 0.5  # seconds, while others hold what is left
LOCK_SECONDS: Final = 3  # who works waits no longer than that for a migration that waits itself
TRIES: Final = 100
ONE_AT_A_TIME: Final = 20_108  # a number of ours among PostgreSQL's advisory locks
# PostgreSQL: lock_not_available, deadlock_detected.
_HELD: Final = frozenset({"55P03", "40P01"})

OnProgress = Callable[[int, int], None]
_Kind = type[CaseStore] | type[MeetingStore]
_KINDS: Final[tuple[_Kind, ...]] = (CaseStore, MeetingStore)


def nobody(done: int = 0, total: int = 0) -> None:
    """Whoever does not care how far it is."""


@dataclass(frozen=True)
class Migration:
    """`before` and `after` are versions of the tables, `records` the cases and meetings whose lines
    were looked through; False in `is_anything_done` says that all was so already."""

    before: str
    after: str
    records: int = 0
    is_anything_done: bool = True


def needs_migration(connection: Connection) -> bool:
    """Whether a database, at a version that this program knows, is to be carried up."""
    if revision_of(connection) != newest_revision():
        return True
    said = _about(connection)
    if said.get(LINES) != row_version_of_program() or said.get(SEARCH_KEYS) != KEYS_VERSION:
        return True
    return bool(why_not_writable(connection, said.get(WRITERS)))


def migrate_live(
    engine: Engine, vault: Vault, told: OnProgress = nobody, waits: Callable[[], None] = nobody
) -> Migration:
    """Carry up what is there, and say what was done; with nothing left to do it changes nothing.

    `told` is called after each part with the records done and in all, `waits` once when another
    process is at it. Raises what SQLAlchemy does.
    """
    with _one_at_a_time(engine, waits):
        use_write_ahead_log(engine)
        with engine.connect() as connection:
            before, behind = revision_of(connection) or "", needs_migration(connection)
        if before and before not in known_revisions():  # a newer program was at it meanwhile
            raise DatabaseRefused("database.newer", place=place_of(str(engine.url)))
        if not behind:
            return Migration(before, before, is_anything_done=False)
        for revision in later_than(before):
            _in_own_transaction(engine, partial(_step, revision=revision, vault=vault))
        _in_own_transaction(engine, lambda c: mark(c, vault))
        records = _redraw(engine, vault, told)
        _in_own_transaction(engine, mark_rows_current)
        return Migration(before, str(newest_revision()), records)


def migrate_offline(connection: Connection, vault: Vault) -> None:
    """Carry up what is there and nobody else works with, in the transaction that is open."""
    upgrade(connection, "head")
    mark(connection, vault)
    session = TaggedSession(connection, vault)
    for kind in _KINDS:
        store = kind(session)
        for part in _parts(set(store.ids())):  # a statement bears some thousands of ids at most
            store.redraw(part)
    _add_up(session)
    mark_rows_current(connection)


def create_tables(engine: Engine, vault: Vault, kind: str) -> None:
    """Make all tables in an empty database, and mark it as local or town."""
    use_write_ahead_log(engine)
    with engine.connect() as connection, connection.begin():
        allow_long_statements(connection)
        upgrade(connection, "head")
        write_first_head(connection, vault)
        store_about(connection, "kind", kind)
        mark(connection, vault)
        mark_rows_current(connection)


def mark(connection: Connection, vault: Vault) -> None:
    """Say at which version the database stands and who may write it."""
    mark_version(connection, vault, str(newest_revision()))
    store_compatibility(connection, str(newest_revision()))


def mark_rows_current(connection: Connection) -> None:
    """Say that every line and every search key is as this version draws them."""
    store_about(connection, LINES, row_version_of_program())
    store_about(connection, SEARCH_KEYS, KEYS_VERSION)


def use_write_ahead_log(engine: Engine) -> None:
    """Let SQLite keep a write-ahead log, so that readers and the writer do not wait."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            connection.rollback()
            if raw is not None:
                raw.execute("PRAGMA journal_mode=WAL")


def _step(connection: Connection, revision: str, vault: Vault) -> None:
    upgrade(connection, revision)
    mark_version(connection, vault, revision)
    store_compatibility(connection, revision)


def _redraw(engine: Engine, vault: Vault, told: OnProgress) -> int:
    """Draw all lines and search keys anew, a part in each transaction; how many they are."""
    with engine.connect() as connection:
        session = TaggedSession(connection, vault)
        left = {kind: set(kind(session).ids()) for kind in _KINDS}
    total = sum(map(len, left.values()))
    while any(left.values()):
        before = sum(map(len, left.values()))
        for kind in _KINDS:
            for part in _parts(left[kind]):
                redraw = partial(_redraw_part, vault=vault, kind=kind, part=part)
                held: set[str] = _in_own_transaction(engine, redraw)
                left[kind] -= set(part) - held
                told(total - sum(map(len, left.values())), total)
        if sum(map(len, left.values())) == before:  # held by those who work with it
            time.sleep(PAUSE)
    return total


def _redraw_part(connection: Connection, vault: Vault, kind: _Kind, part: list[str]) -> set[str]:
    session = TaggedSession(connection, vault)
    with vault.asking(partial(marked, connection)):  # another machine may change the key meanwhile
        held = kind(session).redraw(part)
    _add_up(session)
    return held


def _parts(ids: set[str]) -> list[list[str]]:
    wanted = sorted(ids)
    return [wanted[n : n + BATCH] for n in range(0, len(wanted), BATCH)]


def _add_up(session: TaggedSession) -> None:
    if session.has_versioned_writes:
        trail = TrailStore(session.connection, session.vault)
        trail.change_row_sums(session.add_to)
        trail.flush()


def _in_own_transaction(engine: Engine, act: Callable[[Connection], Any]) -> Any:
    """What `act` answers, in a transaction that begins anew where others held what it needs."""
    for attempt in range(TRIES):
        try:
            with engine.connect() as connection, connection.begin():
                allow_long_statements(connection)
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                return act(connection)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _HELD or attempt == TRIES - 1:
                raise
            time.sleep(PAUSE)
    raise AssertionError  # the last one was raised


@contextmanager
def _one_at_a_time(engine: Engine, waits: Callable[[], None]) -> Iterator[None]:
    """Of two who carry up one database the second waits. SQLite has one writer anyhow."""
    if engine.dialect.name != "postgresql":
        yield
        return
    lock = select(func.pg_try_advisory_lock(ONE_AT_A_TIME))
    with engine.connect() as connection:
        holding = connection.execution_options(isolation_level="AUTOCOMMIT")
        if not holding.execute(lock).scalar_one():
            waits()
            while not holding.execute(lock).scalar_one():
                time.sleep(PAUSE)
        try:
            yield
        finally:
            holding.execute(select(func.pg_advisory_unlock(ONE_AT_A_TIME)))


def _about(connection: Connection) -> dict[str, str]:
    if about.name not in connection.dialect.get_table_names(connection):
        return {}
    return {row.name: row.value for row in connection.execute(select(about))}
