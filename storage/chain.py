"""The chain of the audit trail as workflows see it: followed by stretches, its last check kept."""

import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from storage.tables import about, upsert
from storage.vault import Vault
from storage.verify_chain import follow
from workflows.model.trail import ChainFault, ChainProgress, Checkpoint, Fault, LastCheck

_LAST_CHECK = "trail.check"


class ChainStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def follow(
        self, so_far: ChainProgress, kept: Sequence[Checkpoint], limit: int
    ) -> ChainProgress:
        """Follow the chain on by up to `limit` rows; `kept` are checkpoints kept elsewhere."""
        return follow(self._connection, self._vault, so_far, kept, limit)

    def last_check(self) -> LastCheck | None:
        """What the last walk over the chain found; None when there was none."""
        query = select(about.c.value).where(about.c.name == _LAST_CHECK)
        text = self._connection.execute(query).scalar_one_or_none()
        try:
            told, mac = json.loads(text) if text else (None, "")
            if not told or not hmac.compare_digest(str(mac).encode(), self._mac(told).encode()):
                return None  # else who has the database alone could say that all is well
            return _check_of(told)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None  # somebody wrote there: the next check says how it is

    def _mac(self, told: dict[str, Any]) -> str:
        text = json.dumps(["check-1", told], ensure_ascii=False)
        return hmac.new(self._vault.head_key, text.encode(), sha256).hexdigest()

    def remember_check(self, walk: ChainProgress, at: datetime) -> None:
        told: dict[str, Any] = {
            "at": at.isoformat(),
            "seq": walk.seq,
            "broken": None,
            "compared_until": walk.compared_until,
        }
        if walk.broken:
            found = walk.broken
            told["broken"] = {
                "fault": str(found.fault),
                "seq": found.seq,
                "at": found.at.isoformat() if found.at else None,
                "kind": found.kind,
                "other": found.other,
            }
        row = {"name": _LAST_CHECK, "value": json.dumps([told, self._mac(told)])}
        query = upsert(self._connection, about).values(row)
        self._connection.execute(
            query.on_conflict_do_update(index_elements=["name"], set_={"value": row["value"]})
        )


def _check_of(told: dict[str, Any]) -> LastCheck:
    found = told["broken"]
    broken = None
    if found:
        at = datetime.fromisoformat(found["at"]) if found["at"] else None
        fault = Fault(found["fault"])
        broken = ChainFault(fault, found["seq"], at, found["kind"], found["other"])
    return LastCheck(
        datetime.fromisoformat(told["at"]), told["seq"], broken, told["compared_until"]
    )
