"""One running bot in a process of its own, which may die at any step: the child's side.

Wired as `bot.py run` wires it (`bot.assembled`), with its pages and callback addresses on a real
port. Time is the parent's (a shared number), and passes when the parent says "tick". The n-th step
of claim, commit and send is the last of a replica that is to die: SIGKILL, nothing is tidied up.
"""

import logging
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from multiprocessing.connection import Connection as Pipe
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

import bot
import handlers.lineworks.api
import handlers.mail.smtp
import handlers.slack.api
import storage.database
from handlers.lineworks.runtime import LineworksRuntime
from handlers.settings import load_settings
from handlers.settings.lineworks import LINEWORKS
from handlers.settings.slack import SLACK
from handlers.slack.runtime import SlackRuntime
from handlers.web.app import create_app
from storage.database import Database, SqlUnitOfWork
from workflows.japanese.dates import TOKYO

NEVER: Final = 0


@dataclass(frozen=True)
class Birth:
    """What a replica is started with: settings by their names, its port, and at which step it dies
    (NEVER: it lives)."""

    given: dict[str, str]
    port: int
    dies_at: int


class SharedClock:
    """The parent's time, in the place of the machine's and of the database server's."""

    is_skewed, machine_ahead = False, timedelta(0)

    def __init__(self, value: "Synchronized[float]") -> None:
        self._value = value

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._value.value, TOKYO)

    def read(self, connection: Connection) -> None:
        """Nothing is to be measured."""


class Steps:
    """Counts the steps at which a kill may leave something half done."""

    def __init__(self, dies_at: int) -> None:
        self._dies_at, self._count = dies_at, 0
        self._lock = threading.Lock()

    def step(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """A step before this function, and one when it has done its work."""
        plain: Callable[..., Any] = getattr(owner, name)

        @wraps(plain)
        def stepped(*args: Any, **more: Any) -> Any:
            self.step()
            found = plain(*args, **more)
            self.step()
            return found

        setattr(owner, name, stepped)

    def around_transactions(self) -> None:
        plain = Database.open

        @contextmanager
        def stepped(database: Database) -> Iterator[SqlUnitOfWork]:
            with plain(database) as unit:
                yield unit
                self.step()  # done, and not yet committed
            self.step()

        setattr(Database, "open", stepped)  # noqa: B010 - over a method


def run(birth: Birth, clock: "Synchronized[float]", parent: Pipe) -> None:
    """The child's life: says "ready", then does what it is told, until it is told to stop."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full disk is an error, not a death
    steps = Steps(birth.dies_at)
    steps.around(handlers.slack.api.Api, "_response")
    steps.around(handlers.lineworks.api, "_sent")
    steps.around(handlers.mail.smtp.SmtpPost, "take")
    steps.around_transactions()

    shared = SharedClock(clock)
    setattr(bot, "SystemClock", lambda: shared)  # noqa: B010 - a clock of another kind
    # On PostgreSQL all go by the server's clock; this one is as common, and can be moved.
    setattr(storage.database, "DatabaseClock", lambda connected: shared)  # noqa: B010
    settings = load_settings(Path("/nowhere"), {**birth.given, "PORT": str(birth.port)})
    with bot.assembled(settings) as parts:
        app = create_app(parts.web)
        slack, lineworks = parts.chats[SLACK], parts.chats[LINEWORKS]
        assert isinstance(slack, SlackRuntime)
        assert isinstance(lineworks, LineworksRuntime)
        slack.mount(app)
        lineworks.mount(app)
        server = bot.listening(app, parts.settings)
        threading.Thread(target=server.run, daemon=True).start()
        parts.heartbeat.start()
        slack.look()
        parent.send("ready")
        while (told := parent.recv()) != "stop":
            if told == "beat":
                parent.send(_outcome(parts.heartbeat.beat))
            elif told == "tick":
                parent.send(_outcome(parts.ticks.tick_everything))
            elif told == "idle":
                slack.runner.idle()
                lineworks.runner.idle()
                parent.send(told)
            else:
                _limit_files(full=told == "disk full")
                parent.send(told)
        bot.shut_down(parts, server)
    parent.send("stopped")


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - said to the parent, as the loop would log it
        return type(error).__name__
    return ""


def _limit_files(*, full: bool) -> None:
    """No file grows any more: what a full disk is to a database."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096 if full else hard, hard))
