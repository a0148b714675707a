"""Backups: one moment of the whole database in a sealed file, tried out before it is believed.

Everybody goes on working meanwhile. What is sealed in the database stays sealed in the file, and
in the scratch database in which the file is tried out.
"""

import errno
import gzip
import io
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from storage.backup_file import Header, SealedReader, SealedWriter
from storage.backup_rows import TABLES_LEFT_OUT, Counts, RowsDiffer, read_rows, write_rows
from storage.compatibility import NEWER, WRITERS, why_not_writable
from storage.database import Database
from storage.directory import DirectoryStore
from storage.engine import make_engine
from storage.faults import fault_of, refusal_of
from storage.key_marks import KeyLost, check_keys
from storage.migration import migrate_offline, needs_migration
from storage.refused import DatabaseRefused
from storage.revisions import known_revisions, revision_of, upgrade
from storage.row_check import RowCheckStore, drop_sums
from storage.tables import SEALED, about, cases, place, version_of
from storage.tagged_rows import TaggedSession
from storage.trail import TrailStore
from storage.vault import Keys, KeysMissing, Vault
from storage.verify_chain import follow
from storage.wait_limits import BUSY_SECONDS, allow_long_statements
from workflows.model.trail import ChainProgress

TRAIL_BATCH: Final = 2_000  # rows of the audit trail that are followed at a time


@dataclass(frozen=True)
class Findings:
    """What is wrong in the data themselves: they were like this when they were copied.

    `unreadable` is how many sealed values do not open; `broken_at` the first faulty row of the
    audit trail, 0 for none; `changed` how many rows are not as the bot wrote them.
    """

    unreadable: int
    broken_at: int
    changed: int = 0

    @property
    def is_sound(self) -> bool:
        return not (self.unreadable or self.broken_at or self.changed)


@dataclass(frozen=True)
class Backup:
    """A backup that was read through and tried out. `kind` is local or town, `key` an id,
    `town` the name of the town that is in it."""

    taken_at: datetime
    program: str
    kind: str
    town: str
    key: str
    rows: int
    cases: int
    findings: Findings


def make_backup(
    database: Database, path: Path, *, now: datetime, program: str, force: bool = False
) -> Backup:
    """Write the database as it is at one moment into `path`, once it is tried out.

    Raises DatabaseRefused (also when there is such a file, without `force`) and OSError; then
    there is no new file. `program` is this program's version.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    _spare(path, force=force)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _write(database, file, now, program)
            file.flush()
            os.fsync(file.fileno())
        found = _tried(part, database.keys, path)
        if not found.findings.is_sound and path.exists():
            raise DatabaseRefused("backup.older_kept", place=str(path))
        _spare(path, force=force)
        part.replace(path)
        _settle(path.parent)
    except DatabaseError as error:
        raise refusal(error, str(path)) from error
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)
    return found


def check_backup(path: Path, keys: Keys) -> Backup:
    """Read a backup through and restore it into a scratch database. Raises DatabaseRefused."""
    with opened(path, keys) as (header, lines), _scratch() as connection:
        vault = Vault(keys)
        try:
            counts = load(connection, header, lines, vault, path)
            town = DirectoryStore(TaggedSession(connection, vault)).town().name
            return _told(header, counts, town, examine(connection, vault))
        except DatabaseError as error:
            raise refusal(error, tempfile.gettempdir()) from error


def _spare(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise DatabaseRefused("backup.exists", place=str(path))


def _tried(part: Path, keys: Keys, path: Path) -> Backup:
    """What is in the file that was just written, which is not called `path` yet."""
    try:
        return check_backup(part, keys)
    except DatabaseRefused as error:
        if error.key == "backup.no_room":
            raise
        raise DatabaseRefused("backup.not_verified", place=str(path)) from error


def _settle(folder: Path) -> None:
    """Have the new name on disk, not only the file."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


# -- writing --------------------------------------------------------------------------------------


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """The database as it is at the first look, while others go on writing."""
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            looking = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with looking.begin():
                allow_long_statements(looking)
                yield looking
        return
    # A connection of its own: the product's begin by taking the write lock.
    wait = {"timeout": BUSY_SECONDS}
    engine = create_engine(
        database.engine.url, connect_args=wait, poolclass=NullPool, hide_parameters=True
    )
    event.listen(engine, "connect", _looks_only)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.connect() as connection, connection.begin():
        yield connection


def _looks_only(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA temp_store=MEMORY")


def _write(database: Database, file: BinaryIO, now: datetime, program: str) -> None:
    with snapshot(database) as connection:
        revision = revision_of(connection)
        kind = connection.execute(select(about.c.value).where(about.c.name == "kind")).scalar_one()
        key = database.vault.current
        sealing = SealedWriter(
            file,
            database.keys.seal[key],
            program=program,
            revision=str(revision),
            kind=kind,
            taken_at=now,
            key=key,
        )
        with gzip.GzipFile("", "wb", fileobj=sealing, mtime=0) as out:
            write_rows(connection, out)
        sealing.finish()


# -- reading --------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path, keys: Keys) -> Iterator[tuple[Header, Iterable[bytes]]]:
    """Header and contents of a backup that this program can read. Raises DatabaseRefused."""
    with path.open("rb") as file:
        reader = SealedReader(file, keys.seal, str(path))
        if reader.header.revision not in known_revisions():
            raise DatabaseRefused("backup.newer", place=str(path))
        with gzip.GzipFile(fileobj=io.BufferedReader(reader)) as lines:
            yield reader.header, lines


@contextmanager
def _scratch() -> Iterator[Connection]:
    """A database in a private folder, of which nothing is left: it is not even committed."""
    with tempfile.TemporaryDirectory(prefix="tsunagu-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'scratch.db'}")
        try:
            with engine.connect() as connection, connection.begin() as transaction:
                yield connection
                transaction.rollback()
        finally:
            engine.dispose()


def load(
    connection: Connection, header: Header, lines: Iterable[bytes], vault: Vault, path: Path
) -> Counts:
    """Fill an empty database at the backup's version and carry it up to this program's.

    Raises DatabaseRefused when what is there then is not what was in the backup, or cannot be
    opened with these keys, or was written by a newer program.
    """
    upgrade(connection, header.revision)
    try:
        counts = read_rows(connection, lines)
        check_keys(connection, vault)
    except RowsDiffer:
        raise DatabaseRefused("backup.damaged", place=str(path)) from None
    except KeyLost as error:
        raise DatabaseRefused("backup.key_missing", place=str(path), id=error.key_id) from None
    except KeysMissing:
        raise DatabaseRefused("backup.other_keys", place=str(path), id=header.key) from None
    drop_sums(connection, vault, TABLES_LEFT_OUT)
    said = connection.execute(select(about.c.value).where(about.c.name == WRITERS)).scalar()
    if said and why_not_writable(connection, said, schema=header.revision) == NEWER:
        raise DatabaseRefused("backup.newer", place=str(path))
    if needs_migration(connection):
        migrate_offline(connection, vault)
    return counts


def examine(connection: Connection, vault: Vault) -> Findings:
    """Whether every sealed value opens in its place and the audit trail holds together."""
    unreadable = 0
    for table, column in SEALED:
        key, sealed = table.primary_key.columns[0], table.c[column]
        query = select(key, sealed, version_of(table)).where(sealed != "")
        for row in connection.execute(query, execution_options={"yield_per": TRAIL_BATCH}):
            try:
                vault.open(row[1], place(table, column, row[0], row[2]))
            except KeysMissing:
                unreadable += 1
    walk = ChainProgress()
    while not walk.done:
        walk = follow(connection, vault, walk, (), TRAIL_BATCH)
    rows = RowCheckStore(connection, vault, TrailStore(connection, vault))
    changed = sum(len(rows.check(name, opens=False)) for name in rows.tables())
    return Findings(unreadable, max(walk.broken.seq, 1) if walk.broken else 0, changed)


def _told(header: Header, counts: Counts, town: str, findings: Findings) -> Backup:
    return Backup(
        taken_at=header.moment,
        program=header.program,
        kind=header.kind,
        town=town,
        key=header.key,
        rows=sum(int(rows) for rows, _ in counts.values()),
        cases=int(counts[cases.name][0]),
        findings=findings,
    )


def refusal(error: Exception, where: str) -> DatabaseRefused:
    """Why a database failed under a backup or a restore, in a sentence."""
    if fault_of(error) == "disk_full":
        return DatabaseRefused("backup.no_room", place=where)
    return refusal_of(error, where)
