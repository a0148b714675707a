"""An authenticator in software: it makes real credentials and signs real answers, as it is told.

What it answers is what passkeys.js hands on. https://www.w3.org/TR/webauthn-3/
"""

import json
import secrets
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One credential of P-256. `origin` is the page it believes it is on; `counts`: by how much its
    counter rises at each use, 0 for one that does not count; `verifies`: asks for the PIN."""

    origin: str
    counts: int = 1
    verifies: bool = True
    changes: dict[str, Any] = field(default_factory=dict)  # what the browser says otherwise
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.create, with attestation "none"."""
        point = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (point.x, point.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        made = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + public
        data = self._data(options["rp"]["id"], ATTESTED) + made
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options)
        return self._answer({"attestationObject": attested, "clientDataJSON": said})

    def get(self, options: dict[str, Any]) -> str:
        """The answer to navigator.credentials.get."""
        data = self._data(options["rpId"], 0)
        said = self._said("webauthn.get", options)
        signature = self.key.sign(data + sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {"authenticatorData": data, "clientDataJSON": said, "signature": signature}
        )

    def _data(self, site: str, flags: int) -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(site.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _said(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps({**said, "crossOrigin": False, **self.changes}).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        name = bytes_to_base64url(self.credential)
        said = {part: bytes_to_base64url(value) for part, value in response.items()}
        whole = {"id": name, "rawId": name, "type": "public-key", "response": said}
        return json.dumps({**whole, "clientExtensionResults": {}})


def changed(answer: str, part: str, byte: int = -1) -> str:
    """The answer with one bit of a part of its response turned."""
    read = json.loads(answer)
    value = bytearray(base64url_to_bytes(read["response"][part]))
    value[byte] ^= 1
    read["response"][part] = bytes_to_base64url(bytes(value))
    return json.dumps(read)
