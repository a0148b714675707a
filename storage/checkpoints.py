"""Checkpoints: signed notes of where the audit trail stood."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, String, insert, select, type_coerce

from storage.head import head_of, is_authentic, lock_head, write_head
from storage.tables import checkpoints, instant_text
from storage.vault import Vault
from workflows.model.trail import GENESIS, VERSION, Checkpoint


class CheckpointStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def sign(self, at: datetime) -> Checkpoint | None:
        """Note and sign the last row that is written; None when there is none, or when its note
        is not the bot's: what somebody else wrote there is not vouched for.

        One that is signed already is not signed again.
        """
        row = lock_head(self._connection)
        head = head_of(row)
        if not is_authentic(self._vault, row) or head.seq < 1:
            return None
        known = self.after(head.seq - 1)
        if known:
            return known[0]
        made = Checkpoint(
            seq=head.seq,
            at=instant_text(at),
            hash=head.hash,
            signature="",
            version=VERSION,
            previous=head.checkpoint or GENESIS,
            decisions=head.decisions,
        )
        signature = self._vault.signing_key.sign(made.signed_text())
        made = replace(made, signature=b64encode(signature).decode())
        self._connection.execute(insert(checkpoints).values({**asdict(made), "at": at}))
        write_head(self._connection, self._vault, row, replace(head, checkpoint=made.digest()))
        return made

    def after(self, seq: int) -> list[Checkpoint]:
        """Those of rows beyond `seq`, the oldest first."""
        return checkpoints_after(self._connection, seq)

    def last(self) -> Checkpoint | None:
        query = _ROWS.order_by(checkpoints.c.seq.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return Checkpoint(*row) if row else None

    def is_ours(self, checkpoint: Checkpoint) -> bool:
        """Whether this bot, or whoever has its keys, signed it."""
        return is_signed_by(self._vault, checkpoint)

    def public_key(self) -> str:
        """What proves a checkpoint, as PEM."""
        key = self._vault.signing_key.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


_ROWS = select(
    checkpoints.c.seq,
    type_coerce(checkpoints.c.at, String),  # as it was signed
    checkpoints.c.hash,
    checkpoints.c.signature,
    checkpoints.c.version,
    checkpoints.c.previous,
    checkpoints.c.decisions,
)


def checkpoints_after(connection: Connection, seq: int | None) -> list[Checkpoint]:
    """The checkpoints of rows beyond `seq` (None: all there are), the oldest first."""
    query = _ROWS.order_by(checkpoints.c.seq)
    if seq is not None:
        query = query.where(checkpoints.c.seq > seq)
    return [Checkpoint(*row) for row in connection.execute(query)]


def is_signed_by(vault: Vault, checkpoint: Checkpoint) -> bool:
    """Whether this bot, or whoever has its keys, signed it."""
    text = checkpoint.signed_text()
    try:
        signature = b64decode(checkpoint.signature, validate=True)
        vault.signing_key.public_key().verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def row_before_missing(found: Iterable[Checkpoint], newest: str) -> int | None:
    """The row of the last checkpoint before one that is missing (0: the first is); None when all
    are there, up to the one with the digest `newest`.
    """
    before = None
    for mark in found:
        if mark.previous != (before.digest() if before else GENESIS):
            return before.seq if before else 0
        before = mark
    if newest != (before.digest() if before else ""):
        return before.seq if before else 0
    return None
