"""Where everything meets: settings, wiring, running. `python bot.py --help` tells the commands."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import holidays
import waitress

import workflows.rooms
from handlers.cli.commands import Opened, run_commands
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


def keys_of(settings: Settings) -> Keys:
    """The keys of this database. Made anew only where there is no database yet."""
    local = settings.mode is Mode.LOCAL
    path = settings.local_keys_file if local else settings.keys_file
    url = settings.local_database_url if local else settings.database_url
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if not path.exists() and (file is None or not file.exists()):
        return make_keys(path)
    try:
        return read_keys(path)
    except KeysMissing:
        raise DatabaseRefused("database.keys_missing", place=str(path)) from None


@contextmanager
def assembled(settings: Settings) -> Iterator[Parts]:
    """Open the database of this mode and wire everything to it. Nothing runs yet."""
    local = settings.mode is Mode.LOCAL
    texts = Texts(settings.town_folder)
    forms = load_formbook(settings.town_folder)
    url = settings.local_database_url if local else settings.database_url
    keys = keys_of(settings)
    database = open_database(url, keys, str(settings.mode))
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
        if local and database_is_new(database):
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
    def open(self, settings: Settings) -> Iterator[Opened]:
        with assembled(settings) as parts:
            sign_ins = SignIns(parts.database)

            def link_for(member_id: str, now: datetime) -> str:
                return f"{settings.page_address}/sign-in/{sign_ins.new_link(member_id, now)}"

            yield Opened(parts.desk, parts.texts, link_for)

    def serve(self, settings: Settings) -> None:
        """Serve the pages and let time pass, until stopped."""
        with assembled(settings) as parts:
            app = create_app(parts.web)
            begin_in_office_hours(parts)
            parts.ticks.start()
            try:
                waitress.serve(
                    app, host=settings.host, port=settings.port, threads=THREADS, ident=None
                )
            finally:
                parts.ticks.stop()

    def explain(self, error: Exception) -> str:
        if not isinstance(error, DatabaseRefused):
            return str(error)
        return Texts().say(error.key, **error.facts)


def main() -> int:
    assert workflows.rooms.REGISTRY  # noqa: S101 - the import registers every workflow
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for talkative in ("apscheduler", "alembic", "waitress"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    return run_commands(FOLDER, Wiring(), DatabaseRefused)


if __name__ == "__main__":
    sys.exit(main())
