"""The stand-in's Socket Mode against the client that the product uses."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.slack.limits import Json
from tests.slack.person import NotAcknowledged, Person
from tests.slack.server import StandIn
from tests.slack.socket_mode import MOST, SocketMode, hang_up, hurry


@pytest.fixture
def slack() -> Iterator[StandIn]:
    with StandIn() as found:
        found.add_user("U21", "tanaka", "田中")
        yield found


@pytest.fixture
def sockets(slack: StandIn) -> Iterator[SocketMode]:
    with SocketMode(slack, patience=0.5) as found:
        yield found


class App:
    """A product of a few lines over the builtin client."""

    def __init__(self, slack: StandIn) -> None:
        self.heard: list[SocketModeRequest] = []
        self.answer: Json | None = None
        self.client = SocketModeClient(
            slack.app_token, web_client=WebClient(base_url=slack.api), ping_interval=60
        )
        self.client.socket_mode_request_listeners.append(self.take)
        self.client.connect()
        hurry(self.client)

    def take(self, client: BaseSocketModeClient, asked: SocketModeRequest) -> None:
        self.heard.append(asked)
        client.send_socket_mode_response(SocketModeResponse(asked.envelope_id, self.answer))


@pytest.fixture
def app(slack: StandIn, sockets: SocketMode) -> Iterator[App]:
    found = App(slack)
    sockets.wait_connected()
    yield found
    hang_up(found.client, sockets)


@pytest.fixture
def person(slack: StandIn, sockets: SocketMode, app: App) -> Person:
    return slack.person("U21", sockets)


def until(seen: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for another thread; the only real time in these tests."""
    ends = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < ends, "it did not happen"
        threading.Event().wait(0.01)


def test_envelopes_are_acknowledged_by_their_id(person: Person, app: App) -> None:
    person.say_to_bot("こんにちは")
    person.resend_last()
    person.global_shortcut("new")
    assert [one.type for one in app.heard] == ["events_api", "events_api", "interactive"]
    assert [one.retry_attempt for one in app.heard] == [0, 1, None]


def test_an_acknowledgement_carries_an_answer_where_slack_takes_one(
    person: Person, app: App
) -> None:
    app.answer = {"text": "お手伝いします"}
    person.command("/tsunagu")
    assert person.ephemerals()[-1]["text"] == "お手伝いします"
    person.global_shortcut("new")
    assert person.reply.body == b""


def test_a_long_payload_goes_both_ways(person: Person, app: App) -> None:
    app.answer = {"text": "あ" * 9_000}
    person.command("/tsunagu", "い" * 3_000)
    assert app.heard[-1].payload["text"] == "い" * 3_000
    assert person.ephemerals()[-1]["text"] == "あ" * 9_000


def test_the_app_reconnects_when_it_is_told_to_go(
    person: Person, app: App, sockets: SocketMode
) -> None:
    before = app.client.session_id()
    sockets.disconnect("refresh_requested")
    until(lambda: app.client.session_id() != before)
    sockets.wait_connected()
    person.global_shortcut("new")


def test_a_silent_line_brings_nothing_and_answers_no_ping(
    person: Person, app: App, sockets: SocketMode
) -> None:
    until(lambda: app.client.current_session.last_ping_pong_time is not None)  # type: ignore[union-attr]
    sockets.ping()
    until(lambda: sockets.pongs > 0)
    sockets.go_silent()
    with pytest.raises(NotAcknowledged):
        person.global_shortcut("new")
    assert person.reply.status == 504
    session = app.client.current_session
    assert session is not None
    before = session.last_ping_pong_time
    session.check_state()
    threading.Event().wait(0.1)
    assert session.last_ping_pong_time == before
    assert app.client.is_connected(), "which is why somebody has to watch"
    app.client.connect_to_new_endpoint(force=True)
    sockets.wait_connected()
    until(lambda: sockets.lines == 1)
    person.global_shortcut("new")


def test_a_dropped_line_is_gone(person: Person, sockets: SocketMode) -> None:
    sockets.drop()
    until(lambda: sockets.lines == 0)
    with pytest.raises(NotAcknowledged):
        person.global_shortcut("new")
    assert person.reply.status == 503


def test_the_eleventh_line_is_sent_away(slack: StandIn, sockets: SocketMode) -> None:
    assert slack.socket_url is not None
    with ExitStack() as lines:
        for number in range(1, MOST + 1):
            line = lines.enter_context(connect(slack.socket_url()))
            assert json.loads(line.recv(timeout=5))["num_connections"] == number
        one_more = lines.enter_context(connect(slack.socket_url()))
        assert json.loads(one_more.recv(timeout=5))["reason"] == "too_many_websockets"
        with pytest.raises(ConnectionClosed):
            one_more.recv(timeout=5)


def test_a_ticket_works_once_and_is_given_for_an_app_token(
    slack: StandIn, sockets: SocketMode
) -> None:
    client = WebClient(base_url=slack.api)
    url = str(client.apps_connections_open(app_token=slack.app_token)["url"])
    with connect(url) as line:
        assert json.loads(line.recv(timeout=5))["type"] == "hello"
    with pytest.raises(InvalidStatus):
        connect(url)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        client.apps_connections_open(app_token=slack.bot_token)
