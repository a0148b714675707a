"""One-time links and sessions: rows known by keyed digests, so that the table opens nothing, and
whoever can write a row into it without the keys has made no session."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from storage.tables import about, sign_ins, upsert
from storage.tagged_rows import TaggedSession
from workflows.core.ports import SignIn

LINKS_NOT_MADE = "links_not_made"  # in `about`: an hour, and how often nobody was found in it
_COLUMNS = tuple(c.name for c in sign_ins.columns if c.name not in ("version", "tag"))


class SignInStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._vault = session.connection, session.vault
        self._rows = session.of(sign_ins)

    def token_digest(self, token: str) -> str:
        return self._vault.sign_in_digest("token", token)

    def browser_digest(self, secret: str) -> str:
        return self._vault.sign_in_digest("browser", secret)

    def challenge_digest(self, text: str) -> str:
        return self._vault.sign_in_digest("challenge", text)

    def add(self, sign_in: SignIn) -> None:
        self._rows.insert({name: getattr(sign_in, name) for name in _COLUMNS})

    def add_once(self, sign_in: SignIn) -> bool:
        values = {name: getattr(sign_in, name) for name in _COLUMNS}
        return self._rows.insert(values, unless=["digest"])

    def get(self, digest: str) -> SignIn | None:
        query = select(sign_ins).where(sign_ins.c.digest == digest)
        found = self._signed_in(query)
        return found[0] if found else None

    def end(self, digest: str, at: datetime) -> bool:
        still_open = (sign_ins.c.digest == digest) & sign_ins.c.ended_at.is_(None)
        return self._rows.change(still_open, {"ended_at": at}) == 1

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
        return self._signed_in(query)

    def forget(self, before: datetime) -> None:
        self._rows.remove(sign_ins.c.expires_at < before, expired=True)

    def count_link_not_made(self, hour: str) -> int:
        query = select(about.c.value).where(about.c.name == LINKS_NOT_MADE)
        before = str(self._connection.execute(query).scalar_one_or_none() or "")
        of, _, counted = before.partition(" ")
        count = int(counted) + 1 if of == hour and counted.isdecimal() else 1
        values = {"name": LINKS_NOT_MADE, "value": f"{hour} {count}"}
        noted = upsert(self._connection, about).values(values)
        self._connection.execute(
            noted.on_conflict_do_update(index_elements=["name"], set_={"value": values["value"]})
        )
        return count

    def _signed_in(self, query: Select[Any]) -> list[SignIn]:
        """A row that is not as the bot wrote it lets nobody in."""
        rows = [row for row in self._connection.execute(query) if self._rows.is_authentic(row)]
        return [SignIn(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]
