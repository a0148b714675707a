"""The whole product served for real on a free port, with a clock that stands until moved."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

import bot
from handlers.clock.ticks import LocalClock
from handlers.settings import Mode, Settings
from handlers.web.app import create_app
from storage.database import Database
from tests.support.clock import START
from tests.support.compiled import COMPILED
from tests.support.hands import Hands
from workflows.core.ports import InboxItem
from workflows.desk import Desk


class StandingClock(LocalClock):
    """Local mode's clock, begun on Friday 20 November 2026, 10:00, that a test moves."""

    def __init__(self, load: Callable[[], str | None], save: Callable[[str], None]) -> None:
        super().__init__(load, save)
        self._begun = START

    def now(self) -> datetime:
        return self._begun + self._offset


@dataclass
class LocalServer:
    """`url` without a slash at the end; `parts` are those that bot.py wired together."""

    url: str
    parts: bot.Parts

    @property
    def desk(self) -> Desk:
        return self.parts.desk

    @property
    def database(self) -> Database:
        return self.parts.database

    @property
    def hands(self) -> Hands:
        """Short cuts of the desk's, to set a scene without clicking."""
        return Hands(self.desk, self.database)

    def now(self) -> datetime:
        return self.desk.now()

    def tick(self) -> None:
        """What happens every two seconds in the running bot: what is due is kept and sent."""
        self.parts.ticks.tick()

    def move_to(self, at: datetime) -> None:
        """Let time pass until `at`; everything due on the way happens in its order."""
        move = self.parts.web.move_clock
        assert move is not None
        move(at)

    def mail(self, member_id: str) -> list[InboxItem]:
        """What lies in a member's inbox, the newest first."""
        with self.database.open() as unit:
            return unit.mailbox.items(member_id, limit=1000)


@contextmanager
def running(server: BaseWSGIServer | MultiSocketServer) -> Iterator[None]:
    """A server that answers in a thread of its own, until the block ends."""
    closing = threading.Event()

    def serve() -> None:
        try:
            server.run()
        except OSError:  # its sockets were closed under it, which is how it is told to end
            if not closing.is_set():
                raise

    server.adj.asyncore_loop_timeout = 0.1  # type: ignore[assignment]  # s: it ends within that
    thread = threading.Thread(target=serve, name="served", daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        server.close()
        thread.join(timeout=10)


@contextmanager
def serving(folder: Path) -> Iterator[LocalServer]:
    """The product of bot.py over a data folder, on a port of its own, until the block ends.

    Time does not tick by itself: a story calls `tick` or `move_to` where it wants that.
    """
    settings = Settings(mode=Mode.LOCAL, data_folder=folder, port=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot, "LocalClock", StandingClock)
        with bot.assembled(settings) as parts:
            app = create_app(parts.web)
            app.jinja_env.bytecode_cache = COMPILED
            listening = socket.create_server(("127.0.0.1", 0))
            port = listening.getsockname()[1]
            server = create_server(app, sockets=[listening], threads=8, ident=None)
            with running(server):
                yield LocalServer(f"http://127.0.0.1:{port}", parts)
