"""Which processes (`bot.py run`) work on this database, and what they have claimed.

Each says every HEARTBEAT_EVERY that it is alive. What one claimed that was not heard of for
DEAD_AFTER is due at once: the long leases are only for what nobody looks after. A claim younger
than that is left alone, so that who was held up and comes back loses nothing that it has just
begun.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, update

from storage import callbacks as callback_store
from storage import outbox as outbox_store
from storage import posts as post_store
from storage.claims import REPLICA
from storage.tables import about, callbacks, outbox, posts, replicas, upsert

HEARTBEAT_EVERY: Final = timedelta(seconds=10)
DEAD_AFTER: Final = timedelta(seconds=40)
DEAD_ROWS_KEPT: Final = timedelta(days=1)

_DUTY: Final = "duty."  # in `about`: who does what one process does at a time

# What is claimed where, and for how long.
_CLAIMED: Final[tuple[tuple[Table, ColumnElement[bool], timedelta], ...]] = (
    (outbox, outbox.c.state == "sending", outbox_store.LEASE),
    (posts, posts.c.try_at.is_not(None), post_store.LEASE),
    (callbacks, callbacks.c.try_at.is_not(None), callback_store.LEASE),
)


@dataclass(frozen=True)
class Replica:
    """One process, the version of its program, and the newest migration that it knows; `keys` are
    the ids of the sealing keys that it holds."""

    id: str
    program: str
    revision: str
    started_at: datetime
    keys: frozenset[str] = frozenset()


class ReplicaStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, replica: Replica, now: datetime) -> None:
        """Say that this one is alive."""
        values = {
            "program": replica.program,
            "revision": replica.revision,
            "started_at": replica.started_at,
            "alive_at": now,
            "keys": " ".join(sorted(replica.keys)),
        }
        self._connection.execute(
            upsert(self._connection, replicas)
            .values(id=replica.id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )

    def living(self, now: datetime) -> list[Replica]:
        """Those that were heard of lately, the oldest first."""
        query = select(replicas).where(_is_alive(now)).order_by(replicas.c.started_at)
        return [
            Replica(
                row.id,
                row.program,
                row.revision,
                row.started_at,
                frozenset((row.keys or "").split()),
            )
            for row in self._connection.execute(query)
        ]

    def take_job(self, name: str, replica: str, now: datetime) -> bool:
        """Whether this one does from now on what one of them does at a time: nobody who is alive
        has it."""
        alive = select(replicas.c.id).where(_is_alive(now))
        free = about.c.value.not_in(alive) | (about.c.value == replica)
        taken = self._connection.execute(
            upsert(self._connection, about)
            .values(name=f"{_DUTY}{name}", value=replica)
            .on_conflict_do_update(index_elements=["name"], set_={"value": replica}, where=free)
            .returning(about.c.name)
        )
        return taken.first() is not None

    def release_job(self, name: str, replica: str) -> None:
        mine = (about.c.name == f"{_DUTY}{name}") & (about.c.value == replica)
        self._connection.execute(delete(about).where(mine))

    def lacking(self, key_id: str, now: datetime, but: str = "") -> int:
        """How many that are alive, `but` this one, do not hold this key, or do not say so."""
        return sum(key_id not in one.keys for one in self.living(now) if one.id != but)

    def take_over(self, now: datetime) -> int:
        """Let everything be due that was claimed by who is dead; answers with how much it was."""
        alive = select(replicas.c.id).where(_is_alive(now))
        freed = 0
        for table, is_claimed, lease in _CLAIMED:
            abandoned = and_(
                is_claimed,
                func.substr(table.c.worker, REPLICA + 1, 1) == ":",
                func.substr(table.c.worker, 1, REPLICA).not_in(alive),
                # A lease that ends later than any made now was made by a clock since put back.
                or_(
                    table.c.try_at <= now + lease - DEAD_AFTER,
                    table.c.try_at > now + lease,
                ),
            )
            freed += self._free(table, abandoned, now)
        self._connection.execute(delete(replicas).where(replicas.c.alive_at < now - DEAD_ROWS_KEPT))
        return freed

    def give_back(self, replica: str, now: datetime) -> int:
        """Let everything be due at once that this one claimed; it ends and leaves the list."""
        self._connection.execute(delete(replicas).where(replicas.c.id == replica))
        duties = about.c.name.startswith(_DUTY) & (about.c.value == replica)
        self._connection.execute(delete(about).where(duties))
        return sum(
            self._free(table, is_claimed & table.c.worker.startswith(f"{replica}:"), now)
            for table, is_claimed, _ in _CLAIMED
        )

    def release_all_claims(self, now: datetime) -> int:
        """Let everything be due at once that anybody claimed: whoever it was is gone."""
        return sum(
            self._free(table, is_claimed & table.c.worker.is_not(None), now)
            for table, is_claimed, _ in _CLAIMED
        )

    def _free(self, table: Table, which: ColumnElement[bool], now: datetime) -> int:
        # Without a worker: one that comes back late with its result finds its lease gone.
        freed = update(table).where(which).values(worker=None, try_at=now)
        return self._connection.execute(freed).rowcount


def _is_alive(now: datetime) -> ColumnElement[bool]:
    # Not for ever who was heard of in a future that a clock has come back from.
    return replicas.c.alive_at.between(now - DEAD_AFTER, now + DEAD_AFTER)
