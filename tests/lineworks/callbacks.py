"""How LINE WORKS reaches the product: callbacks, signed over the raw body with the bot's secret.

    endpoint = lineworks.callback(wsgi_app_or_url)
    endpoint.tell(event)                 # any event; the answer must be 200 (NotAcknowledged)
    endpoint.send(raw)                   # any body at all, signed; the answer comes back
    endpoint.forged(event), .unsigned(event), .of_another_bot(event)    # must not be believed
    for name, body in odd_bodies(lineworks.world).items(): ...          # signed, but strange

Header names may come in any case; a WSGI application never sees which.
"""

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request

from werkzeug.test import Client

from tests.lineworks.pieces import Json
from tests.lineworks.world import World
from tests.slack.endpoints import Reply, WsgiApp


class NotAcknowledged(AssertionError):
    """The product did not answer 200."""


def written(event: Json) -> bytes:
    """An event as it goes over the wire."""
    return json.dumps(event, ensure_ascii=False).encode()


class Callback:
    """The one callback address of a bot."""

    def __init__(
        self,
        product: WsgiApp | str,
        secret: str,
        bot_id: str,
        path: str = "/lineworks/callback",
    ) -> None:
        self.product, self.secret, self.bot_id, self.path = product, secret, bot_id, path

    def tell(self, event: Json) -> Reply:
        """Send an event as LINE WORKS does: once, whatever comes of it."""
        reply = self.send(written(event))
        if reply.status != 200:
            raise NotAcknowledged(f"{reply.status}: {reply.body[:300]!r}")
        return reply

    def forged(self, event: Json) -> Reply:
        """Somebody who does not know the secret."""
        return self.send(written(event), signature=_signed(written(event), "guessed"))

    def unsigned(self, event: Json) -> Reply:
        return self.send(written(event), signature="")

    def of_another_bot(self, event: Json) -> Reply:
        """Signed rightly, but meant for another bot of the tenant."""
        return self.send(written(event), bot_id="2999999")

    def send(
        self, body: bytes, *, signature: str | None = None, bot_id: str | None = None
    ) -> Reply:
        """Any body; `signature=""` and `bot_id=""` leave the header out."""
        given = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-WORKS-Signature": _signed(body, self.secret) if signature is None else signature,
            "X-WORKS-BotId": self.bot_id if bot_id is None else bot_id,
        }
        headers = {name: value for name, value in given.items() if value}
        if isinstance(self.product, str):
            return _over_the_wire(self.product + self.path, body, headers)
        answer = Client(self.product).post(self.path, data=body, headers=headers)
        return Reply(answer.status_code, answer.get_data())


def _signed(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _over_the_wire(address: str, body: bytes, headers: dict[str, str]) -> Reply:
    asked = urllib.request.Request(address, body, headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
            return Reply(answer.status, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Reply(refused.code, refused.read())


def odd_bodies(world: World, user: str = "") -> dict[str, bytes]:
    """Bodies that a product must survive, by what is odd about them; `user` is somebody known."""
    said: Json = {"type": "text", "text": "こんにちは"}
    whole = world.event("message", user=user or "u-nobody", content=said)
    bare = {"type": "message", "issuedTime": world.issued()}
    events: dict[str, Json] = {
        "a type that nobody knows": world.event("reacted", user=user),
        "an unknown user": world.event("message", user="u-nobody", content=said),
        "an unknown room": world.event("message", user=user, channel="nowhere", content=said),
        "a postback of nobody's": world.event("postback", user="u-nobody", data="t=abc"),
        "a postback without data": world.event("postback", user=user),
        "data of another bot": world.event("postback", user=user, data="action=buy&item=1"),
        "a message without content": world.event("message", user=user),
        "content of an unknown kind": world.event("message", user=user, content={"type": "poem"}),
        "a picture": world.event("message", user=user, content={"type": "image", "fileId": "f1"}),
        "a file": world.event("message", user=user, content={"type": "file", "fileId": "f2"}),
        "a sticker": world.event(
            "message", user=user, content={"type": "sticker", "packageId": "1", "stickerId": "2"}
        ),
        "a text that is no text": world.event(
            "message", user=user, content={"type": "text", "text": 7}
        ),
        "a very long text": world.event(
            "message", user=user, content={"type": "text", "text": "あ" * 10_000}
        ),
        "no source": bare | {"content": said},
        "a source that is a word": bare | {"content": said, "source": "u"},
        "a source without a user": world.event("message", content=said),
        "a time without fractions": whole | {"issuedTime": "2026-11-20T01:00:00Z"},
        "no time": {name: value for name, value in whole.items() if name != "issuedTime"},
        "a property that is new": whole | {"deliveryContext": {"isRedelivery": False}},
        "no type": {name: value for name, value in whole.items() if name != "type"},
        "joined without members": world.event("joined", channel="nowhere"),
        "the end of a 1:1": world.event("end", user=user),
    }
    raw = {
        "nothing": b"",
        "no JSON": b"{",
        "a list": b"[]",
        "a number": b"7",
        "not UTF-8": b'{"type": "\xff"}',
    }
    return {name: written(event) for name, event in events.items()} | raw
