"""The session cookie, sealed: browsers keep cookies on their disk, and Flask only signs them.

What it says on the next page (`say`) lies in it meanwhile, and may name a colleague.
"""

import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, Response, request
from flask.sessions import (
    SecureCookieSessionInterface,
    SessionMixin,
    session_json_serializer,
)
from itsdangerous import BadSignature

STATIC_PATH: Final = "/static"
TIME_BYTES: Final = 8  # bytes, of when it was sealed, in seconds
NONCE_BYTES: Final = 12
# By which another server of ours may be ahead, or our own clock was put back.
CLOCK_SKEW_SECONDS: Final = 300


def is_static_path(path: str) -> bool:
    """Whether an address is one of a style, a script or a picture of ours."""
    return path.startswith(f"{STATIC_PATH}/")


class CookieSealer:
    """Has the two methods that Flask's session asks of its signer; `purpose` parts cookies.

    AES-256-GCM over the value, bound to the moment that stands before it.
    """

    def __init__(self, secret: bytes, purpose: bytes = b"tsunagu session cookie") -> None:
        key = HKDF(SHA256(), 32, salt=None, info=purpose + b", AES-GCM").derive(secret)
        self._cipher = AESGCM(key)

    def dumps(self, value: Any) -> str:
        moment = int(time.time()).to_bytes(TIME_BYTES, "big")
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, session_json_serializer.dumps(value).encode(), moment)
        return urlsafe_b64encode(moment + nonce + sealed).decode()

    def loads(self, text: str, max_age: int) -> Any:
        """Raises BadSignature when it was not sealed here, or longer than `max_age` seconds ago."""
        try:
            raw = urlsafe_b64decode(text)
            moment, nonce, sealed = (
                raw[:TIME_BYTES],
                raw[TIME_BYTES:][:NONCE_BYTES],
                raw[TIME_BYTES + NONCE_BYTES :],
            )
            plain = self._cipher.decrypt(nonce, sealed, moment)
        except (InvalidTag, ValueError):
            raise BadSignature("not sealed here") from None
        age = int(time.time()) - int.from_bytes(moment, "big")
        if not -CLOCK_SKEW_SECONDS <= age <= max_age:
            raise BadSignature("too old")
        return session_json_serializer.loads(plain.decode())


class SealedCookie(SecureCookieSessionInterface):
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Files are the same for everybody and kept by browsers: no cookie comes with them."""
        if not is_static_path(request.path):
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> Any:
        return CookieSealer(bytes(app.config["SECRET_KEY"]))
