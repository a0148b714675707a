"""What does not fit between the town's proxies and us, as it was met and is kept for `check`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

CODES: Final = ("unlisted", "no_address", "other_host")


@dataclass(frozen=True)
class ProxyTrouble:
    """`code` is `unlisted` (a peer that TRUSTED_PROXIES does not name), `no_address` (a listed one
    that writes no X-Forwarded-For) or `other_host` (a listed one that hides the Host)."""

    code: str
    peer: str


def troubles_text(troubles: Iterable[ProxyTrouble]) -> str:
    return "\n".join(f"{t.code} {t.peer}" for t in troubles)


def parse_troubles(text: str | None) -> tuple[ProxyTrouble, ...]:
    """What `troubles_text` wrote; lines that say nothing known are left out."""
    found = (line.partition(" ") for line in (text or "").splitlines())
    return tuple(ProxyTrouble(code, peer) for code, _, peer in found if code in CODES)
