"""What waits for a time that is another one by now: the clock was put back, or a day closed."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from storage import callbacks as callback_store
from storage import outbox as outbox_store
from storage import posts as post_store
from storage.tables import Instant, callbacks, outbox, posts, trail
from workflows.japanese.dates import CLOCK_SKEW
from workflows.model.notice import IN_ORDER

RECENT_TRAIL_ROWS = (
    100  # rows of the trail: so many may have been added since the clock was put back
)
LONGEST_RETRY = timedelta(days=1)  # longer than anything waits between two attempts


class DueTimeStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def latest_moment(self) -> datetime | None:
        """The latest one at which anything was done of late, in whatever order."""
        newest = select(trail.c.at).order_by(trail.c.seq.desc()).limit(RECENT_TRAIL_ROWS).subquery()
        return self._connection.execute(select(func.max(newest.c.at))).scalar_one_or_none()

    def mornings(self, now: datetime) -> list[datetime]:
        query = select(outbox.c.try_at).where(_in_the_morning(), outbox.c.try_at >= now)
        return list(self._connection.execute(query.distinct().order_by(outbox.c.try_at)).scalars())

    def postpone(self, morning: datetime, to: datetime) -> set[str]:
        which = _in_the_morning() & (outbox.c.try_at == morning)
        whose = self._connection.execute(select(outbox.c.member_id).where(which)).scalars()
        readers = set(whose)
        self._let(outbox, which, to)
        return readers

    def bring_forward(
        self, now: datetime, morning: datetime, reminders: Collection[str] = ()
    ) -> int:
        """Let be due by the clock as it is now what waits for a time that the other one set: at
        once, or in the `morning` what was to come then. Of `reminders`, by their keys, what nobody
        has seen yet goes: it is not true yet. Answers with how much it was."""
        ahead, waits = now + CLOCK_SKEW, outbox.c.state == "waiting"
        tried = outbox.c.attempts > 0
        early = and_(waits, ~tried, outbox.c.created_at > ahead, outbox.c.via == "")
        self._connection.execute(delete(outbox).where(early, outbox.c.key.in_(reminders)))
        changed = self._let(
            outbox,
            and_(waits, ~tried, outbox.c.created_at > ahead, outbox.c.try_at > now),
            case(
                (outbox.c.try_at <= outbox.c.created_at, literal(now, Instant())),
                (outbox.c.try_at > literal(morning, Instant()), literal(morning, Instant())),
                else_=outbox.c.try_at,
            ),
        )
        # One that was tried already waits for no longer than for its next attempt.
        written_ahead = or_(outbox.c.created_at > ahead, outbox.c.try_at > now + LONGEST_RETRY)
        changed += self._let(outbox, and_(waits, tried, written_ahead, outbox.c.try_at > now), now)
        changed += self._leases(outbox, outbox.c.state == "sending", now, outbox_store.LEASE)
        for table, lease in ((posts, post_store.LEASE), (callbacks, callback_store.LEASE)):
            changed += self._let(table, and_(table.c.worker.is_(None), table.c.try_at > ahead), now)
            changed += self._leases(table, table.c.worker.is_not(None), now, lease)
        return changed

    def _leases(
        self, table: Table, which: ColumnElement[bool], now: datetime, lease: timedelta
    ) -> int:
        return self._let(table, which & (table.c.try_at > now + lease), now + lease)

    def _let(
        self, table: Table, which: ColumnElement[bool], at: datetime | ColumnElement[datetime]
    ) -> int:
        return self._connection.execute(update(table).where(which).values(try_at=at)).rowcount


def _in_the_morning() -> ColumnElement[bool]:
    """What waits for the office to open, and has not been tried yet."""
    waits = (outbox.c.state == "waiting") & (outbox.c.attempts == 0) & (outbox.c.via == "")
    return waits & (outbox.c.rank == IN_ORDER)
