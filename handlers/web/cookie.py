"""The session cookie, sealed: browsers keep cookies on their disk, and Flask only signs them.

What it says on the next page (`say`) lies in it meanwhile, and may name a colleague.
"""

from base64 import urlsafe_b64encode
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, Response, request
from flask.sessions import (
    SecureCookieSessionInterface,
    SessionMixin,
    session_json_serializer,
)
from itsdangerous import BadSignature

FILES: Final = "/static"


def is_file(path: str) -> bool:
    """Whether an address is one of a style, a script or a picture of ours."""
    return path.startswith(f"{FILES}/")


class Sealed:
    """Has the two methods that Flask's session asks of its signer; `purpose` parts cookies."""

    def __init__(self, secret: bytes, purpose: bytes = b"tsunagu session cookie") -> None:
        key = HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret)
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
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Files are the same for everybody and kept by browsers: no cookie comes with them."""
        if not is_file(request.path):
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> Any:
        return Sealed(bytes(app.config["SECRET_KEY"]))
