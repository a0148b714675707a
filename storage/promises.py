"""Promises as rows with a due time; each due row is claimed by one process."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, bindparam, delete, func, or_, select, update

from storage.tables import promises, upsert
from workflows.core.ports import StandingPromise
from workflows.model.codes import code_of
from workflows.model.promise import Promise, PromiseKind

_COLUMNS = (
    "kind",
    "subject_id",
    "item_id",
    "case_id",
    "meeting_id",
    "agency_id",
    "member_id",
    "since",
    "due_at",
    "urgent",
)


# Asked in every command: made once.
_OF_SUBJECT: Final = select(promises).where(promises.c.subject_id == bindparam("subject"))


class PromiseStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(self, subject_id: str, wanted: Iterable[tuple[Promise, datetime | None]]) -> None:
        rows = self._connection.execute(_OF_SUBJECT, {"subject": subject_id})
        held = {row.key: row for row in rows}
        new = []
        for promise, first_at in wanted:
            row = held.pop(promise.key, None)
            values = {c: getattr(promise, c) for c in _COLUMNS}
            if row is None:
                new.append({"key": promise.key, "step": 0, "next_at": first_at, **values})
                continue
            changed = {c: v for c, v in values.items() if getattr(row, c) != v}
            if "due_at" in changed:
                changed |= {"step": 0, "next_at": first_at}
            if changed:
                same = promises.c.key == promise.key
                self._connection.execute(update(promises).where(same).values(**changed))
        if new:  # of the digest, whose subject nobody locks, another process may have been faster
            added = upsert(self._connection, promises)
            self._connection.execute(added.on_conflict_do_nothing(index_elements=["key"]), new)
        if held:
            self._connection.execute(delete(promises).where(promises.c.key.in_(held)))

    def open(
        self, *, subject_id: str | None = None, kinds: Collection[PromiseKind] | None = None
    ) -> list[Promise]:
        query = select(promises).order_by(promises.c.due_at)
        if subject_id is not None:
            query = query.where(promises.c.subject_id == subject_id)
        if kinds is not None:
            query = query.where(promises.c.kind.in_([str(k) for k in kinds]))
        return [_promise(row) for row in self._connection.execute(query)]

    def owed_by(self, agency_id: str, member_ids: Collection[str], key: str = "") -> list[Promise]:
        mine = or_(
            promises.c.agency_id == agency_id,
            promises.c.agency_id.is_(None) & promises.c.member_id.in_(list(member_ids)),
        )
        query = select(promises).where(mine).order_by(promises.c.due_at)
        if key:
            query = query.where(promises.c.key == key)
        return [_promise(row) for row in self._connection.execute(query)]

    def holds(self, key: str) -> bool:
        query = select(func.count()).select_from(promises).where(promises.c.key == key)
        return bool(self._connection.execute(query).scalar_one())

    def held(self, keys: Collection[str]) -> set[str]:
        query = select(promises.c.key).where(promises.c.key.in_(list(keys)))
        return set(self._connection.execute(query).scalars())

    def due_times(self, keys: Collection[str]) -> dict[str, datetime]:
        query = select(promises.c.key, promises.c.due_at).where(promises.c.key.in_(list(keys)))
        return {row.key: row.due_at for row in self._connection.execute(query)}

    def standing(self, subject_ids: Collection[str]) -> list[StandingPromise]:
        query = select(promises).where(promises.c.subject_id.in_(list(subject_ids)))
        rows = self._connection.execute(query.order_by(promises.c.due_at, promises.c.key))
        return [StandingPromise(_promise(row), row.step, row.next_at) for row in rows]

    def due(self, now: datetime) -> list[str]:
        query = select(promises.c.key).where(promises.c.next_at <= now)
        ordered = query.order_by(promises.c.next_at, promises.c.key)
        return list(self._connection.execute(ordered).scalars())

    def next_due(self) -> datetime | None:
        return self._connection.execute(
            select(promises.c.next_at)
            .where(promises.c.next_at.is_not(None))
            .order_by(promises.c.next_at)
            .limit(1)
        ).scalar_one_or_none()

    def claim(self, now: datetime, key: str = "") -> StandingPromise | None:
        query = select(promises).where(promises.c.next_at <= now)
        if key:
            query = query.where(promises.c.key == key)
        row = self._connection.execute(
            query.order_by(promises.c.next_at, promises.c.key)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        return StandingPromise(_promise(row), row.step, row.next_at) if row else None

    def silent(self, kinds: Collection[PromiseKind]) -> list[StandingPromise]:
        query = select(promises).where(
            promises.c.next_at.is_(None), promises.c.kind.in_([str(k) for k in kinds])
        )
        rows = self._connection.execute(query)
        return [StandingPromise(_promise(row), row.step, None) for row in rows]

    def scheduled(self, after: datetime) -> list[StandingPromise]:
        query = select(promises).where(promises.c.next_at > after)
        rows = self._connection.execute(query)
        return [StandingPromise(_promise(row), row.step, row.next_at) for row in rows]

    def stepped(self, key: str, step: int, next_at: datetime | None) -> None:
        self._connection.execute(
            update(promises).where(promises.c.key == key).values(step=step, next_at=next_at)
        )


def _promise(row: Row[tuple[object, ...]]) -> Promise:
    values = {c: getattr(row, c) for c in _COLUMNS}
    values["kind"] = code_of(PromiseKind, values["kind"])
    return Promise(**values)
