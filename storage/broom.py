"""Sweeps up rows that no document answers for: notices, posts, drafts, spent links, old events."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, not_, select, update

from storage.tables import (
    accounts,
    answer_links,
    callbacks,
    drafts,
    mailbox,
    outbox,
    posts,
    seen,
    sign_ins,
    streams,
)
from workflows.ports import GONE
from workflows.retention.ports import IdleDraft

OURS = ("notice", "board", "room_card", "calendar", GONE)


class Broom:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def notices_of_case(self, case_id: str, now: datetime) -> int:
        # What lies in an inbox went through the outbox, whose row is still there: counted once.
        self._gone(mailbox, mailbox.c.case_id == case_id)
        self._take_away(posts.c.case_id == case_id, now)
        self._gone(answer_links, answer_links.c.case_id == case_id)
        return self._gone(outbox, outbox.c.case_id == case_id)

    def notices_of_meeting(self, meeting_id: str, now: datetime) -> int:
        self._gone(mailbox, mailbox.c.meeting_id == meeting_id)
        self._take_away(posts.c.meeting_id == meeting_id, now)
        self._gone(answer_links, answer_links.c.meeting_id == meeting_id)
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

    def chats_of(self, member_ids: Collection[str], now: datetime) -> int:
        self._take_away(posts.c.member_id.in_(list(member_ids)), now)
        self._gone(answer_links, answer_links.c.member_id.in_(list(member_ids)))
        return self._gone(accounts, accounts.c.member_id.in_(list(member_ids)))

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
        shut = func.coalesce(answer_links.c.revoked_at, answer_links.c.expires_at) < before
        return self._gone(sign_ins, over) + self._gone(answer_links, shut)

    def old_events(self, before: datetime) -> int:
        over = callbacks.c.try_at.is_(None) & (callbacks.c.received_at < before)
        return (
            self._gone(seen, seen.c.at < before)
            + self._gone(streams, streams.c.at < before)
            + self._gone(callbacks, over)
        )

    def late_callbacks(self, before: datetime) -> int:
        late = callbacks.c.try_at.is_not(None) & (callbacks.c.received_at < before)
        # The row stays without its words: by it the same one is known when it comes again.
        emptied = {"answered": True, "content": "", "try_at": None, "error": "too_late"}
        done = self._connection.execute(
            update(callbacks).where(late).values(worker=None, **emptied)
        )
        return done.rowcount

    def old_posts(self, before: datetime) -> int:
        over = posts.c.over | (posts.c.kind == GONE)
        return self._gone(posts, over & (posts.c.created_at < before))

    def _take_away(self, which: ColumnElement[bool], now: datetime) -> None:
        """What stands on a platform goes there, too; what is not ours to take is let go."""
        ours = posts.c.kind.in_(OURS) & (posts.c.external_id != "")
        self._gone(posts, which & not_(ours))
        self._connection.execute(
            update(posts)
            .where(which)
            .values(
                kind=GONE,
                content="",
                member_id="",
                case_id=None,
                meeting_id=None,
                matter="",
                created_at=now,  # swept up when it cannot be taken away for long, not before
                try_at=now,
                attempts=0,
                moves=posts.c.moves + 1,
            )
        )

    def _gone(self, table: Table, which: ColumnElement[bool]) -> int:
        return self._connection.execute(delete(table).where(which)).rowcount
