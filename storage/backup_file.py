"""The container of a backup: one header in the clear, then its contents, sealed chunk by chunk.

    tsunagu-backup 1        the format
    {"program": …}          the header, JSON in one line: nothing personal, and no key
    9f86d081…               SHA-256 of both lines: tells a damaged header from other keys
    chunks                  CHUNK_BYTES bytes of contents each (the last may be shorter) and 16 of
    tag

AES-256-GCM as a STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption,
2015): the nonce is 7 random bytes, the chunk's number and whether it is the last; the associated
data is everything before the chunks. So a file that was cut, put together of two, reordered or
changed by a bit does not open. The key is derived (HKDF, RFC 5869) from a sealing key of the keys
file and a salt of this file's own.
"""

import hmac
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.refused import DatabaseRefused
from storage.tables import instant_text
from storage.vault import KEY, KEY_ID
from workflows.japanese.dates import TOKYO

MAGIC: Final = b"tsunagu-backup "
FORMAT: Final = MAGIC + b"1\n"
CHUNK_BYTES: Final = 64 * 1024
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + 16
PREFIX: Final = 7  # bytes of the nonce that are this file's own
LONGEST_HEADER: Final = 4096  # bytes; ours has about 400


@dataclass(frozen=True)
class Header:
    """What may be known of a backup without its key. `taken_at` is a UTC text of fixed width.

    `check` tells whether a key is the right one; salt, prefix and check are hex.
    """

    program: str
    revision: str
    kind: str
    taken_at: str
    key: str
    check: str = ""
    salt: str = field(default_factory=lambda: os.urandom(KEY).hex())
    prefix: str = field(default_factory=lambda: os.urandom(PREFIX).hex())

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.taken_at).astimezone(TOKYO)


def _derived(secret: bytes, header: Header, purpose: bytes) -> bytes:
    salt = bytes.fromhex(header.salt)
    return HKDF(SHA256(), KEY, salt, info=b"tsunagu backup " + purpose).derive(secret)


class SealedWriter:
    """Seals what is written to it. Without `finish` what it wrote never opens."""

    def __init__(
        self,
        file: BinaryIO,
        secret: bytes,
        *,
        program: str,
        revision: str,
        kind: str,
        taken_at: datetime,
        key: str,
    ) -> None:
        plain = Header(program, revision, kind, instant_text(taken_at), key)
        told = {**asdict(plain), "check": _derived(secret, plain, b"check").hex()}
        lines = FORMAT + json.dumps(told).encode() + b"\n"
        self._before = lines + sha256(lines).hexdigest().encode() + b"\n"
        self._file = file
        self._cipher = AESGCM(_derived(secret, plain, b"contents"))
        self._prefix, self._number = bytes.fromhex(plain.prefix), 0
        self._held = bytearray()
        file.write(self._before)

    def write(self, data: bytes) -> int:
        self._held += data
        while len(self._held) > CHUNK_BYTES:  # the last chunk is never empty-handed
            self._seal(bytes(self._held[:CHUNK_BYTES]), last=False)
            del self._held[:CHUNK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Nothing: a chunk goes out when it is full."""

    def finish(self) -> None:
        """Seal the last chunk as the last."""
        self._seal(bytes(self._held), last=True)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, plain, self._before))
        self._number += 1


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


class SealedReader(io.RawIOBase):
    """The contents of a backup: each chunk is handed out once it proved to be what was written.

    `place` is what sentences call the file. Raises DatabaseRefused when it is no backup, of a
    newer format, damaged, or sealed with a key that `keys` (id to 32 bytes) does not hold.
    """

    def __init__(self, file: BinaryIO, keys: Mapping[str, bytes], place: str) -> None:
        super().__init__()
        self._file, self._place = file, place
        self.header, self._before = _read_header(file, place)
        secret = keys.get(self.header.key)
        if secret is None:
            raise DatabaseRefused("backup.key_missing", place=place, id=self.header.key)
        check = _derived(secret, self.header, b"check").hex()
        if not hmac.compare_digest(check, self.header.check):
            raise DatabaseRefused("backup.other_keys", place=place, id=self.header.key)
        self._cipher = AESGCM(_derived(secret, self.header, b"contents"))
        self._prefix, self._number = bytes.fromhex(self.header.prefix), 0
        self._ahead = file.read(SEALED_CHUNK_BYTES)  # what follows tells which chunk is the last
        self._open = self._next()  # which proves the header, before anybody acts on it

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._open and self._ahead:
            self._open = self._next()
        taken = self._open[: len(buffer)]
        buffer[: len(taken)] = taken
        self._open = self._open[len(taken) :]
        return len(taken)

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(SEALED_CHUNK_BYTES)
        nonce = _nonce(self._prefix, self._number, last=not self._ahead)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, sealed, self._before)
        except InvalidTag:
            raise DatabaseRefused("backup.damaged", place=self._place) from None


def _read_header(file: BinaryIO, place: str) -> tuple[Header, bytes]:
    """The header, and all bytes before the chunks."""
    first = file.readline(len(FORMAT))
    if first != FORMAT:
        newer = first.startswith(MAGIC) and first[len(MAGIC) : -1].isdigit()
        raise DatabaseRefused("backup.newer" if newer else "backup.not_one", place=place)
    line, digest = file.readline(LONGEST_HEADER), file.readline(65)
    if digest != sha256(first + line).hexdigest().encode() + b"\n":
        raise DatabaseRefused("backup.damaged", place=place)
    header = _parse_header(line)
    if header is None:
        raise DatabaseRefused("backup.damaged", place=place)
    return header, first + line + digest


def _parse_header(line: bytes) -> Header | None:
    """The header, unless somebody made it up, with a digest that fits."""
    try:
        header = Header(**json.loads(line))
        datetime.fromisoformat(header.taken_at)
        random = [len(bytes.fromhex(text)) for text in (header.salt, header.check, header.prefix)]
        named = KEY_ID.fullmatch(header.key)
    except (ValueError, TypeError):
        return None
    return header if named and random == [KEY, KEY, PREFIX] else None
