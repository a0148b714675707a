"""The pages over the hall's town without a server: in local mode, or as a town signs in."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import bot
from handlers.clock.ticks import LocalClock, Ticks, advance_clock
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.settings import load_settings
from handlers.web.app import create_app
from handlers.web.door import Pulse, WebDoor
from handlers.web.server.health import ReadinessState
from handlers.words.texts import load_texts
from tests.support.compiled import COMPILED
from tests.support.town import FORMS, TownHall
from workflows.core.permissions import Caller
from workflows.sign_in.sign_in import PrintLink

TOWN = "https://tsunagu.example.jp"
TEXTS = load_texts(None)  # read once: it takes longer than most tests
_HIDDEN = re.compile(r'name="(csrf_token|once|seen)" value="([^"]*)"')


def ticks_of(hall: TownHall) -> Ticks:
    """Time over this town, delivering into the members' inboxes."""
    return Ticks(hall.desk, OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox()))


TOWN_SETTINGS = {"MODE": "town", "PUBLIC_URL": TOWN}


def web_app(hall: TownHall, *, town: bool = False, **settings: str) -> Flask:
    """The application over this town, in local mode; with `town` as a real one, by `settings`."""
    ticks = ticks_of(hall)

    def move(to: datetime) -> None:
        advance_clock(cast(LocalClock, hall.clock), to, hall.desk, ticks)

    app = create_app(
        WebDoor(
            desk=hall.desk,
            texts=TEXTS,
            forms=FORMS,
            settings=load_settings(Path("/nowhere"), {**TOWN_SETTINGS, **settings} if town else {}),
            secret=b"only for tests",
            health=lambda: ReadinessState(hall.database.why_not_ready()),
            pulse=lambda: Pulse(ticks.last_at, ticks.trouble),
            move_clock=None if town else move,
            platforms=bot.CHATS,
        )
    )
    app.jinja_env.bytecode_cache = COMPILED  # what it folds in stands in TEXTS, which all share
    return app


def filled(rule: str, arguments: Iterable[str], ids: Mapping[str, list[str]]) -> list[str]:
    """The addresses of one rule with every id that there is for each of its arguments."""
    paths = [rule]
    for name in arguments:
        paths = [
            re.sub(rf"<(?:\w+:)?{name}>", value, path)
            for path in paths
            for value in ids.get(name, ())
        ]
    return paths


class Seat:
    """A person at a browser, in local mode; without a person, nobody in particular."""

    def __init__(self, app: Flask, member_id: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if member_id:
            with self.client.session_transaction(base_url="http://localhost") as session:
                session["person"] = member_id

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def text(self, path: str) -> str:
        """The page, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def tokens(self, path: str) -> dict[str, str]:
        """The hidden tokens of the forms on a page; the last form's win."""
        return {name: unescape(value) for name, value in _HIDDEN.findall(self.get(path).text)}

    def post(self, path: str, data: Mapping[str, Any], *, follow: bool = False) -> TestResponse:
        return self.client.post(path, data=data, follow_redirects=follow)

    def send(
        self, path: str, data: Mapping[str, Any], *, page: str = "/", follow: bool = False
    ) -> TestResponse:
        """Post with the tokens of the forms on `page`."""
        return self.post(path, {**self.tokens(page), **data}, follow=follow)


class TownSeat(Seat):
    """A person at a browser of a real town: over https, with the Referer that browsers send."""

    def __init__(self, app: Flask, address: str = "192.0.2.1") -> None:
        super().__init__(app)
        self.client.environ_base["REMOTE_ADDR"] = address

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=TOWN, **more)

    def post(self, path: str, data: Mapping[str, Any], *, follow: bool = False) -> TestResponse:
        return self.client.post(
            path,
            data=data,
            follow_redirects=follow,
            base_url=TOWN,
            headers={"Referer": TOWN + path},
        )

    def request_sign_in_link(self, who: str) -> TestResponse:
        """Ask for a link on the page."""
        return self.send("/sign-in", {"who": who}, page="/sign-in")

    def press(self, address: str, page: str = "") -> TestResponse:
        """Press the one button of a page."""
        return self.send(address, {}, page=page or address)

    def sign_in(self, hall: TownHall, member_id: str) -> None:
        """Come in by a link that an administrator printed."""
        token = hall.desk.handle(PrintLink(member_id), Caller.CONSOLE, door="cli")
        answer = self.press(f"/sign-in/{token}")
        assert answer.status_code == 302, answer.status_code

    def cookie(self) -> str:
        """The session cookie as it is."""
        found = self.client.get_cookie("__Host-tsunagu", domain=urlsplit(TOWN).hostname or "")
        assert found is not None
        return found.value
