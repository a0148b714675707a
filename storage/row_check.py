"""Every tagged row held against its tag, and each table against what its rows add up to.

The check takes what stands there as it stands, and says which row, or, where the sum alone tells
it (one is gone, or an older one was put back with its tag), which table.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, update
from sqlalchemy.exc import DatabaseError

from storage.faults import is_damage
from storage.head import head_of, is_authentic, lock_heads, write_head
from storage.row_tags import (
    MODULUS,
    read_sums,
    select_unconverted,
    sums_of_all,
    sums_text,
    tag_of,
    tag_values,
    verifier_of,
)
from storage.tables import cases, meetings, place
from storage.tagged_tables import TAGGED, sealed_in
from storage.trail import TrailStore
from storage.vault import KeysMissing, Vault
from storage.wait_limits import allow_long_statements
from workflows.model.trail import RowFault

MOST: Final = 50  # faults of one table that are named
# Opened every night by themselves, a few in each transaction (maintenance/broken_records.py).
CHECKED_BY_DAILY_JOB: Final = frozenset({cases.name, meetings.name})


class RowCheckStore:
    def __init__(self, connection: Connection, vault: Vault, trail: TrailStore) -> None:
        self._connection, self._vault, self._trail = connection, vault, trail

    def tables(self) -> tuple[str, ...]:
        return tuple(TAGGED)

    def check(self, name: str, *, opens: bool) -> list[RowFault]:
        table = TAGGED[name].table
        allow_long_statements(self._connection)
        # Locked: what others have written by now is in the sums, too, and nothing else.
        heads = lock_heads(self._connection) if TAGGED[name].is_versioned else ()
        found, rows, total = [], 0, 0
        opens = opens and name not in CHECKED_BY_DAILY_JOB
        for row in self._rows(table, sealed=opens):
            rows += 1
            if row is None:
                found.append(RowFault(name, ""))  # the database itself cannot read it
                continue
            values = tag_values(table, row)
            total += self._vault.row_addend(values["tag"])
            if not self._fits(table, values, opens=opens):
                found.append(RowFault(name, str(values[verifier_of(self._vault, table).key.name])))
        for head in heads:  # one that the bot did not write is found by who follows the trail
            sums = read_sums(head.rows) if is_authentic(self._vault, head) else None
            wanted = sums.get(name, (0, 0)) if sums is not None else None
            if not found and wanted not in (None, (rows, total % MODULUS)):
                found.append(RowFault(name, ""))
        return found[:MOST]

    def _rows(self, table: Table, *, sealed: bool) -> Iterator[Row[Any] | None]:
        """The rows; None in place of what the database itself cannot read."""
        query = select_unconverted(table, sealed=sealed)
        try:
            yield from self._connection.execute(query).all()
        except DatabaseError as error:
            if not is_damage(error):
                raise
            yield None

    def _fits(self, table: Table, values: dict[str, Any], *, opens: bool) -> bool:
        reader = verifier_of(self._vault, table)
        if not reader.is_authentic(values):
            return False
        if reader.version(values) < reader.newest.get(values[reader.key.name], 0):
            return False
        if opens:
            try:
                for column in sealed_in(table):
                    if values[column]:
                        reader.unsealed(values, column)
            except KeysMissing:
                return False
        return True

    def accept(self) -> int:
        """Tag what does not fit as it stands, and add all up anew; how many rows that were.

        What is sealed in a row has to open there: a row in which it does not is left as it is.
        """
        done = 0
        allow_long_statements(self._connection)
        for entry in TAGGED.values():
            reader = verifier_of(self._vault, entry.table)
            reader.newest.clear()
            for row in self._connection.execute(select_unconverted(entry.table)).all():
                values = tag_values(entry.table, row)
                if not reader.is_authentic(values) and self._opens(entry.table, values):
                    tag = tag_of(self._vault, entry.table, reader.version(values), values)
                    key = reader.key == values[reader.key.name]
                    self._connection.execute(update(entry.table).where(key).values(tag=tag))
                    done += 1
        self._trail.change_row_sums(lambda _: sums_text(sums_of_all(self._connection, self._vault)))
        return done

    def _opens(self, table: Table, values: dict[str, Any]) -> bool:
        reader = verifier_of(self._vault, table)
        try:
            version = reader.version(values)
            for column in sealed_in(table):
                if values[column]:
                    where = place(table, column, values[reader.key.name], version)
                    self._vault.open(values[column], where)
        except (KeysMissing, ValueError, TypeError):
            return False
        return True


def drop_sums(connection: Connection, vault: Vault, names: Collection[str]) -> None:
    """Of these tables no row is there any more: a backup leaves them out."""
    for row in lock_heads(connection):
        sums = read_sums(row.rows)
        if sums:
            kept = {name: total for name, total in sums.items() if name not in names}
            write_head(connection, vault, row, replace(head_of(row), rows=sums_text(kept)))
