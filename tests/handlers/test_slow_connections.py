"""Who is slow on purpose, or only far away, keeps nobody else out."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import cast

import pytest
from flask import Flask, Response, request

from handlers.web.server import serving
from handlers.web.server.serving import Server, make_page_server
from tests.support.server import running

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    app = Flask("slow")

    @app.get("/")
    def page() -> str:
        return "here"

    @app.get("/files")
    def files() -> Response:
        """Whether a file would be kept open until its answer is read."""
        return Response(status=500 if "wsgi.file_wrapper" in request.environ else 200)

    @app.get("/large")
    def large() -> Response:
        return Response(b"x" * 100_000 for _ in range(250))

    bound = socket.create_server(("127.0.0.1", 0))
    made = make_page_server(bound, app, threads=2)
    with running(made):
        yield made


def _connect(server: Server, said: bytes) -> socket.socket:
    assert server.socket is not None
    connection = socket.create_connection(server.socket.getsockname(), timeout=10)
    connection.sendall(said)
    return connection


def _open(server: Server) -> int:
    return len(cast("dict[int, object]", server.active_channels))


def _until(so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not so():
        assert time.monotonic() < ends, "it did not come to be so"
        time.sleep(0.005)  # the server's own thread: there is nothing to move but the real time


def _look(server: Server, after: float) -> None:
    """What the server does every few seconds, as many seconds from now."""
    server.hang_up_late(time.monotonic() + after)
    server.pull_trigger()


def _is_hung_up(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False


def _page(connection: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b"here"):
        said += connection.recv(1000)
    return said


def _answer(server: Server, path: bytes = b"/") -> bytes:
    with _connect(server, WHOLE.replace(b" / ", b" " + path + b" ")) as connection:
        return connection.recv(100)


@pytest.mark.parametrize("said", [b"", b"POST / HT", HEAD, HEAD + b"a" * 100])
def test_a_request_that_does_not_come_in_is_given_up(server: Server, said: bytes) -> None:
    """Also where a byte comes now and then, which waitress would wait for without end."""
    with _connect(server, said) as slow:
        _until(lambda: _open(server) == 1)
        _look(server, 0)
        if said:
            slow.sendall(b"b")
            _until(lambda: sum(c._bytes for c in server.connections) == len(said) + 1)
        _look(server, serving.REQUEST_SECONDS - 1)
        assert not _is_hung_up(slow)
        _look(server, serving.REQUEST_SECONDS + 2)
        _until(lambda: _is_hung_up(slow))


def test_a_clock_that_is_put_right_makes_nobody_late(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far, and whichever way: patience is measured by a clock that nobody can move."""
    real = time.time
    with _connect(server, HEAD) as slow:
        _until(lambda: _open(server) == 1)
        for hours in (2, -2):
            monkeypatch.setattr(time, "time", lambda moved=hours * 3600: real() + moved)
            for _ in range(3):  # each is a turn of the server, or more
                assert _answer(server).startswith(b"HTTP/1.1 200")
            assert not _is_hung_up(slow)
        _look(server, serving.REQUEST_SECONDS + 2)
        _until(lambda: _is_hung_up(slow))


def test_a_long_form_over_a_thin_line_comes_in(server: Server) -> None:
    head = HEAD.replace(b"1000", b"1000000")
    with _connect(server, head + b"a" * 500_000) as thin:
        _until(lambda: sum(c._bytes for c in server.connections) > 500_000)
        _look(server, serving.REQUEST_SECONDS + 60)
        thin.sendall(b"a" * 500_000)
        assert b" 405 " in thin.recv(100)  # the page takes none, and says so


def test_a_connection_that_asks_nothing_more_is_closed(server: Server) -> None:
    with _connect(server, WHOLE) as idle:
        assert _page(idle).startswith(b"HTTP/1.1 200")
        _until(lambda: all(not c.requests for c in server.connections))
        _look(server, 0)
        _look(server, serving.SECONDS_IDLE - 1)
        idle.sendall(WHOLE)
        assert _page(idle).startswith(b"HTTP/1.1 200")
        _until(lambda: all(not c.requests for c in server.connections))
        _look(server, serving.SECONDS_IDLE)
        _look(server, 3 * serving.SECONDS_IDLE)
        _until(lambda: _is_hung_up(idle))


def test_who_opens_every_connection_keeps_nobody_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "CONNECTIONS", 40)
    monkeypatch.setattr(serving, "SPARE_CONNECTIONS", 4)
    server.adj.connection_limit = 40
    held = [_connect(server, HEAD) for _ in range(60)]
    try:
        assert _answer(server).startswith(b"HTTP/1.1 200")
        assert _open(server) <= 40
    finally:
        for connection in held:
            connection.close()


def test_an_answer_that_nobody_reads_holds_no_thread(server: Server) -> None:
    greedy = [_connect(server, WHOLE.replace(b" / ", b" /large ")) for _ in range(6)]
    try:
        assert _answer(server).startswith(b"HTTP/1.1 200")
        _until(lambda: all(not c.requests for c in server.connections))
        _look(server, 0)
        _look(server, serving.ANSWER_SECONDS + 1)
        _until(lambda: _open(server) == 0)
    finally:
        for connection in greedy:
            connection.close()


def test_who_asks_many_things_at_once_and_reads_nothing_is_hung_up_on(server: Server) -> None:
    """Each answer would wait in memory, and each file be kept open, until it is read."""
    with _connect(server, WHOLE * 100) as greedy:
        said = b""
        with suppress(ConnectionError):
            while piece := greedy.recv(10_000):
                said += piece
    assert said.count(b"200 OK") <= 100 - serving.MOST_AHEAD
    assert _answer(server).startswith(b"HTTP/1.1 200")
    assert _answer(server, b"/files").startswith(b"HTTP/1.1 200")


def test_what_comes_in_has_a_bound_for_all_together(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that has been coming in the longest gives way."""
    monkeypatch.setattr(serving, "MOST_COMING_IN", 3_500_000)
    head = HEAD.replace(b"1000", b"8000000")
    slow = [_connect(server, head + b"a" * 1_500_000)]
    _until(lambda: sum(c.coming_in for c in server.connections) > 1_400_000)
    slow += [_connect(server, head + b"a" * 1_500_000) for _ in range(2)]
    try:
        _until(lambda: _is_hung_up(slow[0]))
        assert not _is_hung_up(slow[1])
        assert not _is_hung_up(slow[2])
        assert _answer(server).startswith(b"HTTP/1.1 200")
    finally:
        for connection in slow:
            connection.close()


def test_there_is_a_file_for_every_connection() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = serving.CONNECTIONS + serving.OTHER_FILES
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (900, before[1]))
        make_page_server(socket.create_server(("127.0.0.1", 0)), Flask("x"), threads=1).close()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(wanted, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("head", "bodies"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked", 1),  # its length is not what counts
        (b"Transfer-Encoding: xchunked", 0),
        (b"Content-Length: 5\r\nContent-Length: 6", 0),
        (b"Content-Length: +5", 0),
    ],
)
def test_where_a_request_ends_is_never_in_doubt(server: Server, head: bytes, bodies: int) -> None:
    """Else the proxy would take for one request what is two here, and hand on a hidden one."""
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    said = b"POST / HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n" + hidden
    with _connect(server, said) as connection:
        connection.settimeout(5)
        answers = b""
        while got := connection.recv(10_000):
            answers += got
    first = answers.split(b" ")[1]
    assert (first in (b"400", b"501")) == (not bodies), first
    assert answers.count(b"HTTP/1.1 ") == 1 + bodies
