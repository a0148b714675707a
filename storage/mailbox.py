"""The members' inboxes: what was delivered there, and read."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, update

from storage.documents import from_text, to_text
from storage.row_tags import RowChanged
from storage.tables import mailbox
from storage.tagged_rows import TaggedSession
from workflows.notices import Notice
from workflows.ports import FAULTS, InboxItem

UNREADABLE: Final = "unreadable"  # the key of a notice that does not open any more


class MailboxStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._rows = session.connection, session.of(mailbox)

    def deliver(self, notice: Notice, at: datetime) -> bool:
        """Put a notice into its receiver's inbox; False when it lies there already."""
        values = {
            "notice_id": notice.id,
            "member_id": notice.member_id,
            "case_id": notice.case_id,
            "meeting_id": notice.meeting_id,
            "delivered_at": at,
        }
        return self._rows.insert(values, {"content": to_text(notice)}, unless=["notice_id"])

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
        except RowChanged:
            return Notice(row.notice_id, UNREADABLE, row.member_id, row.notice_id)
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
        return from_text(self._rows.opened(row, "content"), Notice)

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
