"""Whatever is written into whichever row by who has no keys is found, and the search for it never
fails. A round that failed is repeated by its seed."""

import random
from typing import Final

import pytest
from sqlalchemy import Connection, Table, column, select
from sqlalchemy import table as any_table
from sqlalchemy.exc import DatabaseError

from storage.row_check import CHECKED_BY_DAILY_JOB
from storage.tagged_tables import TAGGED, sealed_in
from tests.attack.figures import STATEMENTS, did
from tests.attack.kinds import Kind
from tests.attack.odd import odd
from tests.attack.rounds import seeds
from tests.storage.test_row_tags import assert_unreadable, faults, fill, owned
from tests.support.row_attacks import Values, another_value, first_row, write
from tests.support.town import TownHall

TAMPERINGS: Final = 60  # of a round

pytestmark = [pytest.mark.attack(Kind.ROWS), pytest.mark.timeout(600)]


def _keys(connection: Connection, table: Table) -> list[object]:
    (key,) = table.primary_key.columns
    raw = any_table(table.name, column(key.name))
    return [*connection.execute(select(raw.c[key.name]).order_by(raw.c[key.name])).scalars()]


def _values(dice: random.Random, table: Table, row: Values, other: Values) -> Values:
    """One to three columns of the row otherwise: as in another row, as could be, or as nobody
    means."""
    looked_at = [c.name for c in table.columns if c.name not in TAGGED[table.name].untagged_columns]
    found: Values = {}
    for name in dice.sample(looked_at, min(len(looked_at), dice.randint(1, 3))):
        text = odd(dice)[:2_000].encode("utf-8", "ignore").decode()
        found[name] = dice.choice(
            (other[name], another_value(table, name, row[name]), text, None, 0, -1, 2**62, 0.5,
             b"\xff\xfe", row[name])
        )  # fmt: skip
    return found


@pytest.mark.parametrize("seed", seeds(1))
def test_whatever_is_written_into_whichever_row_is_found(hall: TownHall, seed: int) -> None:
    """The row is named, or what is sealed in it opens no more."""
    dice, vault = random.Random(seed), hall.database.vault
    fill(hall)
    for _ in range(TAMPERINGS):
        name = dice.choice(sorted(TAGGED))
        table = TAGGED[name].table
        (key,) = table.primary_key.columns
        with owned(hall) as connection:
            one, another = (dice.choice(_keys(connection, table)) for _ in range(2))
            row, other = (first_row(connection, table, k) for k in (one, another))
            values = _values(dice, table, row, other)
            wrong = (seed, name, one, values)
            did(STATEMENTS)
            try:
                write(connection, table, one, values)
            except DatabaseError:
                continue  # the database itself refuses it
            stands = values.get(key.name, one)
            try:
                now = first_row(connection, table, stands)
            except DatabaseError:
                now = {}  # no text any more
            changed = {c for c in row if row[c] != now.get(c, row)}
            if not changed:
                continue
            found = {fault.key for fault in faults(connection, vault, name)}
            if name in CHECKED_BY_DAILY_JOB and changed <= set(sealed_in(table)):
                sealed = min(changed)  # of content and line the content
                assert_unreadable(connection, vault, name, sealed, str(one))
            else:
                assert found & {"", str(now.get(key.name))}, wrong
