"""Where everything meets: settings, wiring, running. `python bot.py --help` tells the commands."""

import errno
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import holidays
from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

import workflows.rooms
from handlers.cli.commands import CannotListen, Opened, run_commands
from handlers.clock import LocalClock, SystemClock, Ticks, move_on
from handlers.delivery import Delivery, Inbox
from handlers.fictional_town import set_up_fictional_town
from handlers.formbook import load_formbook
from handlers.settings import Mode, Settings
from handlers.texts import Texts
from handlers.web.app import create_app
from handlers.web.door import Pulse, WebDoor
from storage.database import (
    Database,
    DatabaseRefused,
    database_is_new,
    open_database,
    recall,
    remember_about,
)
from storage.sign_ins import SignIns
from storage.vault import Keys, KeysMissing, make_keys, read_keys
from workflows.desk import Desk
from workflows.directory.look import GetTownName
from workflows.permissions import Caller
from workflows.truth import GetNoticeTime

FOLDER = Path(__file__).parent
THREADS = 8
CLOCK_OFFSET = "clock_offset"
HOLIDAYS = holidays.country_holidays("JP", language="ja")


def holiday_name(day: date) -> str | None:
    """The name of a national holiday of Japan, substitute holidays included."""
    return HOLIDAYS.get(day)


@dataclass(frozen=True)
class Parts:
    """Everything of one running bot, wired together."""

    settings: Settings
    database: Database
    desk: Desk
    texts: Texts
    ticks: Ticks
    web: WebDoor


def keys_of(settings: Settings, *, new: bool) -> tuple[Keys, bool]:
    """The keys of this database, and whether they were made just now.

    Made anew only where there is no database yet: by `init`, or for the fictional town.
    """
    local = settings.mode is Mode.LOCAL
    path = settings.local_keys_file if local else settings.keys_file
    file = database_file(settings)
    if (local or new) and not path.exists() and (file is None or not file.exists()):
        return make_keys(path), True
    try:
        return read_keys(path), False
    except KeysMissing:
        raise DatabaseRefused("database.keys_missing", place=str(path)) from None


def database_url(settings: Settings) -> str:
    return settings.local_database_url if settings.mode is Mode.LOCAL else settings.database_url


def database_file(settings: Settings) -> Path | None:
    """The database's file; None for a database on a server."""
    url = database_url(settings)
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


@contextmanager
def assembled(settings: Settings, *, new: bool = False) -> Iterator[Parts]:
    """Open the database of this mode and wire everything to it. Nothing runs yet.

    `new` is for `init` alone: a real town's database is made on purpose, never by a slip in a
    setting. Raises DatabaseRefused.
    """
    local = settings.mode is Mode.LOCAL
    texts = Texts(settings.town_folder)
    forms = load_formbook(settings.town_folder)
    file = database_file(settings)
    if not (local or new) and file is not None and not file.exists():
        raise DatabaseRefused("database.no_town")
    keys, just_made = keys_of(settings, new=new)
    try:
        database = open_database(database_url(settings), keys, str(settings.mode))
    except DatabaseRefused:
        if just_made:  # they have sealed nothing, and must not be taken for the lost ones
            (settings.local_keys_file if local else settings.keys_file).unlink()
        raise
    try:
        clock = (
            LocalClock(
                lambda: recall(database, CLOCK_OFFSET),
                lambda value: remember_about(database, CLOCK_OFFSET, value),
            )
            if local
            else None
        )
        desk = Desk(database.open, clock or SystemClock(), forms, holiday_name)
        if database_is_new(database) and not new:
            if not local:
                raise DatabaseRefused("database.no_town")
            set_up_fictional_town(desk)
        ticks = Ticks(desk, Delivery(database.open, desk, texts, Inbox()))
        web = WebDoor(
            desk=desk,
            texts=texts,
            forms=forms,
            settings=settings,
            secret=keys.web,
            pulse=lambda: Pulse(ticks.last_at, ticks.last_error),
            move_clock=(lambda to: move_on(clock, to, desk, ticks)) if clock else None,
            sessions=None if local else SignIns(database),
        )
        yield Parts(settings, database, desk, texts, ticks, web)
    finally:
        database.close()


def begin_in_office_hours(parts: Parts) -> None:
    """Local mode tried at night or on a Sunday: notices would wait, so morning comes at once."""
    if parts.web.move_clock is None:
        return
    now = parts.desk.now()
    opening = parts.desk.ask(GetNoticeTime(), Caller.CLOCK)
    if opening > now:
        parts.web.move_clock(opening)


class Wiring:
    """What the command line may ask for; `handlers/cli` knows nothing of storage."""

    @contextmanager
    def open(self, settings: Settings, *, new: bool = False) -> Iterator[Opened]:
        with assembled(settings, new=new) as parts:
            sign_ins = SignIns(parts.database)

            def link_for(member_id: str, now: datetime) -> str:
                return f"{settings.page_address}/sign-in/{sign_ins.new_link(member_id, now)}"

            yield Opened(parts.desk, parts.texts, link_for)

    def serve(self, settings: Settings, ready: Callable[[], None]) -> None:
        """Serve the pages and let time pass, until stopped. `ready` once the port is ours."""
        with assembled(settings) as parts:
            app = create_app(parts.web)
            server = listening(app, settings)
            stop_when_told()
            try:
                begin_in_office_hours(parts)
                parts.ticks.start()
                ready()
                server.run()
            finally:
                parts.ticks.stop()
                server.close()

    def town_of(self, settings: Settings) -> str:
        """The name of the town that is set up there, or nothing. Makes nothing."""
        file = database_file(settings)
        if (file and not file.exists()) or (file is None and not settings.keys_file.exists()):
            return ""
        with assembled(settings, new=True) as parts:
            return parts.desk.ask(GetTownName(), Caller.CONSOLE)

    def now(self) -> datetime:
        return SystemClock().now()

    def explain(self, error: Exception) -> tuple[str, dict[str, object]]:
        """The sentence of a refused database, as key and facts."""
        if not isinstance(error, DatabaseRefused):
            raise error
        return error.key, error.facts


def listening(app: Flask, settings: Settings) -> BaseWSGIServer | MultiSocketServer:
    """The server, bound to its port. Raises CannotListen with the reason."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Bound here, because waitress leaves the socket open when it cannot bind it.
        bound = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        keys = {
            errno.EADDRINUSE: "cli.trouble.port_taken",
            errno.EACCES: "cli.trouble.port_forbidden",
        }
        key = keys.get(number or 0, "cli.trouble.no_such_host")
        raise CannotListen(key, host=host, port=port) from None
    return create_server(app, sockets=[bound], threads=THREADS, ident=None)


def stop_when_told() -> None:
    """A service manager's SIGTERM ends it like Ctrl+C: what is under way is finished first."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():  # no other may set it
        signal.signal(signal.SIGTERM, stop)


def main() -> int:
    assert workflows.rooms.REGISTRY  # noqa: S101 - the import registers every workflow
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for talkative in ("apscheduler", "alembic", "waitress"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    return run_commands(FOLDER, Wiring(), DatabaseRefused)


if __name__ == "__main__":
    sys.exit(main())
