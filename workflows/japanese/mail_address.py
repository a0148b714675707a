"""An e-mail address as it is sent to: the one check, where one is entered and where mail goes.

Old addresses of docomo and au have dots beside dots, or at an end (`a..b.@docomo.ne.jp`). No rule
of addresses allows that unquoted, so servers are given `"a..b."@docomo.ne.jp`, which is the same
mailbox (RFC 5321, 4.1.2).
"""

import re
from typing import Final

LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3: 256 with the brackets around it
_LOCAL_LONGEST: Final = 64
_ATEXT: Final = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"
_LOCAL: Final = re.compile(rf"[.{_ATEXT}]{{1,{_LOCAL_LONGEST}}}")
_DOT_ATOM: Final = re.compile(rf"[{_ATEXT}]+(\.[{_ATEXT}]+)*")
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"({_LABEL}\.)*(?!\d+$){_LABEL}")


def as_kept(typed: str) -> str:
    """An address as it is written and searched for: without the quotes that only servers need."""
    local, _, domain = typed.rpartition("@")
    if len(local) > 1 and local[0] == local[-1] == '"' and _LOCAL.fullmatch(local[1:-1]):
        return f"{local[1:-1]}@{domain}"
    return typed


def as_sent(address: str, *, dotless: bool = False) -> str:
    """The address as a server is told it, or "" when no mail can be sent there.

    `dotless` lets a domain be one word, as of a machine in one's own network.
    """
    local, _, domain = as_kept(address).rpartition("@")
    if len(address) > LONGEST or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return ""
    if "." not in domain and not dotless:
        return ""
    return f"{local}@{domain}" if _DOT_ATOM.fullmatch(local) else f'"{local}"@{domain}'
