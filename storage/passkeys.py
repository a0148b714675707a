"""Passkeys of members: all that counts is sealed together, so that no row can be made another's.

The member stands beside in the clear, to be looked for. A row that is not as the bot wrote it, or
says something else beside than within, is no passkey: it lets nobody in.
"""

import json
import logging
from typing import Any

from sqlalchemy import Row, select

from storage.tables import passkeys
from storage.tagged_rows import TaggedSession
from workflows.core.ports import Passkey, Unreadable

log = logging.getLogger(__name__)


class PasskeyStore:
    def __init__(self, session: TaggedSession) -> None:
        self._connection, self._vault = session.connection, session.vault
        self._rows = session.of(passkeys)

    def of_credential(self, credential_id: str) -> Passkey | None:
        return self._one(passkeys.c.digest == self._digest(credential_id))

    def of_member(self, member_id: str) -> list[Passkey]:
        return self._find(passkeys.c.member_id == member_id)

    def all(self) -> list[Passkey]:
        return self._find(passkeys.c.id.is_not(None))

    def save(self, passkey: Passkey) -> None:
        within = {
            "member": passkey.member_id,
            "credential": passkey.credential_id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "name": passkey.name,
        }
        values = {
            "id": passkey.id,
            "digest": self._digest(passkey.credential_id),
            "member_id": passkey.member_id,
            "created_at": passkey.created_at,
            "used_at": passkey.used_at,
        }
        self._rows.put(values, {"content": json.dumps(within, ensure_ascii=False)})

    def remove(self, passkey_id: str) -> bool:
        return self._rows.remove(passkeys.c.id == passkey_id) == 1

    def _one(self, which: Any) -> Passkey | None:
        found = self._find(which)
        return found[0] if found else None

    def _find(self, which: Any) -> list[Passkey]:
        query = select(passkeys).where(which).order_by(passkeys.c.created_at, passkeys.c.id)
        read = (self._passkey(row) for row in self._connection.execute(query))
        return [passkey for passkey in read if passkey]

    def _passkey(self, row: Row[tuple[Any, ...]]) -> Passkey | None:
        try:
            within = json.loads(self._rows.opened(row, "content"))
        except Unreadable:
            within = {}
        if (row.member_id, row.digest) != (
            within.get("member"),
            self._digest(within.get("credential", "")),
        ):
            log.error("passkey_changed id=%s", row.id)
            return None
        return Passkey(
            id=row.id,
            member_id=row.member_id,
            credential_id=within["credential"],
            public_key=within["public_key"],
            sign_count=within["sign_count"],
            name=within["name"],
            created_at=row.created_at,
            used_at=row.used_at,
        )

    def _digest(self, credential_id: str) -> str:
        return self._vault.sign_in_digest("passkey", credential_id)
