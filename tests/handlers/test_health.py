"""What a monitoring system asks, and what people read, while the database does not answer."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import product
from urllib.parse import urlsplit

import pytest

import bot
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.web.administration.administration import version
from handlers.web.door import EXTENSION, Pulse
from handlers.web.server.health import LATEST_TICK, HealthPages, ReadinessState
from tests.support.people import ADMINISTRATOR, COORDINATOR
from tests.support.product import sheet_fields
from tests.support.served_town import served_town
from tests.support.town import TownHall
from tests.support.web import TEXTS, Seat, TownSeat, web_app

SECONDS = 20  # in which a server of ours surely answers


@pytest.fixture
def locked(hall: TownHall, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program holds the database; nobody waits for it for long."""
    monkeypatch.setattr("storage.wait_limits.BUSY_SECONDS", 0)
    monkeypatch.setattr("storage.readiness.VALID_SECONDS", 0)
    file = hall.database.engine.url.database or ""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        yield other


def test_whether_it_is_ready_is_told_to_anybody_in_codes(hall: TownHall) -> None:
    """Under any name, without a cookie; nothing of the town, of anybody or of the version in it."""
    app = web_app(hall, town=True)
    state = ReadinessState()
    app.wsgi_app.__dict__["_state"] = lambda: state
    client = app.test_client()
    seen = []
    late = {"why": ["ticks_stand_still"]}
    for now, status, why in (
        (ReadinessState(), 200, {}),
        (ReadinessState("database_down"), 503, {"why": ["database_down"]}),
        (ReadinessState("", LATEST_TICK + 1), 503, late),
        (ReadinessState("", None), 503, late),
        (
            ReadinessState("key_missing", LATEST_TICK + 1),
            503,
            {"why": ["key_missing", *late["why"]]},
        ),
    ):
        state = now
        for host in ("localhost", "10.0.0.7:8710", "other.example.jp"):
            answer = client.get("/readyz", headers={"Host": host})
            said = json.loads(answer.text)
            assert (answer.status_code, said.pop("why", None)) == (status, why.get("why"))
            alive = client.get("/healthz", headers={"Host": host})
            assert (alive.status_code, alive.json) == (200, {"status": "alive"})
            seen += [answer, alive]
    for answer in seen:
        assert answer.mimetype == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert "Server" not in answer.headers
        assert version() not in answer.text
    assert client.head("/healthz").data == b""
    assert [client.post(path).status_code for path in ("/healthz", "/readyz")] == [405, 405]
    assert isinstance(app.wsgi_app, HealthPages)


def test_while_every_page_waits_styles_and_health_are_answered(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have threads of their own, on which nothing asks the database."""
    monkeypatch.setattr(bot, "THREADS", 1)
    waits, answers = threading.Event(), threading.Event()
    ask = hall.desk.ask

    def silent(*args: object, **more: object) -> object:
        waits.set()
        assert answers.wait(SECONDS)
        return ask(*args, **more)  # type: ignore[arg-type]

    def get(path: str) -> int:
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    monkeypatch.setattr(hall.desk, "ask", silent)
    with served_town(hall) as url:
        page = threading.Thread(target=get, args=("/sign-in",))
        page.start()
        assert waits.wait(SECONDS)
        for path, status in (("tsunagu.css", 200), ("htmx.js", 200), ("none.css", 404)):
            assert get(f"/static/{path}") == status
        assert [get("/healthz"), get("/readyz")] == [200, 200]
        assert page.is_alive()
        answers.set()
        page.join(SECONDS)


def test_a_page_says_that_it_cannot_be_had_now_and_loses_nothing(
    hall: TownHall, locked: sqlite3.Connection
) -> None:
    """503 and when to ask again, at the door too; what was typed is sent again by one press."""
    seat, door = Seat(web_app(hall), COORDINATOR), TownSeat(web_app(hall, town=True))
    words = "この言葉は、消えてはいけません。"
    typed = {**seat.tokens("/cases/new"), **sheet_fields("A14", summary=words)}
    locked.execute("BEGIN IMMEDIATE")
    refused = seat.post("/cases/new", typed)
    for answer in (refused, seat.get("/"), door.get("/sign-in"), seat.get("/cases")):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert TEXTS.say("page.trouble.database_busy") in answer.text
        assert f"<h1>{TEXTS.say('page.error_away')}</h1>" in answer.text
    assert words in refused.text
    link = '<a class="button primary" href="{}">もう一度開く</a>'
    assert link.format("/") in seat.get("/").text
    found = seat.get("/cases?words=日向坂").text
    assert link.format("/cases") in found
    assert "日向坂" not in found, "of its address the path alone"
    assert link.format("/example.jp/x") not in seat.get("//example.jp/x").text
    assert 'href="//' not in seat.get("//example.jp/x").text
    assert "もう一度開く" not in refused.text, "what was typed goes along by its own button"
    ready = door.get("/readyz")
    assert (ready.status_code, ready.json["why"]) == (503, ["database_busy"])  # type: ignore[index]
    locked.execute("ROLLBACK")
    assert door.get("/readyz").status_code == 200
    assert seat.post("/cases/new", typed).status_code == 302
    assert [hall.case(one).sheet["summary"] for one in hall.case_ids()] == [words]


def test_while_it_is_not_ready_nothing_is_begun_and_it_says_why_once(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a tick nor an errand; on 管理 it stands as long as it lasts."""
    hall.open_case("A14")
    ran: list[str] = []

    def errand() -> bool:
        ran.append("errand")
        return False

    why = "database_down"
    delivery = OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox())
    ticks = Ticks(hall.desk, delivery, more={"one": errand}, why_not_ready=lambda: why)
    app = web_app(hall)
    app.extensions[EXTENSION].pulse = lambda: Pulse(ticks.last_at, ticks.trouble)
    for reason, _ in product(
        ("database_down", "schema_newer", "schema_older", "key_missing"), "ab"
    ):
        why = reason
        ticks._guarded()
        ticks._errand_guarded("one")
        assert TEXTS.say(f"page.admin.trouble.{why}") in Seat(app, ADMINISTRATOR).text("/admin")
        assert caplog.text.count(f"not_ready reason={why}") == 1
    assert (ran, ticks.last_at, hall.mail("M14")) == ([], None, [])
    why = ""
    ticks._guarded()
    ticks._errand_guarded("one")
    assert ran == ["errand"]
    assert ticks.last_at is not None
    assert ticks.trouble == ""
    assert "ready_again" in caplog.text
