"""LINE WORKS's API, called: what it answers, or why not, by what may be done about it."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import requests

from handlers.chat.calling import recording_health
from handlers.chat.http_api import header_number, json_of, send_request, word
from handlers.chat.platform_error import BROKEN, NO_NETWORK, PlatformError
from handlers.chat.platform_error import NOT_NOW as NOT_NOW  # noqa: PLC0414 - also from here
from handlers.chat.platform_error import UNREACHABLE as UNREACHABLE  # noqa: PLC0414
from handlers.chat.platform_error import ErrorKind as ErrorKind  # noqa: PLC0414
from handlers.delivery.platform_state import PlatformHealth
from handlers.lineworks.access import AccessTokenSource, KeyUnreadable
from handlers.settings.lineworks import LineworksSettings

log = logging.getLogger(__name__)

WAIT: Final = timedelta(seconds=30)  # when LINE WORKS does not say how long
LONGEST: Final = timedelta(minutes=10)
TOKEN: Final = "token"  # noqa: S105 - the name of an operation
# 403 with these words is about a person, not about us.
NO_SCOPE: Final = "insufficient_scope"
TOO_MANY: Final = 429
UNAUTHORIZED: Final = 401
UNAVAILABLE: Final = 503


@dataclass(frozen=True)
class Operation:
    """One entry of LINE WORKS's reference; `{bot}` in its path is our own."""

    verb: str
    path: str

    def address(self, args: Mapping[str, str]) -> str:
        return self.path.format_map({name: quote(value, safe="") for name, value in args.items()})


OPERATIONS: Final = {
    "send.user": Operation("POST", "/bots/{bot}/users/{user}/messages"),
    "send.room": Operation("POST", "/bots/{bot}/channels/{room}/messages"),
    "bot.read": Operation("GET", "/bots/{bot}"),
    "menu.register": Operation("POST", "/bots/{bot}/persistentmenu"),
    "menu.read": Operation("GET", "/bots/{bot}/persistentmenu"),
    "users.list": Operation("GET", "/users"),
    "users.read": Operation("GET", "/users/{user}"),
    "events.create": Operation("POST", "/users/{user}/calendar/events"),
    "events.change": Operation("PUT", "/users/{user}/calendar/events/{event}"),
    "events.remove": Operation("DELETE", "/users/{user}/calendar/events/{event}"),
}


class LineworksRefused(PlatformError):
    """LINE WORKS said no, or nothing."""

    no_permission = NO_SCOPE

    @property
    def may_be_outage(self) -> bool:
        """Also when there is no token."""
        has_no_token = self.kind is ErrorKind.LATER and self.needed == TOKEN
        return super().may_be_outage or has_no_token


@dataclass(frozen=True)
class Rate:
    """What LINE WORKS says of an operation's minute; None where it says nothing."""

    limit: int | None = None
    remaining: int | None = None
    reset: timedelta | None = None


class Api:
    """The town's bot at LINE WORKS. Nothing is retried here but a call whose token had run out:
    that is for who knows what it was for. `now` is the desk's clock.

    `heard` is told of the rate headers of every answer, by the operation's name.
    """

    def __init__(self, settings: LineworksSettings, now: Callable[[], datetime]) -> None:
        # What the library under it logs names users in addresses.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
        self._settings = settings
        self.access = AccessTokenSource(settings, now, self._mint)
        self.heard: Callable[[str, Rate], object] = lambda name, rate: None
        self.health = PlatformHealth()
        self._closed: dict[str, str] = {}  # why, by the operation that was refused

    def call(
        self,
        name: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        **args: str,
    ) -> dict[str, Any]:
        """What LINE WORKS answers to an operation of OPERATIONS, `{}` when it says nothing.

        `args` are the parts of its path. Raises LineworksRefused.
        """
        try:
            with recording_health(self.health):
                answer = self._answer(name, body, query, args)
        except LineworksRefused as refused:
            if refused.kind is ErrorKind.CLOSED:
                self._closed = {**self._closed, name: refused.code}
            raise
        # What opens one way opens all, but for those that need a permission of their own.
        kept = self._closed.items()
        self._closed = {one: why for one, why in kept if why == NO_SCOPE and one != name}
        return answer

    def error(self) -> str:
        """Why LINE WORKS refuses us, in its word; "" when it does not."""
        return next(iter(self._closed.values()), "")

    def _answer(
        self,
        name: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        args: Mapping[str, str],
    ) -> dict[str, Any]:
        operation = OPERATIONS[name]
        address = self._settings.api_url + operation.address({"bot": self._settings.bot_id, **args})
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        ask = partial(_sent, operation.verb, address, data=data, params=query)
        token = self._token()
        answer = self._asked(name, ask, token)
        if answer.status_code == UNAUTHORIZED:
            # Taken back before its time: minted anew once, and nothing was done meanwhile.
            self.access.forget(token)
            answer = self._asked(name, ask, self._token())
        return _content(name, answer)

    def _token(self) -> str:
        try:
            return self.access.token()
        except KeyUnreadable:
            raise LineworksRefused(ErrorKind.CLOSED, "private_key", NOT_NOW) from None

    def _asked(
        self, name: str, ask: Callable[..., requests.Response], token: str
    ) -> requests.Response:
        kind = "application/json; charset=UTF-8"
        answer = ask(headers={"Authorization": f"Bearer {token}", "Content-Type": kind})
        self.heard(name, _rate(answer))
        return answer

    def _mint(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The token endpoint's answer. A token that did not come did no harm: it is asked again."""
        try:
            answer = _sent("POST", self._settings.token_url, data=dict(form))
        except LineworksRefused as refused:
            raise LineworksRefused(ErrorKind.LATER, refused.code, NO_NETWORK) from None
        if answer.status_code == TOO_MANY or answer.status_code >= BROKEN:
            wait = _rate(answer).reset or WAIT
            raise LineworksRefused(ErrorKind.LATER, _code(answer), wait, TOKEN, answer.status_code)
        content = _json(answer)
        if not answer.ok or not content.get("access_token"):
            code = word(content.get("error")) or _code(answer)
            log.error("lineworks_closed operation=token error=%s", code)
            raise LineworksRefused(ErrorKind.CLOSED, code, NOT_NOW, TOKEN, answer.status_code)
        return content


def _sent(verb: str, address: str, **more: Any) -> requests.Response:
    """An answer, whatever it says. Raises LineworksRefused when there is none."""
    return send_request(verb, address, LineworksRefused, **more)


def _content(name: str, answer: requests.Response) -> dict[str, Any]:
    """What it says. Raises LineworksRefused."""
    status, code = answer.status_code, _code(answer)
    if answer.ok and status < 300:  # noqa: PLR2004 - a redirect is no answer
        return _json(answer)
    if status == TOO_MANY:
        wait = _rate(answer).reset or WAIT
        raise LineworksRefused(ErrorKind.LATER, code, wait, status=status)
    if status == UNAVAILABLE:  # it says so, and nothing was done
        raise LineworksRefused(ErrorKind.LATER, code, status=status)
    if status >= BROKEN:
        raise LineworksRefused(ErrorKind.MAYBE, code, status=status)
    if status == UNAUTHORIZED:
        raise _closed(name, code, "", status)
    told = answer.headers.get("WWW-Authenticate", "")
    if NO_SCOPE in told:
        raise _closed(name, NO_SCOPE, told.partition('scope="')[2].partition('"')[0], status)
    raise LineworksRefused(ErrorKind.NEVER, code, status=status)


def _closed(name: str, code: str, needed: str, status: int) -> LineworksRefused:
    log.error("lineworks_closed operation=%s error=%s needed=%s", name, code, needed)
    return LineworksRefused(ErrorKind.CLOSED, code, NOT_NOW, needed, status)


def _code(answer: requests.Response) -> str:
    """LINE WORKS's word for it; never what it quotes of what was sent."""
    return word(_json(answer).get("code")) or f"http_{answer.status_code}"


def _json(answer: requests.Response) -> dict[str, Any]:
    found = json_of(answer)
    return found if isinstance(found, dict) else {}


def _rate(answer: requests.Response) -> Rate:
    seconds = header_number(answer, "rateLimit-reset")
    reset = None if seconds is None else min(timedelta(seconds=max(seconds, 1)), LONGEST)
    limit, left = (header_number(answer, f"rateLimit-{name}") for name in ("limit", "remaining"))
    return Rate(limit, left, reset)
