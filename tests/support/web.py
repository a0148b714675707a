"""The pages over the hall's town without a server: in local mode, or as a town signs in."""

import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from handlers.clock import LocalClock, Ticks, move_on
from handlers.delivery import Delivery, Inbox
from handlers.formbook import load_formbook
from handlers.settings import load_settings
from handlers.texts import Texts
from handlers.web.app import create_app
from handlers.web.door import Pulse, Sessions, WebDoor
from tests.support.town import TownHall

_HIDDEN = re.compile(r'name="(csrf_token|once)" value="([^"]*)"')


def ticks_of(hall: TownHall) -> Ticks:
    """Time over this town, delivering into the members' inboxes."""
    return Ticks(hall.desk, Delivery(hall.database.open, hall.desk, Texts(), Inbox()))


def web_app(hall: TownHall, sessions: Sessions | None = None) -> Flask:
    """The application over this town: local mode, or a town's when there are `sessions`."""
    ticks = ticks_of(hall)

    def move(to: datetime) -> None:
        move_on(cast(LocalClock, hall.clock), to, hall.desk, ticks)

    return create_app(
        WebDoor(
            desk=hall.desk,
            texts=Texts(),
            forms=load_formbook(None),
            settings=load_settings(Path("/nowhere"), {}),
            secret=b"only for tests",
            pulse=lambda: Pulse(ticks.last_at, ticks.last_error),
            move_clock=move if sessions is None else None,
            sessions=sessions,
        )
    )


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
