"""Mattermost's API, called: what it answers, or why not, by what may be done about it."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

import requests

from handlers.chat.calling import recording_health
from handlers.chat.http_api import header_number, json_of, send_request, word
from handlers.chat.platform_error import BROKEN, NOT_NOW, ErrorKind, PlatformError
from handlers.delivery.platform_state import PlatformHealth
from handlers.settings.mattermost import MattermostSettings

log = logging.getLogger(__name__)

WAIT: Final = timedelta(seconds=30)  # when Mattermost does not say how long
LONGEST_WAIT: Final = timedelta(minutes=10)
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
TOO_MANY, UNAVAILABLE = 429, 503


@dataclass(frozen=True)
class Operation:
    """One entry of Mattermost's reference; `answers` is what its answer is made of."""

    verb: str
    path: str
    answers: type = dict

    def address(self, args: Mapping[str, str]) -> str:
        return self.path.format_map({name: quote(value, safe="") for name, value in args.items()})


OPERATIONS: Final = {
    "users.me": Operation("GET", "/users/me"),
    "users.list": Operation("GET", "/users", list),
    "users.read": Operation("GET", "/users/{user}"),
    "channels.direct": Operation("POST", "/channels/direct"),
    "channels.posts": Operation("GET", "/channels/{channel}/posts"),
    "posts.create": Operation("POST", "/posts"),
    "posts.patch": Operation("PUT", "/posts/{post}/patch"),
    "posts.read": Operation("GET", "/posts/{post}"),
    "posts.delete": Operation("DELETE", "/posts/{post}"),
    "dialogs.open": Operation("POST", "/actions/dialogs/open"),
    "config.read": Operation("GET", "/config/client"),
}


class MattermostRefused(PlatformError):
    """Mattermost said no, or nothing."""


def nonsense() -> MattermostRefused:
    """It is no Mattermost that answers so: a proxy that says how it stands, with a status that
    sounds well. Whether anything was done nobody knows."""
    return MattermostRefused(ErrorKind.MAYBE, "no_answer")


class Api:
    """The town's bot at its Mattermost. Nothing is retried here: that is for who knows what it was
    for. `heard` is told how long to wait where a rate limit says that nothing is left."""

    def __init__(self, settings: MattermostSettings) -> None:
        # What the library under it logs names users in addresses.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
        self._settings = settings
        self.heard: Callable[[timedelta], object] = lambda wait: None
        self.health = PlatformHealth()
        self._closed = ""

    def call(
        self,
        name: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        **args: str,
    ) -> Any:
        """What Mattermost answers to an operation of OPERATIONS; `args` are the parts of its path.
        Raises MattermostRefused."""
        operation = OPERATIONS[name]
        address = f"{self._settings.url}/api/v4{operation.address(args)}"
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {
            "Authorization": f"Bearer {self._settings.token}",
            "Content-Type": "application/json; charset=UTF-8",
        }
        more = {"data": data, "params": query, "headers": headers}
        try:
            with recording_health(self.health):
                answer = send_request(operation.verb, address, MattermostRefused, **more)
                found = self._content(name, answer)
        except MattermostRefused as refused:
            self._closed = refused.code if refused.kind is ErrorKind.CLOSED else self._closed
            raise
        self._closed = ""
        return found

    def error(self) -> str:
        """Why Mattermost refuses us, in its word; "" when it does not."""
        return self._closed

    def _content(self, name: str, answer: requests.Response) -> Any:
        """What it says. Raises MattermostRefused."""
        status = answer.status_code
        if header_number(answer, "X-RateLimit-Remaining") == 0:
            self.heard(_wait(answer))
        content = json_of(answer)
        if status in (200, 201):
            if not isinstance(content, OPERATIONS[name].answers):
                raise nonsense()
            return content
        code = word(content.get("id")) if isinstance(content, dict) else ""
        code = code or f"http_{status}"
        match status:
            case _ if status == TOO_MANY:
                raise MattermostRefused(
                    ErrorKind.LATER, "rate_limit", _wait(answer), "", status=status
                )
            case _ if status == UNAVAILABLE:  # it says so, and nothing was done
                raise MattermostRefused(ErrorKind.LATER, code, status=status)
            case _ if status >= BROKEN or status < BAD_REQUEST:  # a redirect is no answer
                raise MattermostRefused(ErrorKind.MAYBE, code, status=status)
            case _ if status == UNAUTHORIZED:
                log.error("mattermost_closed operation=%s error=%s", name, code)
                raise MattermostRefused(ErrorKind.CLOSED, code, NOT_NOW, status=status)
            case _:
                raise MattermostRefused(ErrorKind.NEVER, code, status=status)


def _wait(answer: requests.Response) -> timedelta:
    """How long it says to wait: `Retry-After`, else until the limit is as new."""
    for header in ("Retry-After", "X-RateLimit-Reset"):
        seconds = header_number(answer, header)
        if seconds is not None:
            return min(timedelta(seconds=max(seconds, 1)), LONGEST_WAIT)
    return WAIT
