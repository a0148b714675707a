"""Who is who on the chat platforms: name and e-mail address that somebody has there are sealed."""

import json
from typing import Any

from sqlalchemy import Row, Select, func, select

from storage.tables import accounts
from storage.tagged_rows import TaggedSession
from workflows.core.ports import Account, Unreadable

LINKED = "linked"
LINKING_LOCK = 20_108  # a number of ours among PostgreSQL's advisory locks


class AccountStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._rows = session.connection, session.of(accounts)

    def one_at_a_time(self) -> None:
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
            self._connection.execute(select(func.pg_advisory_xact_lock(LINKING_LOCK)))

    def get(self, platform: str, external_id: str) -> Account | None:
        query = select(accounts).where(accounts.c.id == _id(platform, external_id))
        found = self._accounts(query)
        return found[0] if found else None

    def of_member(self, member_id: str) -> list[Account]:
        query = select(accounts).where(
            accounts.c.member_id == member_id, accounts.c.state == LINKED
        )
        return self._accounts(query.order_by(accounts.c.id))

    def all(self, platform: str = "") -> list[Account]:
        query = select(accounts).order_by(accounts.c.at, accounts.c.id)
        if platform:
            query = query.where(accounts.c.platform == platform)
        return self._accounts(query)

    def save(self, account: Account) -> None:
        values = {
            "id": _id(account.platform, account.external_id),
            "platform": account.platform,
            "external_id": account.external_id,
            "member_id": account.member_id,
            "state": account.state,
            "at": account.at,
        }
        content = json.dumps([account.name, account.email], ensure_ascii=False)
        self._rows.put(values, {"content": content})

    def remove(self, platform: str, external_id: str) -> None:
        self._rows.remove(accounts.c.id == _id(platform, external_id))

    def _accounts(self, query: Select[Any]) -> list[Account]:
        """A row that is not as the bot wrote it is nobody's."""
        return [
            self._account(r) for r in self._connection.execute(query) if self._rows.is_authentic(r)
        ]

    def _account(self, row: Row[tuple[Any, ...]]) -> Account:
        try:
            text = self._rows.unsealed(row, "content")
        except Unreadable:
            text = '["", ""]'  # whose it is stands beside it, and one row must not stop all others
        name, email = json.loads(text)
        return Account(
            platform=row.platform,
            external_id=row.external_id,
            member_id=row.member_id,
            state=row.state,
            name=name,
            at=row.at,
            email=email,
        )


def _id(platform: str, external_id: str) -> str:
    return f"{platform}:{external_id}"
