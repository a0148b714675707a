"""How each way that leaves the house is doing, and what waits too long for one.

One row a way, for all notices and all replicas: while it is down nothing but a probe goes by it;
what is due then is due at once when it is up again.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from storage.documents import from_text
from storage.sending_order import is_open
from storage.tables import outbox, posts, upsert, ways
from storage.tagged_rows import TaggedSession
from workflows.core.ports import FAULTS, NOWHERE, ChannelState
from workflows.model.notice import AT_ONCE, EMERGENCY, Notice

_STATE = tuple(field.name for field in fields(ChannelState))
LONGEST: Final = timedelta(minutes=2)  # between two probes
MOST: Final = 200  # that are looked at in one go
_ONE = select(ways).where(ways.c.name == bindparam("one"))
_DOWN = ways.c.down_since.is_not(None) & ways.c.up_at.is_(None)


class ChannelStateStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection = session.connection
        self._rows = session.of(outbox)

    def get(self, name: str) -> ChannelState:
        found = self._connection.execute(_ONE, {"one": name}).one_or_none()
        return (
            ChannelState(**{f: getattr(found, f) for f in _STATE}) if found else ChannelState(name)
        )

    def all(self) -> list[ChannelState]:
        """Those that were ever down, by their names."""
        rows = self._connection.execute(select(ways).order_by(ways.c.name))
        return [ChannelState(**{f: getattr(row, f) for f in _STATE}) for row in rows]

    def fell(self, name: str, reason: str, now: datetime, probe_at: datetime) -> None:
        """Nothing goes by this way, or still nothing: it is tried again then."""
        before = self.get(name)
        again = before.is_down and before.down_since is not None
        values = {
            "down_since": before.down_since if again else now,
            "up_at": None,
            "reason": reason[:80],
            "probe_at": probe_at,
            "probes": before.probes + 1 if again else 0,
            "late": 0,
            "told": before.told if again else "",
        }
        self._connection.execute(
            upsert(self._connection, ways)
            .values(name=name, **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )

    def take_probe(self, name: str, now: datetime, until: datetime) -> bool:
        """Whether it is for the caller to try the way now; nobody else does so until then."""
        # Later than anybody puts it off: by a clock that was put back since.
        due = or_(ways.c.probe_at <= now, ways.c.probe_at > now + LONGEST)
        done = self._connection.execute(
            update(ways).where(ways.c.name == name, _DOWN, due).values(probe_at=until)
        )
        return done.rowcount == 1

    def rose(self, name: str, now: datetime) -> bool:
        """It is up again, and what waited for it is due. False when somebody else said so."""
        done = self._connection.execute(
            update(ways)
            .where(ways.c.name == name, _DOWN)
            .values(up_at=now, probe_at=None, late=self.waiting(name))
        )
        if done.rowcount != 1:
            return False
        # What may have arrived waits because of the way, and so does what was not drawn anew.
        doubted = _waits_by(name) & (outbox.c.state == "waiting") & outbox.c.in_doubt
        self._connection.execute(update(outbox).where(doubted).values(try_at=now))
        # One without an error waits for its own time, when it will look otherwise.
        refused = (posts.c.platform == name) & posts.c.worker.is_(None) & (posts.c.error != "")
        undrawn = refused & (posts.c.try_at > now)
        self._connection.execute(update(posts).where(undrawn).values(try_at=now))
        return True

    def waiting(self, name: str) -> int:
        query = select(func.count()).where(_waits_by(name)).select_from(outbox)
        return int(self._connection.execute(query).scalar_one())

    def note_announced(self, name: str, told: str) -> None:
        self._connection.execute(update(ways).where(ways.c.name == name).values(told=told))

    # -- what waits too long ----------------------------------------------------------------------

    def due_for_fallback(self, names: Collection[str], before: datetime) -> list[Notice]:
        """What may have to go by another way: 緊急 that waits since before then, and what is not to
        wait at all and whose way is down."""
        urgent = (outbox.c.rank == EMERGENCY) & (outbox.c.created_at <= before)
        down = outbox.c.via.in_(select(ways.c.name).where(_DOWN))
        slow = or_(urgent, (outbox.c.rank == AT_ONCE) & down)
        query = select(outbox).where(_waits_by(*names), slow, outbox.c.passed_to == "")
        found = []
        for row in self._connection.execute(query.order_by(outbox.c.created_at).limit(MOST)).all():
            try:
                text = self._rows.opened(row, "content")
                found.append(replace(from_text(text, Notice), via=row.via))
            except FAULTS:
                continue  # said when it is claimed
        return found

    def set_fallback(self, notice_id: str, way: str) -> bool:
        """Keep by which other way it was sent as well, or NOWHERE; False when that was done."""
        which = (outbox.c.id == notice_id) & (outbox.c.passed_to == "")
        return (
            self._connection.execute(update(outbox).where(which).values(passed_to=way)).rowcount
            == 1
        )

    def late(
        self, names: Collection[str], *, emergencies: datetime, others: datetime
    ) -> list[tuple[str, str]]:
        """Id and key of what waits since before then without anybody having been told; 緊急 that
        went by another way as well is none of it."""
        alone = outbox.c.passed_to.in_(["", NOWHERE])
        urgent = (outbox.c.rank == EMERGENCY) & alone & (outbox.c.created_at <= emergencies)
        rest = (outbox.c.rank != EMERGENCY) & (outbox.c.created_at <= others)
        query = select(outbox.c.id, outbox.c.key).where(
            _waits_by(*names), outbox.c.late_told_at.is_(None), or_(urgent, rest)
        )
        rows = self._connection.execute(query.order_by(outbox.c.created_at).limit(MOST))
        return [(row.id, row.key) for row in rows]

    def note_overdue_told(self, notice_id: str, at: datetime) -> None:
        self._connection.execute(
            update(outbox).where(outbox.c.id == notice_id).values(late_told_at=at)
        )

    def state_by(self, notice: Notice, way: str) -> str:
        """How the same notice stands by another way; "" where it does not go by that one."""
        query = select(outbox.c.state).where(outbox.c.dedupe_key == f"{_base(notice)}:{way}")
        return str(self._connection.execute(query).scalar_one_or_none() or "")

    def went_another_way(self, notice: Notice, passed_to: str, names: Collection[str]) -> bool:
        """Whether its receiver has it by the way that was taken for this one, or by the one of
        `names` for which this one was taken."""
        keys = {name: f"{_base(notice)}:{name}" for name in names if name != notice.via}
        taken = outbox.c.dedupe_key == keys.get(passed_to, "")
        first = outbox.c.dedupe_key.in_(keys.values()) & (outbox.c.passed_to == notice.via)
        query = select(func.count()).where(or_(taken, first), outbox.c.state == "sent")
        return bool(self._connection.execute(query.select_from(outbox)).scalar_one())


def _waits_by(*names: str) -> ColumnElement[bool]:
    return outbox.c.via.in_(names) & is_open(outbox)


def _base(notice: Notice) -> str:
    """What all of it are known by, whichever way they go."""
    return notice.dedupe_key.removesuffix(f":{notice.via}")
