"""Socket Mode: the same door without a public address, over a connection that is kept alive."""

import logging
import shutil
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

import bot
from handlers.chat.health import ConnectionHealth
from handlers.settings import Mode, Settings
from handlers.settings.slack import SlackSettings
from handlers.slack.api import SlackRefused
from handlers.slack.door import OPENING, PRESSED, SUBMITTED, Answer, FieldErrors, PrivateSentence
from handlers.slack.requests import runner
from handlers.slack.requests.socket import SILENT, Client
from tests.handlers.test_slack_app import Held, form, offer, unsettled, until
from tests.slack.endpoints import SignedHttp
from tests.slack.product import SlackTown, SlackTownWith
from tests.slack.server import StandIn
from tests.slack.socket_mode import SocketMode
from tests.support.people import ADMINISTRATOR
from tests.support.product import free_port
from tests.support.server import running
from tests.support.town import TownMould
from tests.support.web import TEXTS


@pytest.fixture
def town(slack_town_with: SlackTownWith) -> SlackTown:
    made = slack_town_with(socket=True)
    sockets_of(made).wait_connected()
    return made


def sockets_of(town: SlackTown) -> SocketMode:
    assert isinstance(town.endpoint, SocketMode)
    return town.endpoint


def line_of(town: SlackTown) -> ConnectionHealth:
    line = town.part.health().line
    assert line is not None
    return line


def client_of(town: SlackTown) -> Client:
    """The connection of this moment."""
    assert town.part.line is not None
    assert town.part.line.client is not None
    return town.part.line.client


def rebuilt_by_now(town: SlackTown) -> int:
    """Two more seconds pass, and the watch looks."""
    town.clock.move(seconds=2)
    town.part.look()
    return line_of(town).rebuilt


def heard_hello(town: SlackTown) -> None:
    """The bot has taken note that Slack greeted it."""
    until(lambda: client_of(town).heard)
    town.part.look()


def test_the_same_product_works_over_a_socket(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Presses, errors at fields and what takes a modal's place travel in acknowledgements."""
    answers: list[Answer] = [FieldErrors({"name": "お名前を。"}), PrivateSentence("保存しました。")]
    monkeypatch.setitem(PRESSED, "menu", lambda press: form("own", "name"))
    monkeypatch.setattr("handlers.slack.requests.runner.OPENING", OPENING | {"menu"})
    monkeypatch.setitem(SUBMITTED, "own", lambda submission: answers.pop(0))
    person = town.person("M06")
    person.command("/tsunagu")
    person.submit()
    assert person.errors == {"name": "お名前を。"}
    person.submit()
    assert "保存しました。" in person.screen_text()
    line = line_of(town)
    assert (line.since, line.rebuilt, line.error) == (town.clock.now(), 0, "")


def test_the_line_to_slack_is_encrypted_or_not_made() -> None:
    """Whatever address was given for it; on this very machine alone it may be in the clear."""

    def at(address: str) -> str:
        api = SimpleNamespace(call=lambda method: {"url": address})
        return Client.issue_new_wss_url(SimpleNamespace(_api=api))  # type: ignore[arg-type]

    for good in ("wss://wss-primary.slack.com/link/?ticket=a%20b&app_id=A1", "ws://127.0.0.1:1/"):
        assert at(good) == good
    for bad in ("ws://wss-primary.slack.com/link/", "http://wss.slack.com/", "", "/link"):
        with pytest.raises(SlackRefused, match="unencrypted"):
            at(bad)


def test_two_envelopes_are_worked_on_at_once(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes long holds up no other."""
    monkeypatch.setattr(runner, "IN_TIME", 5)
    held = Held()

    def takes_long(submission: object) -> Answer:
        held()
        return PrivateSentence("ようやく。")

    monkeypatch.setitem(PRESSED, "menu", lambda press: form("own", "name"))
    monkeypatch.setitem(SUBMITTED, "own", takes_long)
    monkeypatch.setitem(PRESSED, "quick", lambda press: PrivateSentence("できました。"))
    slow, quick = town.person("M06"), town.person("M21")
    slow.command("/tsunagu")
    offer(town, "M21", "quick")
    with unsettled(town):
        waiting = threading.Thread(target=slow.submit)
        waiting.start()
        assert held.began.wait(5)
        quick.press("quick")
        until(quick.ephemerals)
        assert "ようやく。" not in slow.screen_text()
        held.free.set()
        waiting.join(timeout=10)
    assert "ようやく。" in slow.screen_text()


def test_a_connection_that_goes_silent_is_built_anew(town: SlackTown) -> None:
    heard_hello(town)
    sockets = sockets_of(town)
    sockets.go_silent()
    town.clock.move(seconds=SILENT.total_seconds() - 1)
    town.part.look()
    town.clock.move(seconds=2)
    town.part.look()
    town.clock.move(seconds=SILENT.total_seconds() + 1)
    town.part.look()
    sockets.wait_connected()
    assert line_of(town).rebuilt == 1
    assert line_of(town).error == "silent"
    until(lambda: sockets.lines == 1)  # the silent one is not left open
    person = town.person("M06")
    person.command("/tsunagu")
    assert person.reply.status == 200


def test_a_connection_that_breaks_is_built_anew(town: SlackTown) -> None:
    heard_hello(town)
    sockets = sockets_of(town)
    sockets.drop()
    until(lambda: rebuilt_by_now(town))
    sockets.wait_connected()
    assert sockets.lines == 1


def test_slack_asking_to_go_leaves_no_gap_and_no_second_line(town: SlackTown) -> None:
    """The new connection stands before the old one goes."""
    heard_hello(town)
    sockets = sockets_of(town)
    client = client_of(town)
    sockets.disconnect("refresh_requested")
    until(lambda: client.asked_to_go)
    town.clock.move(seconds=2)
    town.part.look()
    sockets.wait_connected()
    until(lambda: sockets.lines == 1)
    assert line_of(town).rebuilt == 1
    assert client_of(town) is not client


def test_a_connection_that_was_never_made_is_tried_again_less_and_less_often(
    slack_town_with: SlackTownWith,
) -> None:
    town = slack_town_with(socket=True, connected=False)
    town.slack.error("apps.connections.open", "internal_error", times=100)
    tries = []
    for _ in range(300):
        before = len(town.slack.called("apps.connections.open"))
        town.part.look()
        if len(town.slack.called("apps.connections.open")) > before:
            tries.append(town.clock.now())
        town.clock.move(seconds=1)
    gaps = [(b - a).total_seconds() for a, b in pairwise(tries)]
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 128]
    assert line_of(town).error == "internal_error"
    assert line_of(town).since is None
    town.slack.mend()
    town.clock.move(minutes=5)
    town.part.look()
    sockets_of(town).wait_connected()
    heard_hello(town)
    assert line_of(town).error == ""


def test_socket_mode_that_is_refused_is_tried_every_five_minutes(
    slack_town_with: SlackTownWith,
) -> None:
    """A wrong token does not get better by asking; the state says what Slack said, and the
    administrators hear once which token it is: what they send still goes out."""
    town = slack_town_with(socket=True, connected=False)
    town.slack.error("apps.connections.open", "invalid_auth", times=100)
    for _ in range(12):
        town.part.look()
        town.clock.move(seconds=29)
    assert len(town.slack.called("apps.connections.open")) == 2
    assert line_of(town).error == "invalid_auth"
    town.ticks.tick()
    told = [m.notice for m in town.mail(ADMINISTRATOR) if m.notice.key == "channel_trouble"]
    assert [notice.facts["needed"] for notice in told] == ["SLACK_APP_TOKEN"]
    assert "操作が届きません" in TEXTS.card(told[0]).title


def test_what_is_under_way_is_acknowledged_before_the_connection_ends(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "IN_TIME", 5)
    held = Held()

    def takes_long(submission: object) -> Answer:
        held()
        return PrivateSentence("ようやく。")

    monkeypatch.setitem(PRESSED, "menu", lambda press: form("own", "name"))
    monkeypatch.setitem(SUBMITTED, "own", takes_long)
    person = town.person("M06")
    person.command("/tsunagu")
    with unsettled(town):
        waiting = threading.Thread(target=person.submit)
        waiting.start()
        assert held.began.wait(5)
        stopping = threading.Thread(target=town.part.stop)
        stopping.start()
        held.free.set()
        waiting.join(timeout=10)
        stopping.join(timeout=10)
    assert not stopping.is_alive()
    assert "ようやく。" in person.screen_text()
    until(lambda: sockets_of(town).lines == 0)
    assert line_of(town).since is None


def test_the_watch_connects_by_itself_and_stops(slack_town_with: SlackTownWith) -> None:
    town = slack_town_with(socket=True, connected=False)
    town.part.start()
    sockets_of(town).wait_connected()
    town.part.stop()
    until(lambda: sockets_of(town).lines == 0)


def test_nothing_that_travels_over_the_socket_is_logged(
    town: SlackTown, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what people write nor what opens a door: our tokens, and the line's own ticket."""
    caplog.set_level(logging.DEBUG)
    planted = "花丸 ひみこ"
    monkeypatch.setitem(PRESSED, "menu", lambda press: form("own", "name"))
    monkeypatch.setitem(SUBMITTED, "own", lambda submission: FieldErrors({"name": planted}))
    person = town.person("M06")
    person.command("/tsunagu", planted)
    person.fill({"name": planted})
    person.submit()
    person.say_to_bot(planted)
    sockets_of(town).drop()
    until(lambda: rebuilt_by_now(town))
    assert "slack_connecting" in caplog.text
    addresses = [call.answer["url"] for call in town.slack.called("apps.connections.open")]
    assert len(addresses) > 1
    secrets = (town.slack.bot_token, town.slack.app_token, *addresses)
    for secret in (planted, planted.split(maxsplit=1)[0], *secrets):
        assert secret not in caplog.text


@pytest.mark.parametrize("socket", [True, False], ids=["socket", "http"])
def test_the_running_bot_lets_slack_in_and_ends_cleanly(
    mould: TownMould, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, socket: bool
) -> None:
    """As bot.py serves it: by a socket, or under the pages' own address. Nothing runs on."""
    shutil.copy(mould.folder / "town.db", tmp_path / "local.db")
    shutil.copy(mould.folder / "keys.json", tmp_path / "local-keys.json")
    ready, over = threading.Event(), threading.Event()
    with StandIn() as slack, SocketMode(slack) as sockets:
        given = SlackSettings(
            bot_token=slack.bot_token,
            signing_secret=slack.signing_secret,
            app_token=slack.app_token if socket else "",
            api_address=slack.api.rstrip("/"),
            workers=4,
        )
        port = free_port()
        settings = Settings(mode=Mode.LOCAL, data_folder=tmp_path, port=port, slack=given)
        monkeypatch.setattr(bot, "listening", stoppable(bot.listening, over))
        serving = threading.Thread(
            target=lambda: bot.CommandLineWiring().serve(settings, ready.set)
        )
        serving.start()
        assert ready.wait(20)
        if socket:
            sockets.wait_connected()
        else:
            endpoint = SignedHttp(f"http://127.0.0.1:{port}", slack.signing_secret)
            assert endpoint.verify_url("right").content == {"challenge": "right"}
            until(lambda: slack.called("auth.test"))
        over.set()
        serving.join(timeout=20)
        assert not serving.is_alive()
        assert sockets.lines == 0
        until(lambda: not [t for t in threading.enumerate() if t.name.startswith("slack watch")])


def stoppable(
    listening: Callable[[Flask, Settings], Any], over: threading.Event
) -> Callable[[Flask, Settings], Any]:
    """The real server, which ends as on SIGTERM once `over` is set."""

    def made(app: Flask, settings: Settings) -> Any:
        server = listening(app, settings)
        real: Any = SimpleNamespace(run=server.run, close=server.close, adj=server.adj)

        def run() -> None:
            with running(real):
                over.wait(20)

        server.run = run
        return server

    return made
