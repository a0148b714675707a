"""Posts, dialogs, a server and a client for the tests of the stand-in itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from tests.mattermost.server import StandIn
from tests.mattermost.world import BOT
from tests.slack.limits import Json
from tests.support.clock import MovedClock

ADDRESS = "https://tsunagu.example.jp/mattermost/press"


def action(name: str = "○", **more: Any) -> Json:
    where = {"url": ADDRESS, "context": {"token": "t"}}
    return {"id": "yes", "type": "button", "name": name, "integration": where} | more


def card(*actions: Json, text: str = "どうしますか", **more: Any) -> Json:
    return {"attachments": [{"text": text, "actions": list(actions) or [action()]} | more]}


def element(name: str = "when", **more: Any) -> Json:
    options = [{"text": "○", "value": "yes"}, {"text": "×", "value": "no"}]
    found: Json = {"display_name": "12/8(火) 10:00", "name": name, "type": "radio"}
    return found | {"options": options} | more


def dialog(*elements: Json, **more: Any) -> Json:
    return {"title": "日程に答える", "elements": list(elements) or [element()]} | more


class Client:
    """A client of a few lines, as a product would have one. It repeats nothing by itself."""

    def __init__(self, mattermost: StandIn) -> None:
        self.mattermost, self.token = mattermost, mattermost.token
        self.session = requests.Session()

    def call(
        self, verb: str, path: str, body: Any = None, timeout: float = 5, **query: str
    ) -> requests.Response:
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return self.session.request(
            verb,
            f"{self.mattermost.url}/api/v4{path}",
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=timeout,
            **sent,
        )

    def channel(self, user: str = "u21") -> str:
        return str(self.call("POST", "/channels/direct", [BOT, user]).json()["id"])

    def post(self, message: str = "", user: str = "u21", **more: Any) -> requests.Response:
        body = {"channel_id": self.channel(user), "message": message} | more
        return self.call("POST", "/posts", body)

    def patch(self, post_id: str, message: str, **more: Any) -> requests.Response:
        return self.call("PUT", f"/posts/{post_id}/patch", {"message": message} | more)

    def open_dialog(self, trigger: str, content: Json, url: str = ADDRESS) -> requests.Response:
        body = {"trigger_id": trigger, "url": url, "dialog": content}
        return self.call("POST", "/actions/dialogs/open", body)


def refused(answer: requests.Response) -> tuple[int, str]:
    """The status and the id of the sentence that a call was refused with."""
    return answer.status_code, str(answer.json()["id"])


@contextmanager
def server(clock: MovedClock) -> Iterator[StandIn]:
    """Two people, and one whose account was deactivated."""
    with StandIn(clock.now) as mattermost:
        mattermost.add_user("u21", "田中 一郎", email="m21@example.jp", username="tanaka")
        mattermost.add_user("u30", "佐藤 花子", email="m30@example.jp", username="sato")
        mattermost.add_user("u99", "山本 次郎", email="m99@example.jp", deleted=True)
        yield mattermost
