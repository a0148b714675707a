"""How often the doors open to everybody may be knocked at; counted in memory, told to nobody.

Whoever is asked for is counted too, under a digest: one name is sent no more than a few links,
from wherever it is asked for, and whether it is registered or not.
"""

import logging
from collections.abc import Callable
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from flask import Flask, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits import RateLimitItem, parse

from workflows.characters import one_width

log = logging.getLogger(__name__)

# By endpoint. A whole town hall may stand behind one address: what is guessed here has 256
# random bits, so that these stop floods, and not guesses.
DOORS: Final = {
    "sign_in.ask": "20/minute;200/hour",
    "sign_in.ask_first": "60/minute",
    "sign_in.sign_in": "30/minute",
    "oidc.start": "60/minute",
    "oidc.callback": "60/minute",
}
# [ours] Links for one name: enough for a lost mail and two slips.
LINKS_FOR_ONE: Final[RateLimitItem] = parse("5/15minutes")
EXTENSION: Final = "tsunagu_limits"
ONE_LINE: Final = 64  # bits of an IPv6 address that one line of a provider shares


class Knocks:
    """The limits of one application, and how often each was reached."""

    def __init__(self, app: Flask) -> None:
        # Its own log names the address; `reached` logs the same without.
        logging.getLogger("flask-limiter").setLevel(logging.ERROR)
        self._limiter = Limiter(
            key_func=caller, app=app, storage_uri="memory://", strategy="moving-window"
        )
        self._reached: dict[str, int] = {}
        for endpoint, allowed in DOORS.items():
            view: Callable[..., Any] = app.view_functions[endpoint]
            app.view_functions[endpoint] = self._limiter.limit(allowed)(view)

    def may_ask_for(self, who: str) -> bool:
        """Count one more link for this name, whoever asks for it."""
        name = one_width(who).strip().casefold()
        return self._limiter.limiter.hit(LINKS_FOR_ONE, sha256(name.encode()).hexdigest())

    def reached(self, error: RateLimitExceeded) -> int:
        """Count and log it; answers with the seconds after which it is surely open again."""
        endpoint = request.endpoint or "?"
        self._reached[endpoint] = self._reached.get(endpoint, 0) + 1
        log.warning("rate_limited endpoint=%s times=%d", endpoint, self._reached[endpoint])
        return int(error.limit.limit.get_expiry())


def caller() -> str:
    """The address that asks. Of IPv6 what one line shares: it has more addresses than we count."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, ONE_LINE), strict=False))
    return str(address)


def knocks() -> Knocks:
    found: Knocks = current_app.extensions[EXTENSION]
    return found


def may_ask_for(who: str) -> bool:
    allowed = knocks().may_ask_for(who)
    if not allowed:
        log.warning("rate_limited endpoint=%s by=name", request.endpoint)
    return allowed
