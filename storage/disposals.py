"""What was approved to be disposed of, and the proof of it once it is done."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.documents import to_text
from storage.tables import disposals, upsert
from storage.vault import Vault
from workflows.retention.ports import Disposal

_PLAIN = (
    "id",
    "kind",
    "subject_id",
    "number",
    "ended_on",
    "kept_until",
    "approved_by",
    "approved_at",
    "agreed_by",
    "agreed_at",
    "disposed_at",
    "proof",
)


class DisposalStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def add(self, disposal: Disposal) -> bool:
        done = self._connection.execute(
            upsert(self._connection, disposals)
            .values(
                counts=json.dumps(dict(disposal.counts), sort_keys=True),
                **{name: getattr(disposal, name) for name in _PLAIN},
            )
            .on_conflict_do_nothing(index_elements=["kind", "subject_id"])
            .returning(disposals.c.id)  # psycopg keeps no row count of an INSERT
        )
        return done.first() is not None

    def waiting(self) -> list[Disposal]:
        query = select(disposals).where(disposals.c.disposed_at.is_(None))
        ordered = query.order_by(disposals.c.approved_at, disposals.c.id)
        return [_disposal(r) for r in self._connection.execute(ordered)]

    def claim(self, disposal_id: str) -> Disposal | None:
        row = self._connection.execute(
            select(disposals)
            .where(disposals.c.id == disposal_id, disposals.c.disposed_at.is_(None))
            .with_for_update(skip_locked=True)
        ).one_or_none()
        return _disposal(row) if row else None

    def agree(self, disposal_id: str, by: str, at: datetime) -> None:
        self._connection.execute(
            update(disposals)
            .where(disposals.c.id == disposal_id, disposals.c.disposed_at.is_(None))
            .values(agreed_by=by, agreed_at=at)
        )

    def finish(self, disposal_id: str, at: datetime, counts: Mapping[str, int], proof: str) -> None:
        self._connection.execute(
            update(disposals)
            .where(disposals.c.id == disposal_id)
            .values(disposed_at=at, counts=json.dumps(dict(counts), sort_keys=True), proof=proof)
        )

    def withdraw(self, disposal_id: str) -> None:
        self._connection.execute(
            delete(disposals).where(
                disposals.c.id == disposal_id, disposals.c.disposed_at.is_(None)
            )
        )

    def done(self) -> list[Disposal]:
        query = select(disposals).where(disposals.c.disposed_at.is_not(None))
        ordered = query.order_by(disposals.c.disposed_at.desc(), disposals.c.number, disposals.c.id)
        return [_disposal(r) for r in self._connection.execute(ordered)]

    def digest(self, entity: object) -> str:
        return self._vault.index("disposal", to_text(entity))


def _disposal(row: Row[tuple[Any, ...]]) -> Disposal:
    return Disposal(counts=json.loads(row.counts), **{name: getattr(row, name) for name in _PLAIN})
