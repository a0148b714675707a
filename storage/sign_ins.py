"""One-time links and sessions: rows known by keyed digests, so that the table opens nothing, and
whoever can write a row into it without the keys has made no session."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from storage.tables import sign_ins
from storage.vault import Vault
from workflows.ports import SignIn

_COLUMNS = tuple(column.name for column in sign_ins.columns)


class SignInStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def token_digest(self, token: str) -> str:
        return self._vault.sign_in_digest("token", token)

    def browser_digest(self, secret: str) -> str:
        return self._vault.sign_in_digest("browser", secret)

    def add(self, sign_in: SignIn) -> None:
        values = {name: getattr(sign_in, name) for name in _COLUMNS}
        self._connection.execute(insert(sign_ins).values(**values))

    def get(self, digest: str) -> SignIn | None:
        query = select(sign_ins).where(sign_ins.c.digest == digest)
        row = self._connection.execute(query).mappings().one_or_none()
        return SignIn(**row) if row else None

    def end(self, digest: str, at: datetime) -> bool:
        done = self._connection.execute(
            update(sign_ins)
            .where(sign_ins.c.digest == digest, sign_ins.c.ended_at.is_(None))
            .values(ended_at=at)
        )
        return done.rowcount == 1

    def saw(self, digest: str, at: datetime) -> None:
        self._connection.execute(
            update(sign_ins).where(sign_ins.c.digest == digest).values(seen_at=at)
        )

    def open_of(self, member_id: str, now: datetime) -> list[SignIn]:
        query = (
            select(sign_ins)
            .where(
                sign_ins.c.member_id == member_id,
                sign_ins.c.ended_at.is_(None),
                sign_ins.c.expires_at > now,
            )
            .order_by(sign_ins.c.created_at, sign_ins.c.digest)
        )
        return [SignIn(**row) for row in self._connection.execute(query).mappings()]

    def forget(self, before: datetime) -> None:
        self._connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < before))
