"""Restoring a backup: into an empty database, in one transaction, all of it or nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DatabaseError

from storage.backup import Findings, examine, load, opened, refusal
from storage.backup_file import Header
from storage.backup_rows import TABLES_LEFT_OUT
from storage.database import SqlUnitOfWork, accepted_revision
from storage.engine import make_engine
from storage.key_marks import mark_keys
from storage.migration import use_write_ahead_log
from storage.refused import DatabaseRefused, place_of
from storage.revisions import newest_revision
from storage.tables import about, case_numbers, cases, metadata, trail_head
from storage.vault import Keys, Vault
from storage.wait_limits import allow_long_statements

# In a database in which no town was set up yet, these may have rows.
_MADE_EMPTY = {about.name, trail_head.name, *TABLES_LEFT_OUT}


@dataclass(frozen=True)
class RestoreResult:
    """What is there now: as it was at `taken_at`.

    `last_number` is fiscal year and number of the last case, e.g. (8, 41); (0, 0) without one.
    `held` is how many notices wait for a decision of the administrator's. Where the decisions since
    the backup are `listed` elsewhere, `again` is how many were carried out again, and `left` how
    many were not.
    """

    taken_at: datetime
    cases: int
    last_number: tuple[int, int]
    held: int
    carried_up: bool
    findings: Findings
    listed: bool = False
    again: int = 0
    left: int = 0


def restore_backup(
    url: str,
    keys: Keys,
    kind: str,
    path: Path,
    afterwards: Callable[[SqlUnitOfWork, datetime], int],
) -> RestoreResult:
    """Fill the empty database at `url` from a backup of the same kind, local or town.

    `afterwards` is told the backup's moment and adds to the transaction in which everything is
    filled; it answers with how many notices it held. Raises DatabaseRefused and OSError; then
    nothing was changed.
    """
    with opened(path, keys) as (header, lines):
        if header.kind != kind:
            raise DatabaseRefused("backup.other_kind", place=str(path), kind=header.kind)
        vault = Vault(keys)
        with _target(url, kind) as (connection, current):
            if current is not None:
                _make_way(connection, current, place_of(url))
            load(connection, header, lines, vault, path)
            findings = examine(connection, vault)
            mark_keys(connection, vault)
            held = afterwards(SqlUnitOfWork(connection, vault), header.moment)
            return _told(connection, header, findings, held)


@contextmanager
def _target(url: str, kind: str) -> Iterator[tuple[Connection, str | None]]:
    """One transaction in the database to fill, and the version at which it stands, if any."""
    engine = make_engine(url)
    made = _file_to_make(engine)
    try:
        current = accepted_revision(engine, kind)
        use_write_ahead_log(engine)
        with engine.connect() as connection, connection.begin():
            allow_long_statements(connection)
            yield connection, current
        made = None  # by now it is there to stay
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise refusal(error, place_of(url)) from error
    finally:
        engine.dispose()
        for beside in ("", "-wal", "-shm"):
            if made is not None:
                Path(made + beside).unlink(missing_ok=True)


def _file_to_make(engine: Engine) -> str | None:
    """The SQLite file that is not there yet, and must not be there after a refusal."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or Path(file).exists():
        return None
    log = Path(f"{file}-wal")
    if log.exists() and log.stat().st_size:
        # Of the database that was moved away: SQLite would remove it, and with it the last changes.
        raise DatabaseRefused("backup.log_left", place=str(log))
    return file


def _make_way(connection: Connection, current: str, where: str) -> None:
    """Remove the empty tables of a database in which no town was set up yet; the backup's may be
    of an older version. Raises DatabaseRefused when they are not empty."""
    if current != newest_revision():
        raise DatabaseRefused("backup.not_empty", place=where)
    for table in metadata.sorted_tables:
        count = select(func.count()).select_from(table)
        if table.name not in _MADE_EMPTY and connection.execute(count).scalar_one():
            raise DatabaseRefused("backup.not_empty", place=where)
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))


def _told(connection: Connection, header: Header, findings: Findings, held: int) -> RestoreResult:
    numbers = select(case_numbers.c.fiscal_year, case_numbers.c.last)
    return RestoreResult(
        taken_at=header.moment,
        cases=connection.execute(select(func.count()).select_from(cases)).scalar_one(),
        last_number=max((tuple(n) for n in connection.execute(numbers)), default=(0, 0)),
        held=held,
        carried_up=header.revision != newest_revision(),
        findings=findings,
    )
