"""On PostgreSQL all processes go by its server's clock, whatever their machines' clocks say."""

import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import assembled
from handlers.settings import Mode, Settings
from handlers.web.door import EXTENSION, Pulse
from storage.database_clock import DatabaseClock
from storage.vault import make_keys
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY
from tests.support.postgres import PostgresServer
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.model.notice import Notice

SECOND, TWO_MINUTES = timedelta(seconds=1), timedelta(minutes=2)


class Machine:
    """The clock of the machine on which the next line runs, by how much it is wrong."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wrong = timedelta(0)
        machine = self

        class WallClock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return datetime.now(tz) + machine.wrong

        wall = SimpleNamespace(
            time=lambda: time.time() + self.wrong.total_seconds(), monotonic=time.monotonic
        )
        monkeypatch.setattr("storage.database_clock.time", wall)
        for module in ("storage.database_clock", "handlers.clock.ticks"):
            monkeypatch.setattr(f"{module}.datetime", WallClock)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def is_now(at: datetime) -> bool:
    return abs(at.timestamp() - time.time()) < 5  # on a busy machine


def test_clocks_four_minutes_apart_harm_nothing(
    postgres: PostgresServer, tmp_path: Path, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    """One machine two minutes ahead, one behind: what one writes the other sends at once, neither
    takes the other's claims, and both say that their clock is wrong. A jump changes nothing."""
    make_keys(tmp_path / "keys.json")
    settings = Settings(
        mode=Mode.TOWN,
        data_folder=tmp_path,
        keys_file=tmp_path / "keys.json",
        database_url=postgres.new_database(),
    )
    machine.wrong = TWO_MINUTES
    with assembled(settings, new=True) as ahead:
        ahead.heartbeat.beat()
        assert is_now(ahead.desk.now())
        assert ahead.web.pulse().clock_ahead in (119, 120, 121)
        with ahead.database.open() as unit:
            for n, who in (("1", ELDERLY), ("2", COORDINATOR)):
                unit.outbox.put(
                    Notice(f"n{n}", "referral_asked", who, n, created_at=ahead.desk.now())
                )
            unit.commit()
        machine.wrong = -TWO_MINUTES
        with assembled(settings, new=True) as behind:
            behind.heartbeat.beat()
            assert is_now(behind.desk.now())
            assert behind.web.pulse().clock_ahead in (-119, -120, -121)
            with behind.database.open() as unit:
                assert unit.outbox.claim(behind.desk.now(), "w")
                unit.commit()
            machine.wrong = timedelta(hours=3)  # somebody puts it
            ahead.heartbeat.beat()
            with ahead.database.open() as unit:
                assert len(unit.replicas.living(ahead.desk.now())) == 2
                claimed = unit.outbox.claim(ahead.desk.now(), "w")
                assert claimed
                assert unit.outbox.claim(ahead.desk.now(), "w") is None
                assert is_now(ahead.desk.now())
            behind.heartbeat.stop()
        ahead.heartbeat.stop()
    assert caplog.text.count("clock_apart") == 2


def test_a_clock_that_is_read_again_does_not_jump_to_and_fro(postgres_hall: TownHall) -> None:
    """Only what a reading is sure of moves it; a server whose clock was put is followed."""
    clock = postgres_hall.database.clock
    assert isinstance(clock, DatabaseClock)
    clock.now()
    kept = clock._ahead
    assert kept is not None
    with postgres_hall.database.engine.connect() as connection:
        clock.read(connection)
        assert clock._ahead == kept
        clock._ahead = kept + 3600  # as it was before the server's was put back
        clock.read(connection)
    assert abs(clock._ahead - kept) < 1


def test_the_page_of_the_administrators_says_that_the_clock_is_wrong(hall: TownHall) -> None:
    app = web_app(hall)
    door = app.extensions[EXTENSION]
    seat = Seat(app, ADMINISTRATOR)
    assert "時計が合っていません" not in seat.get("/admin").get_data(as_text=True)
    door.pulse = lambda: Pulse(None, "", -75)
    text = seat.get("/admin").get_data(as_text=True)
    assert "データベースのサーバーの時計より1分15秒遅れています。" in text
