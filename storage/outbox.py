"""The outbox. Nothing is sent here: `handlers/delivery/outbox.py` drains it.

A row is claimed by a conditional UPDATE whose row count is checked; the claim is a lease far
longer than a batch. At least once, said openly; `dedupe_key` keeps one notice one.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, case, func, select, true, update

from storage.claims import worker_of
from storage.documents import from_text, to_text
from storage.sending_order import first_of, next_try
from storage.tables import mailbox, outbox
from storage.tagged_rows import TaggedSession
from storage.waiting_reminders import due_in_house, unsent_for
from workflows.core.ports import (
    FAULTS,
    LET_GO,
    LET_GO_IN_DOUBT,
    ClaimedNotice,
    DeliveryState,
    QueuedReminder,
    Unreadable,
)
from workflows.model.notice import Notice, rank_of

LEASE = timedelta(minutes=5)
_DELIVERY = tuple(field.name for field in fields(DeliveryState) if field.name != "notice_id")


class OutboxStore:
    def __init__(self, session: TaggedSession, replica: str = "") -> None:
        self._replica = replica
        self._connection, self._vault = session.connection, session.vault
        self._rows, self._inbox = session.of(outbox), session.of(mailbox)

    def put(self, notice: Notice) -> None:
        values = {
            "id": notice.id,
            "dedupe_key": notice.dedupe_key,
            "member_id": notice.member_id,
            "key": notice.key,
            "promise": notice.promise,
            "case_id": notice.case_id,
            "meeting_id": notice.meeting_id,
            "state": "waiting",
            "via": notice.via,
            "attempts": 0,
            "created_at": notice.created_at,
            "try_at": notice.not_before or notice.created_at,
            "error": "",
            "rank": rank_of(notice),
            "lost": 0,
            "in_doubt": False,
            "passed_to": "",
        }
        self._rows.insert(values, {"content": to_text(notice)}, unless=["dedupe_key"])

    def claim(self, now: datetime, worker: str, via: str = "") -> ClaimedNotice | None:
        """One notice for this way whose time has come, leased; what is urgent first, and all else
        in the order in which its receiver is to hear it.

        A lease that ran out is claimed again: its worker died between claiming and recording. One
        that cannot be read is set aside as dead: it must not hold up those behind it.
        """
        return self._claim(now, worker, {"via": via}, stray=False)

    def claim_without_channel(
        self, now: datetime, worker: str, ways: Collection[str]
    ) -> ClaimedNotice | None:
        """The same of one that is to go by none of these ways: nobody else asks for it."""
        return self._claim(now, worker, {"ways": list(ways)}, stray=True)

    def _claim(
        self, now: datetime, worker: str, which: Mapping[str, object], *, stray: bool
    ) -> ClaimedNotice | None:
        first, given = first_of(stray=stray), {"now": now, **which}
        while (row := self._connection.execute(first, given).one_or_none()) is not None:
            attempt = row.attempts + 1
            claim = update(outbox).where(outbox.c.id == row.id, outbox.c.attempts == row.attempts)
            try:
                text = self._rows.opened(row, "content")
                notice = replace(from_text(text, Notice), via=row.via)
            except Unreadable:
                dead = claim.values(state="dead", attempts=attempt, error="unreadable")
                self._connection.execute(dead)
                continue
            was_lost = row.state == "sending"
            lost, in_doubt = row.lost + was_lost, row.in_doubt or was_lost
            leased = claim.values(
                state="sending",
                attempts=attempt,
                worker=worker_of(self._replica, worker),
                try_at=now + LEASE,
                lost=lost,
                in_doubt=in_doubt,
            )
            claimed = ClaimedNotice(notice, attempt, lost, was_lost, in_doubt, row.passed_to)
            return claimed if self._connection.execute(leased).rowcount == 1 else None
        return None

    def settle(
        self,
        notice_id: str,
        worker: str,
        attempt: int,
        state: str,
        now: datetime,
        *,
        try_at: datetime | None = None,
        error: str = "",
        counted: bool = True,
        in_doubt: bool = False,
    ) -> bool:
        """Record how an attempt ended; False when the lease was lost to another worker.

        One that is not `counted` was no attempt: the way was busy, and the next one is the same.
        `in_doubt`: it may have arrived all the same.
        """
        values: dict[str, object] = {"state": state, "error": error[:200], "try_at": try_at}
        if in_doubt:
            values["in_doubt"] = True
        if not counted:
            values["attempts"] = attempt - 1
        if state in ("sent", "dropped"):
            values |= {"sent_at": now, "content": ""}
        done = self._connection.execute(
            update(outbox)
            .where(
                outbox.c.id == notice_id,
                outbox.c.worker == worker_of(self._replica, worker),
                outbox.c.attempts == attempt,
            )
            .values(**values)
        )
        return done.rowcount == 1

    def next_try(self) -> datetime | None:
        """When something is to be sent, or a way that is down is tried again."""
        return next_try(self._connection)

    def failed(self) -> list[DeliveryState]:
        query = select(outbox).where(outbox.c.state.in_(["dead", "unknown"]))
        rows = self._connection.execute(query.order_by(outbox.c.created_at))
        return [delivery_of(row) for row in rows]

    def recent(self, limit: int = 100) -> list[DeliveryState]:
        query = select(outbox).order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(limit)
        return [delivery_of(r) for r in self._connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """How many notices stand in each state."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        return {row.state: row[1] for row in self._connection.execute(query)}

    def get(self, notice_id: str) -> DeliveryState | None:
        row = self._connection.execute(select(outbox).where(outbox.c.id == notice_id)).one_or_none()
        return delivery_of(row) if row else None

    def came_back(self, notice_id: str, error: str) -> bool:
        """Let one that went out be dead after all; False when it did not go, or is dead by now."""
        done = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == notice_id, outbox.c.state.in_(["sent", "unknown"]))
            .values(state="dead", error=error[:200])
        )
        return done.rowcount == 1

    def undelivered(
        self, *, case_id: str | None = None, meeting_id: str | None = None
    ) -> list[DeliveryState]:
        """What left the house about a case or meeting and lies dead, or may not have arrived;
        also what is sent no more because of that."""
        about = outbox.c.case_id == case_id if case_id else outbox.c.meeting_id == meeting_id
        given_up = outbox.c.error.in_([LET_GO, LET_GO_IN_DOUBT]) & (outbox.c.state == "dropped")
        failed = outbox.c.state.in_(["dead", "unknown"]) | given_up
        query = select(outbox).where(about, outbox.c.via != "", failed)
        rows = self._connection.execute(query.order_by(outbox.c.created_at))
        return [delivery_of(row) for row in rows]

    def waiting(self, meeting_id: str) -> list[Notice]:
        """What has not come into its receivers' inboxes yet of a meeting, the first one first;
        without what does not open."""
        query = select(outbox).where(
            outbox.c.meeting_id == meeting_id, outbox.c.via == "", outbox.c.state == "waiting"
        )
        return self._those_that_open(query.order_by(outbox.c.created_at, outbox.c.id))

    def said(self, notice_id: str) -> Notice | None:
        """The notice, from here or from its reader's inbox; None when neither has it any more.

        Raises Unreadable.
        """
        query = select(outbox).where(outbox.c.id == notice_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.content:
            return from_text(self._rows.opened(row, "content"), Notice)
        kept = self._in_inbox(notice_id)
        return from_text(self._inbox.opened(kept, "content"), Notice) if kept else None

    def is_in_inbox(self, notice_id: str) -> bool:
        """Whether what one said that went on by another way still lies in its reader's inbox."""
        return self._in_inbox(notice_id) is not None

    def _in_inbox(self, notice_id: str) -> Row[tuple[Any, ...]] | None:
        onward = self._connection.execute(select(outbox).where(outbox.c.id == notice_id)).one()
        if not self._rows.is_authentic(onward):
            return None
        before = onward.dedupe_key.removesuffix(f":{onward.via}")
        return self._connection.execute(
            select(mailbox)
            .join(outbox, outbox.c.id == mailbox.c.notice_id)
            .where(outbox.c.dedupe_key == before)
        ).one_or_none()

    def refill(self, notice_id: str) -> bool:
        """Give one that went out its content again, from its reader's inbox; whether it is there.

        Raises Unreadable.
        """
        kept = self._in_inbox(notice_id)
        if kept is None:
            return False
        again = replace(from_text(self._inbox.opened(kept, "content"), Notice), id=notice_id)
        content = self._vault.seal(to_text(again), self._rows.place("content", notice_id))
        row = update(outbox).where(outbox.c.id == notice_id)
        self._connection.execute(row.values(content=content))
        return True

    def send_again(self, notice_id: str, now: datetime, states: Collection[str]) -> bool:
        """Let it wait to be sent from anew; False when it is in none of these states, or empty:
        what went out is kept in the inbox alone."""
        # No worker: one that comes back late with the old attempt's result finds its lease gone.
        done = self._connection.execute(
            update(outbox)
            .where(
                outbox.c.id == notice_id,
                outbox.c.state.in_(list(states)),
                outbox.c.content != "",
            )
            .values(
                state="waiting",
                # What leaves the house may have arrived: it is looked for before the next attempt.
                attempts=case((outbox.c.via == "", 0), else_=1),
                in_doubt=case((outbox.c.state == "unknown", true()), else_=outbox.c.in_doubt),
                lost=0,
                try_at=now,
                worker=None,
                error="",
            )
        )
        return done.rowcount == 1

    def due_in_house(self, now: datetime, keys: Collection[str]) -> list[Notice]:
        """Those of these keys that are about to come into inboxes, held fast; without what does not
        open."""
        return self._those_that_open(due_in_house(now, keys))

    def _those_that_open(self, query: Select[Any]) -> list[Notice]:
        found = []
        for row in self._connection.execute(query):
            try:
                found.append(from_text(self._rows.opened(row, "content"), Notice))
            except FAULTS:
                continue
        return found

    def waiting_reminders(
        self, member_ids: Collection[str], keys: Collection[str]
    ) -> list[QueuedReminder]:
        query = unsent_for(member_ids, keys)
        return [QueuedReminder(*row) for row in self._connection.execute(query)]

    def let_go(self, notice_ids: Collection[str], now: datetime, reason: str) -> None:
        """Of what waits nothing is said."""
        which = outbox.c.id.in_(list(notice_ids)) & (outbox.c.state == "waiting")
        gone = update(outbox).where(which)
        self._connection.execute(
            gone.values(state="dropped", error=reason, content="", try_at=None, sent_at=now)
        )

    def hold(self, now: datetime) -> int:
        """Set aside as unknown all that waits and is due; answers with how many."""
        due = outbox.c.state.in_(["waiting", "sending"]) & (outbox.c.try_at <= now)
        held = update(outbox).where(due).values(state="unknown", worker=None, try_at=None)
        return self._connection.execute(held).rowcount


def delivery_of(row: Row[tuple[Any, ...]]) -> DeliveryState:
    values = {f: getattr(row, f) for f in _DELIVERY}
    return DeliveryState(notice_id=row.id, **values)
