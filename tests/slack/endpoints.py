"""How Slack reaches the product over HTTP: signed requests, as Slack signs them."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from werkzeug.test import Client

from tests.slack.limits import Json

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Reply:
    """The product's acknowledgement."""

    status: int
    body: bytes

    @property
    def content(self) -> Json:
        """The body as JSON; empty when there is none."""
        found = json.loads(self.body) if self.body.strip() else {}
        assert isinstance(found, dict), found
        return found


class Endpoint(Protocol):
    """A way from Slack to the product: SignedHttp, or SocketMode."""

    def interaction(self, payload: Json) -> Reply: ...

    def command(self, form: dict[str, str]) -> Reply: ...

    def event(self, envelope: Json, retry: int = 0) -> Reply: ...


class SignedHttp:
    """Requests to a WSGI application, or to an address, signed with the app's secret.

    `now` stamps them: a test for old requests gives an old time, one for forgers a wrong secret.
    """

    def __init__(
        self,
        product: WsgiApp | str,
        secret: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        path: str = "/slack/events",
    ) -> None:
        self.product, self.secret, self.now, self.path = product, secret, now, path

    def interaction(self, payload: Json) -> Reply:
        form = {"payload": json.dumps(payload, ensure_ascii=False)}
        return self.send(urlencode(form).encode(), "application/x-www-form-urlencoded")

    def command(self, form: dict[str, str]) -> Reply:
        return self.send(urlencode(form).encode(), "application/x-www-form-urlencoded")

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        more: dict[str, str] = {}
        if retry:
            more = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        body = json.dumps(envelope, ensure_ascii=False).encode()
        return self.send(body, "application/json", **more)

    def verify_url(
        self, challenge: str = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    ) -> Reply:
        """What Slack asks once when an address is entered in the app's settings."""
        asked = {"token": "unused", "challenge": challenge, "type": "url_verification"}
        return self.send(json.dumps(asked).encode(), "application/json")

    def send(self, body: bytes, kind: str, **more: str) -> Reply:
        """Any body at all, signed."""
        stamp = str(int(self.now().timestamp()))
        base = b":".join([b"v0", stamp.encode(), body])
        signature = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        } | more
        if isinstance(self.product, str):
            return self._over_the_wire(self.product, body, headers)
        answer = Client(self.product).post(self.path, data=body, headers=headers)
        return Reply(answer.status_code, answer.get_data())

    def _over_the_wire(self, address: str, body: bytes, headers: dict[str, str]) -> Reply:
        asked = urllib.request.Request(address + self.path, body, headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
                return Reply(answer.status, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Reply(refused.code, refused.read())
