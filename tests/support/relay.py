"""A way to the tests' PostgreSQL over TCP that can be cut, or go silent, as a network does."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.postgres import OWNER, PostgresServer

CHUNK = 65_536


class Relay:
    """Passes on both ways what comes; while `stall`ed it takes everything in and passes on nothing,
    so that who waits hears neither an answer nor an end. `delay` holds up each piece by so many
    seconds."""

    def __init__(self, server: PostgresServer) -> None:
        self._target = str(server.folder / ".s.PGSQL.5432")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._flows = threading.Event()
        self._flows.set()
        self._closed = threading.Event()
        self._open: set[socket.socket] = set()
        self.delay = 0.0
        threading.Thread(target=self._accept, name="relay", daemon=True).start()

    def url(self, name: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{name}"

    def stall(self) -> None:
        self._flows.clear()

    def go_on(self) -> None:
        """What was said meanwhile to nobody is lost: its connections are cut."""
        self.cut()
        self._flows.set()

    def cut(self) -> None:
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closed.set()
        self._flows.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(near,), name="relay", daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._open |= {near, far}
        other = {near: far, far: near}
        try:
            far.connect(self._target)
            while not self._closed.is_set():
                ready, _, _ = select.select([near, far], [], [])
                for one in ready:
                    said = one.recv(CHUNK)
                    if not said:
                        return
                    if self.delay:
                        time.sleep(self.delay)
                    self._flows.wait()
                    other[one].sendall(said)
        except (OSError, ValueError):
            return
        finally:
            self._open -= {near, far}
            near.close()
            far.close()


@contextmanager
def relayed(server: PostgresServer) -> Iterator[Relay]:
    relay = Relay(server)
    try:
        yield relay
    finally:
        relay.close()
