"""How long a call to somebody else's server takes at most in all, however slowly it answers.

The time-outs of libraries are for each part of an answer: a server that sends a byte every few
seconds holds a thread for ever. So what is connected within a `Deadline` is cut when it is over.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self

_here = threading.local()  # `deadline`: the one within which this thread is


class _Process:
    """When the process ends, and with it every call."""

    ends_at = float("inf")  # by the steady clock
    lock = threading.Lock()
    under_way: Final[set["Deadline"]] = set()


@contextmanager
def calls_end_within(seconds: float) -> Iterator[None]:
    """All of us end: while the block lasts no call to anybody takes longer than until then."""
    with _Process.lock:
        _Process.ends_at = time.monotonic() + seconds
        for deadline in _Process.under_way:
            deadline.shorten(seconds)
    try:
        yield
    finally:
        _Process.ends_at = float("inf")


class Deadline:
    """Entered for one call. What is not over in time breaks with an error of its connection, or,
    where that would pass for the end of an answer, with TimeoutError."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._connections: list[socket.socket] = []
        self._lock = threading.Lock()
        self.is_over = False

    def __enter__(self) -> Self:
        with _Process.lock:
            left = min(self._seconds, max(0.0, _Process.ends_at - time.monotonic()))
            self._timers = [self._timer(left)]
            _Process.under_way.add(self)
        _here.deadline = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        _here.deadline = None
        with _Process.lock:
            _Process.under_way.discard(self)
        for timer in self._timers:
            timer.cancel()
        with self._lock:
            for one in self._connections:
                one.close()
            self._connections = []
        if self.is_over and error is None:
            raise TimeoutError("it took too long in all")

    def watch(self, connection: socket.socket) -> None:
        """Cut this one, too. Of its number a copy is kept: TLS takes the socket itself over."""
        with self._lock:
            self._connections.append(connection.dup())
        if self.is_over:
            self._cut()

    def shorten(self, seconds: float) -> None:
        self._timers.append(self._timer(seconds))

    def _timer(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        return timer

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            for one in self._connections:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def cut_at_deadline(connection: socket.socket) -> socket.socket:
    """A connection that this thread has just made: the deadline within which it is cuts it."""
    deadline: Deadline | None = getattr(_here, "deadline", None)
    if deadline:
        deadline.watch(connection)
    return connection
