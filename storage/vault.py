"""The vault: every text that may hold personal data is sealed before it reaches the database.

AES-256-GCM; the associated data binds a value to its table, column and row, so that it cannot be
moved elsewhere unnoticed. A sealed value reads `<key id>.<base64 of nonce and ciphertext>`.
Keys lie in a file outside the database. Rotation comes with the issue on personal data.
"""

import hmac
import json
import os
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID = re.compile(r"k[0-9]{1,9}")
NONCE = 12
KEY = 32


class KeysMissing(Exception):
    """The keys of this database are not there, or are not these."""


@dataclass(frozen=True)
class Keys:
    """`seal` maps key id to 32 bytes; `current` seals anew; `index` and `web` are 32 bytes."""

    current: str
    seal: dict[str, bytes]
    index: bytes
    web: bytes


def make_keys(path: Path) -> Keys:
    """Write a new keys file, readable by its owner alone. Never over one that exists."""
    keys = Keys(
        "k1",
        {"k1": secrets.token_bytes(32)},
        secrets.token_bytes(32),
        secrets.token_bytes(32),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {
            "current": keys.current,
            "seal": {k: v.hex() for k, v in keys.seal.items()},
            "index": keys.index.hex(),
            "web": keys.web.hex(),
        },
        indent=1,
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return keys


def read_keys(path: Path) -> Keys:
    """The keys in the file. Raises KeysMissing when it is absent or not a keys file."""
    try:
        data = json.loads(path.read_text())
        keys = Keys(
            data["current"],
            {k: bytes.fromhex(v) for k, v in data["seal"].items()},
            bytes.fromhex(data["index"]),
            bytes.fromhex(data["web"]),
        )
        if keys.current not in keys.seal or any(len(k) != KEY for k in keys.seal.values()):
            raise KeysMissing(str(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysMissing(str(path)) from error
    return keys


def _derived(secret: bytes, purpose: bytes) -> bytes:
    """32 bytes for one purpose alone, out of a secret that serves others too (RFC 5869)."""
    return HKDF(SHA256(), KEY, salt=None, info=b"tsunagu " + purpose).derive(secret)


class Vault:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._ciphers = {k: AESGCM(v) for k, v in keys.seal.items()}
        self._chain_key = _derived(keys.index, b"audit trail chain")
        self._signing_key = Ed25519PrivateKey.from_private_bytes(
            _derived(keys.index, b"audit trail checkpoints")
        )

    def seal(self, text: str, place: str) -> str:
        """Seal `text` for `place`, e.g. `cases.content:<id>`."""
        nonce = os.urandom(NONCE)
        sealed = self._ciphers[self._keys.current].encrypt(nonce, text.encode(), place.encode())
        return f"{self._keys.current}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The text sealed for `place`. Raises KeysMissing when key, place or value is wrong."""
        key_id, _, body = sealed.partition(".")
        cipher = self._ciphers.get(key_id)
        if cipher is None:  # what is no key id may be words that nobody sealed: never said
            raise KeysMissing(key_id if KEY_ID.fullmatch(key_id) else "unsealed")
        raw = urlsafe_b64decode(body)
        try:
            return cipher.decrypt(raw[:NONCE], raw[NONCE:], place.encode()).decode()
        except InvalidTag as error:
            raise KeysMissing(place) from error

    @property
    def chain_key(self) -> bytes:
        """The key of the audit trail's chain: it stays when the sealing keys change."""
        return self._chain_key

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """What signs the checkpoints of the audit trail; its public half proves them elsewhere."""
        return self._signing_key

    def index(self, kind: str, value: str) -> str:
        """A keyed digest (64 hex digits) by which an equal value is found again."""
        return hmac.new(self._keys.index, f"{kind}\0{value}".encode(), sha256).hexdigest()
