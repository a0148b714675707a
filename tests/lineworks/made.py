"""Contents, a tenant and a client for the tests of the stand-in itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.lineworks.pieces import Json
from tests.lineworks.server import StandIn
from tests.lineworks.tokens import GRANT
from tests.support.clock import MovedClock

SCOPE = "bot.message user.read calendar"


def postback(label: str = "○", data: str = "t=abc", **more: Any) -> Json:
    return {"type": "postback", "label": label, "data": data} | more


def message(label: str = "一覧", **more: Any) -> Json:
    return {"type": "message", "label": label} | more


def link(label: str = "開く", uri: str = "https://example.jp/x", **more: Any) -> Json:
    return {"type": "uri", "label": label, "uri": uri} | more


def copied(label: str = "写す", text: str = "R8-0012") -> Json:
    return {"type": "copy", "label": label, "copyText": text}


def text(words: str = "はい", *quick: Json, **more: Any) -> Json:
    content: Json = {"type": "text", "text": words}
    if quick:
        content["quickReply"] = {"items": [{"action": action} for action in quick]}
    return content | more


def quick(label: str = "○", data: str = "t=abc", said: str = "") -> Json:
    return postback(label, data, displayText=said or label)


def button_template(*actions: Json, words: str = "どうしますか") -> Json:
    given = list(actions) or [message()]
    return {"type": "button_template", "contentText": words, "actions": given}


def element(title: str = "R8-0012", **more: Any) -> Json:
    return {"title": title} | more


def list_template(*elements: Json, **more: Any) -> Json:
    return {"type": "list_template", "elements": list(elements) or [element()]} | more


def column(*actions: Json, words: str = "12月1日 14:00", **more: Any) -> Json:
    return {"text": words, "actions": list(actions) or [postback()]} | more


def carousel(*columns: Json, **more: Any) -> Json:
    return {"type": "carousel", "columns": list(columns) or [column()]} | more


def pictures(*actions: Json) -> Json:
    at = {"originalContentUrl": "https://example.jp/a.png"}
    columns = [at | {"action": action} for action in actions or (postback(),)]
    return {"type": "image_carousel", "columns": columns}


def box(*contents: Json, layout: str = "vertical", **more: Any) -> Json:
    return {"type": "box", "layout": layout, "contents": list(contents)} | more


def words(said: str = "はい", **more: Any) -> Json:
    return {"type": "text", "text": said} | more


def flex_button(action: Json | None = None) -> Json:
    return {"type": "button", "action": action or link()}


def bubble(*contents: Json, **more: Any) -> Json:
    return {"type": "bubble", "body": box(*(contents or (words(),)))} | more


def flex(*bubbles: Json, alt: str = "お知らせ") -> Json:
    contents = bubbles or (bubble(),)
    inner = contents[0] if len(contents) == 1 else {"type": "carousel", "contents": [*contents]}
    return {"type": "flex", "altText": alt, "contents": inner}


def menu(*actions: Json) -> Json:
    return {"content": {"actions": list(actions) or [message("メニュー", postback="menu")]}}


def event(**more: Any) -> Json:
    def moment(hour: int) -> Json:
        return {"dateTime": f"2026-12-01T{hour}:00:00", "timeZone": "Asia/Tokyo"}

    component: Json = {"summary": "支援会議", "start": moment(14), "end": moment(15)}
    return {"eventComponents": [component | more], "sendNotification": False}


@cache
def _key(pem: str) -> RSAKey:
    """Reading a key takes far longer than signing with it."""
    return RSAKey.import_key(pem)


class Client:
    """A client of a few lines, as a product would have one. It repeats nothing by itself."""

    def __init__(self, lineworks: StandIn, clock: MovedClock, scope: str = SCOPE) -> None:
        self.lineworks, self.clock, self.scope = lineworks, clock, scope
        self.token = ""
        self.session = requests.Session()

    def assertion(self, key: str = "", alg: str = "RS256", **claims: Any) -> str:
        """A signed JWT; `iss=`, `sub=`, `iat=` and `exp=` make it another than it should be."""
        now = int(self.clock.now().timestamp())
        tokens = self.lineworks.tokens
        right = {"iss": tokens.client_id, "sub": tokens.service_account}
        given = right | {"iat": now, "exp": now + 3600} | claims
        return jwt.encode({"alg": alg}, given, _key(key or tokens.private_key), algorithms=[alg])

    def ask_token(self, **form: Any) -> requests.Response:
        tokens = self.lineworks.tokens
        right = {
            "grant_type": GRANT,
            "assertion": form.get("assertion") or self.assertion(),
            "client_id": tokens.client_id,
            "client_secret": tokens.client_secret,
            "scope": self.scope,
        }
        return self.session.post(self.lineworks.token_url, data=right | form, timeout=5)

    def sign_in(self) -> "Client":
        self.token = self.ask_token().json()["access_token"]
        return self

    def call(
        self, verb: str, path: str, body: Any = None, timeout: float = 5, **query: str
    ) -> requests.Response:
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return self.session.request(
            verb,
            f"{self.lineworks.api}{path}",
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=timeout,
            **sent,
        )

    def send(self, content: Any, user: str = "u21", **more: Any) -> requests.Response:
        path = f"/bots/{self.lineworks.bot_id}/users/{user}/messages"
        return self.call("POST", path, {"content": content}, **more)

    def send_to_room(self, content: Any, room: str = "c1") -> requests.Response:
        path = f"/bots/{self.lineworks.bot_id}/channels/{room}/messages"
        return self.call("POST", path, {"content": content})


def refused(answer: requests.Response) -> tuple[int, str]:
    """The status and the word of LINE WORKS's that a call was refused with."""
    content: Json = json.loads(answer.content)
    return answer.status_code, str(content.get("code", content.get("error")))


@contextmanager
def tenant(clock: MovedClock) -> Iterator[StandIn]:
    """Two people and somebody suspended; a room with the first of them and the bot in it."""
    with StandIn(clock.now) as lineworks:
        lineworks.add_user("u21", "田中 一郎", email="m21@example.jp")
        lineworks.add_user("u30", "佐藤 花子", email="m30@example.jp")
        lineworks.add_user("u99", "山本 次郎", email="m99@example.jp", suspended=True)
        lineworks.add_room(["u21"], "連携室", room_id="c1")
        yield lineworks
