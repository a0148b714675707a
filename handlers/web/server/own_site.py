"""Forms are taken from our own pages alone; links that picked up punctuation lead where meant."""

import re
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from itsdangerous import Signer
from werkzeug.wrappers import Response

from handlers.web.server.local import own_path

# What a sentence puts behind an address, and mail programs take for a part of it: what ends the
# address wherever it stands, and what does so at its very end.
_ENDS: Final = re.compile(r"[\s。、．，）」』】〕〉》｝］”’！？：；・]")
_AT_THE_END: Final = ",;:!?)>]}'\"*"
LONGEST_PATH: Final = 2_000


class SameSiteForms(CSRFProtect):  # type: ignore[misc]
    """Forms bear a token of ours and, over https, come from a page of ours.

    flask-wtf would know that by `Referer` alone. Browsers and proxies that withhold it send
    `Origin`, or say at least (`Sec-Fetch-Site`, which no page can set) that it is the same site.
    """

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.config["WTF_CSRF_SSL_STRICT"] = False
        app.jinja_env.globals["csrf_token"] = form_token
        app.context_processor(lambda: {"csrf_token": form_token})
        # flask-wtf signs with what is usual there, and that is SHA-1 when nothing is said.
        Signer.default_digest_method = staticmethod(sha256)

    def protect(self, apply_exemptions: bool = False) -> None:
        super().protect(apply_exemptions)
        if g.get("csrf_valid") and request.is_secure and not _from_our_page():
            raise CSRFError("not from a page of ours")


def form_token() -> str:
    """The token of this browser's forms. Of its own accord flask-wtf makes one with SHA-1."""
    session.setdefault("csrf_token", token_urlsafe(32))
    return str(generate_csrf())


def _from_our_page() -> bool:
    headers = (request.headers.get(name) for name in ("Origin", "Referer"))
    said = next((value for value in headers if value not in {None, "", "null"}), None)
    if said is None:
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return _site(said) == _site(request.host_url)


def drop_punctuation_behind_links(app: Flask) -> None:
    """Redirect a link that was copied with the 。 or bracket behind it to where it was meant."""

    @app.before_request
    def without_it() -> Response | None:
        if len(request.path) > LONGEST_PATH:
            abort(404)  # no page of ours; and nothing looks at it any further
        ends = _ENDS.search(request.path)
        meant = request.path[: ends.start() if ends else None].rstrip(_AT_THE_END)
        if request.method != "GET" or meant == request.path:
            return None
        query = request.query_string.decode("ascii", "ignore")
        return redirect(own_path(f"{meant}?{query}" if query else meant))


def _site(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None of what is none."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port
