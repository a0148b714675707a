"""A stand-in for a town's own Mattermost: an HTTP server that keeps state and refuses as it does.

    with StandIn(clock.now) as mattermost:
        mattermost.add_user("u21", "田中 一郎", email="m21@example.jp")
        ...settings: mattermost.url, mattermost.token, mattermost.command_token...
        person = mattermost.person("u21", mattermost.outgoing(wsgi_app_or_url))      # person.py

Time is the test's: triggers and rates follow `now`. What its administrator has set stands in
`mattermost.world` (world.py); its rate limit is off, as it is installed, until `rates.strict()`.
Faults: `mattermost.fail("posts.create", status=503, times=2)`,
`.hang("posts.create", arrives=True)`, `.drop("users.me")`, `.error("posts.patch", 400, "api.…")`;
each takes `times=` and `where={"user": "u21"}`; "*" is every operation, the others stand in api.py.
`.deactivate("u21")`, `.revoke()`.
To look: `mattermost.calls`, `.called("posts.create")`, `.posts("u21")`, `.everything_said()`.
"""

import json
import secrets
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.mattermost import api
from tests.mattermost.outgoing import Outgoing
from tests.mattermost.person import Person
from tests.mattermost.rates import Rates, Standing
from tests.mattermost.world import Post, Refused, Said, User, World
from tests.slack.endpoints import WsgiApp
from tests.support.faults import Fault, Faults, Kind
from tests.support.stand_in import Answer, Closing, Cut, Listening, Request

JSON = {"Content-Type": "application/json"}
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class Call:
    """One call that reached Mattermost; `status` is 0 when no answer was given. `args` are the
    parts of the path and of the query; `body` is what came in it."""

    api: str
    args: dict[str, str]
    body: Any
    at: datetime
    status: int
    answer: Any


class StandIn(Closing):
    """See the top of this file. Begins to listen when made; `close()` or `with` ends it."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self.world = World(now, settle)
        self.rates = Rates(now)
        self.token = self.world.new_id()
        self.command_token = self.world.new_id()
        self.calls: list[Call] = []
        self._faults = Faults()
        self._listening = Listening(self._take)
        self.url = self._listening.url

    def close(self) -> None:
        self._faults.clear()
        self._listening.close()

    # -- the server -------------------------------------------------------------------------------

    def add_user(self, user_id: str, name: str = "", **more: Any) -> User:
        """Somebody with an account: `email=`, `username=`, `roles=`, `deleted=`."""
        return self.world.add_user(user_id, name, **more)

    def outgoing(self, product: WsgiApp | str) -> Outgoing:
        """Mattermost's way to the product: a WSGI application, or the address of a server."""
        return Outgoing(self.world, product, self.command_token)

    def person(self, user_id: str, outgoing: Outgoing) -> Person:
        """Somebody in their Mattermost, whose doings reach the product by `outgoing`."""
        return Person(self.world, user_id, outgoing)

    def posts(self, user_id: str) -> list[Post]:
        """What stands between the bot and one person, the oldest first."""
        with self.world.lock:
            return deepcopy(self.world.standing(user_id))

    def everything_said(self) -> Said:
        """Every text that ever reached Mattermost, with links and what buttons carry."""
        with self.world.lock:
            return deepcopy(self.world.said)

    def called(self, name: str, **args: str) -> list[Call]:
        """The calls of one operation so far, with these parts of path or query."""
        return [
            call
            for call in list(self.calls)
            if call.api == name and args.items() <= call.args.items()
        ]

    def deactivate(self, user_id: str) -> None:
        """The administrator has deactivated this account: posts to it go on to be taken."""
        self.world.users[user_id].deleted = True

    def revoke(self) -> None:
        """The bot's token counts no longer; another one is in `token`."""
        self.token = secrets.token_hex(13)

    # -- faults -----------------------------------------------------------------------------------

    def fail(self, name: str, status: int = 500, **facts: Any) -> Fault:
        """Answer with an HTTP status (429 with `retry_after=` in seconds), as a proxy does;
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
        """Refuse with a status and an id of Mattermost's."""
        return self._faults.plan(Kind.ERROR, name, status=status, error=code, **facts)

    def mend(self) -> None:
        """No planned fault is left."""
        self._faults.clear()

    # -- answering --------------------------------------------------------------------------------

    def _take(self, request: Request) -> Answer:
        token = request.authorization.removeprefix("Bearer ")
        counted = self.rates.count(token)
        if counted and counted.retry_after is not None:
            return self._noted(request, "", {}, None, _too_many(counted))
        answer = self._route(request, token)
        more = counted.headers() if counted else {}
        return Answer(answer.status, answer.body, answer.headers | more)

    def _route(self, request: Request, token: str) -> Answer:
        try:
            operation, path = api.find(request.verb, request.path)
        except Refused as why:
            return self._noted(request, f"{request.verb} {request.path}", {}, None, _no(why))
        name, args = operation.name, request.query | path
        body: Any = None

        def carry_out() -> Answer:
            nonlocal body
            try:
                body = self._body(request)
                if operation.needs_session and token != self.token:
                    raise Refused(401, "api.context.session_expired.app_error", "invalid session")
                with self.world.lock:
                    asked = api.Asked(path, request.query, body)
                    found = deepcopy(operation.run(self.world, asked))
            except Refused as why:
                return _no(why)
            return Answer(operation.status, json.dumps(found, ensure_ascii=False).encode(), JSON)

        fault = self._faults.take(name, dict(args))
        if fault is None:
            answer = carry_out()
            return self._noted(request, name, args, body, answer)
        if fault.arrives:
            carry_out()
        match fault.kind:
            case Kind.STATUS:
                return self._noted(request, name, args, body, _broken(fault))
            case Kind.ERROR:
                no = _no(Refused(fault.status, fault.error, "planned by a test"))
                return self._noted(request, name, args, body, no)
            case Kind.HANG:
                self._noted(request, name, args, body, Answer(0, b"", {}))
                fault.began.set()
                fault.released.wait(fault.seconds)
                raise Cut
            case Kind.DROP:
                self._noted(request, name, args, body, Answer(0, b"", {}))
                raise Cut

    def _body(self, request: Request) -> Any:
        """Raises Refused."""
        if len(request.body) > self.world.most_bytes:
            raise Refused(413, "api.context.request_body_too_large.app_error")
        if not request.body:
            return None
        try:
            return json.loads(request.body)  # whatever its Content-Type says
        except ValueError:
            raise Refused(400, "api.context.invalid_body_param.app_error", "no JSON") from None

    def _noted(
        self, request: Request, name: str, args: dict[str, str], body: Any, answer: Answer
    ) -> Answer:
        """Remember the call."""
        is_json = answer.headers.get("Content-Type") == JSON["Content-Type"]
        content = json.loads(answer.body) if is_json else None
        with self.world.lock:
            self.calls.append(Call(name, args, body, self.world.now(), answer.status, content))
        return answer


def _no(why: Refused) -> Answer:
    """No, as Mattermost says it."""
    content = {
        "id": why.code,
        "message": f"in words of the server's language: {why.why}",
        "detailed_error": "",
        "request_id": secrets.token_hex(13),
        "status_code": why.status,
    }
    return Answer(why.status, json.dumps(content, ensure_ascii=False).encode(), JSON)


def _too_many(counted: Standing) -> Answer:
    return Answer(429, b"limit exceeded\n", PLAIN | counted.headers())


def _broken(fault: Fault) -> Answer:
    if fault.status == 429:
        wait = 30 if fault.retry_after is None else fault.retry_after
        return _too_many(Standing(101, 0, wait, wait))
    return Answer(fault.status, b"<html><body>Error</body></html>", {"Content-Type": "text/html"})
