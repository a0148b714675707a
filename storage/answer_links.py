"""Ways in from mails: who may answer what with them, and until when. No token lies here."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from storage.tables import answer_links
from workflows.ports import AnswerLink

_COLUMNS = tuple(column.name for column in answer_links.columns)


class AnswerLinkStore:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, link: AnswerLink) -> None:
        values = {name: getattr(link, name) for name in _COLUMNS}
        self._connection.execute(insert(answer_links).values(**values))

    def get(self, link_id: str) -> AnswerLink | None:
        query = select(answer_links).where(answer_links.c.id == link_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return AnswerLink(**row) if row else None

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
        return [AnswerLink(**row) for row in self._connection.execute(query).mappings()]

    def revoke(self, link_ids: Collection[str], at: datetime) -> None:
        self._connection.execute(
            update(answer_links)
            .where(answer_links.c.id.in_(list(link_ids)), answer_links.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )

    def revoke_all(self, at: datetime) -> int:
        done = self._connection.execute(
            update(answer_links)
            .where(answer_links.c.revoked_at.is_(None), answer_links.c.expires_at > at)
            .values(revoked_at=at)
        )
        return done.rowcount
