"""The access token of LINE WORKS: minted with a signed assertion (RFC 7523), kept while it is good.

One token of all scopes would be refused whole when the console allows one of them not, so what the
calendar needs is asked for only where it is switched on.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from handlers.settings.lineworks import LineworksSettings

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES: Final = ("bot", "bot.message", "user.read")
CALENDAR: Final = "calendar"
ASSERTED: Final = timedelta(minutes=30)  # an assertion is good for an hour at most
EARLY: Final = timedelta(minutes=5)  # renewed so long before it ends
SHORTEST: Final = timedelta(hours=1)  # of what the console offers: when the answer says nothing


@dataclass(frozen=True)
class Token:
    text: str = field(repr=False)
    renew_at: datetime


class KeyUnreadable(Exception):
    """What was set as private key is no RSA key."""


class AccessTokenSource:
    """`answered` asks the token endpoint: it takes the form, gives its JSON, and raises what
    api.py says of a refusal."""

    def __init__(
        self,
        settings: LineworksSettings,
        now: Callable[[], datetime],
        answered: Callable[[Mapping[str, str]], Mapping[str, Any]],
    ) -> None:
        self._settings, self._now, self._answered = settings, now, answered
        self._key: RSAKey | None = None
        self._token: Token | None = None
        self._lock = threading.Lock()

    def token(self) -> str:
        """A good one; of several who need one at once, one alone asks. Raises what minting it
        raises, and KeyUnreadable."""
        with self._lock:
            if self._token is None or self._now() >= self._token.renew_at:
                self._token = self._minted(scopes_of(self._settings))
            return self._token.text

    def forget(self, text: str) -> None:
        """LINE WORKS takes this one no longer; one that was minted meanwhile is kept."""
        with self._lock:
            if self._token and self._token.text == text:
                self._token = None

    def allowed(self, scope: str) -> None:
        """Ask for a token of this scope alone, and keep it not: raises when it is not allowed."""
        self._minted((scope,))

    def _minted(self, scopes: tuple[str, ...]) -> Token:
        now, given = self._now(), self._settings
        answer = self._answered(
            {
                "grant_type": GRANT,
                "assertion": self._assertion(now),
                "client_id": given.client_id,
                "client_secret": given.client_secret,
                "scope": " ".join(scopes),
            }
        )
        life = _life(answer.get("expires_in"))
        # One that lives very short is used for half of its life at least.
        return Token(str(answer["access_token"]), now + max(life - EARLY, life / 2))

    def _assertion(self, now: datetime) -> str:
        begins = int(now.timestamp())
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.service_account,
            "iat": begins,
            "exp": begins + int(ASSERTED.total_seconds()),
        }
        return jwt.encode({"alg": "RS256"}, claims, self._read_key(), algorithms=["RS256"])

    def _read_key(self) -> RSAKey:
        if self._key is None:
            try:
                self._key = RSAKey.import_key(self._settings.private_key)
            except (JoseError, ValueError, TypeError):
                raise KeyUnreadable from None
        return self._key


def scopes_of(settings: LineworksSettings) -> tuple[str, ...]:
    return (*SCOPES, CALENDAR) if settings.calendar else SCOPES


def _life(seconds: object) -> timedelta:
    """`expires_in` as a span: a number, or a text of one."""
    text = str(seconds).strip()
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() else SHORTEST
