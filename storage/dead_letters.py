"""Notices that reached nobody, or of which nobody knows it: a page of them, and letting one go."""

from datetime import datetime

from sqlalchemy import and_, or_, select, update

from storage.outbox import delivery_of
from storage.tables import outbox
from storage.tagged_rows import TaggedSession
from workflows.core.ports import DeliveryState
from workflows.model.notice import Notice

_FAILED = ("dead", "unknown")


class DeadLetterStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection = session.connection

    def page(self, before: str, limit: int) -> list[DeliveryState]:
        query = select(outbox).where(outbox.c.state.in_(_FAILED))
        end = self._connection.execute(
            select(outbox.c.created_at, outbox.c.id).where(outbox.c.id == before)
        ).one_or_none()
        if end:
            query = query.where(
                or_(
                    outbox.c.created_at < end.created_at,
                    and_(outbox.c.created_at == end.created_at, outbox.c.id < end.id),
                )
            )
        rows = query.order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(limit)
        return [delivery_of(row) for row in self._connection.execute(rows)]

    def let_go(self, notice_id: str, at: datetime, reason: str) -> bool:
        done = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == notice_id, outbox.c.state.in_(_FAILED))
            .values(state="dropped", content="", try_at=None, sent_at=at, error=reason)
        )
        return done.rowcount == 1

    def find_fallback(self, notice: Notice, via: str, way: str) -> tuple[str, DeliveryState | None]:
        base = self._connection.execute(
            select(outbox.c.dedupe_key).where(outbox.c.id == notice.id)
        ).scalar_one()
        key = f"{base.removesuffix(f':{via}') if via else base}:{way}"
        found = self._connection.execute(
            select(outbox).where(outbox.c.dedupe_key == key)
        ).one_or_none()
        return key, delivery_of(found) if found else None
