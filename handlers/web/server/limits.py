"""How often the doors open to everybody may be knocked at; counted in memory, told to nobody.

Tries are counted by address, and those of a browser in which somebody has signed in before by that
browser (known_browser.py), so that neither a colleague behind the same address nor a stranger locks
it out. Whoever is asked for is counted too, under a digest, and whether they are registered or not:
one place has a few links sent for one name, and all together no flood; what all together ask for
does not count against the browser in which its member came in before.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from typing import Any, Final

from flask import Flask, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from limits import parse

from handlers.web.door import door
from handlers.web.server.proxies import read_address
from handlers.web.sign_in.known_browser import digest, known_browser

log = logging.getLogger(__name__)

# [ours] By endpoint. A whole town hall stands behind one address and comes at half past eight:
# what is guessed here has 256 random bits, so that these stop floods, and not guesses.
DOORS: Final = {
    "sign_in.ask": "120/minute;1000/hour",
    "sign_in.ask_first": "240/minute",  # looked at before the button, and by mail scanners
    "sign_in.sign_in": "120/minute",
    "oidc.start": "120/minute",
    "oidc.callback": "120/minute",
    "passkeys.challenge": "120/minute",
    "passkeys.enter": "120/minute",
    "outside.look": "240/minute",  # mail scanners look as well
    "outside.answer": "120/minute",
}
# [ours] Links for one name from one address: enough for a lost mail and two slips.
LINKS_FROM_HERE: Final = "5/15minutes"
# [ours] And from anywhere: what a mailbox bears.
LINKS_FOR_ONE: Final = "20/hour"
EXTENSION: Final = "tsunagu_limits"
ONE_LINE: Final = 64  # bits of an IPv6 address that one line of a provider shares


class LimitCounters:
    """The limits of one application, and how often each was reached."""

    def __init__(self, app: Flask, exempt: Mapping[str, Callable[[], bool]]) -> None:
        """`exempt` says of an endpoint when a request is not counted there."""
        # Its own log names the address; `reached` logs the same without.
        logging.getLogger("flask-limiter").setLevel(logging.ERROR)
        self._limiter = Limiter(
            key_func=caller, app=app, storage_uri="memory://", strategy="moving-window"
        )
        self._reached: dict[str, int] = {}
        for endpoint, allowed in DOORS.items():
            view: Callable[..., Any] = app.view_functions[endpoint]
            share = partial(_share_of, allowed)
            held = self._limiter.limit(share, exempt_when=exempt.get(endpoint))
            app.view_functions[endpoint] = held(view)

    def count_link_request(self, who: str) -> bool:
        """Count one more link for this name; what is refused one address counts for no other."""
        name, known = digest(who), known_browser()
        hit = self._limiter.limiter.hit
        from_here, for_one = (
            parse(_share_of(allowed)) for allowed in (LINKS_FROM_HERE, LINKS_FOR_ONE)
        )
        if not hit(from_here, name, caller()):
            return False
        return bool(known and name in known.names) or hit(for_one, name)

    def reached(self, error: RateLimitExceeded) -> int:
        """Count and log it; answers with the seconds after which it is surely open again."""
        endpoint = request.endpoint or "?"
        self._reached[endpoint] = self._reached.get(endpoint, 0) + 1
        log.warning("rate_limited endpoint=%s times=%d", endpoint, self._reached[endpoint])
        return int(error.limit.limit.get_expiry())


def _share_of(allowed: str) -> str:
    """What one of the processes lets in of it, rounded up: of five, two let in three each."""
    amount, _, span = allowed.partition("/")
    return f"{ceil(int(amount) / door().processes())}/{span}"


def caller() -> str:
    """The browser that asks if it is known, else its address (proxies.py). Of IPv6 what one line
    shares: it has more addresses than we count."""
    known = known_browser()
    if known:
        return f"browser {known.id}"
    address = read_address(request.remote_addr or "")
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, ONE_LINE), strict=False))
    return str(address)


def limit_counters() -> LimitCounters:
    found: LimitCounters = current_app.extensions[EXTENSION]
    return found


def count_link_request(who: str) -> bool:
    allowed = limit_counters().count_link_request(who)
    if not allowed:
        log.warning("rate_limited endpoint=%s by=name", request.endpoint)
    return allowed
