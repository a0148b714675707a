"""Ways in from mails: who may answer what with them, and until when. No token lies here."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from storage.tables import answer_links
from storage.tagged_rows import TaggedSession
from workflows.core.ports import AnswerLink

_COLUMNS = tuple(c.name for c in answer_links.columns if c.name not in ("version", "tag"))


class AnswerLinkStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._rows = session.connection, session.of(answer_links)

    def add(self, link: AnswerLink) -> None:
        self._rows.insert({name: getattr(link, name) for name in _COLUMNS})

    def get(self, link_id: str) -> AnswerLink | None:
        query = select(answer_links).where(answer_links.c.id == link_id)
        found = self._links(query)
        return found[0] if found else None

    def good(
        self,
        now: datetime,
        *,
        meeting_id: str | None = None,
        case_id: str | None = None,
        item: str = "",
        agency_id: str = "",
    ) -> list[AnswerLink]:
        query = (
            select(answer_links)
            .where(
                answer_links.c.meeting_id.is_not_distinct_from(meeting_id),
                answer_links.c.case_id.is_not_distinct_from(case_id),
                answer_links.c.item == item,
                answer_links.c.revoked_at.is_(None),
                answer_links.c.expires_at > now,
            )
            .order_by(answer_links.c.made_at, answer_links.c.id)
        )
        if agency_id:
            query = query.where(answer_links.c.agency_id == agency_id)
        return self._links(query)

    def revoke(self, link_ids: Collection[str], at: datetime) -> None:
        which = answer_links.c.id.in_(list(link_ids)) & answer_links.c.revoked_at.is_(None)
        self._rows.change(which, {"revoked_at": at})

    def revoke_all(self, at: datetime) -> int:
        still_good = answer_links.c.revoked_at.is_(None) & (answer_links.c.expires_at > at)
        return self._rows.change(still_good, {"revoked_at": at})

    def _links(self, query: Select[Any]) -> list[AnswerLink]:
        """A row that is not as the bot wrote it is no link."""
        rows = [row for row in self._connection.execute(query) if self._rows.is_authentic(row)]
        return [AnswerLink(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]
