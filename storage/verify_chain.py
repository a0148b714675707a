"""Following the chain of the audit trail to its first fault, and telling what the fault is.

It goes a stretch at a time, each in a transaction of its own: rows are only ever added, so what
was followed stays followed, and nobody waits for it. No row is trusted to hold what it should.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import DatabaseError

from storage.checkpoints import checkpoints_after, is_signed_by, row_before_missing
from storage.faults import is_damage
from storage.head import is_authentic, lock_heads
from storage.tables import trail, trail_head
from storage.trail import facts_in, link_of_raw_row, moment_of, select_raw_rows
from storage.vault import Vault
from workflows.model.trail import ChainFault, ChainProgress, Checkpoint, Fault

_LOOK_BEYOND = 1_000  # places after the end in which a row that was pushed up may have stood
_Row = Row[tuple[Any, ...]]


def follow(
    connection: Connection,
    vault: Vault,
    so_far: ChainProgress,
    kept: Sequence[Checkpoint],
    limit: int,
) -> ChainProgress:
    """Follow the chain on by up to `limit` rows. `kept` are checkpoints from elsewhere."""
    return _Walker(connection, vault, so_far, kept).on(limit)


class _Walker:
    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        so_far: ChainProgress,
        kept: Sequence[Checkpoint],
    ) -> None:
        self._connection, self._vault = connection, vault
        self._seq, self._hash = so_far.seq, so_far.hash
        ours = checkpoints_after(connection, so_far.seq or None)
        theirs = [c for c in kept if c.seq > so_far.seq]
        self._kept = max((c.seq for c in kept), default=0)
        self._marks = sorted((*ours, *theirs), key=lambda mark: mark.seq)

    def on(self, limit: int) -> ChainProgress:
        broken = self._at_the_start() if not self._seq else None
        if broken is None:
            rows = self._next_rows(limit)
            broken = self._follow(rows)
            if broken is None and len(rows) == limit:
                return ChainProgress(self._seq, self._hash)
            broken = broken or self._at_the_end()
        compared_until = 0 if broken else self._kept
        return ChainProgress(
            self._seq, self._hash, done=True, broken=broken, compared_until=compared_until
        )

    def _at_the_start(self) -> ChainFault | None:
        """What stands before the first row would be seen by nobody who walks upwards."""
        first = self._connection.execute(select(func.min(trail.c.seq))).scalar()
        if first is not None and first < 1:
            return ChainFault(Fault.INSERTED, first)
        if self._marks and self._marks[0].seq < 1:
            return ChainFault(Fault.SIGNATURE, self._marks[0].seq)
        return None

    def _next_rows(self, limit: int) -> Sequence[_Row | None]:
        """The next rows; None in place of one that the database itself cannot read."""
        try:
            return self._connection.execute(select_raw_rows(self._seq, limit)).all()
        except DatabaseError as error:
            if not is_damage(error):
                raise
        found: list[_Row | None] = []
        after = self._seq
        while len(found) < limit:
            try:
                row = self._connection.execute(select_raw_rows(after, 1)).one_or_none()
            except DatabaseError as error:
                if not is_damage(error):
                    raise
                return [*found, None]
            if row is None:
                break
            found.append(row)
            after = row.seq
        return found

    def _follow(self, rows: Iterable[_Row | None]) -> ChainFault | None:
        for row in rows:
            expected = self._seq + 1
            if row is None:
                return ChainFault(Fault.CHANGED, expected)
            if row.seq != expected:
                return self._missing(Fault.REMOVED, row.seq - 1)
            facts = facts_in(row, self._vault, row.seq)
            if facts is None or row.hash != self._link(row, expected, facts):
                return self._diagnosed(row, readable=facts is not None)
            self._seq, self._hash = row.seq, row.hash
            broken = self._compare_marks(row)
            if broken:
                return broken
        return None

    def _compare_marks(self, row: _Row) -> ChainFault | None:
        while self._marks and self._marks[0].seq <= row.seq:
            mark = self._marks.pop(0)
            if not is_signed_by(self._vault, mark):
                return _shown(Fault.SIGNATURE, row)
            if mark.hash != row.hash:
                return _shown(Fault.CONTRADICTED, row)
        return None

    def _at_the_end(self) -> ChainFault | None:
        """The last row, its note and the checkpoints have to agree on where the chain ends."""
        # Locked, and looked at once more: rows may have been added since.
        heads = lock_heads(self._connection)
        broken = self._follow(self._next_rows(_LOOK_BEYOND))
        if broken:
            return broken
        for mark in self._marks:
            if not is_signed_by(self._vault, mark):
                return ChainFault(Fault.SIGNATURE, mark.seq)
        if not heads:
            return ChainFault(Fault.NO_HEAD, self._seq)
        head = heads[0]
        if len(heads) > 1 or not isinstance(head.seq, int):
            return self._end(Fault.HEAD)
        end = max(head.seq, *(m.seq for m in self._marks), 0)
        if end > self._seq:
            return self._missing(Fault.CUT, end)
        if (head.seq, head.hash) != (self._seq, self._hash):
            return self._end(Fault.HEAD)
        if not is_authentic(self._vault, head):
            return self._end(Fault.HEAD_FORGED)
        last = row_before_missing(checkpoints_after(self._connection, None), head.checkpoint)
        return None if last is None else ChainFault(Fault.CHECKPOINT_MISSING, last)

    def _missing(self, fault: Fault, last: int) -> ChainFault:
        """Rows are not there: the first that is missing, when the row before it was, the last."""
        before = self._row_at(self._seq)
        return ChainFault(fault, self._seq + 1, moment_of(before.at) if before else None, "", last)

    def _end(self, fault: Fault) -> ChainFault:
        last = self._row_at(self._seq)
        return _shown(fault, last) if last else ChainFault(fault, self._seq)

    # -- what is wrong with a row that does not hold ----------------------------------------------

    def _diagnosed(self, row: _Row, *, readable: bool) -> ChainFault:
        """Facts are sealed for their place, so they tell from where a row was moved."""
        if readable:
            return _shown(Fault.CHANGED, row)
        stood = self._origin(row)
        after = self._row_at(row.seq + 1)
        if stood is None:
            pushed = after is not None and facts_in(after, self._vault, row.seq) is not None
            head = self._connection.execute(select(func.max(trail_head.c.seq))).scalar()
            beyond = isinstance(head, int) and row.seq > head
            return _shown(Fault.INSERTED if pushed or beyond else Fault.UNREADABLE, row)
        there = self._row_at(stood)
        if there is not None:
            facts = facts_in(there, self._vault, row.seq)
            if facts is not None and there.hash == self._link(there, row.seq, facts):
                return _shown(Fault.MOVED, row, stood)
        pulled = None if there is None else self._origin(there)
        if stood > row.seq and (there is None or (pulled or 0) > stood):
            return self._missing(Fault.REMOVED, stood - 1)
        if after is not None and facts_in(after, self._vault, row.seq) is not None:
            return _shown(Fault.INSERTED, row)
        return _shown(Fault.UNREADABLE, row)

    def _origin(self, row: _Row) -> int | None:
        """The place for which a row's facts were sealed; None when it is not to be found."""
        if str(row.facts).partition(".")[0] not in self._vault.keys.seal:
            return None  # nothing that any of our keys sealed
        # As many as there are rows: anybody may have written a number far beyond them.
        last = self._connection.execute(select(func.count()).select_from(trail)).scalar_one()
        places = chain([row.seq], range(1, last + _LOOK_BEYOND))
        return next((n for n in places if facts_in(row, self._vault, n) is not None), None)

    def _row_at(self, seq: int) -> _Row | None:
        try:
            row = self._connection.execute(select_raw_rows(seq - 1, 1)).one_or_none()
        except DatabaseError as error:
            if not is_damage(error):
                raise
            return None
        return row if row is not None and row.seq == seq else None

    def _link(self, row: _Row, seq: int, facts: dict[str, object]) -> str:
        return link_of_raw_row(self._vault, self._hash, row, seq, facts)


def _shown(fault: Fault, row: _Row, other: int = 0) -> ChainFault:
    kind = row.kind if isinstance(row.kind, str) else ""
    return ChainFault(fault, row.seq, moment_of(row.at), kind[:40], other)
