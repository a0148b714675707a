"""Sweeps up rows that no document answers for: notices, posts, drafts, spent links, old events."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, delete, func, not_, select, update

from storage.documents import from_text, to_text
from storage.tables import (
    accounts,
    answer_links,
    callbacks,
    drafts,
    mailbox,
    outbox,
    passkeys,
    place,
    posts,
    seen,
    sign_ins,
    streams,
)
from storage.tagged_rows import TaggedSession
from storage.tagged_tables import TAGGED
from workflows.core.ports import FAULTS, GONE
from workflows.model.disposal import IdleDraft, WithoutNames
from workflows.model.notice import Notice

# What holds a notice: the table, its key, and when the row came there.
_TOLD = (
    (outbox, outbox.c.id, outbox.c.created_at),
    (mailbox, mailbox.c.notice_id, mailbox.c.delivered_at),
    (posts, posts.c.id, posts.c.created_at),
)
POST_KINDS = ("notice", "board", "room_card", "calendar", GONE)


SLACK = "slack"  # the platform whose callbacks were acknowledged as presses


class Purge:
    def __init__(self, session: TaggedSession) -> None:
        self._session, self._connection, self._vault = session, session.connection, session.vault

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

    def mentions(self, names: WithoutNames, since: datetime, now: datetime) -> int:
        found = 0
        for table, key, at in _TOLD:
            for row_id, rest in self._naming(table, key, at >= since, names):
                which = key == row_id
                if rest is not None:
                    sealed = self._vault.seal(to_text(rest), place(table, "content", row_id))
                    more = {"moves": posts.c.moves + 1, "try_at": now} if table is posts else {}
                    self._connection.execute(
                        update(table).where(which).values(content=sealed, **more)
                    )
                elif table is posts:
                    self._take_away(which, now)
                else:
                    self._gone(table, which)
                    self._gone(outbox, outbox.c.id == row_id)  # of what lay in an inbox
                found += 1
        # Nobody is told twice of what is gone, so that what keeps a notice one goes, too.
        for name in names.ids:
            self._gone(outbox, outbox.c.dedupe_key.contains(name, autoescape=True))
        return found + self._came_in_naming(names)

    def _naming(
        self, table: Table, key: Column[str], which: ColumnElement[bool], names: WithoutNames
    ) -> list[tuple[str, Notice | None]]:
        """The rows of a table whose notice names it, and what is left of each."""
        found: list[tuple[str, Notice | None]] = []
        query = select(key, table.c.content).where(which, table.c.content != "")
        for row_id, content in self._connection.execute(query):
            try:
                text = self._vault.open(content, place(table, "content", row_id))
                if names.are_in(text):
                    found.append((row_id, names.without_in_notice(from_text(text, Notice))))
            except FAULTS:
                continue
        return found

    def _came_in_naming(self, names: WithoutNames) -> int:
        """What somebody typed into a chat and nobody has worked off: emptied, so that the same one
        is known when it comes again."""
        query = select(callbacks.c.id, callbacks.c.content).where(callbacks.c.content != "")
        found = []
        for row_id, content in self._connection.execute(query):
            try:
                if names.are_in(self._vault.open(content, place(callbacks, "content", row_id))):
                    found.append(row_id)
            except FAULTS:
                continue
        emptied = {"answered": True, "content": "", "try_at": None, "error": "gone"}
        self._connection.execute(
            update(callbacks).where(callbacks.c.id.in_(found)).values(worker=None, **emptied)
        )
        return len(found)

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
        self._gone(passkeys, passkeys.c.member_id.in_(list(member_ids)))
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

    def old_events(self, before: datetime, *, slack_before: datetime) -> int:
        over = callbacks.c.try_at.is_(None) & _came_before(before, slack_before)
        return (
            self._gone(seen, seen.c.at < before)
            + self._gone(streams, streams.c.at < before)
            + self._gone(callbacks, over)
        )

    def empty_abandoned_callbacks(self, before: datetime, *, slack_before: datetime) -> int:
        late = callbacks.c.try_at.is_not(None) & _came_before(before, slack_before)
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
        ours = posts.c.kind.in_(POST_KINDS) & (posts.c.external_id != "")
        self._gone(posts, which & not_(ours))
        rest = {
            "kind": GONE,
            "member_id": "",
            "case_id": None,
            "meeting_id": None,
            "matter": "",
            "created_at": now,  # swept up when it cannot be taken away for long, not before
        }
        more = {"content": "", "try_at": now, "attempts": 0, "moves": posts.c.moves + 1}
        self._session.of(posts).change(which, rest, **more)

    def _gone(self, table: Table, which: ColumnElement[bool]) -> int:
        if table.name in TAGGED:
            return self._session.of(table).remove(which)
        return self._connection.execute(delete(table).where(which)).rowcount


def _came_before(before: datetime, slack_before: datetime) -> ColumnElement[bool]:
    at = callbacks.c.received_at
    # What somebody did is still done after a stop, wherever they did it; what is only said is not.
    is_press = (callbacks.c.platform == SLACK) | callbacks.c.answered.is_(False)
    return (is_press & (at < slack_before)) | (not_(is_press) & (at < before))
