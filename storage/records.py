"""Drafts and digests."""

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from storage.tables import digests, drafts, place
from storage.tagged_rows import TaggedSession
from storage.vault import Vault
from workflows.core.errors import frames_of
from workflows.core.ports import FAULTS, Draft

log = logging.getLogger(__name__)


class DraftStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._rows = session.connection, session.of(drafts)

    def save(self, draft: Draft) -> None:
        text = json.dumps(dict(draft.raw), ensure_ascii=False)
        values = {
            "id": draft.id,
            "member_id": draft.member_id,
            "form": draft.form,
            "subject": draft.subject,
            "saved_at": draft.saved_at,
            "warned_at": None,
        }
        self._rows.put(values, {"content": text})

    def get(self, draft_id: str) -> Draft | None:
        query = select(drafts).where(drafts.c.id == draft_id)
        row = self._connection.execute(query).one_or_none()
        return self._draft(row) if row else None

    def of_member(self, member_id: str) -> list[Draft]:
        query = select(drafts).where(drafts.c.member_id == member_id)
        rows = self._connection.execute(query.order_by(drafts.c.saved_at.desc()))
        return self._readable(rows)

    def of_everybody(self) -> list[Draft]:
        return self._readable(self._connection.execute(select(drafts)))

    def _readable(self, rows: Iterable[Row[tuple[Any, ...]]]) -> list[Draft]:
        """Those that open: one that does not must not hide the others."""
        found = []
        for row in rows:
            try:
                found.append(self._draft(row))
            except FAULTS as fault:
                name, at = type(fault).__name__, frames_of(fault)
                log.error("draft_broken id=%s error=%s at=%s", row.id, name, at)
        return found

    def delete(self, draft_id: str) -> None:
        self._connection.execute(delete(drafts).where(drafts.c.id == draft_id))

    def _draft(self, row: Row[tuple[Any, ...]]) -> Draft:
        names = ("id", "member_id", "form", "subject", "saved_at")
        values = {n: getattr(row, n) for n in names}
        raw = json.loads(self._rows.opened(row, "content"))
        return Draft(**values, raw=raw)


class DigestStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def save(self, on: date, content: Mapping[str, object]) -> None:
        self._connection.execute(delete(digests).where(digests.c.on_day == on))
        text = json.dumps(dict(content), ensure_ascii=False)
        sealed = self._vault.seal(text, place(digests, "content", on))
        self._connection.execute(insert(digests).values(on_day=on, content=sealed))

    def get(self, on: date) -> Mapping[str, object] | None:
        query = select(digests.c.content).where(digests.c.on_day == on)
        sealed = self._connection.execute(query).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            found: dict[str, object] = json.loads(
                self._vault.open(sealed, place(digests, "content", on))
            )
        except FAULTS as fault:  # the next one is made nevertheless, with nothing to compare
            name, at = type(fault).__name__, frames_of(fault)
            log.error("digest_broken on=%s error=%s at=%s", on, name, at)
            return None
        return found

    def days(self) -> list[date]:
        query = select(digests.c.on_day).order_by(digests.c.on_day)
        return list(self._connection.execute(query).scalars())
