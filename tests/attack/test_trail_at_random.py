"""Whatever is done to the trail, its head and its checkpoints by who has no keys is found, and who
follows it never fails. A round that failed is repeated by its seed."""

import random
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Table, column, select, text
from sqlalchemy import table as any_table
from sqlalchemy.exc import DatabaseError, NoResultFound

from storage.tables import checkpoints, trail, trail_head
from tests.attack.kinds import Kind
from tests.attack.odd import odd
from tests.attack.rounds import seeds
from tests.storage.test_trail import found, signed, write
from tests.support.town import TownHall
from tests.support.trail_attacks import WITHOUT_KEYS, last_seq, owning

TAMPERINGS: Final = 40  # of a round
SAYS_NOTHING: Final = {("trail_head", "id")}  # there is one row, whatever it is called
TABLES: Final = (trail, trail, trail_head, checkpoints)

pytestmark = [pytest.mark.attack(Kind.TRAIL), pytest.mark.timeout(600)]


def _as_it_stands(connection: Connection, table: Table) -> list[Any]:
    """The rows as they are kept; [None] where the database itself cannot read them."""
    raw = any_table(table.name, *[column(c.name) for c in table.columns])
    try:
        return [tuple(row) for row in connection.execute(select(raw).order_by(text("rowid")))]
    except DatabaseError:
        return [None]


def _write_anywhere(connection: Connection, dice: random.Random) -> None:
    """One or two columns of a row otherwise: as in another row, or as nobody means."""
    table = dice.choice(TABLES)
    places = [*connection.execute(text(f"SELECT rowid FROM {table.name}")).scalars()]  # noqa: S608
    names = [c.name for c in table.columns if (table.name, c.name) not in SAYS_NOTHING]
    for name in dice.sample(names, dice.randint(1, 2)):
        other = f"(SELECT {name} FROM {table.name} WHERE rowid = {dice.choice(places)})"  # noqa: S608
        typed = odd(dice)[:500].encode("utf-8", "ignore").decode()
        value = dice.choice((typed, None, 0, -1, 7, 2**62, 0.5, b"\xff\xfe", "0" * 64, ""))
        said = other if dice.random() < 0.3 else ":value"
        connection.execute(
            text(f"UPDATE {table.name} SET {name} = {said} WHERE rowid = :place"),  # noqa: S608
            {"value": value, "place": dice.choice(places)},
        )


@pytest.mark.parametrize("seed", seeds(1))
def test_whatever_is_done_to_the_trail_without_keys_is_found(hall: TownHall, seed: int) -> None:
    """One to three things at once, each as somebody with SQL alone can do it."""
    dice = random.Random(seed)
    write(hall, "case_opened", "referred", "replied")
    signed(hall)
    write(hall, "replied", "case_closed")
    signed(hall)
    write(hall, "referred", "replied", "case_closed")
    for _ in range(TAMPERINGS):
        done = []
        with owning(hall.database) as connection:
            before = [_as_it_stands(connection, table) for table in dict.fromkeys(TABLES)]
            assert found(connection, hall) is None
            for _ in range(dice.randint(1, 3)):
                how = dice.choice([*WITHOUT_KEYS, "written", "written", "written", "written"])
                done.append(how)
                try:
                    if how == "written":
                        _write_anywhere(connection, dice)
                    else:
                        WITHOUT_KEYS[how](connection, dice.randint(1, last_seq(connection)))
                except (DatabaseError, NoResultFound, ValueError, TypeError, IndexError):
                    break  # the database refuses it, or there is no such row any more
            if before != [_as_it_stands(connection, table) for table in dict.fromkeys(TABLES)]:
                assert found(connection, hall) is not None, (seed, done)
