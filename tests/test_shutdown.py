"""SIGTERM ends the running bot within ten seconds, whatever hangs; what it had claimed is due."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text

from handlers.clock.ticks import SystemClock
from storage.tables import outbox
from tests.support.people import COORDINATOR
from tests.support.postgres import PostgresServer
from tests.support.product import ROOT, Product
from tests.support.relay import relayed
from tests.support.town import FORMS, KEYS, TownMould, holiday_name
from tests.support.visitor import Visitor
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.sign_in.sign_in import RequestSignInLink

TEN = 10.0  # seconds: the promise
SOON = 40.0  # seconds in which a process on a machine under load has surely got there


class Served(Product):
    """A process that is asked by its health page whether it is there."""

    process: subprocess.Popen[bytes]

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "bot.py"), "run"],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        self._process = self.process
        self.until("/readyz", 200)

    def until(self, path: str, status: int) -> None:
        ends = time.monotonic() + SOON
        while time.monotonic() < ends:
            assert self.process.poll() is None, self.said()
            with suppress(OSError):
                if Visitor(self.url).get(path)[0] == status:
                    return
            time.sleep(0.05)  # another process: there is nothing to move but the real time
        raise AssertionError(f"{path} was never {status}: {self.said()}")

    def until_tick_is(self, seconds: int) -> None:
        """Until the last tick was so long ago; they come every two seconds."""
        ends = time.monotonic() + SOON
        while json.loads(Visitor(self.url).get("/readyz")[1])["tick_age_seconds"] < seconds:
            assert time.monotonic() < ends, self.said()
            time.sleep(0.05)  # as above

    def ends(self, within: float = TEN) -> int:
        """Its exit status, once it has ended after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.said()) from None

    @contextmanager
    def waiting_for(self, path: str) -> Iterator[threading.Thread]:
        """Somebody who asks for a page that does not come, and hears that it is over."""

        def ask() -> None:
            with suppress(OSError, Exception):
                Visitor(self.url).get(path)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        yield thread
        thread.join(SOON)
        assert not thread.is_alive()


@contextmanager
def served_in(folder: Path) -> Iterator[Served]:
    bot = Served(folder)
    try:
        yield bot
    finally:
        bot.kill()


@contextmanager
def hanging_server() -> Iterator[tuple[int, threading.Event]]:
    """Takes connections and never says a word; the event is set once somebody has come."""
    came = threading.Event()
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as stack:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    kept.append(stack.enter_context(listening.accept()[0]))
                    came.set()

        threading.Thread(target=accept, daemon=True).start()
        yield int(listening.getsockname()[1]), came
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.timeout(300)
def test_over_postgresql_it_ends_in_time_and_gives_back_what_hangs(
    postgres_mould: tuple[PostgresServer, TownMould], tmp_path: Path
) -> None:
    """While a mail server says nothing what was claimed for it waits for its next try; while the
    database says nothing the process lives, is not ready, and ends all the same."""
    server, mould = postgres_mould
    url = server.new_database(mould.name)
    hall = mould.copy(tmp_path, url)
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE about SET value = 'town' WHERE name = 'kind'"))
    now = Desk(hall.database.open, SystemClock(), FORMS, holiday_name)
    now.handle(RequestSignInLink(COORDINATOR, "browser"), Caller.DOOR)
    with (
        relayed(server) as relay,
        hanging_server() as (port, came),
        served_in(tmp_path / "bot") as bot,
    ):
        bot.more = {
            "MODE": "town",
            "PUBLIC_URL": bot.url.replace("127.0.0.1", "localhost"),
            "DATABASE_URL": relay.url(make_url(url).database or ""),
            "KEYS_FILE": str(tmp_path / KEYS),
            "SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=no",
            "MAIL_FROM": "tsunagu@example.jp",
        }
        bot.start()
        assert came.wait(SOON), bot.said()
        assert bot.ends() == 0
        with hall.database.engine.connect() as connection:
            row = connection.execute(select(outbox).where(outbox.c.via == "mail")).one()
        assert (row.state, row.attempts) == ("waiting", 0)

        bot.start()
        relay.stall()
        with bot.waiting_for("/sign-in"):
            bot.until("/readyz", 503)
            assert Visitor(bot.url).get("/healthz")[0] == 200
            assert bot.ends() == 0
    hall.database.close()


@pytest.mark.timeout(300)
def test_over_a_locked_file_it_ends_in_time(tmp_path: Path) -> None:
    """A tick waits for another program to let go of the file."""
    with served_in(tmp_path) as bot:
        bot.start()
        with closing(
            sqlite3.connect(tmp_path / "data" / "local.db", isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            with bot.waiting_for("/local"):
                bot.until_tick_is(3)  # seconds late
                assert bot.ends() == 0


def test_a_second_sigterm_ends_it_at_once(tmp_path: Path) -> None:
    """Whatever the first time has begun: here that would take for ever."""
    program = (
        "import os, signal, threading, bot\n"
        "bot.finish_on_sigterm()\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    threading.Event().wait(60)\n"
        "except SystemExit:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    threading.Event().wait(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=SOON)
    assert done.returncode == 128 + signal.SIGTERM
