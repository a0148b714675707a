"""Browsers in which somebody has signed in before: counted by themselves, wherever they are.

A stranger who knocks until an address or a name is over its limit does not lock out whoever came in
by this browser before. The cookie opens nothing: it holds a random name of the browser and digests
of the names that came in here, sealed. OWASP calls it a device cookie.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from flask import g, request
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from handlers.web.door import door
from handlers.web.server.cookie import CookieSealer
from workflows.sign_in.sign_in import folded

COOKIE: Final = "__Host-tsunagu-known"
LIFE: Final = timedelta(days=180)  # [ours] from the last time that somebody came in
MOST_NAMES: Final = 20  # of a terminal that several share


@dataclass(frozen=True)
class KnownBrowser:
    """`id` is random; `names` are digests of the names by which somebody came in here."""

    id: str
    names: tuple[str, ...]


def digest(who: str) -> str:
    """A name that a link is asked for by, as it is counted."""
    return sha256(folded(who).encode()).hexdigest()


def known_browser() -> KnownBrowser | None:
    """What is known of the browser that asks, if somebody came in there before."""
    if "known_browser" not in g:
        g.known_browser = _read()
    found: KnownBrowser | None = g.known_browser
    return found


def _sealed() -> CookieSealer:
    return CookieSealer(door().secret, b"tsunagu known browser")


def _read() -> KnownBrowser | None:
    text = request.cookies.get(COOKIE, "")
    if not text:
        return None
    try:
        found = _sealed().loads(text, int(LIFE.total_seconds()))
    except BadSignature:
        return None
    return KnownBrowser(found["id"], tuple(found["names"]))


def remember(answer: Response, names: Iterable[str]) -> None:
    """Somebody came in by this browser, who may ask for a link by these names."""
    known = known_browser()
    new = [digest(name) for name in names if name]
    before = [name for name in (known.names if known else ()) if name not in new]
    kept = {"id": known.id if known else token_urlsafe(16), "names": [*before, *new][-MOST_NAMES:]}
    answer.set_cookie(
        COOKIE,
        _sealed().dumps(kept),
        max_age=LIFE,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
