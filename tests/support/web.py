"""The pages over the hall's town: the real application, and visitors who use its forms."""

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


def web_app(hall: TownHall, sessions: Sessions | None = None) -> Flask:
    """The application over this town: local mode, or town mode when there are `sessions`."""
    texts = Texts()
    ticks = ticks_of(hall, texts)

    def move(to: datetime) -> None:
        move_on(cast(LocalClock, hall.clock), to, hall.desk, ticks)

    app = create_app(
        WebDoor(
            desk=hall.desk,
            texts=texts,
            forms=load_formbook(None),
            settings=load_settings(Path("/nowhere"), {}),
            secret=b"only for tests",
            pulse=lambda: Pulse(ticks.last_at, ticks.last_error),
            move_clock=move if sessions is None else None,
            sessions=sessions,
        )
    )
    app.testing = False  # a page that breaks must show its page, as in the town hall
    return app


def ticks_of(hall: TownHall, texts: Texts | None = None) -> Ticks:
    """Time over this town, delivering into the members' inboxes."""
    return Ticks(hall.desk, Delivery(hall.database.open, hall.desk, texts or Texts(), Inbox()))


class Visitor:
    """A person at a browser. `send` posts a form as the page that holds it offers it."""

    def __init__(self, app: Flask, member_id: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if member_id:
            with self.client.session_transaction() as session:
                session["person"] = member_id

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def text(self, path: str) -> str:
        """The page, which must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def tokens(self, path: str) -> dict[str, str]:
        """The hidden tokens of the forms on a page."""
        return {name: unescape(value) for name, value in _HIDDEN.findall(self.get(path).text)}

    def send(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        page: str | None = None,
        follow: bool = False,
    ) -> TestResponse:
        """Post to `path` with the tokens of the form on `page` (that path, if not told)."""
        return self.client.post(
            path, data={**self.tokens(page or path), **(data or {})}, follow_redirects=follow
        )
