"""The stand-in gives a token for a right assertion, for its time and for its scopes."""

from datetime import timedelta
from typing import Any

import pytest

from tests.lineworks.made import SCOPE, Client, link, menu, refused, text
from tests.lineworks.pieces import Json
from tests.lineworks.server import StandIn
from tests.support.clock import MovedClock


@pytest.fixture
def client(lineworks: StandIn, clock: MovedClock) -> Client:
    return Client(lineworks, clock)


def test_a_right_assertion_gets_a_token(client: Client) -> None:
    answer = client.ask_token()
    assert answer.status_code == 200
    found = answer.json()
    assert found.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (found["token_type"], found["expires_in"]) == ("Bearer", 24 * 3600)
    assert set(found["scope"].split()) == set(SCOPE.split())


def test_the_seconds_may_come_as_a_text(lineworks: StandIn, client: Client) -> None:
    lineworks.tokens.expires_in_as_text = True
    lineworks.tokens.life = timedelta(hours=1)
    assert client.ask_token().json()["expires_in"] == "3600"


WRONG_CLAIMS: dict[str, Json] = {
    "another client": {"iss": "somebody"},
    "another account": {"sub": "somebody@tsunagino"},
    "longer than an hour": {"exp": 3601},
    "over before it begins": {"exp": 0},
    "an end as a text": {"exp": "3600"},
    "an end with a fraction": {"exp": 3600.5},
    "no beginning": {"iat": None},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_a_wrong_assertion_gets_none(client: Client, clock: MovedClock, name: str) -> None:
    now = int(clock.now().timestamp())
    claims = dict(WRONG_CLAIMS[name])
    if isinstance(claims.get("exp"), int | float):
        claims["exp"] += now
    wrong = client.assertion(**claims)
    assert refused(client.ask_token(assertion=wrong)) == (400, "invalid_grant")


def test_an_assertion_is_of_its_time(client: Client, clock: MovedClock) -> None:
    early = client.assertion(iat=int(clock.now().timestamp()) + 600, exp=4102444800)
    assert refused(client.ask_token(assertion=early)) == (400, "invalid_grant")
    kept = client.assertion()
    clock.move(minutes=59, seconds=59)
    assert client.ask_token(assertion=kept).status_code == 200
    clock.move(seconds=1)
    assert refused(client.ask_token(assertion=kept)) == (400, "invalid_grant")


def test_only_the_key_of_the_console_signs(lineworks: StandIn, client: Client) -> None:
    old = lineworks.tokens.private_key
    lineworks.tokens.issue_key()
    with_old = client.assertion(key=old)
    assert refused(client.ask_token(assertion=with_old)) == (400, "invalid_grant")
    assert client.ask_token().status_code == 200
    other_way = client.assertion(alg="PS256")
    assert refused(client.ask_token(assertion=other_way)) == (400, "invalid_grant")
    assert refused(client.ask_token(assertion="no.such.thing")) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"scope": "bot.message mail"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_form_gets_none(client: Client, form: Any, status: int, error: str) -> None:
    assert refused(client.ask_token(**form)) == (status, error)


@pytest.mark.parametrize("hours", [1, 24])
def test_a_token_ends_with_its_time(
    lineworks: StandIn, client: Client, clock: MovedClock, hours: int
) -> None:
    lineworks.tokens.life = timedelta(hours=hours)
    client.sign_in()
    clock.move(hours=hours, seconds=-1)
    assert client.send(text()).status_code == 201
    clock.move(seconds=1)
    answer = client.send(text())
    assert refused(answer) == (401, "UNAUTHORIZED")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert client.sign_in().send(text()).status_code == 201


def test_without_a_token_nothing_is_done(lineworks: StandIn, client: Client) -> None:
    assert refused(client.send(text())) == (401, "UNAUTHORIZED")
    client.sign_in()
    lineworks.tokens.revoke()
    assert refused(client.send(text())) == (401, "UNAUTHORIZED")
    assert lineworks.messages("u21") == []


BOT = "/bots/2000001"
NEEDS: dict[str, tuple[str, str, Json | None]] = {
    "bot.message": ("POST", f"{BOT}/users/u21/messages", {"content": text()}),
    "bot.message to a room": ("POST", f"{BOT}/channels/c1/messages", {"content": text()}),
    "bot.message for rooms": ("POST", f"{BOT}/channels", {"members": ["u21"]}),
    "bot.message for the menu": ("POST", f"{BOT}/persistentmenu", menu(link())),
    "bot.read": ("GET", BOT, None),
    "user.read": ("GET", "/users", None),
    "user.read for one": ("GET", "/users/u21", None),
    "calendar": ("DELETE", "/users/u21/calendar/events/e1", None),
}


@pytest.mark.parametrize("name", NEEDS)
def test_each_api_needs_its_scope(lineworks: StandIn, clock: MovedClock, name: str) -> None:
    verb, path, body = NEEDS[name]
    scope = name.split(" ", maxsplit=1)[0]
    others = "bot.message bot.read user.read calendar".replace(scope, "").strip()
    refusal = Client(lineworks, clock, others).sign_in().call(verb, path, body)
    assert refused(refusal) == (403, "FORBIDDEN")
    assert "insufficient_scope" in refusal.headers["WWW-Authenticate"]
    allowed = Client(lineworks, clock, scope).sign_in().call(verb, path, body)
    assert allowed.status_code != 403


def test_a_scope_can_be_taken_away(lineworks: StandIn, client: Client) -> None:
    client.sign_in()
    lineworks.take_scope("calendar")
    gone = client.call("DELETE", "/users/u21/calendar/events/e1")
    assert refused(gone) == (403, "FORBIDDEN")
    assert refused(client.ask_token()) == (400, "invalid_scope")


def test_no_secret_is_kept_where_a_failing_test_would_show_it(
    lineworks: StandIn, client: Client
) -> None:
    client.sign_in()
    kept = str(lineworks.calls)
    assert client.token not in kept
    assert lineworks.tokens.client_secret not in kept
