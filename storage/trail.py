"""The audit trail: rows chained by a keyed hash, so that change, removal and reordering show.

Row n carries HMAC-SHA256(chain key, hash of row n-1 ‖ row n as canonical JSON). The hash covers
the facts as they read, not as they are sealed, so sealing them anew breaks nothing. The chain is
prolonged at the end of a transaction, when all else is locked: its one head row is the last lock
that anybody takes, so no two transactions wait for each other over it.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from storage.tables import instant_text, place, trail, trail_head
from storage.vault import Vault
from workflows.ports import Event

GENESIS = "0" * 64
_ROW = ("at", "actor_id", "door", "kind", "basis", "case_id", "meeting_id")


class TrailStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._pending: list[Event] = []

    def add(self, event: Event) -> None:
        """Keep it for the end of this transaction."""
        self._pending.append(event)

    def flush(self) -> None:
        """Prolong the chain by what happened in this transaction."""
        if not self._pending:
            return
        head = self._connection.execute(select(trail_head).with_for_update()).one()
        seq, last = head.seq, head.hash
        for event in self._pending:
            seq += 1
            facts = facts_text(event.facts)
            last = link(self._vault, last, replace(event, id=seq))
            self._connection.execute(
                insert(trail).values(
                    seq=seq,
                    facts=self._vault.seal(facts, place(trail, "facts", seq)),
                    hash=last,
                    **{name: getattr(event, name) for name in _ROW},
                )
            )
        self._connection.execute(update(trail_head).values(seq=seq, hash=last))
        self._pending.clear()

    def of_case(self, case_id: str) -> list[Event]:
        query = select(trail).where(trail.c.case_id == case_id).order_by(trail.c.seq)
        return [*self._read(query), *(e for e in self._pending if e.case_id == case_id)]

    def of_meeting(self, meeting_id: str) -> list[Event]:
        query = select(trail).where(trail.c.meeting_id == meeting_id).order_by(trail.c.seq)
        return [*self._read(query), *(e for e in self._pending if e.meeting_id == meeting_id)]

    def _read(self, query: Select[Any]) -> Iterable[Event]:
        return [event_of(r, self._vault) for r in self._connection.execute(query)]


def facts_text(facts: Mapping[str, object]) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)


def event_of(row: Row[tuple[Any, ...]], vault: Vault) -> Event:
    """The event a row holds. Raises KeysMissing when its facts were not sealed for this row."""
    facts = json.loads(vault.open(row.facts, place(trail, "facts", row.seq)))
    return Event(id=row.seq, facts=facts, **{name: getattr(row, name) for name in _ROW})


def link(vault: Vault, before: str, event: Event) -> str:
    """The hash (64 hex digits) of an event that follows a row with the hash `before`."""
    told = [event.id, instant_text(event.at), *(getattr(event, n) for n in _ROW[1:])]
    text = json.dumps([before, *told, facts_text(event.facts)], ensure_ascii=False)
    return hmac.new(vault.chain_key, text.encode(), sha256).hexdigest()


def rows_in_order(connection: Connection, after: int = 0) -> Iterator[Row[tuple[Any, ...]]]:
    """The rows of the trail beyond `after`, in their order, without holding them all."""
    query = select(trail).where(trail.c.seq > after).order_by(trail.c.seq)
    yield from connection.execution_options(yield_per=500).execute(query)
