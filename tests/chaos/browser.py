"""Somebody of the town at a browser, over real HTTP, at whichever process answers."""

from collections.abc import Mapping
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.support.duplicate_forms import filled_in, form_of
from tests.support.web import TOWN

SECONDS = 30  # that a browser waits for a page
HOST = urlsplit(TOWN).hostname or ""


class NoAnswer(Exception):
    """No page came, or one that says that nothing was done."""


class Browser:
    """Raises NoAnswer (or OSError, HTTPException) for all that is not a page."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def sign_in(self, token: str) -> None:
        self.send(f"/sign-in/{token}", {})

    def send(self, page: str, typed: Mapping[str, Any]) -> None:
        """Fill in the form of this page that goes to the page's own address; done once another
        page is shown."""
        status, html = self._ask("GET", page)
        if status != 200:
            raise NoAnswer(status)
        fields = filled_in(form_of(html, page), typed)
        status, _ = self._ask("POST", page, urlencode(fields, doseq=True))
        if status not in (302, 303):
            raise NoAnswer(status)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        sent = {
            "Host": HOST,
            "Referer": TOWN + path,
            "X-Forwarded-Proto": "https",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            html = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    self._cookies[name] = morsel.value
            return answer.status, html
        finally:
            connection.close()
