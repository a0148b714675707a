"""The address of somebody else's server, as an operator sets it: for a proxy, or to try things."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from handlers.settings.bad_setting import wrong_value
from handlers.settings.reading import Given, read_text


def read_server_address(given: Given, name: str) -> str:
    """The address without a slash at its end: https, or http on this very machine.

    Tokens are sent there. Raises BadSetting, which never says the value: it may hold a password.
    """
    text = read_text(given, name)
    try:
        parts = urlsplit(text)
        port = parts.port  # noqa: F841 - asked for, because a wrong one is only said here
        plain = not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        raise wrong_value(name) from None
    wrong = any(c.isspace() or not c.isprintable() for c in text) or not text.isascii()
    if wrong or not plain or not is_safe_address(text):
        raise wrong_value(name)
    return text.rstrip("/")


def is_on_server(url: str, server: str, *others: str) -> bool:
    """Whether an address lies on this server, or over https on one whose name ends as one of the
    `others` (".slack.com")."""
    try:
        at, own = urlsplit(url), urlsplit(server)
        if (at.scheme, at.netloc) == (own.scheme, own.netloc):
            return True
        return at.scheme == "https" and str(at.hostname).endswith(others or ("\0",))
    except ValueError:
        return False


def is_safe_address(url: str) -> bool:
    """Whether secrets may be sent there: over https, or to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and is_loopback(host)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
