"""What somebody who may write the database does to the audit trail, in plain SQL.

Each function takes a connection in a transaction. Those of the first part need no key, and nothing
of them goes through the product; those of the second are for somebody who has the town's keys as
well, and with them the bot's own way of writing. TRAIL_ATTACKS of tests/attack/kinds.py names them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update

from storage.checkpoints import CheckpointStore, checkpoints_after
from storage.database import Database
from storage.head import head_of, mac_of
from storage.tables import checkpoints, trail, trail_head
from storage.trail import TrailStore, facts_in, link
from storage.vault import Vault
from tests.attack.figures import STATEMENTS, did
from workflows.core.ports import Event


@contextmanager
def owning(database: Database, *, keep: bool = False) -> Iterator[Connection]:
    """The database in the hands of somebody who may do anything; afterwards it is as before, or,
    with `keep`, as they left it."""
    did(STATEMENTS)
    with database.engine.connect() as connection, connection.begin() as transaction:
        drop_triggers(connection)
        yield connection
        if not keep:
            transaction.rollback()


def drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        for table in ("trail", "checkpoints"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for name in names.scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def event_of(row: Row[Any], vault: Vault) -> Event:
    """The event that a row of the trail holds, as it was sealed for this row."""
    facts = facts_in(row, vault, row.seq)
    assert facts is not None
    values = {column: getattr(row, column) for column in row._fields if column not in _NOT_OF_IT}
    return Event(id=row.seq, **{**values, "facts": facts})


_NOT_OF_IT = {"seq", "hash", "facts"}


# -- without keys ---------------------------------------------------------------------------------


def change(connection: Connection, seq: int) -> None:
    """Say that row `seq` was somebody else's deed."""
    connection.execute(update(trail).where(trail.c.seq == seq).values(actor_id="M99"))


def remove(connection: Connection, seq: int) -> None:
    connection.execute(trail.delete().where(trail.c.seq == seq))


def renumber(connection: Connection, rows: Sequence[int], by: int) -> None:
    """Give rows other numbers, in an order in which no two are the same in between."""
    for seq in sorted(rows, reverse=by > 0):
        connection.execute(update(trail).where(trail.c.seq == seq).values(seq=seq + by))


def swap(connection: Connection, one: int, other: int) -> None:
    for was, becomes in ((one, 90_000), (other, one), (90_000, other)):
        connection.execute(update(trail).where(trail.c.seq == was).values(seq=becomes))


def slip_in(connection: Connection, seq: int) -> None:
    """Push a copy of row `seq` in behind it, and number the later rows anew."""
    row = connection.execute(select(trail).where(trail.c.seq == seq)).one()
    renumber(connection, range(seq + 1, last_seq(connection) + 1), 1)
    connection.execute(insert(trail).values(**{**row._mapping, "seq": seq + 1}))


def cut(connection: Connection, seq: int) -> None:
    """Take away every row beyond `seq`, and leave all else as it is."""
    connection.execute(trail.delete().where(trail.c.seq > seq))


def cut_with_head(connection: Connection, seq: int) -> None:
    """The same, and set the note of the last row to what is the last row now."""
    cut(connection, seq)
    last = connection.execute(select(trail.c.hash).where(trail.c.seq == seq)).scalar()
    connection.execute(update(trail_head).values(seq=seq, hash=last or "0" * 64))


def cut_with_head_and_checkpoints(connection: Connection, seq: int) -> None:
    """The same, and take away the checkpoints of what is gone."""
    cut_with_head(connection, seq)
    connection.execute(checkpoints.delete().where(checkpoints.c.seq > seq))


def empty(connection: Connection, seq: int = 0) -> None:
    """Take away the whole trail, as if nothing had ever happened."""
    cut_with_head_and_checkpoints(connection, 0)


WITHOUT_KEYS: dict[str, Callable[[Connection, int], None]] = {
    "changed": change,
    "removed": remove,
    "swapped": lambda connection, seq: swap(connection, seq, seq + 1),
    "inserted": slip_in,
    "cut at its tail": cut,
    "cut with its head": cut_with_head,
    "cut with head and checkpoints": cut_with_head_and_checkpoints,
    "cut wholly": empty,
    "cut after the newest kept checkpoint": cut_with_head_and_checkpoints,
}


# -- with the keys --------------------------------------------------------------------------------


def chain_anew(connection: Connection, reads: Vault, links: Vault, seq: int) -> None:
    """Change row `seq`, and link everything after it again with the keys of `links`."""
    change(connection, seq)
    last = connection.execute(select(trail.c.hash).where(trail.c.seq == seq - 1)).scalar()
    last = last or "0" * 64
    for row in connection.execute(select(trail).where(trail.c.seq >= seq).order_by(trail.c.seq)):
        last = link(links, last, event_of(row, reads))
        connection.execute(update(trail).where(trail.c.seq == row.seq).values(hash=last))
    connection.execute(update(trail_head).values(hash=last))
    vouch(connection, links)


def vouch(connection: Connection, vault: Vault) -> None:
    """Give the head, as it stands now beside the newest checkpoint, a MAC of these keys."""
    marks = checkpoints_after(connection, None)
    newest = marks[-1].digest() if marks else ""
    head = replace(head_of(connection.execute(select(trail_head)).one()), checkpoint=newest)
    mac = mac_of(vault, head)
    connection.execute(update(trail_head).values(checkpoint=newest, mac=mac))


def write_anew(connection: Connection, vault: Vault, edit: Callable[[list[Event]], None]) -> None:
    """Make of the trail what `edit` makes of everything that happened: sealed, linked, vouched for
    and signed as the bot does it."""
    rows = connection.execute(select(trail).order_by(trail.c.seq)).all()
    happened = [event_of(row, vault) for row in rows]
    edit(happened)
    empty(connection)
    vouch(connection, vault)
    store = TrailStore(connection, vault)
    for event in happened:
        store.add(event)
    store.flush()
    CheckpointStore(connection, vault).sign(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))


def _written_anew(
    edit: Callable[[list[Event], int], None],
) -> Callable[[Connection, Vault, int], None]:
    """The attack that writes the trail anew; `edit` is given what happened and the place in it."""
    return lambda connection, vault, seq: write_anew(
        connection, vault, lambda happened: edit(happened, seq - 1)
    )


def _change(happened: list[Event], place: int) -> None:
    happened[place] = replace(happened[place], actor_id="M99")


def _remove(happened: list[Event], place: int) -> None:
    del happened[place]


def _swap(happened: list[Event], place: int) -> None:
    happened[place : place + 2] = reversed(happened[place : place + 2])


def _slip_in(happened: list[Event], place: int) -> None:
    happened.insert(place, replace(happened[place], actor_id="M99"))


def _cut(happened: list[Event], place: int) -> None:
    del happened[place + 1 :]


def _cut_and_vouch(connection: Connection, vault: Vault, seq: int) -> None:
    cut_with_head(connection, seq)
    vouch(connection, vault)


# The same with the keys: by what each is found. By the bot alone, by a kept checkpoint, or, as the
# documents say, by nothing.
ALONE, KEPT, NOT_FOUND = "the bot alone", "a kept checkpoint", "nothing"
WITH_KEYS: dict[str, tuple[Callable[[Connection, Vault, int], None], str]] = {
    "changed": (_written_anew(_change), KEPT),
    "removed": (_written_anew(_remove), KEPT),
    "swapped": (_written_anew(_swap), KEPT),
    "inserted": (_written_anew(_slip_in), KEPT),
    "cut at its tail": (lambda connection, vault, seq: cut(connection, seq), ALONE),
    "cut with its head": (_cut_and_vouch, ALONE),
    "cut with head and checkpoints": (_written_anew(_cut), KEPT),
    "cut wholly": (_written_anew(lambda happened, place: happened.clear()), KEPT),
    "cut after the newest kept checkpoint": (_written_anew(_cut), NOT_FOUND),
}


# -- with a copy of then --------------------------------------------------------------------------


@dataclass(frozen=True)
class End:
    """Where the trail ended at one moment, as somebody copied it."""

    head: dict[str, Any]
    last_checkpoint: int


def copy_of_the_end(connection: Connection) -> End:
    head = connection.execute(select(trail_head)).one()._mapping
    newest = connection.execute(select(func.max(checkpoints.c.seq))).scalar()
    return End(dict(head), newest or 0)


def put_back_the_end(connection: Connection, then: End) -> None:
    """Cut off what came since, and put the head of then back, with the MAC it had."""
    cut(connection, then.head["seq"])
    connection.execute(checkpoints.delete().where(checkpoints.c.seq > then.last_checkpoint))
    connection.execute(update(trail_head).values(**then.head))


# -- the list of decisions outside the database ---------------------------------------------------

# What becomes of the folder's lines in the hands of who has the folder and no keys.
CUTS_OF_A_LIST: dict[str, Callable[[tuple[str, ...]], Sequence[str]]] = {
    "at its end": lambda lines: lines[:-1],
    "in the middle": lambda lines: [*lines[:1], *lines[2:]],
    "at its beginning": lambda lines: lines[1:],
    "wholly": lambda lines: (),
    "changed": lambda lines: [*lines[:-1], lines[-1].replace('"n": ', '"n": 1')],
    "its links taken off": lambda lines: [
        json.dumps({k: json.loads(line)[k] for k in ("seq", "sealed")}) for line in lines
    ],
}


def last_seq(connection: Connection) -> int:
    return int(connection.execute(select(trail_head.c.seq)).scalar_one())
