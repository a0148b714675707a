"""The members' inboxes: what was delivered there, and read."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from storage.documents import from_text, to_text
from storage.tables import mailbox, place, upsert
from storage.vault import Vault
from workflows.notices import Notice
from workflows.ports import FAULTS, InboxItem

UNREADABLE: Final = "unreadable"  # the key of a notice that does not open any more


class MailboxStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def deliver(self, notice: Notice, at: datetime) -> bool:
        """Put a notice into its receiver's inbox; False when it lies there already."""
        done = self._connection.execute(
            upsert(self._connection, mailbox)
            .values(
                notice_id=notice.id,
                member_id=notice.member_id,
                case_id=notice.case_id,
                meeting_id=notice.meeting_id,
                content=self._vault.seal(to_text(notice), place(mailbox, "content", notice.id)),
                delivered_at=at,
            )
            .on_conflict_do_nothing(index_elements=["notice_id"])
            .returning(mailbox.c.notice_id)  # psycopg keeps no row count of an INSERT
        )
        return done.first() is not None

    def items(self, member_id: str, limit: int = 50) -> list[InboxItem]:
        query = (
            select(mailbox)
            .where(mailbox.c.member_id == member_id)
            .order_by(mailbox.c.delivered_at.desc(), mailbox.c.notice_id)
            .limit(limit)
        )
        return [
            InboxItem(self._readable(r), r.delivered_at, r.read_at)
            for r in self._connection.execute(query)
        ]

    def _readable(self, row: Row[tuple[Any, ...]]) -> Notice:
        """The notice; one that does not open still says when it came and what it is about."""
        try:
            return self._notice(row)
        except FAULTS:
            return Notice(
                row.notice_id,
                UNREADABLE,
                row.member_id,
                row.notice_id,
                case_id=row.case_id,
                meeting_id=row.meeting_id,
            )

    def _notice(self, row: Row[tuple[Any, ...]]) -> Notice:
        text = self._vault.open(row.content, place(mailbox, "content", row.notice_id))
        return from_text(text, Notice)

    def unread(self, member_id: str) -> int:
        query = select(func.count()).where(
            mailbox.c.member_id == member_id, mailbox.c.read_at.is_(None)
        )
        return int(self._connection.execute(query).scalar_one())

    def mark_read(self, member_id: str, notice_ids: Collection[str] | None, at: datetime) -> None:
        unread = (mailbox.c.member_id == member_id) & mailbox.c.read_at.is_(None)
        if notice_ids is not None:
            unread &= mailbox.c.notice_id.in_(list(notice_ids))
        self._connection.execute(update(mailbox).where(unread).values(read_at=at))
