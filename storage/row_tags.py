"""Tags: every row that decides who may what, or who is shown what, is authenticated.

`tag` is HMAC-SHA-256, under a key the database does not hold, over the table, the row's `version`
and its columns in the clear. What is sealed in a row opens at the row's version alone, so that it
is bound to its tag, and sealing it anew under another key changes none. Here tags are made, rows
held against them, and added up; storage/tagged_rows.py writes them, storage/tagged_tables.py says
which.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    RowMapping,
    Select,
    String,
    Table,
    select,
    type_coerce,
)  # fmt: skip

from storage.tables import instant_text, place
from storage.tagged_tables import TAGGED, columns_of, sealed_in
from storage.vault import KeysMissing, Vault

Values = Mapping[str, Any] | RowMapping  # of a row, by the names of its columns
log = logging.getLogger(__name__)

FORMAT: Final = 1  # of what a tag is computed over
MOST_LOGGED: Final = 1_000  # rows that are kept in mind as logged


def tag_of(vault: Vault, table: Table, version: int, values: Values) -> str:
    """The tag (64 hex digits) of a row with these values in the columns that it covers.

    A column that is empty is left out, so that one that comes in with a later version and is
    empty everywhere changes no tag.
    """
    covered = {name: _plain(values[name]) for name in columns_of(table)}
    filled = {name: value for name, value in covered.items() if value is not None}
    # What is no text (bytes, written there by hand) gives some tag, and never the right one.
    text = json.dumps([FORMAT, table.name, version, filled], ensure_ascii=False, default=repr)
    return vault.row_tag(text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


class RowChanged(KeysMissing):
    """A row is not as the bot wrote it: nothing in it is believed."""


Total = tuple[int, int]  # how many rows, and what they add up to


@dataclass
class WholeTable:
    """What was read of a whole table, when its rows added up to `total`; None: not to be believed
    without being read again."""

    total: Total | None


class RowVerifier:
    """Holds rows of one table against their tags; one for each table of a database.

    `values` are those of all columns of a row but the sealed ones, by name.
    """

    def __init__(self, vault: Vault, table: Table) -> None:
        self.vault, self.table = vault, table
        self._is_versioned = TAGGED[table.name].is_versioned
        (self.key,) = table.primary_key.columns
        # The newest version of each row that was read or written: an older one was put back. Other
        # processes may be ahead of it, and none is behind.
        self.newest: dict[object, int] = {}
        self._logged: set[tuple[object, str]] = set()
        self.kept: WholeTable | None = None  # as it was read last: see storage/directory.py

    def is_authentic(self, values: Values) -> bool:
        """Whether a row is as the bot wrote it; one that is not is logged by its key."""
        try:
            tag = tag_of(self.vault, self.table, self.version(values), values)
            good = compare_digest(tag, str(values["tag"]))
        except (ValueError, TypeError, OverflowError):  # no ASCII, no number
            good = False
        if not good:
            self.log_once(values[self.key.name], str(values["tag"]))
        return good

    def log_once(self, key: object, which: str) -> None:
        """Log it, once: the log is not filled by whoever reads it again and again."""
        if (key, which) not in self._logged:
            log.error("row_changed table=%s key=%s", self.table.name, key)
            if len(self._logged) == MOST_LOGGED:
                self._logged.clear()
            self._logged.add((key, which))

    def version(self, values: Values) -> int:
        return int(values["version"]) if self._is_versioned else 0  # ValueError: no number

    def opened(self, values: Values, column: str) -> str:
        """What is sealed in a row. Raises KeysMissing when it does not open there, RowChanged when
        the row is not as the bot wrote it."""
        if not self.is_authentic(values):
            raise RowChanged(self.table.name)
        return self.unsealed(values, column)

    def unsealed(self, values: Values, column: str) -> str:
        """The same of a row that was looked at already."""
        where = place(self.table, column, values[self.key.name], self.version(values))
        return self.vault.open(values[column], where)


@lru_cache(maxsize=256)
def verifier_of(vault: Vault, table: Table) -> RowVerifier:
    return RowVerifier(vault, table)


Sums = dict[str, Total]  # by table
MODULUS: Final = 2**256


def read_sums(text: str) -> Sums | None:
    """The sums that a head of the trail holds, "" for none yet; None when it holds none."""
    try:
        found = json.loads(text) if text else {}
        return {str(name): (int(rows), int(total, 16)) for name, (rows, total) in found.items()}
    except (ValueError, TypeError, AttributeError):
        return None


def sums_text(sums: Sums) -> str:
    return json.dumps({name: [rows, f"{total:064x}"] for name, (rows, total) in sums.items()})


def select_unconverted(table: Table, *, sealed: bool = True) -> Select[Any]:
    """The rows of a tagged table, nothing in them read as what it should be; `sealed` columns
    are long."""
    without = () if sealed else sealed_in(table)
    return select(*[_raw(column) for column in table.columns if column.name not in without])


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Boolean):
        return type_coerce(column, Integer).label(column.name)
    if isinstance(column.type, (String, Integer)):
        return column
    return type_coerce(column, String).label(column.name)


def tag_values(table: Table, row: Row[Any]) -> dict[str, Any]:
    """The values of a row of `select_unconverted`, as a tag takes them."""
    values = dict(row._mapping)
    for column in table.columns:
        if isinstance(column.type, Boolean) and values[column.name] in (0, 1):
            values[column.name] = bool(values[column.name])
    return values


def sums_of_all(connection: Connection, vault: Vault) -> Sums:
    """What the rows of all tables with versions add up to now."""
    tables = {name: entry.table for name, entry in TAGGED.items() if entry.is_versioned}
    return {name: sum_of(connection, vault, table) for name, table in tables.items()}


def sum_of(connection: Connection, vault: Vault, table: Table) -> tuple[int, int]:
    """How many rows there are, and what they add up to."""
    tags = connection.execute(select(table.c.tag)).scalars().all()
    return len(tags), sum(map(vault.row_addend, tags)) % MODULUS
