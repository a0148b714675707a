"""What was approved to be disposed of, and the proof of it once it is done."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from storage.documents import to_text
from storage.tables import disposals
from storage.tagged_rows import TaggedSession
from workflows.model.disposal import Disposal

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
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._vault = session.connection, session.vault
        self._rows = session.of(disposals)

    def add(self, disposal: Disposal) -> bool:
        values = {name: getattr(disposal, name) for name in _PLAIN}
        values["counts"] = json.dumps(dict(disposal.counts), sort_keys=True)
        return self._rows.insert(values, unless=["kind", "subject_id"])

    def waiting(self) -> list[Disposal]:
        query = select(disposals).where(disposals.c.disposed_at.is_(None))
        ordered = query.order_by(disposals.c.approved_at, disposals.c.id)
        return self._disposals(ordered)

    def claim(self, disposal_id: str) -> Disposal | None:
        found = self._disposals(
            select(disposals)
            .where(disposals.c.id == disposal_id, disposals.c.disposed_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        return found[0] if found else None

    def agree(self, disposal_id: str, by: str, at: datetime) -> None:
        waits = (disposals.c.id == disposal_id) & disposals.c.disposed_at.is_(None)
        self._rows.change(waits, {"agreed_by": by, "agreed_at": at})

    def finish(self, disposal_id: str, at: datetime, counts: Mapping[str, int], proof: str) -> None:
        text = json.dumps(dict(counts), sort_keys=True)
        done = {"disposed_at": at, "counts": text, "proof": proof}
        self._rows.change(disposals.c.id == disposal_id, done)

    def withdraw(self, disposal_id: str) -> None:
        self._rows.remove((disposals.c.id == disposal_id) & disposals.c.disposed_at.is_(None))

    def done(self) -> list[Disposal]:
        query = select(disposals).where(disposals.c.disposed_at.is_not(None))
        ordered = query.order_by(disposals.c.disposed_at.desc(), disposals.c.number, disposals.c.id)
        return self._disposals(ordered)

    def digest(self, entity: object) -> str:
        return self._vault.index("disposal", to_text(entity))

    def _disposals(self, query: Select[Any]) -> list[Disposal]:
        """A row that is not as the bot wrote it has nothing disposed of, and proves nothing."""
        return [_disposal(r) for r in self._connection.execute(query) if self._rows.is_authentic(r)]


def _disposal(row: Row[tuple[Any, ...]]) -> Disposal:
    return Disposal(counts=json.loads(row.counts), **{name: getattr(row, name) for name in _PLAIN})
