"""Which notices of some keys have not come into their receivers' inboxes yet."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from storage.sending_order import is_open
from storage.tables import outbox


def due_in_house(now: datetime, keys: Collection[str]) -> Select[Any]:
    """Those that are about to come, held fast, the first one first."""
    return (
        select(outbox)
        .where(outbox.c.via == "", outbox.c.state == "waiting", outbox.c.try_at <= now)
        .where(outbox.c.key.in_(list(keys)))
        .order_by(outbox.c.created_at, outbox.c.id)
        .with_for_update(skip_locked=True)
    )


def unsent_for(member_ids: Collection[str], keys: Collection[str]) -> Select[Any]:
    """Those for these members that go with a promise: the fields of a QueuedReminder."""
    return (
        select(outbox.c.id, outbox.c.dedupe_key, outbox.c.promise, outbox.c.try_at)
        .where(outbox.c.via == "", outbox.c.member_id.in_(list(member_ids)), is_open(outbox))
        .where(outbox.c.state == "waiting", outbox.c.promise.is_not(None))
        .where(outbox.c.key.in_(list(keys)))
        .order_by(outbox.c.try_at, outbox.c.id)
    )
