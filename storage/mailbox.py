"""The members' inboxes: what was delivered there, and read."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, update

from storage.documents import from_text, to_text
from storage.row_tags import RowChanged
from storage.tables import mailbox, outbox
from storage.tagged_rows import TaggedSession
from workflows.core.ports import FAULTS, InboxItem
from workflows.model.notice import Notice

PAGE: Final = 50  # news of one look
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

    def items(
        self,
        member_id: str,
        limit: int = PAGE,
        *,
        before: str = "",
        keys: Collection[str] = (),
    ) -> list[InboxItem]:
        query = select(mailbox).where(mailbox.c.member_id == member_id)
        if before:
            at = select(mailbox.c.delivered_at).where(mailbox.c.notice_id == before)
            then = at.scalar_subquery()
            same_moment = (mailbox.c.delivered_at == then) & (mailbox.c.notice_id < before)
            query = query.where((mailbox.c.delivered_at < then) | same_moment)
        if keys:  # each went through the outbox, whose row stays as long as it does
            query = query.join(outbox, outbox.c.id == mailbox.c.notice_id)
            query = query.where(outbox.c.key.in_(list(keys)))
        query = query.order_by(mailbox.c.delivered_at.desc(), mailbox.c.notice_id.desc())
        return [self._item(r) for r in self._connection.execute(query.limit(limit))]

    def item(self, member_id: str, notice_id: str) -> InboxItem | None:
        whose = (mailbox.c.member_id == member_id) & (mailbox.c.notice_id == notice_id)
        row = self._connection.execute(select(mailbox).where(whose)).one_or_none()
        return self._item(row) if row else None

    def _item(self, row: Row[tuple[Any, ...]]) -> InboxItem:
        return InboxItem(self._readable(row), row.delivered_at, row.read_at)

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

    def mark_read(self, member_id: str, notice_ids: Collection[str], at: datetime) -> None:
        unread = (
            (mailbox.c.member_id == member_id)
            & mailbox.c.read_at.is_(None)
            & mailbox.c.notice_id.in_(list(notice_ids))
        )
        self._connection.execute(update(mailbox).where(unread).values(read_at=at))
