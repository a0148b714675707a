"""A little OpenID Connect provider on loopback: discovery, keys, codes used once, PKCE."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tsunagu", "hush:hush"


def signed(claims: Mapping[str, Any], key: RSAKey, **header: str) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid, **header}, dict(claims), key)


def unsigned(claims: Mapping[str, Any]) -> str:
    """A token of alg none, as a forger would write it."""

    def part(value: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def new_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


class Provider:
    """`now` is the time of its tokens. `status` answers every address with that, if it is set."""

    def __init__(self, now: int, redirect_uri: str) -> None:
        self.now, self.redirect_uri = now, redirect_uri
        self.key = new_key("k1")
        self.changes: dict[str, Any] = {}  # what its tokens claim otherwise; None leaves it out
        # Makes an id_token to hand out instead, for the nonce that was asked with.
        self.forged: Callable[[str], str] | None = None
        self.discovery: dict[str, Any] = {}
        self.status = 0
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def approve(self, location: str) -> str:
        """Somebody signs in there: the path that the browser is sent back to."""
        parts = urlsplit(location)
        assert location.startswith(f"{self.issuer}/authorize?"), location
        asked = dict(parse_qsl(parts.query))
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, self.redirect_uri)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        path = urlsplit(self.redirect_uri).path
        return f"{path}?{urlencode({'code': code, 'state': asked['state']})}"

    def claims(self, nonce: str) -> dict[str, Any]:
        usual = {
            "iss": self.issuer,
            "sub": "1234",
            "aud": CLIENT,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": nonce,
            "email": "m06@example.jp",
            "email_verified": True,
        }
        return {k: v for k, v in {**usual, **self.changes}.items() if v is not None}

    def answer(self, path: str, body: str, login: str) -> tuple[int, Any]:
        self.asked.append(path)
        if self.status:
            return self.status, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    **self.discovery,
                }
            case "/keys":
                return 200, {"keys": [self.key.as_dict(private=False)]}
            case "/token":
                return self._token({k: v[0] for k, v in parse_qs(body).items()}, login)
            case _:
                return 404, {}

    def _token(self, form: dict[str, str], login: str) -> tuple[int, Any]:
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if login != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        fits = asked is not None and asked["code_challenge"] == challenge
        if asked is None or not fits or form.get("redirect_uri") != self.redirect_uri:
            return 400, {"error": "invalid_grant"}
        nonce = asked["nonce"]
        token = self.forged(nonce) if self.forged else signed(self.claims(nonce), self.key)
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": token}


@contextmanager
def providing(now: int, redirect_uri: str) -> Iterator[Provider]:
    provider = Provider(now, redirect_uri)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self._answer(self.rfile.read(length).decode())

        def _answer(self, body: str) -> None:
            login = self.headers.get("Authorization") or ""
            status, told = provider.answer(urlsplit(self.path).path, body, login)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
