"""Who really asks: behind the town's own proxies, the address that the last of them saw.

Of what a request says of itself one header counts, `X-Forwarded-For`, and only from a peer that is
listed in `TRUSTED_PROXIES` and hands on the name under which members reach the pages. It is read
from the right: each listed proxy vouches for the one before it, and the first address that is
none of ours is who asks. Whether it is https is known by `PUBLIC_URL`, never by a header; the name
is `Host`. `Forwarded` and every other `X-Forwarded-…` is dropped before anything sees it.

A proxy that adds no `X-Forwarded-For` of its own (nginx without a line for it) hands on what
strangers write there. Browsers write none, so the first page that comes through without the header
shows it: from then on no such header is believed, and 管理 and `check` say what is missing.
"""

import logging
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from flask import current_app

from handlers.runtime.proxy_trouble import ProxyTrouble

log = logging.getLogger(__name__)

EXTENSION: Final = "tsunagu_proxies"
X_FORWARDED_FOR: Final = "HTTP_X_FORWARDED_FOR"
FORWARDED_HEADERS: Final = ("HTTP_X_FORWARDED", "HTTP_FORWARDED")
HTTPS: Final = "https"
MOST_SEEN: Final = 20  # troubles that are kept: whoever reaches the port could make up more

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Environ = dict[str, Any]


class TrustedProxies:
    """WSGI middleware: sets REMOTE_ADDR and the scheme, and drops what nobody vouches for.

    `keep` gets what was met by now whenever something new is.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        networks: Iterable[Network],
        public_url: str,
        keep: Callable[[tuple[ProxyTrouble, ...]], None],
    ) -> None:
        self._app, self._networks, self._keep = app, tuple(networks), keep
        parts = urlsplit(public_url)
        self._host, self._is_https = (parts.hostname or "").lower(), parts.scheme == HTTPS
        self._seen: dict[ProxyTrouble, None] = {}
        self._without_header: set[Address] = set()  # listed, and known to write no address

    @property
    def troubles(self) -> tuple[ProxyTrouble, ...]:
        """What was met since the start, the oldest first."""
        return tuple(self._seen)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        said = str(environ.get(X_FORWARDED_FOR, ""))
        for name in [n for n in environ if n.startswith(FORWARDED_HEADERS)]:
            del environ[name]
        peer = read_address(str(environ.get("REMOTE_ADDR", "")))
        is_public = _host_of(environ) == self._host
        if self._is_https:
            environ["wsgi.url_scheme"] = HTTPS if is_public else "http"
        if peer is not None:
            found = self._client_address(peer, said, is_public=is_public)
            environ["REMOTE_ADDR"] = str(found)
        return self._app(environ, start_response)

    def _client_address(self, peer: Address, said: str, *, is_public: bool) -> Address:
        """The address that asks, and what does not fit noted."""
        if not self._is_ours(peer):
            # We speak no TLS ourselves: who asks under the https name comes through a proxy.
            if said or (self._is_https and is_public):
                self._note("unlisted", peer)
            return peer
        if not is_public:
            if said:
                self._note("other_host", peer)
            return peer  # somebody at the machine itself, or a proxy that hides the name
        if not said.strip():
            self._without_header.add(peer)
            self._note("no_address", peer)
        return peer if peer in self._without_header else self._address_before(peer, said)

    def _address_before(self, peer: Address, said: str) -> Address:
        found = peer
        while said and self._is_ours(found):
            said, _, last = said.rpartition(",")
            before = read_address(last)
            if before is None:
                break  # a listed proxy itself does not know: all behind it count as one
            found = before
        return found

    def _is_ours(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _note(self, code: str, peer: Address) -> None:
        trouble = ProxyTrouble(code, str(peer))
        if trouble not in self._seen and len(self._seen) < MOST_SEEN:
            self._seen[trouble] = None
            self._keep(self.troubles)
            log.warning("proxy_trouble code=%s", code)  # the address may be somebody's own


def proxy_troubles_seen() -> tuple[ProxyTrouble, ...]:
    """What this application has met since it started."""
    found: TrustedProxies = current_app.extensions[EXTENSION]
    return found.troubles


def read_address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, or an IPv4 one within IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _host_of(environ: Environ) -> str:
    try:
        return (urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or "").lower()
    except ValueError:
        return ""
