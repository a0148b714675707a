"""How Mattermost reaches the product: presses, dialogs, slash commands. Nothing is signed.

outgoing = mattermost.outgoing(wsgi_app_or_url)
outgoing.press(address, body)         # JSON; the answer must be 200 (NotAcknowledged)
outgoing.command("/tsunagu", "…", user="u21")      # a form, with the command's own token
outgoing.send(path, raw, kind)        # any body at all; the answer comes back, whatever it is
for name, body in odd_bodies("u21").items(): ...     # JSON or not, but strange
"""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.test import Client

from tests.mattermost.world import TEAM, TEAM_NAME, World
from tests.slack.endpoints import Reply, WsgiApp
from tests.slack.limits import Json

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
COMMAND_PATH = "/mattermost/command"


class NotAcknowledged(AssertionError):
    """The product did not answer 200: Mattermost shows an error to who did it."""


class Outgoing:
    """The server's HTTP client for integrations; `token` is the slash command's own."""

    def __init__(self, world: World, product: WsgiApp | str, token: str) -> None:
        self.world, self.product, self.token = world, product, token

    def press(self, address: str, body: Json) -> Json:
        """A press or a dialog, at the address that the product gave; its answer."""
        return self._acknowledged(self.send(urlsplit(address).path, written(body), JSON))

    def command(
        self, command: str, text: str, *, user: str, channel: str, path: str = COMMAND_PATH
    ) -> Json:
        """A slash command; its answer."""
        form = self.form(command, text, user, channel)
        return self._acknowledged(self.send(path, urlencode(form).encode(), FORM, self.token))

    def form(self, command: str, text: str, user: str, channel: str) -> dict[str, str]:
        """What comes with a slash command."""
        with self.world.lock:
            return {
                "channel_id": channel,
                "channel_name": "town-square",
                "command": command,
                "response_url": "http://127.0.0.1/hooks/commands/not-used",
                "team_domain": TEAM_NAME,
                "team_id": TEAM,
                "text": text,
                "token": self.token,
                "trigger_id": self.world.new_trigger(user, channel),
                "user_id": user,
                "user_name": self.world.users[user].username or user,
            }

    def send(self, path: str, body: bytes, kind: str = JSON, token: str = "") -> Reply:
        headers = {"Content-Type": kind, "Accept": JSON}
        if token:
            headers["Authorization"] = f"Token {token}"
        if isinstance(self.product, str):
            return _over_the_wire(self.product + path, body, headers)
        answer = Client(self.product).post(path, data=body, headers=headers)
        return Reply(answer.status_code, answer.get_data())

    def _acknowledged(self, reply: Reply) -> Json:
        if reply.status != 200:
            raise NotAcknowledged(f"{reply.status}: {reply.body[:300]!r}")
        content = reply.content
        self.world.heard(self.world.said.answers, content)
        return content


def written(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _over_the_wire(address: str, body: bytes, headers: dict[str, str]) -> Reply:
    asked = urllib.request.Request(address, body, headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
            return Reply(answer.status, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Reply(refused.code, refused.read())


def odd_bodies(user: str, token: str = "t" * 40) -> dict[str, bytes]:
    """Bodies of a press that a product must survive, by what is odd about them."""
    whole: Json = {
        "user_id": user,
        "user_name": "tanaka",
        "channel_id": "c" * 26,
        "post_id": "p" * 26,
        "trigger_id": "x" * 200,
        "type": "button",
        "context": {"token": token},
    }
    events: dict[str, Any] = {
        "a token of nobody's": whole,
        "no context": {name: value for name, value in whole.items() if name != "context"},
        "a context that is a word": whole | {"context": "token"},
        "a token that is a number": whole | {"context": {"token": 7}},
        "a very long token": whole | {"context": {"token": "t" * 100_000}},
        "an empty token": whole | {"context": {"token": ""}},
        "a user that is a number": whole | {"user_id": 21},
        "no user": {name: value for name, value in whole.items() if name != "user_id"},
        "half a letter in the user": whole | {"user_id": "\ud800"},
        "control letters in the user": whole | {"user_id": "u\x0021"},
        "a very long user": whole | {"user_id": "u" * 10_000},
        "a list": [whole],
        "a number": 7,
        "nothing at all": None,
    }
    raw = {"nothing": b"", "no JSON": b"{", "not UTF-8": b'{"user_id": "\xff"}'}
    deep = {"very deep": b"[" * 20_000}
    return {name: json.dumps(body).encode() for name, body in events.items()} | raw | deep
