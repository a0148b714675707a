"""Sweeps up rows that no document answers for: notices, drafts, spent links, old events."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, update

from storage.tables import drafts, mailbox, outbox, seen, sign_ins
from workflows.retention.ports import IdleDraft


class Broom:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def notices_of_case(self, case_id: str) -> int:
        # What lies in an inbox went through the outbox, whose row is still there: counted once.
        self._gone(mailbox, mailbox.c.case_id == case_id)
        return self._gone(outbox, outbox.c.case_id == case_id)

    def notices_of_meeting(self, meeting_id: str) -> int:
        self._gone(mailbox, mailbox.c.meeting_id == meeting_id)
        return self._gone(outbox, outbox.c.meeting_id == meeting_id)

    def drafts(self, draft_ids: Collection[str]) -> int:
        return self._gone(drafts, drafts.c.id.in_(list(draft_ids)))

    def drafts_of(self, member_ids: Collection[str]) -> int:
        return self._gone(drafts, drafts.c.member_id.in_(list(member_ids)))

    def mail_of(self, member_ids: Collection[str]) -> int:
        theirs = outbox.c.member_id.in_(list(member_ids)) & (outbox.c.content != "")
        # The row stays without its words: its dedupe key keeps the same notice from coming again.
        unsent = self._connection.execute(
            update(outbox)
            .where(theirs)
            .values(state="dropped", content="", try_at=None, error="receiver_left")
        )
        read = self._gone(mailbox, mailbox.c.member_id.in_(list(member_ids)))
        return unsent.rowcount + read

    def idle_drafts(self, saved_before: datetime) -> list[IdleDraft]:
        query = select(drafts.c.id, drafts.c.member_id, drafts.c.saved_at, drafts.c.warned_at)
        old = query.where(drafts.c.saved_at <= saved_before).order_by(drafts.c.saved_at)
        return [IdleDraft(*row) for row in self._connection.execute(old)]

    def warned(self, draft_ids: Collection[str], at: datetime) -> None:
        self._connection.execute(
            update(drafts).where(drafts.c.id.in_(list(draft_ids))).values(warned_at=at)
        )

    def old_mail(self, before: datetime) -> int:
        old = mailbox.c.read_at.is_not(None) & (mailbox.c.delivered_at < before)
        return self._gone(mailbox, old)

    def old_sign_ins(self, before: datetime) -> int:
        over = func.coalesce(sign_ins.c.ended_at, sign_ins.c.expires_at) < before
        return self._gone(sign_ins, over)

    def old_events(self, before: datetime) -> int:
        return self._gone(seen, seen.c.at < before)

    def _gone(self, table: Table, which: ColumnElement[bool]) -> int:
        return self._connection.execute(delete(table).where(which)).rowcount
