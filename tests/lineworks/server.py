"""A stand-in for LINE WORKS's servers: a real HTTP server that keeps state and refuses as they do.

    with StandIn(clock.now) as lineworks:
        lineworks.add_user("u21", "田中 一郎", email="m21@example.jp")
        ...settings: lineworks.token_url, lineworks.api, lineworks.bot_id, lineworks.bot_secret, and
        of lineworks.tokens: .client_id, .client_secret, .service_account, .private_key (PEM)...
        person = lineworks.person("u21", lineworks.callback(wsgi_app_or_url))      # person.py

Time is the test's: tokens and rates follow `now`. `tokens.life` is one day (or an hour),
`tokens.expires_in_as_text` answers it as a string, `tokens.revoke()` and `.issue_key()` take away.
Rates have room for a story on a standing clock; `rates.strict("free")` or `("paid")` takes the
documented numbers, `.off()` none.
Faults: `lineworks.fail("send.user", status=503, times=2)`, `.hang("send.user", arrives=True)`,
`.drop("token")`, `.error("send.user", 403, "FORBIDDEN")`; each takes `times=` and
`where={"user": "u21"}`; "*" is every API, "token" the token endpoint, the others stand in api.py.
`.suspend("u21")`, `.remove("u21")`, `.take_scope("calendar")`.
To look: `lineworks.calls`, `.called("send.user")`, `.messages("u21")`, `.room_messages(room_id)`,
`.everything_said()`; the whole state is `lineworks.world` (world.py). What LINE WORKS tells by
itself (`join` after a room was made) waits in `world.due` until `.deliver(endpoint)`.
"""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.lineworks import api
from tests.lineworks.callbacks import Callback
from tests.lineworks.person import Person
from tests.lineworks.pieces import Json
from tests.lineworks.rates import Rates
from tests.lineworks.rates import Standing as RateStanding
from tests.lineworks.tokens import NoToken, Tokens
from tests.lineworks.wire import Asked, asked_by, refusal
from tests.lineworks.world import BOT, Refused, Room, Said, Standing, User, World
from tests.slack.endpoints import WsgiApp
from tests.support.faults import Fault, Faults, Kind
from tests.support.stand_in import Answer, Closing, Cut, Listening, Request, answered

TOKEN_PATH = "/oauth2/v2.0/token"
SCOPES = frozenset({"bot", "bot.message", "bot.read", "user.read", "calendar"})
HIDDEN = frozenset({"assertion", "client_secret", "access_token", "refresh_token"})


@dataclass(frozen=True)
class Call:
    """One call that reached LINE WORKS; `status` is 0 when no answer was given.

    `args` are the parts of the path and of the query; `body` is what came in it.
    """

    api: str
    args: dict[str, str]
    body: Any
    at: datetime
    status: int
    answer: Json


class StandIn(Closing):
    """See the top of this file. Begins to listen when made; `close()` or `with` ends it."""

    bot_id, bot_secret = BOT, "signed by the stand-in"

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = World(now, settle)
        self.tokens = Tokens(now, SCOPES)
        self.rates = Rates(now)
        self.calls: list[Call] = []
        self._faults = Faults()
        self._listening = Listening(self._take)
        self.url = self._listening.url
        self.token_url = f"{self.url}{TOKEN_PATH}"
        self.api = f"{self.url}/v1.0"

    def close(self) -> None:
        self._faults.clear()
        self._listening.close()

    # -- the tenant -------------------------------------------------------------------------------

    def add_user(self, user_id: str, name: str = "", **more: Any) -> User:
        """Somebody with an account: `email=`, `suspended=`, `deleted=`."""
        return self.world.add_user(user_id, name, **more)

    def add_room(self, members: Iterable[str], title: str = "", room_id: str = "") -> Room:
        return self.world.add_room(members, title, room_id)

    def callback(self, product: WsgiApp | str, path: str = "/lineworks/callback") -> Callback:
        """LINE WORKS's way to the product: a WSGI application, or the address of a server."""
        return Callback(product, self.bot_secret, self.bot_id, path)

    def person(self, user_id: str, endpoint: Callback) -> Person:
        """Somebody in their LINE WORKS, whose doings reach the product by `endpoint`."""
        return Person(self.world, user_id, endpoint)

    def deliver(self, endpoint: Callback) -> None:
        """Tell the product what happened without anybody doing anything."""
        due, self.world.due = self.world.due, []
        for event in due:
            endpoint.tell(event)
        self.world.settle()

    def messages(self, user_id: str) -> list[Standing]:
        """What stands between the bot and one person, the oldest first."""
        with self.world.lock:
            return deepcopy(self.world.private[user_id])

    def room_messages(self, room_id: str) -> list[Standing]:
        with self.world.lock:
            return deepcopy(self.world.rooms[room_id].messages)

    def everything_said(self) -> Said:
        """Every text that ever reached LINE WORKS, with links and what buttons carry."""
        with self.world.lock:
            return deepcopy(self.world.said)

    def called(self, name: str, **args: str) -> list[Call]:
        """The calls of one API so far, with these parts of path or query."""
        return [
            call
            for call in list(self.calls)
            if call.api == name and args.items() <= call.args.items()
        ]

    def suspend(self, user_id: str) -> None:
        self.world.users[user_id].suspended = True

    def remove(self, user_id: str) -> None:
        """This person has left the tenant."""
        self.world.users[user_id].deleted = True

    def take_scope(self, *names: str) -> None:
        """The console no longer allows this; what was minted with it may do it no longer."""
        self.tokens.scopes -= set(names)

    # -- faults -----------------------------------------------------------------------------------

    def fail(self, name: str, status: int = 500, **facts: Any) -> Fault:
        """Answer with an HTTP status (429 with `retry_after=` as its seconds to the reset);
        `arrives=True` does it anyway."""
        return self._faults.plan(Kind.STATUS, name, status=status, **facts)

    def hang(self, name: str, **facts: Any) -> Fault:
        """No answer until `.release()` or `seconds=` have passed; then the connection closes.

        `arrives=True` carries the call out all the same. `.began` is set when a call hangs.
        """
        return self._faults.plan(Kind.HANG, name, **facts)

    def drop(self, name: str, **facts: Any) -> Fault:
        """Close the connection without an answer; `arrives=True` carries the call out."""
        return self._faults.plan(Kind.DROP, name, **facts)

    def error(self, name: str, status: int, code: str, **facts: Any) -> Fault:
        """Refuse with a status and a word of LINE WORKS's."""
        return self._faults.plan(Kind.ERROR, name, status=status, error=code, **facts)

    def mend(self) -> None:
        """No planned fault is left."""
        self._faults.clear()

    # -- answering --------------------------------------------------------------------------------

    def _take(self, request: Request) -> Answer:
        try:
            return self._route(asked_by(request))
        except json.JSONDecodeError:
            return refusal(400, "BAD_REQUEST", "the body is not JSON")

    def _route(self, asked: Asked) -> Answer:
        if asked.path == TOKEN_PATH:
            return self._with_faults("token", asked, {}, lambda: self._mint(asked))
        try:
            operation, path = api.find(asked.verb, asked.path)
        except Refused as why:
            return self._told(asked, f"{asked.verb} {asked.path}", {}, _no(why))
        return self._with_faults(
            operation.name, asked, path, lambda: self._carry_out(asked, operation, path)
        )

    def _with_faults(
        self, name: str, asked: Asked, path: dict[str, str], carry_out: Callable[[], Answer]
    ) -> Answer:
        args = asked.query | path
        fault = self._faults.take(name, dict(args))
        if fault is None:
            return self._told(asked, name, args, carry_out())
        if fault.arrives:
            carry_out()
        match fault.kind:
            case Kind.STATUS:
                return self._told(asked, name, args, _broken(fault))
            case Kind.ERROR:
                no = refusal(fault.status, fault.error, "planned by a test")
                return self._told(asked, name, args, no)
            case Kind.HANG:
                self._told(asked, name, args, Answer(0, b"", {}))
                fault.began.set()
                fault.released.wait(fault.seconds)
                raise Cut
            case Kind.DROP:
                self._told(asked, name, args, Answer(0, b"", {}))
                raise Cut

    def _told(self, asked: Asked, name: str, args: dict[str, str], answer: Answer) -> Answer:
        """Remember the call. Its secrets are not kept, so that no failing test shows them."""
        body = asked.body
        if isinstance(body, dict):
            body = {k: "…" if k in HIDDEN else v for k, v in body.items()}
        with self.world.lock:
            call = Call(name, args, body, self.world.now(), answer.status, _content(answer))
            self.calls.append(call)
        return answer

    def _mint(self, asked: Asked) -> Answer:
        counted = self.rates.count("token")
        if counted and counted.too_many:
            return _too_many(counted)
        form = asked.body if isinstance(asked.body, dict) else {}
        try:
            with self.world.lock:
                return answered(self.tokens.mint(form))
        except NoToken as why:
            content = {"error": why.error, "error_description": str(why)}
            return answered(content, why.status)

    def _carry_out(self, asked: Asked, operation: api.Operation, path: dict[str, str]) -> Answer:
        token = self.tokens.find(asked.token)
        if token is None:
            bearer = 'Bearer error="invalid_token"'
            return refusal(401, "UNAUTHORIZED", "Authentication failed", WWW_Authenticate=bearer)
        if not operation.scopes & token.scopes & self.tokens.scopes:
            bearer = f'Bearer error="insufficient_scope", scope="{min(operation.scopes)}"'
            return refusal(403, "FORBIDDEN", "insufficient scope", WWW_Authenticate=bearer)
        with self.world.lock:
            counted = self.rates.count(operation.name)
            if counted and counted.too_many:
                return _too_many(counted)
            answer = self._run(asked, operation, path)
        return Answer(
            answer.status, answer.body, answer.headers | (counted.headers() if counted else {})
        )

    def _run(self, asked: Asked, operation: api.Operation, path: dict[str, str]) -> Answer:
        try:
            if path.get("bot", BOT) != BOT:
                raise Refused(404, "NOT_FOUND", f"no such bot: {path['bot']}")
            if operation.verb in {"POST", "PUT"} and not isinstance(asked.body, dict):
                raise Refused(400, "BAD_REQUEST", "the body is no JSON object")
            found = operation.run(self.world, api.Request(path, asked.query, asked.body))
        except Refused as why:
            return _no(why)
        if found is None:
            return Answer(operation.status, b"", {})
        return answered(deepcopy(found), operation.status)


def _content(answer: Answer) -> Json:
    """What an answer says, without the tokens that it may hand out."""
    if not answer.headers.get("Content-Type", "").startswith("application/json"):
        return {}
    found: Json = json.loads(answer.body)
    return {name: "…" if name in HIDDEN else value for name, value in found.items()}


def _no(why: Refused) -> Answer:
    return refusal(why.status, why.code, why.description)


def _too_many(counted: RateStanding) -> Answer:
    code, words = "TOO_MANY_REQUESTS", "API rate limit exceeded"
    answer = refusal(429, code, words)
    return Answer(429, answer.body, answer.headers | counted.headers())


def _broken(fault: Fault) -> Answer:
    if fault.status == 429:
        wait = 30 if fault.retry_after is None else fault.retry_after
        return _too_many(RateStanding(60, 0, wait, too_many=True))
    return Answer(fault.status, b"<html><body>Error</body></html>", {"Content-Type": "text/html"})
