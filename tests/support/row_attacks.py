"""What somebody can do who writes into the database by SQL and has no keys.

Each attack takes a connection in a transaction and does one thing with statements alone. The tests
and `make attack` run the same ones.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Integer, Row, Table, column, select, text
from sqlalchemy import table as any_table

from storage.tables import Instant, instant_text

Values = dict[str, Any]
LONG = 60


def insert_session(connection: Connection, member_id: str, token: str, now: datetime) -> None:
    """A session for a token of one's own, known by its SHA-256 as anybody can make it."""
    connection.execute(
        text(
            "INSERT INTO sign_ins (digest, kind, member_id, browser, method, created_at, seen_at,"
            " expires_at) VALUES (:digest, 'session', :member, NULL, 'link', :now, :now, :later)"
        ),
        {
            "digest": sha256(token.encode()).hexdigest(),
            "member": member_id,
            "now": instant_text(now),
            "later": instant_text(now + timedelta(days=30)),
        },
    )


def first_row(connection: Connection, table: Table, key: object = None) -> Values:
    """A row as it is kept: the first one, or the one of this key."""
    raw = any_table(table.name, *[column(c.name) for c in table.columns])
    query = select(raw).order_by(*[raw.c[c.name] for c in table.primary_key.columns]).limit(1)
    if key is not None:
        query = query.where(raw.c[_key_of(table)] == key)
    row: Row[Any] = connection.execute(query).one()
    return dict(row._mapping)


def another_value(table: Table, name: str, value: object) -> object:
    """A value that could stand in this column, and is not this one."""
    kind = table.c[name].type
    if isinstance(kind, Boolean):
        return not value
    if isinstance(kind, Integer):
        return int(str(value or 0)) + 1
    if isinstance(kind, Date):
        return "1999-12-31"
    if isinstance(kind, Instant):
        return "2031-01-01T00:00:00.000000Z"
    stands = str(value or "")
    if len(stands) > LONG:  # within what is sealed: what stands after its end is not looked at
        middle = len(stands) // 2
        return stands[:middle] + ("A" if stands[middle] != "A" else "B") + stands[middle + 1 :]
    return f"{stands}x"


def write(connection: Connection, table: Table, key: object, values: Values) -> None:
    """Change columns of one row, its tag and its version too where they are among them."""
    change = ", ".join(f"{name} = :{name}" for name in values)
    statement = f"UPDATE {table.name} SET {change} WHERE {_key_of(table)} = :the_key"  # noqa: S608
    connection.execute(text(statement), {**values, "the_key": key})


def put_back(connection: Connection, table: Table, before: Values) -> None:
    """An older state of a row, whole, with the tag that it had then."""
    write(connection, table, before[_key_of(table)], before)


def put_in(connection: Connection, table: Table, values: Values) -> None:
    """A row of one's own."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table.name} ({names}) VALUES ({marks})"), values)  # noqa: S608


def take_away(connection: Connection, table: Table, key: object) -> None:
    """One row less."""
    connection.execute(
        text(f"DELETE FROM {table.name} WHERE {_key_of(table)} = :key"),  # noqa: S608
        {"key": key},
    )


def _key_of(table: Table) -> str:
    (key,) = table.primary_key.columns
    return str(key.name)
