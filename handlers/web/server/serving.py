"""The server of the pages, in which nobody keeps others out by being slow.

waitress takes a request in and gives an answer out without a thread, so what a slow connection
holds is its place among the connections. It loses it when it takes too long, or when others need
places and it has waited longest.
"""

import select
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Final, cast

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from handlers.web.app import LARGEST_BODY
from handlers.web.server.cookie import is_static_path
from handlers.web.server.health import PATHS as HEALTH

# Of a request: address and headers; cookies are far smaller.
LARGEST_REQUEST_HEAD: Final = 32 * 1024
LARGEST_ANSWER: Final = 64 * 1024 * 1024  # far above any page: what is larger is kept in a file

QUICK_THREADS: Final = 4  # for what never waits for the database
CONNECTIONS: Final = 1_000 if hasattr(select, "poll") else 400  # what Windows's `select` bears
SPARE_CONNECTIONS: Final = CONNECTIONS // 10  # places that are kept free
OTHER_FILES: Final = 200  # that are open beside the connections, at most
MOST_AHEAD: Final = 8  # [ours] requests of a connection that wait for their turn; browsers: one
# [ours] Bytes of all requests that are coming in: a hundred of the largest posts at once.
MOST_COMING_IN: Final = 256 * 1024 * 1024
ADD_UP_EVERY: Final = 1024 * 1024  # bytes of one connection
CHECK_SECONDS: Final = 5  # seconds
LOOK_SECONDS: Final = 0.1  # between two looks whether all is answered, at the end

REQUEST_SECONDS: Final = 20  # for a request to come in, besides what its length takes
BYTES_A_SECOND: Final = 4_096  # over a slower line no page can be used
SECONDS_IDLE: Final = 60  # between two requests of one connection
ANSWER_SECONDS: Final = 300  # for an answer to be taken


class Wait(Enum):
    """What a connection waits for."""

    REQUEST = auto()  # to come in whole
    US = auto()
    READER = auto()  # to take the answer
    NEXT = auto()  # request


class TimedHttpConnection(HTTPChannel):
    """A connection that knows for what it waits, and since when."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._requests_done = 0
        self._bytes = 0  # of the request that is coming in
        self.waits_since = time.monotonic()
        self._seen = (Wait.REQUEST, 0)
        super().__init__(*args, **more)

    def received(self, data: bytes) -> bool:
        before = self._bytes // ADD_UP_EVERY
        self._bytes += len(data)
        went_on: bool = super().received(data)
        if self.request is None:
            self._requests_done += 1
            self._bytes = 0
        if len(self.requests) > MOST_AHEAD:  # their answers would wait here to be read
            self.hang_up()
        if self._bytes // ADD_UP_EVERY > before:
            cast("Server", self.server).bound_what_comes_in()
        return went_on

    @property
    def coming_in(self) -> int:
        """Bytes of a request that is not whole yet."""
        return self._bytes

    def _wait(self) -> Wait:
        if self.requests:
            return Wait.US
        if self.total_outbufs_len:
            return Wait.READER
        if self.request is not None or not self._requests_done:
            return Wait.REQUEST
        return Wait.NEXT

    def look(self, now: float) -> Wait:
        """For what it waits; to be asked every few seconds, because it counts from what changed."""
        seen = (self._wait(), self._requests_done)
        if seen != self._seen:
            self._seen, self.waits_since = seen, now
        return seen[0]

    def is_late(self, now: float) -> bool:
        patience = {
            Wait.REQUEST: REQUEST_SECONDS + self._bytes / BYTES_A_SECOND,
            Wait.US: float("inf"),
            Wait.READER: ANSWER_SECONDS,
            Wait.NEXT: SECONDS_IDLE,
        }
        return now - self.waits_since > patience[self.look(now)]

    def hang_up(self) -> None:
        """Close it at the server's next turn."""
        self.will_close = True
        with suppress(OSError):  # else one whose reader takes nothing has no turn any more
            if self.socket is not None:
                self.socket.shutdown(socket.SHUT_RDWR)


class Server(TcpWSGIServer):
    """waitress's server, with an end to every wait and always a place for who comes."""

    channel_class = TimedHttpConnection
    _next_check = 0.0  # by the steady clock

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # Styles, pictures and what a monitoring system asks, also while every other thread waits.
        self._quick = ThreadedTaskDispatcher()
        self._quick.set_thread_count(QUICK_THREADS)

    def run(self) -> None:
        """Serve until the process is told to end, or this is closed."""
        with suppress(SystemExit, KeyboardInterrupt):
            self._loop(self.adj.asyncore_loop_timeout, None)

    def _loop(self, seconds: float, times: int | None) -> None:
        self.asyncore.loop(seconds, self.adj.asyncore_use_poll, self._sockets, times)

    @property
    def _sockets(self) -> dict[int, Any]:
        found: dict[int, Any] = self._map  # type: ignore[attr-defined]
        return found

    def finish(self, seconds: float) -> None:
        """Answer what has come in, within so long; nobody comes in any more. Then close."""
        ends = time.monotonic() + seconds
        wasyncore.dispatcher.close(self)
        while time.monotonic() < ends and any(map(_is_answered, self.connections)):
            self._loop(LOOK_SECONDS, 1)
        for threads in (self.task_dispatcher, self._quick):
            threads.shutdown(timeout=1)
        wasyncore.close_all(self._sockets)
        self.close()

    def add_task(self, task: Any) -> None:
        path = getattr(task.requests[0], "path", "") if task.requests else ""
        quick = path in HEALTH or is_static_path(path)
        (self._quick if quick else self.task_dispatcher).add_task(task)

    def maintenance(self, now: float) -> None:
        """Nothing: waitress calls it by the wall's clock, which somebody may put right."""

    def hang_up_late(self, now: float) -> None:
        """Close what is late; `now` by the steady clock."""
        for one in self.connections:
            if one.is_late(now):
                one.hang_up()

    def readable(self) -> bool:
        now = time.monotonic()
        if now >= self._next_check:
            self._next_check = now + CHECK_SECONDS
            self.hang_up_late(now)
        if len(self.connections) > CONNECTIONS - SPARE_CONNECTIONS:
            self._make_room()
        answer: bool = super().readable()
        return answer

    def _make_room(self) -> None:
        """Close those who have kept us waiting longest; whom we keep waiting stay."""
        now = time.monotonic()
        waiting = [c for c in self.connections if c.look(now) is not Wait.US]
        for one in sorted(waiting, key=lambda c: c.waits_since)[:SPARE_CONNECTIONS]:
            one.hang_up()

    def bound_what_comes_in(self) -> None:
        """Close those whose requests have been coming in the longest, until what all of them hold
        has room."""
        now = time.monotonic()
        held = sum(c.coming_in for c in self.connections)
        coming = [c for c in self.connections if c.look(now) is Wait.REQUEST]
        for one in sorted(coming, key=lambda c: c.waits_since):
            if held <= MOST_COMING_IN:
                return
            held -= one.coming_in
            one.hang_up()

    def pull_trigger(self) -> None:
        with suppress(OSError):  # one that answers after the end wakes nobody
            super().pull_trigger()

    @property
    def connections(self) -> list[TimedHttpConnection]:
        """Those that are open and to stay so."""
        every: dict[int, TimedHttpConnection] = self.active_channels  # type: ignore[assignment]
        return [c for c in every.values() if not c.will_close]


def _is_answered(connection: TimedHttpConnection) -> bool:
    """Whether its request is being worked off, or its answer is still on its way."""
    return bool(connection.requests or connection.total_outbufs_len)


def _in_memory(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The application, whose files are read at once: waitress would keep each open until the
    answer is read."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("wsgi.file_wrapper", None)
        return app(environ, start_response)

    return answer


def _allow_open_files() -> None:
    """Every connection is an open file, of which a process usually has no more than 1,024."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if resource.RLIM_INFINITY != soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def make_page_server(bound: socket.socket, app: Flask, *, threads: int) -> Server:
    """The server on a socket that is bound."""
    _allow_open_files()
    settings = Adjustments(
        sockets=[bound],
        threads=threads,
        ident=None,
        # What proxies say is read, and what others say dropped, by proxies.py.
        clear_untrusted_proxy_headers=False,
        max_request_header_size=LARGEST_REQUEST_HEAD,
        max_request_body_size=LARGEST_BODY,
        # Pages and forms are held in memory: a temporary file would keep words in the clear.
        inbuf_overflow=2 * LARGEST_BODY,
        outbuf_overflow=LARGEST_ANSWER,
        # Up to here no thread waits until what it has written is read.
        outbuf_high_watermark=LARGEST_ANSWER,
        # Above our own: waitress would let nobody in, and say so, until somebody leaves.
        connection_limit=CONNECTIONS,
        cleanup_interval=CHECK_SECONDS,
        asyncore_use_poll=hasattr(select, "poll"),
    )
    place = (bound.family, bound.type, bound.proto, bound.getsockname())
    return Server(_in_memory(app), _sock=bound, adj=settings, bind_socket=False, sockinfo=place)
