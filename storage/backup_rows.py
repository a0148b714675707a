"""What is in a backup: every row of every table as a line of JSON, the same for both databases.

- `{"table": "cases", "columns": ["id", …]}` begins a table,
- `["0f3c…", …]` is a row of it, as the database holds it,
- `{"end": {"cases": [12, "9f86d081…"], …}}` tells how many rows there were, and their digest.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Date, MetaData, Table, delete, insert, select

from storage.tables import metadata, replicas, sign_ins

# Whoever gets hold of an old backup gets nobody's session, and a restore brings none back; no
# process of then goes on.
TABLES_LEFT_OUT: Final = frozenset({sign_ins.name, replicas.name})
TABLE_NAMES: Final = tuple(t.name for t in metadata.sorted_tables if t.name not in TABLES_LEFT_OUT)
BATCH_ROWS: Final = 500  # rows

Counts = dict[str, list[int | str]]  # by table: how many rows, and their digest


class ByteSink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class RowsDiffer(Exception):
    """What came into a database is not what was in the backup."""


def write_rows(connection: Connection, out: ByteSink, names: Iterable[str] = TABLE_NAMES) -> Counts:
    """Write the rows of these tables, those first to which others point."""
    held = _tables(connection)
    counts: Counts = {}
    for name in names:
        columns = [column.name for column in held[name].columns]
        out.write(_line({"table": name, "columns": columns}))
        tally = _Tally()
        for line in _lines(connection, held[name], columns):
            out.write(line)
            tally.add(line)
        counts[name] = tally.told
    out.write(_line({"end": counts}))
    return counts


def read_rows(connection: Connection, lines: Iterable[bytes]) -> Counts:
    """Put the rows into tables of the version they came from, and compare what is there then.

    Raises RowsDiffer.
    """
    held = _tables(connection)
    filled: dict[str, list[str]] = {}
    counts: Counts = {}
    target = _Target(connection)
    for line in lines:
        match json.loads(line):
            case list(values):
                target.add(values)
            case {"table": str(name), "columns": list(columns)}:
                target.turn_to(held[name], columns)
                filled[name] = columns
            case {"end": dict(counts)}:
                target.flush()
            case _:
                raise RowsDiffer
    if counts.keys() != filled.keys():
        raise RowsDiffer
    for name, columns in filled.items():
        tally = _Tally()
        for line in _lines(connection, held[name], columns):
            tally.add(line)
        if tally.told != counts[name]:
            raise RowsDiffer(name)
    return counts


class _Tally:
    """Counts rows and adds up their digests, so that their order makes no difference."""

    def __init__(self) -> None:
        self._rows, self._sum = 0, 0

    def add(self, line: bytes) -> None:
        self._rows += 1
        self._sum = (self._sum + int.from_bytes(sha256(line).digest(), "big")) % 2**256

    @property
    def told(self) -> list[int | str]:
        return [self._rows, f"{self._sum:064x}"]


class _Target:
    """Inserts rows into one table after the other, many at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._table: Table | None = None
        self._columns: list[str] = []
        self._dates: list[int] = []
        self._rows: list[dict[str, Any]] = []

    def turn_to(self, table: Table, columns: list[str]) -> None:
        self.flush()
        self._table, self._columns = table, columns
        dates = {c.name for c in table.columns if isinstance(c.type, Date)}
        self._dates = [i for i, name in enumerate(columns) if name in dates]
        self._connection.execute(delete(table))  # what the migrations put there, the chain's head

    def add(self, values: list[Any]) -> None:
        for place in self._dates:
            values[place] = values[place] and date.fromisoformat(values[place])
        self._rows.append(dict(zip(self._columns, values, strict=True)))
        if len(self._rows) == BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        if self._rows and self._table is not None:
            self._connection.execute(insert(self._table), self._rows)
        self._rows = []


def _tables(connection: Connection) -> dict[str, Table]:
    """The tables as they are in the database: it may stand at an older version than this program.

    Read from the database, an instant is the text that it is kept as.
    """
    found = MetaData()
    found.reflect(connection)
    return dict(found.tables)


def _lines(connection: Connection, table: Table, columns: list[str]) -> Iterator[bytes]:
    query = select(*(table.c[name] for name in columns)).order_by(*table.primary_key.columns)
    for row in connection.execute(query, execution_options={"yield_per": BATCH_ROWS}):
        yield _line(list(row))


def _line(told: object) -> bytes:
    return json.dumps(told, separators=(",", ":"), default=date.isoformat).encode() + b"\n"
