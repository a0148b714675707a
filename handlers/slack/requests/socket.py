"""Socket Mode: one connection of ours to Slack, built anew when it is silent, dead or never made.

`SocketConnection.look` decides, whenever time passes; Slack's client itself never reconnects, so
that there is one place that does, and at most a moment with two: the new one stands before the old
one goes.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from handlers.chat.health import ConnectionHealth as LineState
from handlers.runtime.pause import Pause
from handlers.settings.server_address import is_loopback
from handlers.slack.api import Api, ErrorKind, SlackRefused
from workflows.core.errors import frames_of

log = logging.getLogger(__name__)

SILENT: Final = timedelta(seconds=30)  # without a word of Slack's, nor an answer to our pings
PING_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 20.0  # for asking where, and for shaking hands there
CLOSES_WITHIN: Final = 3.0
FIRST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=5)
UNREACHABLE: Final = "unreachable"
UNENCRYPTED: Final = "unencrypted"
OUR_TOKEN: Final = "SLACK_APP_TOKEN"  # noqa: S105 - the setting's name: what the line needs

Handle = Callable[["Client", SocketModeRequest], None]


class Client(SocketModeClient):
    """Slack's own client for one life of the connection: it pings, and leaves the rest to us."""

    def __init__(self, api: Api, handle: Handle, workers: int) -> None:
        super().__init__(
            app_token="",  # `api` has it
            logger=_silent(),
            auto_reconnect_enabled=False,
            ping_interval=PING_SECONDS,
            concurrency=workers,
        )
        self._api = api
        self.asked_to_go = False
        self.heard = 0
        self.on_message_listeners.append(self._count)
        self.socket_mode_request_listeners.append(handle)  # type: ignore[arg-type]

    def issue_new_wss_url(self) -> str:
        """Raises SlackRefused, also for an address at which others could listen."""
        address = urlsplit(str(self._api.call("apps.connections.open")["url"]))
        if address.scheme != "wss" and not is_loopback(address.hostname or ""):
            raise SlackRefused(ErrorKind.LATER, UNENCRYPTED)
        return address.geturl()

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Slack asks us to go: the watchdog builds another connection, and ends this one."""
        self.asked_to_go = True

    def signs_of_life(self) -> tuple[object, ...]:
        """Another answer whenever something came from Slack."""
        session = self.current_session
        return (self.heard, session.last_ping_pong_time if session else None)

    def end(self) -> None:
        """Finish what is being acknowledged, and close; within a few seconds."""
        self.message_workers.shutdown(wait=True)
        self.closed = True
        self.message_queue.put("")  # wakes who waits for the next message
        session = self.current_session
        if session and session.sock:
            try:
                session.sock.shutdown(2)  # wakes who waits for Slack's next word
            except OSError:
                log.debug("slack_socket_was_closed")
        # The library waits without end for a reader that began just as the line was shut.
        closing = threading.Thread(target=self.close, name="slack closing", daemon=True)
        closing.start()
        closing.join(CLOSES_WITHIN)

    def _count(self, message: str) -> None:
        self.heard += 1


class SocketConnection:
    """The connection over its lives. Everything but `state` is called by one thread.

    `report` is called with what shuts it for good, so that somebody is told.
    """

    def __init__(
        self, app: App, api: Api, workers: int, report: Callable[[SlackRefused], None]
    ) -> None:
        self._app, self._api, self._workers, self._report = app, api, workers, report
        self.client: Client | None = None
        self._life: tuple[object, ...] = ()
        self._heard_at: datetime | None = None
        self._since: datetime | None = None
        self._made = 0
        self._failures = 0
        self._pause = Pause()
        self._error = ""

    def state(self) -> LineState:
        return LineState(self._since, max(0, self._made - 1), self._error)

    def look(self, now: datetime) -> None:
        """See whether the connection lives, and build it when it does not."""
        why = self._why_not(now)
        if why and self._pause.is_over(now):
            self._build(now, why)

    def end(self) -> None:
        self._since = None
        if self.client:
            self.client.end()
            self.client = None

    def _why_not(self, now: datetime) -> str:
        """Why another connection is needed; nothing when this one is good."""
        client = self.client
        if client is None:
            return "none"
        life = client.signs_of_life()
        if life != self._life or self._heard_at is None or self._heard_at > now:
            self._life, self._heard_at = life, now
        if not client.is_connected():
            self._since = None
            return "closed"
        if client.asked_to_go:
            return "asked"
        if now - self._heard_at > SILENT:
            self._since = None
            return "silent"
        if client.heard:  # Slack said hello
            self._failures, self._error = 0, ""
        return ""

    def _build(self, now: datetime, why: str) -> None:
        log.info("slack_connecting why=%s", why)
        new = Client(self._api, self._handle, self._workers)
        error, wait = "", None
        shut: SlackRefused | None = None
        try:
            _connect_in_time(new)
        except SlackRefused as refused:
            error, wait = refused.code, refused.after
            if refused.kind is ErrorKind.CLOSED:
                shut = SlackRefused(refused.kind, error, needed=OUR_TOKEN)
        if not error and not new.is_connected():
            error = UNREACHABLE
        # Each try waits longer until Slack has said hello: it may accept us and hang up at once.
        self._failures += 1
        self._pause.begin(now, max(wait or FIRST_WAIT, _pause(self._failures)))
        if error:
            log.warning("slack_not_connected error=%s", error)
            self._error = error
            new.end()
            if shut:
                self._report(shut)
            return
        old, self.client = self.client, new
        self._life, self._heard_at, self._since = (), now, now
        self._made += 1
        if old:
            self._error = why
            old.end()

    def _handle(self, client: Client, request: SocketModeRequest) -> None:
        """On one of the client's threads: an envelope, answered with its acknowledgement."""
        begun = time.time()
        answer = run_bolt_app(self._app, request)
        try:
            send_response(client, request, answer, begun)
        except SlackClientError as error:
            # Slack sends it again over the next connection, and it is done once.
            log.warning("slack_not_acknowledged error=%s", type(error).__name__)


def _connect_in_time(client: Client) -> None:
    """On a thread of its own, which is left alone when it takes too long: the handshake is read by
    single bytes, each of which may be slow. Raises SlackRefused."""
    refused: list[SlackRefused] = []

    def connect() -> None:
        try:
            client.connect()
        except SlackRefused as error:
            refused.append(error)

    thread = threading.Thread(target=connect, name="slack connecting", daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if refused:
        raise refused[0]


def _pause(failures: int) -> timedelta:
    return min(FIRST_WAIT * (1 << min(failures - 1, 20)), LONGEST_WAIT)


def _silent() -> logging.Logger:
    """The client's own log: it quotes what comes and goes."""
    quiet = logging.getLogger("tsunagu.socket")
    quiet.setLevel(logging.CRITICAL + 1)
    return quiet


class Watchdog:
    """Looks after things every few seconds, on a thread of its own, until stopped."""

    EVERY: Final = 2.0  # seconds

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="slack watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - a process loop: it must go on looking
                log.error(
                    "slack_watch_failed error=%s at=%s", type(error).__name__, frames_of(error)
                )
            if self._stopping.wait(self.EVERY):
                return
