"""What the last requests did: the desk's messages, SQL statements, times. The fictional town alone.

Kept in memory, so many and no more; without the values of a statement, the fields of a message or
what an address named: no words of documents.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from flask import Blueprint, Flask, Response, current_app, g, has_request_context, request

from handlers.settings import Mode
from handlers.web.door import WebDoor, door, page, texts
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.desk import Desk

R = TypeVar("R")
KEPT: Final = 50  # requests
STATEMENTS: Final = 300  # of one request; of those beyond only how many there were
NAME: Final = "recent_requests"

pages = Blueprint(NAME, __name__)


@dataclass(frozen=True)
class DeskMessage:
    """`ended` is empty, or the name of the error that it ended with; of a refusal its key."""

    name: str
    milliseconds: float
    ended: str


@dataclass(frozen=True)
class Statement:
    sql: str
    milliseconds: float


@dataclass
class RecentRequest:
    """One request as it was handled; `rule` is its address with names for what stood there."""

    at: datetime
    method: str
    rule: str
    began: float
    status: int = 0
    milliseconds: float = 0
    messages: list[DeskMessage] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    left_out: int = 0

    @property
    def sql_milliseconds(self) -> float:
        return sum(one.milliseconds for one in self.statements)


class RecentRequests:
    """The last requests, the newest last; what happens outside of one (the clock) is not noted."""

    def __init__(self) -> None:
        self.kept: deque[RecentRequest] = deque(maxlen=KEPT)

    def note_statement(self, sql: str, seconds: float) -> None:
        if (now := _current()) is None:
            return
        if len(now.statements) < STATEMENTS:
            now.statements.append(Statement(sql, seconds * 1000))
        else:
            now.left_out += 1

    @contextmanager
    def message(self, message: object) -> Iterator[None]:
        """Note a message of the desk, however it ends."""
        began, ended = time.perf_counter(), ""
        try:
            yield
        except Exception as error:
            ended = error.key if isinstance(error, Refused) else type(error).__name__
            raise
        finally:
            if (now := _current()) is not None:
                kind = type(message)
                spent = (time.perf_counter() - began) * 1000
                now.messages.append(DeskMessage(f"{kind.__module__}.{kind.__name__}", spent, ended))

    def mount(self, app: Flask, web_door: WebDoor) -> None:
        """Note every request, and show them at /local/requests.

        Raises RuntimeError for a real town: there nobody may see what others do.
        """
        if not web_door.is_local or web_door.settings.mode is not Mode.LOCAL:
            raise RuntimeError("requests are noted in the fictional town alone")
        app.extensions[NAME] = self
        app.register_blueprint(pages)
        app.before_request(_begin)
        app.after_request(self._end)

    def _end(self, response: Response) -> Response:
        if (now := g.pop("recent_request", None)) is not None:
            now.status = response.status_code
            now.milliseconds = (time.perf_counter() - now.began) * 1000
            self.kept.append(now)
        return response


def _begin() -> None:
    if request.endpoint in ("static", "htmx") or request.blueprint == NAME:
        return
    rule, began = str(request.url_rule or "?"), time.perf_counter()
    g.recent_request = RecentRequest(door().desk.now(), request.method, rule, began)


def _current() -> RecentRequest | None:
    found = g.get("recent_request") if has_request_context() else None
    return found if isinstance(found, RecentRequest) else None


class ObservedDesk(Desk):
    """A desk that notes what it is given."""

    def __init__(self, recent: RecentRequests, *made_of: Any) -> None:
        """`made_of`: what a desk is made of."""
        super().__init__(*made_of)
        self.recent = recent

    def handle(self, command: Command[R], actor: str | Caller, **more: Any) -> R:
        with self.recent.message(command):
            return super().handle(command, actor, **more)

    def ask(self, query: Query[R], actor: str | Caller, **more: Any) -> R:
        with self.recent.message(query):
            return super().ask(query, actor, **more)


@pages.get("/local/requests")
def look() -> str:
    recent: RecentRequests = current_app.extensions[NAME]
    return page(
        "local_requests.html",
        texts().say("page.local.requests.title"),
        requests=list(reversed(recent.kept)),
    )
