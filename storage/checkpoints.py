"""Checkpoints: signed notes of where the audit trail stood."""

from base64 import b64decode, b64encode
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, String, insert, select, type_coerce

from storage.tables import checkpoints, instant_text, trail_head
from storage.vault import Vault
from workflows.chain import Checkpoint, signed_text


class CheckpointStore:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    def sign(self, at: datetime) -> Checkpoint | None:
        """Note and sign the last row that is written; None when there is none.

        One that is signed already is not signed again.
        """
        head = self._connection.execute(select(trail_head)).one()
        if head.seq < 1:
            return None
        known = self.after(head.seq - 1)
        if known:
            return known[0]
        told = instant_text(at)
        signature = self._vault.signing_key.sign(signed_text(head.seq, told, head.hash))
        made = Checkpoint(head.seq, told, head.hash, b64encode(signature).decode())
        self._connection.execute(
            insert(checkpoints).values(
                seq=made.seq, at=at, hash=made.hash, signature=made.signature
            )
        )
        return made

    def after(self, seq: int) -> list[Checkpoint]:
        """Those of rows beyond `seq`, the oldest first."""
        return checkpoints_after(self._connection, seq)

    def last(self) -> Checkpoint | None:
        query = _ROWS.order_by(checkpoints.c.seq.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return Checkpoint(*row) if row else None

    def public_key(self) -> str:
        """What proves a checkpoint, as PEM."""
        key = self._vault.signing_key.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


_ROWS = select(
    checkpoints.c.seq,
    type_coerce(checkpoints.c.at, String),  # as it was signed
    checkpoints.c.hash,
    checkpoints.c.signature,
)


def checkpoints_after(connection: Connection, seq: int | None) -> list[Checkpoint]:
    """The checkpoints of rows beyond `seq` (None: all there are), the oldest first."""
    query = _ROWS.order_by(checkpoints.c.seq)
    if seq is not None:
        query = query.where(checkpoints.c.seq > seq)
    return [Checkpoint(*row) for row in connection.execute(query)]


def is_signed_by(vault: Vault, checkpoint: Checkpoint) -> bool:
    """Whether this bot, or whoever has its keys, signed it."""
    text = signed_text(checkpoint.seq, checkpoint.at, checkpoint.hash)
    try:
        signature = b64decode(checkpoint.signature, validate=True)
        vault.signing_key.public_key().verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
