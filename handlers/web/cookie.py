"""The session cookie, sealed: browsers keep cookies on their disk, and Flask only signs them.

What it says on the next page (`say`) lies in it meanwhile, and may name a colleague.
"""

from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from flask.sessions import SecureCookieSessionInterface, session_json_serializer
from itsdangerous import BadSignature


class _Sealed:
    """Has the two methods that Flask's session asks of its signer."""

    def __init__(self, secret: bytes) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"tsunagu session cookie").derive(secret)
        self._fernet = Fernet(urlsafe_b64encode(key))

    def dumps(self, value: Any) -> str:
        return self._fernet.encrypt(session_json_serializer.dumps(value).encode()).decode()

    def loads(self, text: str, max_age: int) -> Any:
        """Raises BadSignature when it was not sealed here, or longer than `max_age` seconds ago."""
        try:
            plain = self._fernet.decrypt(text.encode(), ttl=max_age)
        except InvalidToken:
            raise BadSignature("not sealed here") from None
        return session_json_serializer.loads(plain.decode())


class SealedCookie(SecureCookieSessionInterface):
    def get_signing_serializer(self, app: Flask) -> Any:
        return _Sealed(bytes(app.config["SECRET_KEY"]))
