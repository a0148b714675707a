"""Changing the key while the bot runs: every sealed value is sealed anew, a few rows at a time.

Each batch is one short transaction, and each row is changed only if it still reads as it was read:
whoever writes meanwhile wins, and seals under the new key already. Nothing notes how far it is:
what stands under another key than the current one is what is left, so a run that was killed is
gone on with by the next. The old key stays with the keys, because old backups need it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Table, func, not_, select, true, update

from storage.compatibility import KEY_MISSING
from storage.database import Database
from storage.key_marks import SEAL, forget_mark, mark_keys, marked, one_at_a_time
from storage.tables import SEALED, about, place, version_of
from storage.vault import KeysMissing, KeyUnknown, age_of, keys_text, replace_keys
from storage.wait_limits import allow_long_statements
from workflows.core.errors import Refused
from workflows.core.ports import CannotStore

BATCH: Final = 200  # rows
PAUSE: Final = 0.5  # seconds, when everything that is left is held by others
KEY_CHECKS: Final = 50  # whether all processes hold a key: a pause apart, beyond two heartbeats

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class KeyLine:
    """One key: `state` is current, prepared, old or lost; `values` are those it seals."""

    id: str
    state: str
    values: int


@dataclass(frozen=True)
class RotationResult:
    """How a rotation ended: `unreadable` are places that no key opens, left as they were."""

    key_id: str
    done: int
    went_on: bool
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class _Spot:
    """A column of sealed values, and which rows of its table hold them."""

    table: Table
    column: Column[Any]
    rows: ColumnElement[bool]

    @property
    def key(self) -> Column[Any]:
        (key,) = self.table.primary_key.columns
        return key

    def place(self, key: object, version: int) -> str:
        if self.table is about:
            return f"about.{key}"
        return place(self.table, self.column.name, key, version)

    def under(self, key_id: str) -> ColumnElement[bool]:
        return self.column.startswith(f"{key_id}.")

    def left(self, target: str) -> ColumnElement[bool]:
        """Sealed, and not with the key `target`; the empty rest of a settled notice is neither."""
        return self.rows & (self.column != "") & not_(self.under(target))


SEALED_PLACES: Final = (
    *(_Spot(table, table.c[name], true()) for table, name in SEALED),
    _Spot(about, about.c.value, about.c.name == SEAL),
)


class KeyRing:
    """The keys of one database, as its operator sees and changes them."""

    def __init__(self, database: Database) -> None:
        self._database, self._vault = database, database.vault

    def lines(self) -> list[KeyLine]:
        """Every key that is held or still needed, the oldest first."""
        with self._database.engine.connect() as connection:
            known = {*self._vault.keys.seal, *marked(connection)}
            return [
                KeyLine(key_id, self._state(key_id), _values(connection, key_id))
                for key_id in sorted(known, key=age_of)
            ]

    def _state(self, key_id: str) -> str:
        if key_id not in self._vault.keys.seal:
            return "lost"
        if key_id == self._vault.current:
            return "current"
        return "old" if age_of(key_id) < age_of(self._vault.current) else "prepared"

    def rotate(self, told: OnProgress) -> RotationResult:
        """Seal everything under the newest key; under a fresh one when that is done already.

        `told` is called after every batch with the values done and the values in all. Raises
        Refused when a fresh key is needed and the keys come by a setting, which only the operator
        can change, and when another machine has not got the newest key yet; OSError when the keys
        file cannot be written, before anything was sealed.
        """
        held = self._vault.keys.newest
        prepared = held != self._vault.current
        self._begin("")
        first = self._reseal(told)
        if prepared or first.done:
            return replace(first, went_on=not prepared)
        if self._vault.keys.place is None:
            raise Refused("keys.rotate.none_prepared", id=self._vault.current)
        self._begin(held)
        return self._reseal(told)

    def _begin(self, held: str) -> None:
        """Make the newest key the current one, in the file too.

        A fresh one is made when `held` is still the newest: of two who rotate at once, the second
        finds the other's key in the file and goes on with that. On disk before it is used, and used
        when every process that works on this database holds it.
        """
        vault = self._vault
        with self._database.engine.connect() as connection, connection.begin():
            allow_long_statements(connection)
            one_at_a_time(connection)
            vault.keep_up(surely=True)
            if vault.keys.newest == held:
                newest = max(marked(connection), key=age_of)
                replace_keys(vault.keys.with_one_more(beyond=newest))
                vault.keep_up(surely=True)
        self._wait_until_held(vault.keys.newest)
        with self._database.engine.connect() as connection, connection.begin():
            allow_long_statements(connection)
            one_at_a_time(connection)
            vault.keep_up(surely=True)
            target = vault.keys.newest
            if vault.keys.place is not None and vault.keys.current != target:
                replace_keys(replace(vault.keys, current=target))
                vault.keep_up(surely=True)
            mark_keys(connection, vault, target)
        vault.use(target)

    def _wait_until_held(self, key_id: str) -> None:
        """Wait until every process has had the time to read its keys file again and to say so.

        Raises Refused when one still lacks the key: it would stand still as soon as that seals.
        """
        lacking = 0
        for ask in range(KEY_CHECKS):
            if ask:
                time.sleep(PAUSE)
            with self._database.engine.connect() as connection:
                lacking = self._database.lacking(connection, key_id)
            if not lacking:
                return
        raise Refused("keys.rotate.not_everywhere", id=key_id, count=lacking)

    def _reseal(self, told: OnProgress) -> RotationResult:
        """Pass over every column until nothing is left that can be sealed anew."""
        target = self._vault.current
        total, done = self._left(target), 0
        while True:
            before = done
            unreadable: list[str] = []
            for spot in SEALED_PLACES:
                for count in self._pass(spot, target, unreadable):
                    done += count
                    told(done, max(total, done))
            if self._left(target) <= len(unreadable):
                return RotationResult(target, done, went_on=False, unreadable=tuple(unreadable))
            if done == before:  # the rest is locked by those who work with it
                time.sleep(PAUSE)

    def _left(self, target: str) -> int:
        with self._database.engine.connect() as connection:
            allow_long_statements(connection)
            return sum(_count(connection, s.table, s.left(target)) for s in SEALED_PLACES)

    def _pass(self, spot: _Spot, target: str, unreadable: list[str]) -> Iterator[int]:
        """Once over one column; after each batch, how many were sealed anew."""
        beyond: ColumnElement[bool] = true()
        while True:
            with (
                self._database.engine.connect() as connection,
                connection.begin(),
                self._vault.asking(partial(marked, connection)),
            ):
                allow_long_statements(connection)
                rows = connection.execute(
                    select(
                        spot.key.label("key"),
                        spot.column.label("old"),
                        version_of(spot.table).label("version"),
                    )
                    .where(spot.left(target), beyond)
                    .order_by(spot.key)
                    .limit(BATCH)
                    # Waiting for a row while holding others is how two lock each other out.
                    .with_for_update(skip_locked=True)
                ).all()
                done = 0
                for key, old, version in rows:
                    where = spot.place(key, version)
                    try:
                        new = self._anew(old, where, target)
                    except KeyUnknown as error:  # of a newer rotation, on another machine
                        raise CannotStore(KEY_MISSING) from error
                    except KeysMissing:
                        unreadable.append(spot.place(key, 0))  # as it is told: by its id
                        continue
                    change = update(spot.table).where(spot.key == key, spot.column == old)
                    done += connection.execute(change.values({spot.column.name: new})).rowcount
            if not rows:
                return
            beyond = spot.key > rows[-1].key
            yield done

    def _anew(self, sealed: str, where: str, target: str) -> str:
        return self._vault.seal(self._vault.open(sealed, where), where, under=target)

    def forget(self, key_id: str) -> str:
        """Let go of a key for good. Raises Refused while anything needs it.

        Answers with the keys' new text when they come by a setting, else with nothing.
        """
        vault = self._vault
        with self._database.engine.connect() as connection, connection.begin():
            allow_long_statements(connection)
            one_at_a_time(connection)
            vault.keep_up(surely=True)
            if key_id not in vault.keys.seal:
                raise Refused("keys.forget.unknown", id=key_id)
            if key_id == vault.current:
                raise Refused("keys.forget.current", id=key_id)
            if found := _values(connection, key_id):
                raise Refused("keys.forget.used", id=key_id, count=found)
            forget_mark(connection, key_id)
        # Killed here, the key is still held and no longer asked for: it is forgotten again.
        kept = vault.keys.without(key_id, vault.current)
        if kept.place is None:
            return keys_text(kept)
        replace_keys(kept)
        return ""


def _values(connection: Connection, key_id: str) -> int:
    return sum(_count(connection, s.table, s.rows & s.under(key_id)) for s in SEALED_PLACES)


def _count(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(which)
    return int(connection.execute(query).scalar_one())
