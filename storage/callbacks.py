"""What chat platforms told us: kept before it is answered, worked off in order for each sender.

A row is claimed by a conditional UPDATE whose row count is checked; the claim is a lease. First it
is worked off, then what is answered is said: what cannot be said now holds up no later deed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from storage.claims import worker_of
from storage.tables import callbacks, insert_of, place
from storage.vault import Vault
from workflows.core.ports import Callback, Unreadable

LEASE = timedelta(minutes=2)
_OVER: dict[str, object] = {"answered": True, "content": "", "try_at": None}


@cache
def _insert(dialect: str) -> Any:
    """Rows that are not there yet, numbered after the last one by their `place` (1, 2, …); answers
    with the ids of those that were written (psycopg keeps no row count of an INSERT)."""
    last = select(func.coalesce(func.max(callbacks.c.number), 0)).scalar_subquery()
    return (
        insert_of(dialect)(callbacks)
        .values(number=last + bindparam("place", type_=Integer))
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(callbacks.c.id)
    )


class CallbackStore:
    def __init__(self, connection: Connection, vault: Vault, replica: str = "") -> None:
        self._replica = replica
        self._connection, self._vault = connection, vault

    def put(self, callback: Callback) -> bool:
        """Keep it; False when the same had come before."""
        return bool(self._put([self._row(callback)]))

    def put_claimed(self, given: Sequence[Callback], worker: str) -> frozenset[str]:
        """Keep these, of one moment, in their order; the ids of those that had not come before.

        They are leased to the worker as their first try, so that nobody else takes them: it has
        begun with them.
        """
        rows: dict[str, dict[str, Any]] = {}
        begun = {"attempts": 1, "worker": worker_of(self._replica, worker)}
        for callback in given:
            row = self._row(callback) | begun | {"try_at": callback.received_at + LEASE}
            rows.setdefault(callback.id, row)
        return self._put(list(rows.values()))

    def _put(self, rows: list[dict[str, Any]]) -> frozenset[str]:
        """In one statement, which is compiled once for however many rows."""
        numbered = [row | {"place": place} for place, row in enumerate(rows, 1)]
        done = self._connection.execute(_insert(self._connection.dialect.name), numbered)
        return frozenset(done.scalars())

    def _row(self, callback: Callback) -> dict[str, Any]:
        return {
            "id": callback.id,
            "platform": callback.platform,
            "sender": callback.sender,
            "content": self._sealed(callback.id, callback.content),
            "answered": False,
            "received_at": callback.received_at,
            "try_at": callback.received_at,
            "attempts": 0,
            "worker": None,
            "error": "",
        }

    def claim(self, now: datetime, worker: str, platform: str) -> Callback | None:
        """The first that is due and waits for none of the same sender's, leased.

        One whose lease ran out is claimed again: its worker died. One that cannot be read is put
        aside: it must not hold up those behind it.
        """
        earlier = callbacks.alias()
        # What is still to be worked off waits for deeds alone, what is to be said for all.
        holds_up = exists().where(
            earlier.c.platform == callbacks.c.platform,
            earlier.c.sender == callbacks.c.sender,
            tuple_(earlier.c.number, earlier.c.id) < tuple_(callbacks.c.number, callbacks.c.id),
            earlier.c.try_at.is_not(None),
            or_(earlier.c.answered.is_(False), callbacks.c.answered.is_(True)),
        )
        first = (
            select(callbacks)
            .where(callbacks.c.platform == platform, callbacks.c.try_at <= now, ~holds_up)
            .order_by(callbacks.c.answered.desc(), callbacks.c.number, callbacks.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        while (row := self._connection.execute(first).one_or_none()) is not None:
            claim = update(callbacks).where(
                callbacks.c.id == row.id, callbacks.c.attempts == row.attempts
            )
            try:
                found = self._callback(row)
            except Unreadable:
                self._connection.execute(claim.values(try_at=None, error="unreadable"))
                continue
            leased = claim.values(
                attempts=found.attempt,
                worker=worker_of(self._replica, worker),
                try_at=now + LEASE,
            )
            return found if self._connection.execute(leased).rowcount == 1 else None
        return None

    def answered(self, callback: Callback, worker: str, content: str, now: datetime) -> bool:
        """It was worked off; `content` is to be said. False when the lease was lost."""
        sealed = self._sealed(callback.id, content)
        return self._settle(
            callback, worker, {"answered": True, "content": sealed, "try_at": now, "attempts": 0}
        )

    def later(
        self,
        callback: Callback,
        worker: str,
        try_at: datetime,
        error: str,
        *,
        content: str,
        counted: bool,
    ) -> bool:
        """Try again then; `content` is what is left to be said (or to be worked off)."""
        values = {
            "try_at": try_at,
            "error": error[:200],
            "content": self._sealed(callback.id, content),
            "attempts": callback.attempt - (0 if counted else 1),
        }
        return self._settle(callback, worker, values)

    def over(self, callback: Callback, worker: str, error: str = "") -> bool:
        """Nothing is left to be done about it."""
        return self._settle(callback, worker, _OVER | {"error": error[:200]})

    def finish_all(self, given: Sequence[Callback], worker: str) -> None:
        """Nothing is left to be done about any of these, which were begun when they were put."""
        self._connection.execute(
            update(callbacks)
            .where(
                callbacks.c.id.in_([callback.id for callback in given]),
                callbacks.c.worker == worker_of(self._replica, worker),
                callbacks.c.attempts == 1,
            )
            .values(_OVER | {"error": "", "worker": None})
        )

    def take_back(self, callback: Callback, worker: str) -> bool:
        """Forget it: whoever told it was not answered, and tells it again or does without."""
        done = self._connection.execute(
            delete(callbacks).where(
                callbacks.c.id == callback.id,
                callbacks.c.worker == worker_of(self._replica, worker),
                callbacks.c.attempts == callback.attempt,
            )
        )
        return done.rowcount == 1

    def waiting(self, platform: str) -> int:
        """How many are not over."""
        query = select(func.count()).where(
            callbacks.c.platform == platform, callbacks.c.try_at.is_not(None)
        )
        return int(self._connection.execute(query).scalar_one())

    def _settle(self, callback: Callback, worker: str, values: Mapping[str, object]) -> bool:
        done = self._connection.execute(
            update(callbacks)
            .where(
                callbacks.c.id == callback.id,
                callbacks.c.worker == worker_of(self._replica, worker),
                callbacks.c.attempts == callback.attempt,
            )
            .values(worker=None, **values)
        )
        return done.rowcount == 1

    def _sealed(self, callback_id: str, content: str) -> str:
        if not content:
            return ""
        return self._vault.seal(content, place(callbacks, "content", callback_id))

    def _callback(self, row: Row[tuple[Any, ...]]) -> Callback:
        content = ""
        if row.content:
            content = self._vault.open(row.content, place(callbacks, "content", row.id))
        return replace(
            Callback(row.id, row.platform, row.sender, content, row.received_at),
            answered=row.answered,
            attempt=row.attempts + 1,
            error=row.error,
        )
