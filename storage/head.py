"""The head of the audit trail: where it ends, and what else is so at that moment, under one MAC.

Who may write the database but has no keys can set the head back together with the end of the
trail, but not make its MAC fit. A head whose MAC does not fit is written on without one, for ever:
the bot's own next row must not make good what somebody else wrote there.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.tables import trail_head
from storage.vault import Vault
from workflows.model.trail import GENESIS

# Asked and written in every command: made once.
_LOCKED = select(trail_head).with_for_update()
_ANEW = update(trail_head)
NO_MAC = ""  # of a head that was found not to be the bot's


@dataclass(frozen=True)
class Head:
    """The last row `seq` of the trail and its hash (64 hex digits; row 0 and zeros: none yet).

    `rows` is what the rows that decide who may what add up to; `checkpoint` the digest of the
    newest checkpoint ("" for none); `decisions` how far the list of decisions that is kept outside
    the database goes ("" while there is none). Each is a text that whoever keeps it reads alone.
    """

    seq: int
    hash: str
    rows: str = ""
    checkpoint: str = ""
    decisions: str = ""


def mac_of(vault: Vault, head: Head) -> str:
    """What stands beside a head that the bot wrote: 64 hex digits."""
    parts = ["head-1", head.seq, head.hash, head.rows, head.checkpoint, head.decisions]
    # What is no text (bytes, written there by hand) gives some MAC, and never the right one.
    text = json.dumps(parts, ensure_ascii=False, default=repr)
    return hmac.new(vault.head_key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def head_of(row: Row[Any]) -> Head:
    return Head(row.seq, row.hash, row.rows, row.checkpoint, row.decisions)


def is_authentic(vault: Vault, row: Row[Any]) -> bool:
    """Whether the bot, or whoever has its keys, wrote this row of the table."""
    mac = row.mac if isinstance(row.mac, str) and row.mac.isascii() else NO_MAC
    return hmac.compare_digest(mac, mac_of(vault, head_of(row)))


def lock_heads(connection: Connection) -> Sequence[Row[Any]]:
    """The rows of the table, which is one; nobody else writes it until the transaction is over."""
    return connection.execute(_LOCKED).all()


def lock_head(connection: Connection) -> Row[Any]:
    """The same of a head that has to be there. Raises NoResultFound and MultipleResultsFound."""
    return connection.execute(_LOCKED).one()


def write_first_head(connection: Connection, vault: Vault) -> None:
    """The head of a trail in which there is no row yet; its table is empty."""
    head = Head(0, GENESIS)
    connection.execute(insert(trail_head).values(id=1, mac=mac_of(vault, head), **vars(head)))


def write_head(connection: Connection, vault: Vault, before: Row[Any], head: Head) -> None:
    """Put `head` in the place of the row `before`, which is locked."""
    mac = mac_of(vault, head) if is_authentic(vault, before) else NO_MAC
    connection.execute(_ANEW, vars(head) | {"mac": mac})
