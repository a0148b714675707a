"""The one place by which stores write rows that bear tags, and ask whether one is the newest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    select,
    update,
)  # fmt: skip

from storage.head import is_authentic
from storage.row_tags import (
    MODULUS,
    RowChanged,
    Sums,
    Total,
    read_sums,
    sums_text,
    tag_of,
    verifier_of,
)  # fmt: skip
from storage.tables import place, trail_head, upsert
from storage.tagged_tables import TAGGED, columns_of, sealed_in
from storage.vault import Vault
from workflows.core.ports import TransactionConflict

_HEADS = select(trail_head)


@cache
def _row_of(table: Table) -> Update:
    """The row whose key is `wanted`, to be written anew: asked for in every command."""
    (key,) = table.primary_key.columns
    return update(table).where(key == bindparam("wanted"))


@dataclass(frozen=True)
class LockedRow:
    """How a row stands in the database, which nobody else can write: this transaction locked it."""

    version: int
    tag: str


class TaggedSession:
    """The tagged rows that one transaction reads and writes."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self.connection, self.vault = connection, vault
        self.written: dict[str, dict[object, int]] = {}  # by table: the versions written
        self.removed: list[tuple[dict[object, int], object]] = []  # keys that come no more
        self.locked: dict[tuple[str, object], LockedRow] = {}  # by table and key
        self._sums: Sums = {}
        self._begins_at = 0

    def of(self, table: Table) -> "TaggedRows":
        return TaggedRows(self, table)

    @property
    def first_version(self) -> int:
        """That of a row which is added: beyond every one that a row of this id ever had, because
        each transaction that writes such rows prolongs the trail."""
        if not self._begins_at:
            query = select(trail_head.c.seq)
            self._begins_at = int(self.connection.execute(query).scalar_one_or_none() or 0) + 1
        return self._begins_at

    @cached_property
    def _sums_at_first(self) -> Sums:
        heads = self.connection.execute(_HEADS).all()
        if len(heads) != 1 or not is_authentic(self.vault, heads[0]):
            return {}
        return read_sums(heads[0].rows) or {}

    def total_of(self, table: Table) -> Total | None:
        """What the rows of a table added up to when this was first asked; None where the trail's
        head cannot be believed or does not say, and once this transaction wrote there."""
        return None if table.name in self.written else self._sums_at_first.get(table.name)

    def note_change(self, table: Table, *, gone: str = "", come: str = "") -> None:
        """Remember that a row with one tag went, or that one came; both: it was written anew."""
        rows, total = self._sums.get(table.name, (0, 0))
        rows += bool(come) - bool(gone)
        total += self._addend(come) - self._addend(gone)
        self._sums[table.name] = rows, total % MODULUS

    def _addend(self, tag: str) -> int:
        return self.vault.row_addend(tag) if tag else 0

    @property
    def has_versioned_writes(self) -> bool:
        """Whether rows that are added up were written."""
        return bool(self._sums)

    def add_to(self, text: str) -> str:
        """What the rows add up to in the head of the trail, after this transaction."""
        sums = read_sums(text)
        if sums is None:
            return text  # somebody else wrote there, and it is found
        for name, (rows, total) in self._sums.items():
            before = sums.get(name, (0, 0))
            sums[name] = before[0] + rows, (before[1] + total) % MODULUS
        self._sums = {}  # a unit that commits more than once adds each change once
        return sums_text(sums)

    def forget(self) -> None:
        """All that was written was undone."""
        self.written.clear()
        self.removed.clear()
        self.locked.clear()
        self._sums = {}

    def remember(self) -> None:
        """Once it is in the database: none of the rows written may come with an older version."""
        for name, versions in self.written.items():
            verifier = verifier_of(self.vault, TAGGED[name].table)
            if verifier.kept:  # nor may all of them come again as they were
                verifier.kept.total = None
            newest = verifier.newest
            for key, version in versions.items():
                newest[key] = max(version, newest.get(key, 0))
        for newest, key in self.removed:
            newest.pop(key, None)


class TaggedRows:
    """The rows of one table, written with their tags and held against them.

    `seal` names texts that are sealed into columns of the row; all sealed columns of a row are
    written together, because they open at its version alone.
    """

    def __init__(self, session: TaggedSession, table: Table) -> None:
        self._session, self._table = session, table
        self._connection, self._vault = session.connection, session.vault
        self.reader = verifier_of(session.vault, table)
        self._key = self.reader.key
        self._is_versioned = TAGGED[table.name].is_versioned
        self._columns = columns_of(table)

    # -- reading ----------------------------------------------------------------------------------

    def is_authentic(self, row: Row[Any]) -> bool:
        """Whether the row is as the bot wrote it, last."""
        values = row._mapping
        if not self.reader.is_authentic(values):
            return False
        return not self._is_versioned or self.is_newest(values[self._key.name], row.version)

    def is_newest(self, key: object, version: int) -> bool:
        """Whether no newer version of this row was seen by this process."""
        newest = self.reader.newest.get(key, 0)
        if version == newest:
            return True
        if version > newest:
            if self._table.name not in self._session.written:  # else it may be undone yet
                self.reader.newest[key] = version
            return True
        if self._was_written_meanwhile(key, newest):
            return True
        self.reader.log_once(key, f"version {version}")
        return False

    def _was_written_meanwhile(self, key: object, newest: int) -> bool:
        """Whether a row that looks old was only read before somebody wrote it (PostgreSQL)."""
        query = select(self._table.c.version).where(self._key == key)
        now = self._connection.execute(query).scalar_one_or_none()
        return now is not None and now >= newest

    def opened(self, row: Row[Any], column: str) -> str:
        """What is sealed in a row. Raises KeysMissing, and RowChanged when it does not fit."""
        if not self.is_authentic(row):
            raise RowChanged(self._table.name)
        return self.unsealed(row, column)

    def unsealed(self, row: Row[Any], column: str) -> str:
        """What is sealed in a row that fits. Raises KeysMissing."""
        return self.reader.unsealed(row._mapping, column)

    def note_locked(self, row: Row[Any]) -> None:
        """This row was read under a lock: to write it anew, nothing of it is read again."""
        key = row._mapping[self._key.name]
        self._session.locked[self._table.name, key] = LockedRow(row.version, row.tag)

    def _locked_as(self, made: Mapping[str, Any]) -> None:
        if self._is_versioned:
            where = self._table.name, made[self._key.name]
            self._session.locked[where] = LockedRow(made["version"], made["tag"])

    def place(self, column: str, key: object, version: int = 0) -> str:
        return place(self._table, column, key, version)

    # -- writing ----------------------------------------------------------------------------------

    def insert(
        self,
        values: Mapping[str, Any],
        seal: Mapping[str, str] | None = None,
        *,
        unless: Sequence[str] = (),
    ) -> bool:
        """Add a row; False when one is there with the same values in the columns `unless`."""
        made = self.tagged_row(
            values, seal or {}, self._session.first_version if self._is_versioned else 0
        )
        if unless:
            done = self._connection.execute(
                upsert(self._connection, self._table)
                .on_conflict_do_nothing(index_elements=list(unless))
                .returning(self._key),  # psycopg keeps no row count of an INSERT
                made,
            )
            if done.first() is None:
                return False
        else:
            self._connection.execute(insert(self._table), made)
        self._count(made, come=made["tag"])
        self._locked_as(made)
        return True

    def put(
        self, values: Mapping[str, Any], seal: Mapping[str, str] | None = None, read: int = -1
    ) -> None:
        """Write a whole row, whether it is there or not. `read` is the version at which it was read
        without a lock (0: it was not there): raises TransactionConflict when somebody wrote it
        since."""
        key = values[self._key.name]
        if not self._overwrite(key, values, seal or {}, read) and not self.insert(
            values, seal, unless=[self._key.name]
        ):
            self._overwrite(key, values, seal or {}, read)  # somebody else added it meanwhile

    def put_locked(self, values: Mapping[str, Any], seal: Mapping[str, str]) -> Mapping[str, Any]:
        """Write a whole row that is there and was read under a lock; answers with it."""
        key = values[self._key.name]
        return self._written_over(key, self._stands(key), values, seal)

    def _overwrite(
        self, key: object, values: Mapping[str, Any], seal: Mapping[str, str], read: int
    ) -> bool:
        old = self._find(key)
        if old is None:
            return False
        mine = self._session.written.get(self._table.name, {}).get(key)
        if read >= 0 and old.version not in (read, mine):
            raise TransactionConflict
        self._written_over(key, old, values, seal)
        return True

    def _written_over(
        self, key: object, old: LockedRow, values: Mapping[str, Any], seal: Mapping[str, str]
    ) -> Mapping[str, Any]:
        made = self.tagged_row(values, seal, self._next_version(key, old.version))
        self._connection.execute(_row_of(self._table), made | {"wanted": key})
        self._count(made, gone=old.tag, come=made["tag"])
        self._locked_as(made)
        return made

    def _stands(self, key: object) -> LockedRow:
        """Raises LookupError for a row that is not there."""
        found = self._session.locked.get((self._table.name, key)) or self._find(key)
        if found is None:
            raise LookupError(self._table.name)
        return found

    def _find(self, key: object) -> LockedRow | None:
        """How it stands, locked from now on."""
        query = select(*self._columns_with_tag(self._key)).where(self._key == key)
        old = self._connection.execute(query.with_for_update()).one_or_none()
        if old is None:
            return None
        return LockedRow(old.version if self._is_versioned else 0, old.tag)

    def change(
        self, which: ColumnElement[bool], values: Mapping[str, Any], **outside: object
    ) -> int:
        """Change columns in the clear of these rows, and `outside` ones (expressions, too).

        Answers with how many rows were changed. One that is not as the bot wrote it is left as it
        is. What is sealed in them stays where it is, and has to be of a table without versions.
        """
        if self._is_versioned and sealed_in(self._table):
            raise TypeError(f"{self._table.name}: what is sealed opens at the row's version alone")
        covered = [self._table.c[name] for name in self._columns]
        found = self._connection.execute(
            select(*self._columns_with_tag(*covered))
            .where(which)
            .order_by(self._key)
            .with_for_update()
        ).all()
        done = 0
        for row in found:
            if not self.is_authentic(row):
                continue
            key = row._mapping[self._key.name]
            kept = {name: row._mapping[name] for name in self._columns}
            version = self._next_version(key, row.version if self._is_versioned else 0)
            made = self.tagged_row(kept | dict(values), {}, version)
            self._connection.execute(
                update(self._table).where(self._key == key).values(made | outside)
            )
            self._count(made, gone=row.tag, come=made["tag"])
            self._session.locked.pop((self._table.name, key), None)
            done += 1
        return done

    def seal_in_place(self, key: object, seal: Mapping[str, str]) -> None:
        """Seal these columns anew at the version of their row; what else is sealed in it stays as
        it is, also where it does not open."""
        versions = [self._table.c.version] if self._is_versioned else []
        query = select(self._key, *versions).where(self._key == key).with_for_update()
        row = self._connection.execute(query).one()
        version = self.reader.version(row._mapping)
        values = {c: self._vault.seal(t, self.place(c, key, version)) for c, t in seal.items()}
        self._connection.execute(update(self._table).where(self._key == key).values(values))

    def change_in_place(self, key: object, values: Mapping[str, Any]) -> None:
        """Change columns in the clear at the version of their row. One that is not as the bot
        wrote it stays so: its tag is not written."""
        covered = [self._table.c[name] for name in self._columns]
        query = select(*self._columns_with_tag(*covered)).where(self._key == key).with_for_update()
        row = self._connection.execute(query).one()
        made = dict(values)
        self._session.locked.pop((self._table.name, key), None)
        if self.is_authentic(row):
            kept = {name: row._mapping[name] for name in self._columns} | made
            version = self.reader.version(row._mapping)
            made["tag"] = tag_of(self._vault, self._table, version, kept)
            if self._is_versioned:
                self._session.note_change(self._table, gone=row.tag, come=made["tag"])
        self._connection.execute(update(self._table).where(self._key == key).values(made))

    def remove(self, which: ColumnElement[bool], *, expired: bool = False) -> int:
        """Take rows away; answers with how many they were. `expired`: they would open nothing if
        they came back, so that nothing of them is kept in mind.
        """
        self._session.locked.clear()
        gone = delete(self._table).where(which)
        if not self._is_versioned:
            return self._connection.execute(gone).rowcount
        rows = self._connection.execute(gone.returning(self._key, self._table.c.tag)).all()
        for _, tag in rows:
            self._session.note_change(self._table, gone=tag)
        if expired:
            self._session.removed += [(self.reader.newest, key) for key, _ in rows]
        return len(rows)

    def _count(self, made: Mapping[str, Any], *, gone: str = "", come: str = "") -> None:
        if self._is_versioned:
            key = made[self._key.name]
            self._session.written.setdefault(self._table.name, {})[key] = made["version"]
            self._session.note_change(self._table, gone=gone, come=come)

    def _columns_with_tag(self, *columns: Column[Any]) -> list[Column[Any]]:
        versions = [self._table.c.version] if self._is_versioned else []
        return [*dict.fromkeys([*columns, self._key]), self._table.c.tag, *versions]

    def _next_version(self, key: object, old: int) -> int:
        """One more than any before; the same all through one transaction."""
        if not self._is_versioned:
            return 0
        written = self._session.written.get(self._table.name, {})
        return written.get(key) or max(int(old), self.reader.newest.get(key, 0)) + 1

    def tagged_row(
        self, values: Mapping[str, Any], seal: Mapping[str, str], version: int = 0
    ) -> dict[str, Any]:
        """The row as it is written: its values, what is sealed in it, its version and its tag."""
        key = values[self._key.name]
        must = {c.name for c in self._table.columns if not c.nullable}
        covered = {n: values[n] if n in must else values.get(n) for n in self._columns}
        made = dict(values) | {"tag": tag_of(self._vault, self._table, version, covered)}
        for column, text in seal.items():
            where = self.place(column, key, version)
            made[column] = self._vault.seal(text, where) if text else ""
        if self._is_versioned:
            made["version"] = version
        return made
