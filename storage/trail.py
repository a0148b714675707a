"""The audit trail: rows chained by a keyed hash, so that change, removal and reordering show.

Row n carries HMAC-SHA256(chain key, hash of row n-1 ‖ row n as canonical JSON). The hash covers
the facts as they read, not as they are sealed, so sealing them anew breaks nothing. The chain is
prolonged at the end of a transaction, when all else is locked: its one head row is the last lock
that anybody takes, so no two transactions wait for each other over it.
"""

import hmac
import json
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    String,
    and_,
    func,
    insert,
    select,
    type_coerce,
)

from storage.head import head_of, is_authentic, lock_head, write_head
from storage.tables import instant_text, place, trail, trail_head
from storage.vault import KeysMissing, Vault
from workflows.core.ports import Event, TrailRow
from workflows.japanese.dates import TOKYO
from workflows.model.trail import GENESIS, TrailFilter

log = logging.getLogger(__name__)

_INSERT = insert(trail)
_ROW = ("at", "actor_id", "door", "kind", "basis", "case_id", "meeting_id")
# The instant as the database holds it: what somebody wrote there by hand may be none.
_AS_IT_STANDS = [type_coerce(c, String).label("at") if c is trail.c.at else c for c in trail.c]


class TrailStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._pending: list[Event] = []
        self._row_changes: list[Callable[[str], str]] = []
        self._decisions: str | None = None  # to be noted

    def add(self, event: Event) -> None:
        """Keep it for the end of this transaction."""
        self._pending.append(event)

    @property
    def has_events(self) -> bool:
        """Whether something waits to be written at the end of this transaction."""
        return bool(self._pending)

    def change_row_sums(self, change: Callable[[str], str]) -> None:
        """At the end of this transaction, while the head is locked, `change` is given the text
        `rows` of the head and answers with the new one; also where nothing else happened."""
        self._row_changes.append(change)

    def store_list_end(self, end: str) -> None:
        """Note in the head, at the end of this transaction, how far the list of decisions goes that
        is kept outside the database."""
        self._decisions = end

    def stored_list_end(self) -> str:
        """How far it goes by the head; "" of a list not begun, or where the head is not ours."""
        head = self._connection.execute(select(trail_head)).one()
        return str(head.decisions) if is_authentic(self._vault, head) else ""

    def flush(self) -> None:
        """Prolong the chain by what happened in this transaction, and write its head anew."""
        if not (self._pending or self._row_changes or self._decisions is not None):
            return
        before = lock_head(self._connection)
        if self._row_changes and not self._pending:  # an older head must not fit older rows
            self._pending.append(self._unnamed(before.seq))
        head = replace(head_of(before), **self._added(before.seq, before.hash))
        for change in self._row_changes:
            head = replace(head, rows=change(head.rows))
        if self._decisions is not None:
            head = replace(head, decisions=self._decisions)
        write_head(self._connection, self._vault, before, head)
        self._decisions = None
        self._pending.clear()
        self._row_changes.clear()

    def _unnamed(self, seq: int) -> Event:
        """The event of a transaction that wrote rows with versions, and named none itself."""
        query = select(trail.c.at).where(trail.c.seq == seq)
        at = self._connection.execute(query).scalar_one_or_none() or datetime.now(TOKYO)
        return Event(0, at, None, "", "rows_written", "", None, None, {})

    def _added(self, seq: int, last: str) -> dict[str, Any]:
        """Add the rows that wait after row `seq`; where the trail ends then."""
        rows = []
        for event in self._pending:
            seq += 1
            facts = facts_text(event.facts)
            last = link(self._vault, last, replace(event, id=seq))
            rows.append(
                {
                    "seq": seq,
                    "facts": self._vault.seal(facts, place(trail, "facts", seq)),
                    "hash": last,
                    **{name: getattr(event, name) for name in _ROW},
                }
            )
        if rows:
            self._connection.execute(_INSERT, rows)
        return {"seq": seq, "hash": last}

    def of_case(self, case_id: str) -> list[Event]:
        query = _linked_rows().where(trail.c.case_id == case_id).order_by(trail.c.seq)
        return [*self._read(query), *(e for e in self._pending if e.case_id == case_id)]

    def of_meeting(self, meeting_id: str) -> list[Event]:
        query = _linked_rows().where(trail.c.meeting_id == meeting_id).order_by(trail.c.seq)
        return [*self._read(query), *(e for e in self._pending if e.meeting_id == meeting_id)]

    def _read(self, query: Select[Any]) -> list[Event]:
        return [
            Event(id=r.seq, at=r.at, facts=r.facts or {}, **{n: getattr(r, n) for n in _ROW[1:]})
            for r in self._written_by_us(query)
            if r.at is not None
        ]

    def _written_by_us(self, query: Select[Any]) -> list[TrailRow]:
        """The rows of `_linked_rows`, without those that do not follow the row before them: nobody
        is shown, and nothing is decided by, what somebody without keys wrote there."""
        return [row for r in self._connection.execute(query) if (row := self._followed(r))]

    def _followed(self, row: Row[tuple[Any, ...]]) -> TrailRow | None:
        found = _row(row, self._vault)
        before = GENESIS if row.seq == 1 else row.before
        if found.facts is None or before is None:
            return self._not_ours(row.seq)
        if row.hash != link_of_raw_row(self._vault, before, row, row.seq, found.facts):
            return self._not_ours(row.seq)
        return found

    @staticmethod
    def _not_ours(seq: int) -> None:
        log.error("row_changed table=trail key=%s", seq)

    def subjects_acted_on_by(self, actor_id: str) -> set[tuple[str | None, str | None]]:
        query = select(trail.c.case_id, trail.c.meeting_id).where(trail.c.actor_id == actor_id)
        return {(row[0], row[1]) for row in self._connection.execute(query.distinct())}

    def of_kinds_after(self, kinds: Collection[str], seq: int, limit: int) -> list[TrailRow]:
        if self._newest(kinds) <= seq:
            return []  # asked at every tick: nothing is walked through for it
        while True:
            of_kinds = (trail.c.kind.in_(list(kinds)), trail.c.seq > seq)
            query = _linked_rows().where(*of_kinds).order_by(trail.c.seq).limit(limit)
            rows = self._connection.execute(query).all()
            found = [ours for row in rows if (ours := self._followed(row))]
            if found or len(rows) < limit:
                return found
            seq = rows[-1].seq  # none of them was ours: what is may come after

    def last_of(self, kinds: Collection[str]) -> TrailRow | None:
        seq = self._newest(kinds)
        if not seq:
            return None
        if last := self._written_by_us(_linked_rows().where(trail.c.seq == seq)):
            return last[0]
        older = _linked_rows().where(trail.c.kind.in_(list(kinds)), trail.c.seq < seq)
        rows = self._connection.execute(older.order_by(trail.c.seq.desc()))
        return next((ours for row in rows if (ours := self._followed(row))), None)

    def _newest(self, kinds: Collection[str]) -> int:
        """The number of the newest row of these kinds, by the index, each for itself; 0: none."""
        newest = self._connection.execute(_newest_of(tuple(kinds))).one()
        return max(n or 0 for n in newest)

    def of_kinds(self, kinds: Collection[str], since: datetime) -> list[TrailRow]:
        query = _linked_rows().where(trail.c.kind.in_(list(kinds)), trail.c.at >= since)
        return self._written_by_us(query.order_by(trail.c.seq))

    def page(self, wanted: TrailFilter, before: int, limit: int) -> list[TrailRow]:
        """The wanted rows as they stand, the newest first, older than row `before` (0: all)."""
        query = select(*_AS_IT_STANDS).order_by(trail.c.seq.desc()).limit(limit)
        if before:
            query = query.where(trail.c.seq < before)
        if wanted.since:
            query = query.where(trail.c.at >= wanted.since)
        if wanted.until:
            query = query.where(trail.c.at < wanted.until)
        if wanted.actor_id:
            query = query.where(trail.c.actor_id == wanted.actor_id)
        if wanted.case_id:
            query = query.where(trail.c.case_id == wanted.case_id)
        if wanted.door:
            query = query.where(trail.c.door == wanted.door)
        if wanted.group:
            query = query.where(_group(wanted.group))
        return [_row(r, self._vault) for r in self._connection.execute(query)]


@cache
def _linked_rows() -> Select[Any]:
    """Rows as they stand, each with the hash of the row before it."""
    before = trail.alias("before_it")
    return select(*_AS_IT_STANDS, before.c.hash.label("before")).outerjoin(
        before, before.c.seq == trail.c.seq - 1
    )


@cache
def _newest_of(kinds: tuple[str, ...]) -> Select[Any]:
    """Asked before everything that a member does: written once."""
    newest = (
        select(func.max(trail.c.seq)).where(trail.c.kind == kind).scalar_subquery()
        for kind in kinds
    )
    return select(*newest)


def _group(group: str) -> Any:
    """The rows of one of chain.GROUPS. Raises KeyError on another."""
    is_read = trail.c.kind.startswith("read.")
    no_case, no_meeting = trail.c.case_id.is_(None), trail.c.meeting_id.is_(None)
    return {
        "read": is_read,
        "case": and_(~is_read, ~no_case),
        "meeting": and_(~is_read, no_case, ~no_meeting),
        "other": and_(~is_read, no_case, no_meeting),
    }[group]


def _row(row: Row[tuple[Any, ...]], vault: Vault) -> TrailRow:
    return TrailRow(
        seq=row.seq,
        at=moment_of(row.at),
        facts=facts_in(row, vault, row.seq),
        **{name: getattr(row, name) for name in _ROW[1:]},
    )


def moment_of(text: object) -> datetime | None:
    """The instant in a column; None when what stands there is none."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(TOKYO)
    except (ValueError, OverflowError):
        return None


def facts_in(row: Row[tuple[Any, ...]], vault: Vault, seq: int) -> dict[str, object] | None:
    """The facts of a row as sealed for row `seq`; None when they were not, or are no facts."""
    try:
        facts = json.loads(vault.open(row.facts, place(trail, "facts", seq)))
    except (KeysMissing, ValueError, TypeError, AttributeError):
        return None  # somebody wrote there what was never sealed
    return facts if isinstance(facts, dict) else None


def facts_text(facts: Mapping[str, object]) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)


def link(vault: Vault, before: str, event: Event) -> str:
    """The hash (64 hex digits) of an event that follows a row with the hash `before`."""
    told = [event.id, instant_text(event.at), *(getattr(event, n) for n in _ROW[1:])]
    return _linked(vault, before, told, event.facts)


def link_of_raw_row(
    vault: Vault, before: str, row: Row[tuple[Any, ...]], seq: int, facts: Mapping[str, object]
) -> str:
    """The hash that a row of `select_raw_rows` would bear as row `seq` with these facts."""
    return _linked(vault, before, [seq, *(getattr(row, name) for name in _ROW)], facts)


def _linked(vault: Vault, before: str, told: list[Any], facts: Mapping[str, object]) -> str:
    # What is no text (bytes, written there by hand) gives some hash, and never the right one.
    text = json.dumps([before, *told, facts_text(facts)], ensure_ascii=False, default=repr)
    return hmac.new(vault.chain_key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def select_raw_rows(after: int, limit: int) -> Select[Any]:
    """The next rows beyond `after` in their order, nothing in them read as what it should be."""
    return select(*_AS_IT_STANDS).where(trail.c.seq > after).order_by(trail.c.seq).limit(limit)
