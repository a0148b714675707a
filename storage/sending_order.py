"""In which order notices go, and when there is next something to send."""

from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from storage.tables import Instant, outbox, ways
from workflows.model.notice import IN_ORDER

# [ours] What failed more often by itself holds up nothing else that its receiver is to hear.
IN_ORDER_FOR: Final = 3  # attempts


def is_open(table: FromClause) -> ColumnElement[bool]:
    """Whether a notice is still to go, or is being sent."""
    # Written out, as in the indexes that are made for it.
    return table.c.state.in_([literal_column("'waiting'"), literal_column("'sending'")])


@cache
def first_of(*, stray: bool) -> Select[Any]:
    """The notice that goes next by the way `via` at the moment `now`, or, `stray`, by none of
    `ways`; locked. Written once: it is asked before every notice that is sent."""
    now = bindparam("now", type_=Instant())
    others = outbox.c.via.not_in(bindparam("ways", expanding=True))
    which = others if stray else outbox.c.via == bindparam("via")
    return (
        select(outbox)
        .where(is_open(outbox), which, outbox.c.try_at <= now, not_(is_held_up(now)))
        .order_by(outbox.c.rank, outbox.c.created_at, outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=outbox)
    )


def is_held_up(now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether an earlier notice to the same member goes first: it is being sent, is due, or waits
    for its next attempt. What is urgent waits for none."""
    before = outbox.alias("before")
    earlier = or_(
        before.c.created_at < outbox.c.created_at,
        and_(before.c.created_at == outbox.c.created_at, before.c.id < outbox.c.id),
    )
    under_way = or_(before.c.try_at <= now, before.c.attempts > 0, before.c.error != "")
    return and_(
        outbox.c.rank >= IN_ORDER,
        exists().where(
            before.c.via == outbox.c.via,
            before.c.member_id == outbox.c.member_id,
            is_open(before),
            before.c.attempts <= IN_ORDER_FOR,
            earlier,
            under_way,
        ),
    )


def next_try(connection: Connection) -> datetime | None:
    """When something is to be sent, or a way that is down is tried again."""
    down = ways.c.down_since.is_not(None) & ways.c.up_at.is_(None)
    shut = exists().where(ways.c.name == outbox.c.via, down)
    next_due = select(func.min(outbox.c.try_at)).where(is_open(outbox), not_(shut))
    next_probe = select(func.min(ways.c.probe_at)).where(down)
    found = (connection.execute(query).scalar_one_or_none() for query in (next_due, next_probe))
    return min((at for at in found if at), default=None)
