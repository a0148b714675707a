"""One-time links and the sessions they open: kept as digests, used once, ended by time.

Binding to the browser that asked, OIDC and idle limits come with the issue on personal data.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import insert, select, update

from storage.database import Database
from storage.tables import sign_ins

LINK_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


class SignIns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def new_link(self, member_id: str, now: datetime) -> str:
        """A token for one sign-in of this member, good for 15 minutes."""
        return self._new("link", member_id, now + LINK_LIFE)

    def exchange(self, link_token: str, now: datetime) -> str | None:
        """A session's token for an unspent link; None when it is unknown, old or spent."""
        with self._database.engine.connect() as connection, connection.begin():
            spent = connection.execute(
                update(sign_ins)
                .where(
                    sign_ins.c.digest == _digest(link_token),
                    sign_ins.c.kind == "link",
                    sign_ins.c.used_at.is_(None),
                    sign_ins.c.expires_at > now,
                )
                .values(used_at=now)
            )
            if spent.rowcount != 1:
                return None
            member_id = connection.execute(
                select(sign_ins.c.member_id).where(sign_ins.c.digest == _digest(link_token))
            ).scalar_one()
        return self._new("session", member_id, now + SESSION_LIFE)

    def member_of(self, token: str, now: datetime) -> str | None:
        """Whose session this is, while it lasts."""
        query = select(sign_ins.c.member_id).where(
            sign_ins.c.digest == _digest(token),
            sign_ins.c.kind == "session",
            sign_ins.c.used_at.is_(None),
            sign_ins.c.expires_at > now,
        )
        with self._database.engine.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def end(self, token: str, now: datetime) -> None:
        with self._database.engine.connect() as connection, connection.begin():
            connection.execute(
                update(sign_ins)
                .where(sign_ins.c.digest == _digest(token), sign_ins.c.kind == "session")
                .values(used_at=now)
            )

    def _new(self, kind: str, member_id: str, expires_at: datetime) -> str:
        token = secrets.token_urlsafe(32)
        with self._database.engine.connect() as connection, connection.begin():
            connection.execute(
                insert(sign_ins).values(
                    digest=_digest(token), kind=kind, member_id=member_id, expires_at=expires_at
                )
            )
        return token
