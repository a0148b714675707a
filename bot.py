"""Where everything meets: settings, wiring, running. `python bot.py --help` tells the commands."""

import gc

if __name__ == "__main__":
    gc.disable()  # until all is imported: nothing of it goes, and looking took a quarter of a start

import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import holidays
from flask import Flask

import workflows.registry
from handlers.chat.platform import ChatPlatform, ChatRuntime, ChatServices
from handlers.cli.commands import CannotListen, OpenedTown, run_commands
from handlers.cli.fictional_town import set_up_fictional_town
from handlers.cli.mail import status_of_cannot
from handlers.cli.record_operation import RecordOperation, record_migration
from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.clock.open_days_changed import OpenDaysRecalculation
from handlers.clock.ticks import FixedClock, LocalClock, SystemClock, Ticks, advance_clock
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Channel
from handlers.lineworks.platform import LineworksPlatform
from handlers.mail.bounce import Bounce
from handlers.mail.channel import MailChannel
from handlers.mail.folder import FolderPost
from handlers.mail.incoming import IncomingMailReply, read_incoming
from handlers.mail.smtp import SmtpPost
from handlers.mail.written import Writer
from handlers.mattermost.platform import MattermostPlatform
from handlers.runtime.answer_tokens import AnswerTokens, answer_address
from handlers.runtime.checkpoint_file import checkpoints_in
from handlers.runtime.crash import forbid_core_dumps, without_words
from handlers.runtime.deadline import calls_end_within
from handlers.runtime.decision_file import decisions_in
from handlers.runtime.finding import Finding
from handlers.runtime.proxy_trouble import ProxyTrouble, parse_troubles, troubles_text
from handlers.runtime.shutdown import Shutdown
from handlers.settings import Mode, Settings
from handlers.settings.bad_setting import wrong_value
from handlers.slack.platform import SlackPlatform
from handlers.web.administration.administration import version
from handlers.web.app import create_app
from handlers.web.door import Pulse, WebDoor
from handlers.web.server.health import ReadinessState
from handlers.web.server.navigation import link
from handlers.web.server.recent_requests import ObservedDesk, RecentRequests
from handlers.web.server.serving import Server, make_page_server
from handlers.words.formbook import load_formbook
from handlers.words.notice_heads import MAILED
from handlers.words.texts import Texts, load_texts
from storage.backup import Backup, check_backup, make_backup
from storage.database import (
    Database,
    DatabaseRefused,
    SqlUnitOfWork,
    database_is_new,
    migrate_database,
    open_database,
    recall,
    remember_about,
)
from storage.heartbeat import Heartbeat
from storage.migration import Migration
from storage.one_process import lock_database_file
from storage.restore import RestoreResult, restore_backup
from storage.rotation import KeyRing
from storage.vault import (
    Keys,
    KeysMissing,
    fresh_keys,
    keys_text,
    make_keys,
    parse_keys,
    read_keys,
)
from storage.watch_statements import watch_statements
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetNoticeTime
from workflows.desk import Desk
from workflows.directory.look import GetTownName
from workflows.model.card import CardButton
from workflows.model.trail import Checkpoint
from workflows.restore.restored import GetRestoreState, RecordRestored
from workflows.sign_in.sign_in import MAIL

FOLDER = Path(__file__).parent
# The chat platforms, in the order in which they are shown and tried; a further one is named here.
CHATS: Final[tuple[ChatPlatform, ...]] = (
    SlackPlatform(),
    LineworksPlatform(),
    MattermostPlatform(),
)
THREADS = 8
# Seconds after SIGTERM: ten in all, of which the last few are for giving back what is claimed.
CALLS_END, PAGES_END, DATABASE_ENDS, ALL_ENDS = 5.0, 5.0, 6.5, 7.0
RELEASE_TIME = timedelta(seconds=2)
SIGNALLED = 128  # and the number of the signal, as a shell says it
LOG_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
LOG_TIME = "%Y-%m-%dT%H:%M:%S%z"  # with its offset: 2026-11-30T08:30:00+0900
CLOCK_OFFSET = "clock_offset"
PROXY_TROUBLES = "proxy_troubles"
CALENDAR_FOLLOWED = "calendar_followed"
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
    chats: Mapping[str, ChatRuntime]  # by their codes
    heartbeat: Heartbeat


def keys_of(settings: Settings, *, new: bool) -> tuple[Keys, bool]:
    """The keys of this database, and whether they were made just now.

    Made anew only where there is no database yet: by `init`, or for the fictional town. With the
    setting KEYS no file is read or written. Raises DatabaseRefused, or BadSetting.
    """
    path = keys_place(settings)
    local = settings.mode is Mode.LOCAL
    file = database_file(settings)
    no_database = file is None or not file.exists()
    if (local or new) and not settings.keys and not path.exists() and no_database:
        return make_keys(path), True
    return existing_keys(settings), False


def existing_keys(settings: Settings) -> Keys:
    """The keys that are there already. Raises DatabaseRefused, or BadSetting."""
    if settings.keys:
        return keys_in_setting(settings)
    path = keys_place(settings)
    try:
        return read_keys(path)
    except KeysMissing:
        raise DatabaseRefused("database.keys_missing", place=str(path)) from None


def keys_in_setting(settings: Settings) -> Keys:
    try:
        return parse_keys(settings.keys)
    except KeysMissing:
        raise wrong_value("KEYS") from None


def keys_place(settings: Settings) -> Path:
    return settings.local_keys_file if settings.mode is Mode.LOCAL else settings.keys_file


def database_url(settings: Settings) -> str:
    return settings.local_database_url if settings.mode is Mode.LOCAL else settings.database_url


def database_file(settings: Settings) -> Path | None:
    """The database's file; None for a database on a server."""
    url = database_url(settings)
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def database_file_to_lock(settings: Settings) -> Path | None:
    """The database's file; None, too, where `run` will say that there is no town yet."""
    file = database_file(settings)
    return file if file and (settings.mode is Mode.LOCAL or file.exists()) else None


@contextmanager
def assembled(settings: Settings, *, new: bool = False) -> Iterator[Parts]:
    """Open the database of this mode and wire everything to it. Nothing runs yet.

    `new` is for `init` alone: a real town's database is made on purpose, never by a slip in a
    setting. Raises DatabaseRefused.
    """
    local = settings.mode is Mode.LOCAL
    texts = load_texts(settings.town_folder)
    forms = load_formbook(settings.town_folder)
    file = database_file(settings)
    if not (local or new) and file is not None and not file.exists():
        raise DatabaseRefused("database.no_town")
    keys, just_made = keys_of(settings, new=new)
    try:
        database = open_database(database_url(settings), keys, str(settings.mode))
    except DatabaseRefused:
        if just_made:  # they have sealed nothing, and must not be taken for the lost ones
            keys_place(settings).unlink()
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
        boards = [board for chat in CHATS for board in chat.boards(settings)]
        going_by = clock or database.clock or SystemClock()
        made_of = (database.open, going_by, forms, holiday_name, boards)
        recent = RecentRequests() if local else None
        if recent:
            watch_statements(database.engine, recent.note_statement)
        desk = ObservedDesk(recent, *made_of) if recent else Desk(*made_of)
        heartbeat = Heartbeat(database, version(), desk.now)
        if database_is_new(database) and not new:
            if not local:
                raise DatabaseRefused("database.no_town")
            set_up_fictional_town(desk)
        services = ChatServices(
            desk=desk,
            texts=texts,
            forms=forms,
            settings=settings,
            secret=keys.web,
            page_of=partial(page_of, settings),
            database=database,
            processes=lambda: heartbeat.living,
        )
        chats = {c.code: c.runtime(services) for c in CHATS if c.is_set_up(settings)}
        channels = {name: chat.channel for name, chat in chats.items()}
        ways: dict[str, Channel] = {MAIL: mail_channel(settings, desk, texts, keys.web)} | channels
        delivery = OutboxSender(database.open, desk, texts, Inbox(list(chats), MAILED), ways)
        mails = settings.sign_in.mail_server is not None
        night = NightlyTrailCheck(
            desk,
            settings.checkpoint_folder,
            mails=mails,
            addresses=settings.checkpoint_mail,
            single_runner=partial(database.single_runner, "trail"),
        )
        background_jobs = {
            name: step for chat in chats.values() for name, step in chat.background_jobs.items()
        }
        calendar = OpenDaysRecalculation(
            desk,
            lambda: recall(database, CALENDAR_FOLLOWED),
            lambda text: keep_calendar(database, text),
            version(),
        )
        why_not = database.why_not_ready
        ticks = Ticks(desk, delivery, night, background_jobs, why_not, calendar=calendar)
        web = WebDoor(
            desk=desk,
            texts=texts,
            forms=forms,
            settings=settings,
            secret=keys.web,
            pulse=lambda: Pulse(ticks.last_at, ticks.trouble, clock_ahead(database)),
            platforms=CHATS,
            chats=lambda: {name: chat.health() for name, chat in chats.items()},
            health=lambda: ReadinessState(database.why_not_ready(), ticks.age),
            keep_proxy_troubles=partial(keep_proxy_troubles, database),
            processes=lambda: heartbeat.living,
            move_clock=(lambda to: advance_clock(clock, to, desk, ticks)) if clock else None,
            note_requests=recent.mount if recent else None,
        )
        yield Parts(settings, database, desk, texts, ticks, web, chats, heartbeat)
    finally:
        database.close()


def mail_channel(settings: Settings, desk: Desk, texts: Texts, secret: bytes) -> MailChannel:
    """Mails through the town's server; without one they lie in a folder of ours."""
    server = settings.sign_in.mail_server
    sender = settings.sign_in.sender
    tokens = AnswerTokens(secret)
    return MailChannel(
        desk=desk,
        post=SmtpPost(server) if server else FolderPost(settings.data_folder / "mail"),
        texts=texts,
        writer=Writer(texts, sender, settings.town_folder),
        sender=sender,
        replies_are_read=settings.sign_in.mail_replies,
        page_of=lambda action: page_of(settings, action),
        answer_address=lambda link_id: answer_address(settings, tokens.seal(link_id)),
    )


def page_of(settings: Settings, action: CardButton) -> str:
    """The address of the page on which a card's button leads."""
    return settings.page_address + link(action)


def keep_proxy_troubles(database: Database, found: Iterable[ProxyTrouble]) -> None:
    """Keep these beside what other processes have met; without any, all are forgotten."""

    def beside(kept: str | None) -> str:
        met = (*parse_troubles(kept), *found) if found else ()
        return troubles_text(dict.fromkeys(met))

    database.change_about(PROXY_TROUBLES, beside)


def keep_calendar(database: Database, text: str) -> None:
    """Keep which open days were followed; not while a program of another version works beside: it
    may derive otherwise what somebody owes, so that the next start goes through all of it."""
    if database.clock:  # a file has one process
        with database.open() as unit:
            living = unit.replicas.living(database.clock.now())
        if any(one.program != version() for one in living):
            text = ""
    remember_about(database, CALENDAR_FOLLOWED, text)


def clock_ahead(database: Database) -> int:
    """By how many seconds this machine's clock is ahead of the database server's (behind it:
    negative), where that has to be put right; else 0."""
    clock = database.clock
    return round(clock.machine_ahead.total_seconds()) if clock and clock.is_skewed else 0


def begin_in_office_hours(parts: Parts) -> None:
    """Local mode tried at night or on a Sunday: notices would wait, so morning comes at once."""
    if parts.web.move_clock is None:
        return
    now = parts.desk.now()
    opening = parts.desk.ask(GetNoticeTime(), Caller.CLOCK)
    if opening > now:
        parts.web.move_clock(opening)


@dataclass(frozen=True)
class KeysSession:
    """The keys of a town whose database is open."""

    ring: KeyRing
    desk: Desk


class CommandLineWiring:
    """What the command line may ask for; `handlers/cli` knows nothing of storage."""

    chats = CHATS

    def __init__(self) -> None:
        self.acts_on: Callable[[Settings, str], None] = lambda settings, town: None

    @contextmanager
    def open(self, settings: Settings, *, new: bool = False) -> Iterator[OpenedTown]:
        with self._town(settings, new=new) as parts:
            met = parse_troubles(recall(parts.database, PROXY_TROUBLES))
            yield OpenedTown(parts.desk, parts.texts, met)

    @contextmanager
    def _town(self, settings: Settings, *, new: bool = False) -> Iterator[Parts]:
        """The town that is acted on, once it is said which one that is."""
        with assembled(settings, new=new) as parts:
            town = parts.desk.ask(GetTownName(), Caller.CONSOLE)
            if town:
                self.acts_on(settings, town)
            if town and (done := parts.database.carried_up):
                record_migration(parts.desk, done.before, done.after)
            yield parts

    def serve(self, settings: Settings, ready: Callable[[], None]) -> None:
        """Serve the pages and let time pass, until stopped. `ready` once the port is ours."""
        with lock_database_file(database_file_to_lock(settings)), self._town(settings) as parts:
            app = create_app(parts.web)
            parts.web.keep_proxy_troubles(())  # what was met before may be mended by now
            for chat in parts.chats.values():
                chat.mount(app)
            server = listening(app, settings)
            finish_on_sigterm()
            try:
                parts.heartbeat.start()
                begin_in_office_hours(parts)
                parts.ticks.start()
                for chat in parts.chats.values():
                    chat.start()
                ready()
                server.run()
            finally:
                shut_down(parts, server)

    def migrate(
        self, settings: Settings, told: Callable[[int, int], None], waits: Callable[[], None]
    ) -> Migration:
        """Carry the database up to this version while others may work with it."""
        file = database_file(settings)
        if file is not None and not file.exists():
            raise DatabaseRefused("database.no_town")
        url, kind = database_url(settings), str(settings.mode)
        done = migrate_database(url, existing_keys(settings), kind, told, waits)
        with self._town(settings) as parts:  # its name could not be read before
            if done.is_anything_done:
                record_migration(parts.desk, done.before, done.after)
            return done

    def town_of(self, settings: Settings) -> str:
        """The name of the town that is set up there, or nothing. Makes nothing."""
        file = database_file(settings)
        keyless = not settings.keys and not settings.keys_file.exists()
        if (file and not file.exists()) or (file is None and keyless):
            return ""
        with assembled(settings, new=True) as parts:
            return parts.desk.ask(GetTownName(), Caller.CONSOLE)

    @contextmanager
    def keys(self, settings: Settings) -> Iterator[KeysSession]:
        with self._town(settings) as parts:
            yield KeysSession(KeyRing(parts.database), parts.desk)

    def made_keys(
        self, settings: Settings, first: Callable[[str], RecordOperation]
    ) -> tuple[str, str]:
        """Fresh keys as text; or those in force with one more, and the id of that one.

        Before those in force are given out, `first` is called with that id, and what it answers
        with the desk of the town, if there is one.
        """
        if settings.keys:
            held = keys_in_setting(settings)
        elif keys_place(settings).exists():
            held = keys_of(settings, new=False)[0]
        else:
            return keys_text(fresh_keys()), ""
        more = held.with_one_more()
        try:
            with self._town(settings) as parts:
                first(more.newest)(parts.desk)
        except DatabaseRefused as error:
            if error.key != "database.no_town":
                raise
        return keys_text(more), more.newest

    def backup(
        self, settings: Settings, path: Path, first: RecordOperation, *, force: bool
    ) -> Backup:
        """A backup of the town, tried out, while everybody works on."""
        abort_on_sigterm()
        with self._town(settings) as parts:
            first(parts.desk)
            now = parts.desk.now()
            return make_backup(parts.database, path, now=now, program=version(), force=force)

    def check_backup(self, settings: Settings, path: Path) -> Backup:
        abort_on_sigterm()
        found = check_backup(path, existing_keys(settings))
        self.acts_on(settings, found.town)
        return found

    def restore(
        self,
        settings: Settings,
        path: Path,
        mailed: tuple[str, ...],
        kept: tuple[Checkpoint, ...],
    ) -> RestoreResult:
        """Fill the empty database of this mode from a backup, and write that into its trail.

        `mailed` are lines of the list of decisions beside those in the folder of the setting, and
        `kept` checkpoints beside those there, which say how far the list went.
        """
        abort_on_sigterm()
        forms = load_formbook(settings.town_folder)

        def note(unit: SqlUnitOfWork, taken_at: datetime) -> int:
            # Never before the backup, whatever a new machine's clock says.
            clock = FixedClock(max(taken_at, self.now()))
            desk = Desk(lambda: nullcontext(unit), clock, forms, holiday_name, scans_inside=True)
            return desk.handle(RecordRestored(taken_at, decisions, known), Caller.CONSOLE)

        decisions = (*decisions_in(settings.checkpoint_folder), *mailed)
        known = (*checkpoints_in(settings.checkpoint_folder).checkpoints, *kept)
        url, kind = database_url(settings), str(settings.mode)
        restored = restore_backup(url, existing_keys(settings), kind, path, note)
        with self._town(settings) as parts:
            came = parts.desk.ask(GetRestoreState(), Caller.CONSOLE)
            listed = bool(decisions)
            return replace(restored, listed=listed, again=came.again, left=came.left)

    def read_mail(
        self, settings: Settings, content: bytes
    ) -> tuple[Bounce | None, IncomingMailReply | None]:
        found = read_incoming(content, settings.sign_in.sender)
        return (found, None) if isinstance(found, Bounce) else (None, found)

    def set_up_chat(self, settings: Settings, chat: ChatPlatform) -> Iterator[Finding]:
        with self._town(settings) as parts:
            yield from chat.set_up(parts.chats.get(chat.code))

    def slack_manifest(self, texts: Texts, url: str) -> str:
        from handlers.slack.manifest import manifest_text

        return manifest_text(texts, url)

    def now(self) -> datetime:
        return SystemClock().now()

    def explain(self, error: Exception) -> tuple[str, dict[str, object]]:
        """The sentence of a refused database, as key and facts."""
        if not isinstance(error, DatabaseRefused):
            raise error
        return error.key, error.facts


def shut_down(parts: Parts, server: Server) -> None:
    """Finish what is begun, or give it back, within ten seconds in all; also while the database or
    somebody else's server does not answer."""
    began = time.monotonic()
    parts.database.end_within(DATABASE_ENDS)
    stops = {name: chat.stop for name, chat in parts.chats.items()}
    with calls_end_within(CALLS_END):
        ending = Shutdown({**stops, "ticks": parts.ticks.stop})
        server.finish(PAGES_END)  # nobody comes in any more
        ending.wait(began + ALL_ENDS)
    parts.heartbeat.stop(RELEASE_TIME)


def exit_process(status: int) -> NoReturn:
    """End the process. A thread that hangs in a call to somewhere is not waited for."""
    if threading.active_count() > 1:  # Python would wait for those of a pool, daemons or not
        logging.shutdown()
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)


def threads_for(settings: Settings) -> int:
    """One for each request of a chat whose answer is waited for, beside those of pages."""
    return THREADS + sum(chat.page_threads(settings) for chat in CHATS)


def listening(app: Flask, settings: Settings) -> Server:
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
    return make_page_server(bound, app, threads=threads_for(settings))


def abort_on_sigterm() -> None:
    """A service manager's SIGTERM is like Ctrl+C: what is under way is undone, and said not to be
    done."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():  # no other may set it
        signal.signal(signal.SIGTERM, stop)


def finish_on_sigterm() -> None:
    """SIGTERM and Ctrl+C: what is under way is finished first. Told a second time, it ends now."""
    told = threading.Event()

    def stop(number: int, frame: object) -> None:
        if told.is_set():
            os._exit(SIGNALLED + number)
        told.set()
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():  # no other may set it
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, stop)


def quiet_libraries() -> None:
    """Of other people's log lines, keep those that an operator can act upon."""
    for talkative in ("apscheduler", "alembic", "waitress"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    # It warns each second that one tick is still at work: that none ends is told by /readyz.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def main() -> int:
    assert workflows.registry.REGISTRY  # noqa: S101 - the import registers every workflow
    logging.basicConfig(format=LOG_LINE, datefmt=LOG_TIME)
    quiet_libraries()
    forbid_core_dumps()
    failed = status_of_cannot(sys.argv[1:])
    return without_words(lambda: run_commands(FOLDER, CommandLineWiring(), DatabaseRefused), failed)


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    exit_process(main())
