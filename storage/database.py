"""Opening a database: carried up by its migrations, or refused with a reason and not touched."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.accounts import AccountStore
from storage.answer_links import AnswerLinkStore
from storage.callbacks import CallbackStore
from storage.cannot_store import BUSY, DOWN, TroubleLog, storage_fault_code
from storage.chain import ChainStore
from storage.channel_states import ChannelStateStore
from storage.checkpoints import CheckpointStore
from storage.claims import new_replica_id
from storage.compatibility import (
    KEY_MISSING,
    NEWER,
    OUTDATED,
    WRITERS,
    WriteGate,
    why_not_writable,
)
from storage.database_clock import DatabaseClock
from storage.dead_letters import DeadLetterStore
from storage.decisions import DecisionSeals
from storage.directory import DirectoryStore
from storage.disposals import DisposalStore
from storage.due_times import DueTimeStore
from storage.engine import make_engine as make_engine  # noqa: PLC0414 - also from here
from storage.faults import refusal_of
from storage.handled_events import advance_stream, find_handled, mark_handled, note_result
from storage.key_marks import (
    KeyLost,
    VersionSetBack,
    check_keys,
    check_version,
    mark_keys,
    marked,
    one_at_a_time,
)
from storage.mailbox import MailboxStore
from storage.migration import (
    Migration,
    OnProgress,
    create_tables,
    migrate_live,
    needs_migration,
    nobody,
)
from storage.outbox import OutboxStore
from storage.passkeys import PasskeyStore
from storage.person_requests import PersonRequestStore
from storage.posts import PostStore
from storage.promises import PromiseStore
from storage.purge import Purge
from storage.readiness import DatabaseReadiness
from storage.records import DigestStore, DraftStore
from storage.refused import DatabaseRefused as DatabaseRefused  # noqa: PLC0414 - also from here
from storage.refused import place_of
from storage.replicas import ReplicaStore
from storage.repositories import CaseStore, MeetingStore
from storage.revisions import known_revisions, revision_of
from storage.revisions import newest_revision as newest_revision  # noqa: PLC0414 - also from here
from storage.row_check import RowCheckStore
from storage.sign_ins import SignInStore
from storage.tables import about, upsert
from storage.tagged_rows import TaggedSession
from storage.trail import TrailStore
from storage.vault import Keys, KeysMissing, KeyUnknown, Vault, age_of
from storage.wait_limits import limits_of
from workflows.core.ports import COMES_AGAIN, CannotStore, HandledEvent, TransactionConflict
from workflows.model.case import Case
from workflows.model.meeting import Meeting

DEADLOCK = "40P01"  # PostgreSQL's code


class Database:
    """An open database. `open` starts one transaction; it is rolled back unless committed.

    `replica` is the name under which this process claims what is to be sent, drawn or worked off,
    `clock` the one by which all processes on a server's database go; None for a file.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.replica = new_replica_id()
        self.carried_up: Migration | None = None  # what was done when it was opened, if anything
        self.engine, self.vault = engine, vault
        self._trouble = TroubleLog()
        on_server = engine.dialect.name == "postgresql"
        self.clock = DatabaseClock(self._connected) if on_server else None
        self._limits = limits_of(engine)
        first = make_engine(engine.url, self._limits)
        self._first_engine = first.execution_options(comes_first=True)
        self._gate = WriteGate(vault)
        self._readiness = DatabaseReadiness(engine, vault, self._limits)

    @property
    def keys(self) -> Keys:
        """The keys in force: their file may have changed since the database was opened."""
        return self.vault.keys

    @contextmanager
    def open_with_priority(self) -> Iterator["SqlUnitOfWork"]:
        """As `open`, for a few rows that somebody waits for within a second: on SQLite it is the
        next one to write, before all others that wait, and it has a connection of its own."""
        with self._opened(comes_first=True) as unit:
            yield unit

    @contextmanager
    def open(self) -> Iterator["SqlUnitOfWork"]:
        """One transaction. Raises TransactionConflict when PostgreSQL ended it to untie a deadlock,
        and CannotStore when the database cannot be written, is away or keeps us waiting for too
        long; then nothing was changed, unless the answer to the commit was lost."""
        with self._opened() as unit:
            yield unit

    @contextmanager
    def _opened(self, *, comes_first: bool = False) -> Iterator["SqlUnitOfWork"]:
        self.reload_keys()
        engine = self._first_engine if comes_first else self.engine
        try:
            with self._connected(engine) as connection, connection.begin() as transaction:
                self._trouble.ends(COMES_AGAIN)
                unit = SqlUnitOfWork(connection, self.vault, self.replica, self._gate)
                with (
                    self.vault.asking(partial(marked, connection)),
                    unit.translate_outdated_errors(),
                ):
                    yield unit
                if not unit.committed:
                    transaction.rollback()
        except CannotStore as error:
            if error.code in OUTDATED:
                self._trouble.begins(error.code)
            raise
        if unit.committed:
            unit.session.remember()
        if unit.committed and unit.has_written:  # a look leaves a line where a case finds no room
            self._trouble.ends()

    @contextmanager
    def _connected(self, engine: Engine | None = None) -> Iterator[Connection]:
        """A connection whose errors are told apart as `open` says."""
        if self._readiness.is_doubtful and self._readiness.why_not() == DOWN:
            raise CannotStore(DOWN)  # at once: nobody waits for what surely does not come
        try:
            with (engine or self.engine).connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            if getattr(getattr(error, "orig", None), "sqlstate", None) == DEADLOCK:
                raise TransactionConflict from error
            if code := storage_fault_code(error):
                if code == DOWN or (code == BUSY and self.engine.dialect.name == "sqlite"):
                    self._readiness.doubt()
                self._trouble.begins(code)
                raise CannotStore(code) from error
            raise

    def reload_keys(self) -> None:
        """Take on a keys file that has changed, and seal with its current key if that is newer and
        everybody has it."""
        self.vault.keep_up()
        wanted = self.vault.keys.current
        if age_of(wanted) <= age_of(self.vault.current):
            return
        with self._connected() as connection, connection.begin():
            if self.lacking(connection, wanted):
                return  # it is held, and used as soon as everybody holds it
            mark_keys(connection, self.vault, wanted)
        self.vault.use(wanted)

    def lacking(self, connection: Connection, key_id: str) -> int:
        """How many other processes that are alive do not hold this key, unless it seals already."""
        if self.clock is None or key_id in marked(connection):  # a file has one process
            return 0
        return ReplicaStore(connection).lacking(key_id, self.clock.now(), but=self.replica)

    def why_not_ready(self) -> str:
        """Why nothing is to be claimed now: database_down, schema_newer, schema_older, key_missing;
        "" when all is well. Answers within a few seconds whatever the database does, and may be
        asked as often as one likes: it is looked at once a second, on a connection of its own."""
        return self._readiness.why_not()

    @contextmanager
    def single_runner(self, name: str) -> Iterator[bool]:
        """Whether this process does, while the block lasts, what one of them does at a time. One
        that dies over it is followed by another within a minute."""
        if self.clock is None:  # a file has one process
            yield True
            return
        with self.open() as unit:
            is_mine = unit.replicas.take_job(name, self.replica, self.clock.now())
            unit.commit()
        try:
            yield is_mine
        finally:
            if is_mine:
                with self.open() as unit:
                    unit.replicas.release_job(name, self.replica)
                    unit.commit()

    def end_within(self, seconds: float) -> None:
        """The process ends: no wait for the database lasts longer than that from now on."""
        self._limits.end_within(seconds)

    def recall(self, name: str) -> str | None:
        """A small fact about the database itself, as it was remembered. Raises CannotStore."""
        with self._connected() as connection:
            query = select(about.c.value).where(about.c.name == name)
            return connection.execute(query).scalar_one_or_none()

    def remember_about(self, name: str, value: str) -> None:
        """Raises CannotStore."""
        self.change_about(name, lambda _: value)

    def change_about(self, name: str, change: Callable[[str | None], str]) -> str:
        """Keep what `change` makes of what was kept under this name; nobody else changes it
        meanwhile. Answers with it. Raises CannotStore."""
        with self._connected() as connection, connection.begin():
            one_at_a_time(connection)
            query = select(about.c.value).where(about.c.name == name)
            before = connection.execute(query).scalar_one_or_none()
            value = change(before)
            if value != before:
                connection.execute(
                    upsert(connection, about)
                    .values(name=name, value=value)
                    .on_conflict_do_update(index_elements=["name"], set_={"value": value})
                )
            return value

    def close(self) -> None:
        self._readiness.close()
        self.engine.dispose()
        self._first_engine.dispose()


class SqlUnitOfWork:
    """One transaction and the stores that work in it; without a `replica` nothing is claimed."""

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        replica: str = "",
        gate: WriteGate | None = None,
    ) -> None:
        self.connection, self._gate = connection, gate
        self.session = session = TaggedSession(connection, vault)
        self.cases = CaseStore(session)
        self.meetings = MeetingStore(session)
        self.directory = DirectoryStore(session)
        self.promises = PromiseStore(connection)
        self.outbox = OutboxStore(session, replica)
        self.ways = ChannelStateStore(session)
        self.dead_letters = DeadLetterStore(session)
        self.mailbox = MailboxStore(session)
        self.events = TrailStore(connection, vault)
        self.chain = ChainStore(connection, vault)
        self.row_check = RowCheckStore(connection, vault, self.events)
        self.checkpoints = CheckpointStore(connection, vault)
        self.decisions = DecisionSeals(vault)
        self.drafts = DraftStore(session)
        self.digests = DigestStore(connection, vault)
        self.disposals = DisposalStore(session)
        self.purge = Purge(session)
        self.sign_ins = SignInStore(session)
        self.passkeys = PasskeyStore(session)
        self.accounts = AccountStore(session)
        self.posts = PostStore(session, replica)
        self.answer_links = AnswerLinkStore(session)
        self.requests = PersonRequestStore(session)
        self.callbacks = CallbackStore(connection, vault, replica)
        self.replicas = ReplicaStore(connection)
        self.waits = DueTimeStore(connection)
        self.committed = False

    def mark_handled(self, door: str, event_id: str, at: datetime, digest: str = "") -> bool:
        return mark_handled(self.connection, door, event_id, at, digest)

    def find_handled(self, door: str, event_id: str) -> HandledEvent | None:
        return find_handled(self.connection, door, event_id)

    def note_result(self, door: str, event_id: str, made: str) -> None:
        note_result(self.connection, door, event_id, made)

    def was_handled(self, door: str, event_id: str) -> bool:
        return find_handled(self.connection, door, event_id) is not None

    def advance_stream(self, stream: str, position: str, at: datetime) -> bool:
        return advance_stream(self.connection, stream, position, at)

    def changed(self) -> list[Case | Meeting]:
        return [*self.cases.changed(), *self.meetings.changed()]

    @property
    def has_versioned_writes(self) -> bool:
        """Whether rows with versions were written; cases and meetings are by `commit`."""
        return self.session.has_versioned_writes

    @property
    def has_events(self) -> bool:
        return self.events.has_events

    @property
    def has_written(self) -> bool:
        """Whether a case or a meeting was written anew."""
        return self.cases.has_written or self.meetings.has_written

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is written while it lasts takes the time that it takes, and is gone after it.
        Nothing waits to be written when it begins."""
        with self.connection.begin_nested() as savepoint:
            yield
            self._write_out()
            savepoint.rollback()
        self.session.forget()

    def commit(self) -> None:
        """Raises CannotStore when this program must not write the database any more."""
        self._write_out()
        self._pass_gate()
        self.committed = True

    def _pass_gate(self) -> None:
        if self._gate and (code := self._gate.why_not(self.connection)):
            raise CannotStore(code)

    @contextmanager
    def translate_outdated_errors(self) -> Iterator[None]:
        """What a program that is behind its database meets there, it tells as that: rows that do
        not fit it any more, what is sealed with a key that it was not given."""
        try:
            yield
        except KeyUnknown as error:
            raise CannotStore(KEY_MISSING) from error
        except (SQLAlchemyError, TransactionConflict, CannotStore):
            raise
        except Exception:
            self._pass_gate()
            raise

    def _write_out(self) -> None:
        self.cases.flush()
        self.meetings.flush()
        if self.session.has_versioned_writes:
            self.events.change_row_sums(self.session.add_to)
        self.events.flush()


def open_database(url: str, keys: Keys, kind: str) -> Database:
    """Open (or make) the database of this kind, `local` or `town`.

    One on SQLite that an earlier version wrote is carried up first: it has one process. On
    PostgreSQL others may work with it, so it is refused until an operator has carried it up
    (`migrate_database`). Raises DatabaseRefused also when it is corrupt, newer than this program
    bears, set back to an earlier version, of the other kind, sealed with other keys or not to be
    had just now; then it was not changed.
    """
    engine = make_engine(url)
    with _refusals(engine, url):
        current = accepted_revision(engine, kind)
        vault, done = Vault(keys), None
        if current is None:
            create_tables(engine, vault, kind)
        else:
            _check_keys(engine, vault, current)
            if current in known_revisions() and _is_behind(engine):
                if engine.dialect.name != "sqlite":
                    raise DatabaseRefused("database.older", place=place_of(url))
                done = migrate_live(engine, vault)
        database = Database(engine, vault)
        database.carried_up = done
        with engine.connect() as connection, connection.begin():
            if database.lacking(connection, vault.current):
                vault.seal_with_older_key(vault.current, max(marked(connection), key=age_of))
            mark_keys(connection, vault)
        return database


def migrate_database(
    url: str, keys: Keys, kind: str, told: OnProgress = nobody, waits: Callable[[], None] = nobody
) -> Migration:
    """Carry a database that is there up to this version, while others may work with it.

    `told` is called with the records done and in all, `waits` once when another process is at it.
    Raises DatabaseRefused as `open_database`, and where there is none yet; killed half way, it goes
    on with what is left the next time.
    """
    engine = make_engine(url)
    with _refusals(engine, url):
        current = accepted_revision(engine, kind)
        if current is None:
            raise DatabaseRefused("database.no_town")
        if current not in known_revisions():
            raise DatabaseRefused("database.newer", place=place_of(url))
        vault = Vault(keys)
        _check_keys(engine, vault, current)
        done = migrate_live(engine, vault, told, waits)
        engine.dispose()
        return done


@contextmanager
def _refusals(engine: Engine, url: str) -> Iterator[None]:
    """What keeps us from a database, as a sentence; its connections are closed then."""
    try:
        yield
    except KeyUnknown as error:
        engine.dispose()
        raise DatabaseRefused("database.key_lost", place=place_of(url), id=error.key_id) from error
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        engine.dispose()
        raise refusal_of(error, place_of(url)) from error
    except BaseException:
        engine.dispose()
        raise


def _is_behind(engine: Engine) -> bool:
    with engine.connect() as connection:
        return needs_migration(connection)


def accepted_revision(engine: Engine, kind: str) -> str | None:
    """The migration the database stands at; refuses one that must not be touched."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            check = connection.execute(text("PRAGMA quick_check")).scalar_one()
            if check != "ok":
                raise DatabaseRefused("database.unreadable", place=place_of(str(engine.url)))
        else:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
            if encoding != "UTF8":  # SQL_ASCII takes any bytes and gives them back as any others
                where = place_of(str(engine.url))
                raise DatabaseRefused("database.not_utf8", place=where, encoding=encoding)
        current = revision_of(connection)
        names = set(engine.dialect.get_table_names(connection))
        if current is None:
            if names - {"sqlite_sequence"}:
                raise DatabaseRefused("database.foreign", place=place_of(str(engine.url)))
            return None
        said: dict[str, str] = {}
        if about.name in names:
            said = {row.name: row.value for row in connection.execute(select(about))}
        why_not = why_not_writable(connection, said.get(WRITERS), schema=current)
        if why_not == NEWER or (why_not and current not in known_revisions()):
            raise DatabaseRefused("database.newer", place=place_of(str(engine.url)))
        found = said.get("kind")
        if found is not None and found != kind:
            where = place_of(str(engine.url))
            raise DatabaseRefused("database.other_kind", place=where, kind=found)
        return current


def _check_keys(engine: Engine, vault: Vault, current: str) -> None:
    """Refuse keys that are not those of this database, or among which one is missing; and a
    database that stood at a later version than `current`."""
    where = place_of(str(engine.url))
    try:
        with engine.connect() as connection:
            check_keys(connection, vault)
            check_version(connection, vault, current)
    except VersionSetBack:
        raise DatabaseRefused("database.set_back", place=where) from None
    except KeyLost as error:
        raise DatabaseRefused("database.key_lost", place=where, id=error.key_id) from None
    except KeysMissing:
        raise DatabaseRefused("database.other_keys", place=where) from None


def database_is_new(database: Database) -> bool:
    """Whether nobody has set up a town in it yet."""
    with database.open() as unit:
        return not unit.directory.town().name


def recall(database: Database, name: str) -> str | None:
    """A small fact about the database itself, as it was remembered."""
    return database.recall(name)


def remember_about(database: Database, name: str, value: str) -> None:
    database.remember_about(name, value)
