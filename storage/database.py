"""Opening a database: carried up by its migrations, or refused with a reason and not touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import DatabaseError

from storage.outbox import MailboxStore, OutboxStore, remember, was_remembered
from storage.promises import PromiseStore
from storage.records import DigestStore, DraftStore
from storage.repositories import CaseStore, DirectoryStore, MeetingStore
from storage.tables import about
from storage.trail import TrailStore
from storage.vault import Keys, KeysMissing, Vault
from workflows.cases.model import Case
from workflows.meetings.model import Meeting
from workflows.ports import TryAgain

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
SEAL, SEAL_PLACE = "つなぐ", "about.seal"
DEADLOCK = "40P01"  # PostgreSQL's code


class DatabaseRefused(Exception):
    """The database is not one to work on; `key` names the sentence that says why."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


class Database:
    """An open database. `open` starts one transaction; it is rolled back unless committed."""

    def __init__(self, engine: Engine, vault: Vault, keys: Keys) -> None:
        self.engine, self.vault, self.keys = engine, vault, keys

    @contextmanager
    def open(self) -> Iterator["SqlUnitOfWork"]:
        """One transaction. Raises TryAgain when PostgreSQL ended it to untie a deadlock."""
        try:
            with self.engine.connect() as connection, connection.begin() as transaction:
                unit = SqlUnitOfWork(connection, self.vault)
                yield unit
                if not unit.committed:
                    transaction.rollback()
        except DatabaseError as error:
            if getattr(error.orig, "sqlstate", None) == DEADLOCK:
                raise TryAgain from error
            raise

    def close(self) -> None:
        self.engine.dispose()


class SqlUnitOfWork:
    """One transaction and the stores that work in it."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self.connection = connection
        self.cases = CaseStore(connection, vault)
        self.meetings = MeetingStore(connection, vault)
        self.directory = DirectoryStore(connection, vault)
        self.promises = PromiseStore(connection)
        self.outbox = OutboxStore(connection, vault)
        self.mailbox = MailboxStore(connection, vault)
        self.events = TrailStore(connection, vault)
        self.drafts = DraftStore(connection, vault)
        self.digests = DigestStore(connection, vault)
        self.committed = False

    def seen(self, door: str, event_id: str, at: datetime) -> bool:
        return remember(self.connection, door, event_id, at)

    def has_seen(self, door: str, event_id: str) -> bool:
        return was_remembered(self.connection, door, event_id)

    def changed(self) -> list[Case | Meeting]:
        return [*self.cases.changed(), *self.meetings.changed()]

    def commit(self) -> None:
        self.cases.flush()
        self.meetings.flush()
        self.events.flush()
        self.committed = True


def open_database(url: str, keys: Keys, kind: str) -> Database:
    """Open (or make) the database of this kind, `local` or `town`, and carry it up.

    Raises DatabaseRefused when it is corrupt, newer than this program, of the other kind, or
    sealed with other keys; then it was not changed.
    """
    engine = _engine(url)
    try:
        current = _look(engine, kind)
        vault = Vault(keys)
        if current is not None:
            _check_keys(engine, vault)
        if current != _newest():
            _carry_up(engine, vault)
        _mark(engine, vault, kind)
    except DatabaseRefused:
        engine.dispose()
        raise
    except (DatabaseError, sqlite3.DatabaseError) as error:
        engine.dispose()
        key = "database.locked" if _is_locked(error) else "database.unreadable"
        raise DatabaseRefused(key, place=_place(url)) from error
    return Database(engine, vault, keys)


def _is_locked(error: Exception) -> bool:
    """Whether another program holds the SQLite file: it is sound, and to be tried again."""
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the kind of error; what stands above it only says more of it.
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise DatabaseRefused("database.unknown_kind", place=_place(url))


def _sqlite_connected(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event starts transactions instead
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # Take the write lock at the start: what a workflow reads is then what it changes.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _look(engine: Engine, kind: str) -> str | None:
    """The migration the database stands at; refuses one that must not be touched."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            check = connection.execute(text("PRAGMA quick_check")).scalar_one()
            if check != "ok":
                raise DatabaseRefused("database.unreadable", place=_place(str(engine.url)))
        current = MigrationContext.configure(connection).get_current_revision()
        names = set(engine.dialect.get_table_names(connection))
        if current is None:
            if names - {"sqlite_sequence"}:
                raise DatabaseRefused("database.foreign", place=_place(str(engine.url)))
            return None
        known = {s.revision for s in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
        if current not in known:
            raise DatabaseRefused("database.newer", place=_place(str(engine.url)))
        query = select(about.c.value).where(about.c.name == "kind")
        found = connection.execute(query).scalar_one_or_none() if "about" in names else None
        if found is not None and found != kind:
            raise DatabaseRefused("database.other_kind", place=_place(str(engine.url)), kind=found)
        return current


def _newest() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _carry_up(engine: Engine, vault: Vault) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            connection.rollback()
            if raw is not None:
                raw.execute("PRAGMA journal_mode=WAL")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        config.attributes["vault"] = vault
        command.upgrade(config, "head")
        # Lines and keys are drawn from the documents, so a new version draws them anew.
        CaseStore(connection, vault).write_anew()
        MeetingStore(connection, vault).write_anew()


def _mark(engine: Engine, vault: Vault, kind: str) -> None:
    """Say in a new database which kind it is, and seal a value that tells whose keys these are."""
    with engine.connect() as connection, connection.begin():
        if connection.execute(select(about).where(about.c.name == "seal")).first():
            return
        value = vault.seal(SEAL, SEAL_PLACE)
        connection.execute(about.insert().values(name="seal", value=value))
        connection.execute(about.insert().values(name="kind", value=kind))


def _check_keys(engine: Engine, vault: Vault) -> None:
    """Refuse keys that do not open what was sealed when the database was made."""
    with engine.connect() as connection:
        names = engine.dialect.get_table_names(connection)
        query = select(about.c.value).where(about.c.name == "seal")
        sealed = connection.execute(query).scalar_one_or_none() if "about" in names else None
        if sealed is None:
            return
        try:
            vault.open(sealed, SEAL_PLACE)
        except KeysMissing as error:
            raise DatabaseRefused("database.other_keys", place=_place(str(engine.url))) from error


def _place(url: str) -> str:
    """The database's name without user or password."""
    return make_url(url).render_as_string(hide_password=True)


def database_is_new(database: Database) -> bool:
    """Whether nobody has set up a town in it yet."""
    with database.open() as unit:
        return not unit.directory.town().name


def recall(database: Database, name: str) -> str | None:
    """A small fact about the database itself, as it was remembered."""
    with database.engine.connect() as connection:
        query = select(about.c.value).where(about.c.name == name)
        return connection.execute(query).scalar_one_or_none()


def remember_about(database: Database, name: str, value: str) -> None:
    with database.engine.connect() as connection, connection.begin():
        connection.execute(about.delete().where(about.c.name == name))
        connection.execute(about.insert().values(name=name, value=value))
