"""A stand-in for Slack's servers: a real HTTP server that keeps state and refuses as Slack does.

    with StandIn(clock.now) as slack:
        slack.add_user("U21", "tanaka", "田中", email="m21@example.jp")
        slack.add_channel("C1", "renkei", members=["U21"])
        client = WebClient(slack.bot_token, base_url=slack.api)
        person = slack.person("U21", SignedHttp(wsgi_app, slack.signing_secret))   # person.py

Time is the test's: triggers, response_urls and rates follow `now`. Rates have room for a story on
a standing clock; `slack.rates.strict()` takes the documented numbers, `.off()` none.
Faults: `slack.fail("chat.update", status=503, times=2)`, `slack.hang("chat.postMessage",
arrives=True)`, `slack.drop("views.open")`, `slack.error("chat.update", "internal_error")`; each
takes `times=` and `where={"channel": "C1"}`; "*" is every method, and "upload" and "response_url"
are what they say. `slack.revoke()`,
`.deactivate("U21")`, `.archive("C1")`, `.take_scope("im:write")`.
Slack fetches pictures by itself: an `image_url` works only if it is in `slack.world.pictures`, an
uploaded file (`slack_file`) only when `slack.world.file_delay` has passed since it arrived.
To look: `slack.calls`, `slack.called("chat.postMessage")`, `slack.messages("C1")`,
`slack.everything_said()`; the whole state is `slack.world` (world.py).
Socket Mode: `SocketMode(slack)` in socket_mode.py, as the `endpoint` of a person.
"""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.slack import accounts, chat
from tests.slack.endpoints import Endpoint
from tests.slack.limits import Json
from tests.slack.methods import METHODS, SCOPES, lacking
from tests.slack.person import Person
from tests.slack.rates import Rates
from tests.slack.wire import asked_by
from tests.slack.world import Channel, Refused, Said, User, World
from tests.support.faults import Fault, Faults, Kind
from tests.support.stand_in import Answer, Closing, Cut, Listening, Request, answered


@dataclass(frozen=True)
class Call:
    """One call that reached Slack; `answer` is empty when none was given."""

    method: str
    args: Json
    at: datetime
    answer: Json


class StandIn(Closing):
    """See the top of this file. Begins to listen when made; `close()` or `with` ends it.

    `settle` waits until the product has done what it goes on doing after an answer.
    """

    bot_token = "xoxb-stand-in"
    app_token = "xapp-stand-in"
    signing_secret = "signed by the stand-in"

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        settle: Callable[[], None] = lambda: None,
        port: int = 0,
    ) -> None:
        self.world = World(now, settle)
        self.rates = Rates(now)
        self.calls: list[Call] = []
        self.scopes = SCOPES
        self.socket_url: Callable[[], str] | None = None  # set by SocketMode
        self._faults = Faults()
        self._token_error = ""
        self._listening = Listening(self._route, port)
        self.world.url = self._listening.url
        self.api = f"{self.world.url}/api/"

    def close(self) -> None:
        self._faults.clear()
        self._listening.close()

    # -- the workspace ----------------------------------------------------------------------------

    def add_user(self, user_id: str, name: str, real_name: str = "", **more: Any) -> User:
        """Somebody with an account: `email=`, `deleted=`, `is_bot=`, `is_restricted=`."""
        return self.world.add_user(user_id, name, real_name, **more)

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        members: Iterable[str] = (),
        bot: bool = True,
        private: bool = False,
    ) -> Channel:
        return self.world.add_channel(channel_id, name, members=members, bot=bot, private=private)

    def person(self, user_id: str, endpoint: Endpoint) -> Person:
        """Somebody at Slack's own screen, whose clicks reach the product by `endpoint`."""
        return Person(self.world, user_id, endpoint)

    def settle(self) -> None:
        self.world.settle()

    def messages(self, channel_id: str) -> list[Json]:
        """What stands in a channel now, the oldest first; `channel` is added to each."""
        with self.world.lock:
            channel = self.world.channels[channel_id]
            return [deepcopy(one) | {"channel": channel_id} for one in channel.messages]

    def dm(self, user_id: str) -> list[Json]:
        """What stands between the app and one person."""
        with self.world.lock:
            return self.messages(self.world.dm(user_id).id)

    def everything_said(self) -> Said:
        """Every text that ever reached Slack: `.modals`, and `.messages` for all else."""
        with self.world.lock:
            return deepcopy(self.world.said)

    def called(self, method: str, **where: Any) -> list[Call]:
        """The calls of one method so far, with these arguments."""
        return [
            call
            for call in list(self.calls)
            if call.method == method and where.items() <= call.args.items()
        ]

    # -- faults -----------------------------------------------------------------------------------

    def fail(self, method: str, status: int = 500, **facts: Any) -> Fault:
        """Answer with an HTTP status; `retry_after=` seconds, `arrives=True` does it anyway."""
        return self._faults.plan(Kind.STATUS, method, status=status, **facts)

    def hang(self, method: str, **facts: Any) -> Fault:
        """No answer until `.release()` or `seconds=` have passed; then the connection closes.

        `arrives=True` carries the call out all the same. `.began` is set when a call hangs.
        """
        return self._faults.plan(Kind.HANG, method, **facts)

    def drop(self, method: str, **facts: Any) -> Fault:
        """Close the connection without an answer; `arrives=True` carries the call out."""
        return self._faults.plan(Kind.DROP, method, **facts)

    def error(self, method: str, error: str, **facts: Any) -> Fault:
        """Refuse with a word of Slack's; `more={…}` stands in the answer beside it."""
        return self._faults.plan(Kind.ERROR, method, error=error, **facts)

    def mend(self) -> None:
        """No planned fault is left, and the token counts again."""
        self._faults.clear()
        self._token_error = ""

    def revoke(self, error: str = "token_revoked") -> None:
        """The tokens are no longer valid: also `account_inactive` or `invalid_auth`."""
        self._token_error = error

    def deactivate(self, user_id: str) -> None:
        self.world.users[user_id].deleted = True

    def archive(self, channel_id: str) -> None:
        self.world.channels[channel_id].archived = True

    def take_scope(self, *names: str) -> None:
        self.scopes -= set(names)

    # -- answering --------------------------------------------------------------------------------

    def call(self, method: str, token: str, args: Json) -> Answer:
        """One call of the Web API, with what was planned to go wrong."""
        return self._with_faults(method, args, lambda: self._carry_out(method, token, args))

    def upload(self, file_id: str, content: bytes) -> Answer:
        """The content of a file; in `calls` and for faults this is "upload"."""
        return self._in_words(
            "upload", {"file": file_id}, lambda: accounts.receive(self.world, file_id, content)
        )

    def respond(self, name: str, args: Json) -> Answer:
        """A POST to a response_url; in `calls` and for faults this is "response_url"."""
        return self._in_words(
            "response_url", args, lambda: chat.answer_response_url(self.world, name, args)
        )

    def _in_words(self, name: str, args: Json, run: Callable[[], tuple[int, str]]) -> Answer:
        def carry_out() -> Answer:
            with self.world.lock:
                status, text = run()
                self.calls.append(Call(name, args, self.world.now(), {"status": status}))
            return Answer(status, text.encode(), {"Content-Type": "text/plain"})

        return self._with_faults(name, args, carry_out)

    def _with_faults(self, name: str, args: Json, carry_out: Callable[[], Answer]) -> Answer:
        fault = self._faults.take(name, args)
        if fault is None:
            return carry_out()
        if fault.arrives:
            carry_out()
        else:
            self.calls.append(Call(name, args, self.world.now(), {}))
        match fault.kind:
            case Kind.STATUS:
                return _broken(fault)
            case Kind.ERROR:
                return answered({"ok": False, "error": fault.error} | fault.more)
            case Kind.HANG:
                fault.began.set()
                fault.released.wait(fault.seconds)
                raise Cut
            case Kind.DROP:
                raise Cut

    def _carry_out(self, method: str, token: str, args: Json) -> Answer:
        with self.world.lock:
            content, headers, status = self._decide(method, token, args)
            self.calls.append(Call(method, args, self.world.now(), content))
        return answered(content, status, **headers)

    def _decide(self, method: str, token: str, args: Json) -> tuple[Json, dict[str, str], int]:
        if method == "apps.connections.open":
            return self._connections(token), {}, 200
        known = METHODS.get(method)
        if known is None:
            return {"ok": False, "error": "unknown_method", "req_method": method}, {}, 200
        wrong = self._wrong(token, self.bot_token)
        if wrong:
            return {"ok": False, "error": wrong}, {}, 200
        granted = ",".join(sorted(self.scopes))
        headers = {"x_oauth_scopes": granted, "x_slack_req_id": str(self.world.count())}
        needed = lacking(method, self.world, args, self.scopes)
        if needed:
            more = {"needed": needed, "provided": granted}
            return {"ok": False, "error": "missing_scope"} | more, headers, 200
        wait = self.rates.wait(method, known.tier, str(args.get("channel")))
        if wait:
            return {"ok": False, "error": "ratelimited"}, headers | {"Retry_After": str(wait)}, 429
        try:
            found = known.run(self.world, args | {"__scopes": self.scopes})
        except Refused as why:
            return {"ok": False, "error": why.error} | why.more, headers, 200
        return {"ok": True} | deepcopy(found), headers, 200

    def _connections(self, token: str) -> Json:
        wrong = self._wrong(token, self.app_token)
        if wrong:
            return {"ok": False, "error": wrong}
        if self.socket_url is None:
            return {"ok": False, "error": "internal_error"}
        return {"ok": True, "url": self.socket_url()}

    def _wrong(self, token: str, right: str) -> str:
        if self._token_error:
            return self._token_error
        if not token:
            return "not_authed"
        if token in {self.app_token, self.bot_token} and token != right:
            return "not_allowed_token_type"
        return "" if token == right else "invalid_auth"

    def _route(self, request: Request) -> Answer:
        try:
            call = asked_by(request)
        except json.JSONDecodeError:
            return answered({"ok": False, "error": "invalid_json"})
        kind, _, rest = call.path.strip("/").partition("/")
        match kind:
            case "upload":
                return self.upload(rest.removeprefix("v1/"), call.body)
            case "actions":
                return self.respond(rest, call.args)
            case _:
                return self.call(rest, call.token, call.args)


def _broken(fault: Fault) -> Answer:
    if fault.status == 429:
        wait = str(30 if fault.retry_after is None else fault.retry_after)
        return answered({"ok": False, "error": "ratelimited"}, 429, Retry_After=wait)
    headers = {"Content-Type": "text/html"}
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    return Answer(fault.status, b"<html><body>Server Error</body></html>", headers)
