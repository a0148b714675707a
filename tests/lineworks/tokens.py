"""LINE WORKS's tokens: who may have one, how long it is good, and what it is good for.

The console hands out a client, its secret, a service account and a key (`private_key`, PEM);
`issue_key()` hands out another and forgets the old one. Life and revocation follow the clock of the
test.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.lineworks.pieces import Json

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MOST = timedelta(minutes=60)  # from `iat` to `exp` of an assertion
SKEW = timedelta(minutes=5)  # a clock that is a little ahead is forgiven


class NoToken(Exception):
    """The token endpoint says no, in a word of OAuth's (RFC 6749)."""

    def __init__(self, error: str, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.error, self.status = error, status


@dataclass(frozen=True)
class Token:
    """An access token that was given out."""

    text: str
    scopes: frozenset[str]
    until: datetime


@cache
def _key(number: int) -> RSAKey:
    """Making one takes a moment; the first of every stand-in is the same."""
    return RSAKey.generate_key(2048, private=True)


@cache
def _pem(number: int) -> str:
    return _key(number).as_pem(private=True).decode()


class Tokens:
    """See the top of this file. `expires_in_as_text` answers "3600" in place of 3600."""

    client_id, client_secret = "client-of-the-stand-in", "secret of the stand-in"
    service_account = "abcde.serviceaccount@tsunagino"

    def __init__(self, now: Callable[[], datetime], scopes: frozenset[str]) -> None:
        self._now = now
        self.scopes = scopes  # what the console allows this app
        self.life = timedelta(hours=24)  # the console's other choice is one hour
        self.expires_in_as_text = False
        self._keys = 0
        self._given: dict[str, Token] = {}

    @property
    def private_key(self) -> str:
        """What the console gave to download (PEM, PKCS#8)."""
        return _pem(self._keys)

    def issue_key(self) -> None:
        """The console issues another key; what is signed with the old one is no longer taken."""
        self._keys += 1

    def revoke(self) -> None:
        """What was given out counts no longer; another may be asked for."""
        self._given.clear()

    def mint(self, form: Mapping[str, Any]) -> Json:
        """Answer the token endpoint. Raises NoToken."""
        if form.get("grant_type") != GRANT:
            raise NoToken("unsupported_grant_type", f"not {form.get('grant_type')!r}")
        if form.get("client_id") != self.client_id:
            raise NoToken("invalid_client", "this client is not known", 401)
        if form.get("client_secret") != self.client_secret:
            raise NoToken("invalid_client", "the secret is wrong", 401)
        self._check(str(form.get("assertion", "")))
        scopes = frozenset(str(form.get("scope", "")).split())
        if not scopes or scopes - self.scopes:
            raise NoToken("invalid_scope", f"not allowed: {sorted(scopes - self.scopes)}")
        token = Token(secrets.token_urlsafe(64), scopes, self._now() + self.life)
        self._given[token.text] = token
        seconds = int(self.life.total_seconds())
        return {
            "access_token": token.text,
            "refresh_token": secrets.token_urlsafe(48),
            "token_type": "Bearer",
            "expires_in": str(seconds) if self.expires_in_as_text else seconds,
            "scope": " ".join(sorted(scopes)),
        }

    def find(self, text: str) -> Token | None:
        """The token, while it is good."""
        token = self._given.get(text)
        return token if token and self._now() < token.until else None

    def _check(self, assertion: str) -> None:
        try:
            claims = jwt.decode(assertion, _key(self._keys), algorithms=["RS256"]).claims
        except (JoseError, ValueError) as why:
            raise NoToken("invalid_grant", f"the assertion does not hold: {why}") from why
        if claims.get("iss") != self.client_id:
            raise NoToken("invalid_grant", "iss is not this client")
        if claims.get("sub") != self.service_account:
            raise NoToken("invalid_grant", "sub is not the service account")
        begins, ends = claims.get("iat"), claims.get("exp")
        if type(begins) is not int or type(ends) is not int:
            raise NoToken("invalid_grant", "iat and exp are seconds, as integers")
        if not 0 < ends - begins <= MOST.total_seconds():
            raise NoToken("invalid_grant", "exp is at most 60 minutes after iat")
        now = self._now().timestamp()
        if not begins - SKEW.total_seconds() <= now < ends:
            raise NoToken("invalid_grant", "the assertion is not of this time")
