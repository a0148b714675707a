"""Slack's end of Socket Mode: a real WebSocket server, as the `endpoint` of a person.

    sockets = SocketMode(slack)               # apps.connections.open now gives its address
    ...start the product...; sockets.wait_connected()
    person = slack.person("U21", sockets)

`disconnect("refresh_requested")` tells every line to go away, as Slack does from time to time;
`go_silent()` leaves the lines open but neither says nor answers anything (no pong either);
`drop()` closes them without a word; `ping()` asks, `pongs` counts the answers. `lines` says how
many are open. Something sent while no line is open is answered with 503, over a silent one with
504. Closing a builtin client takes up to 3 s of its own: `hang_up` and `hurry` spare them.
"""

import json
import random
import secrets
import socket
import threading
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from slack_sdk.socket_mode.builtin import SocketModeClient
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.slack.endpoints import Reply
from tests.slack.limits import Json
from tests.slack.server import StandIn
from tests.slack.world import APP
from tests.support.stand_in import Closing

MOST = 10  # lines that one app may hold open
ANSWERED = frozenset({"view_submission", "block_suggestion"})  # their ack may carry an answer


class _Line:
    """One connection of the app."""

    def __init__(self, connection: socket.socket, sockets: "SocketMode") -> None:
        self._connection, self._sockets = connection, sockets
        self._protocol = ServerProtocol()
        self._lock = threading.Lock()
        self.silent = False
        self.open = False
        self.pongs = 0
        threading.Thread(target=self._listen, name="slack line", daemon=True).start()

    def _listen(self) -> None:
        try:
            while data := self._connection.recv(65536):
                if not self.silent:
                    self._take(data)
        except OSError:
            pass  # it was closed here or there: an end like any other
        self.open = False
        self._connection.close()
        self._sockets.gone(self)

    def _take(self, data: bytes) -> None:
        with self._lock:
            self._protocol.receive_data(data)
            events = self._protocol.events_received()
            self._flush()
        for event in events:
            match event:
                case Request():
                    self._welcome(event)
                case Frame(opcode=Opcode.TEXT):
                    self._sockets.heard(json.loads(bytes(event.data)))
                case Frame(opcode=Opcode.PONG):
                    self.pongs += 1
                case _:
                    pass  # pings and closing are the protocol's own business
        if self._protocol.state in {State.CLOSING, State.CLOSED}:
            self.open = False

    def _welcome(self, request: Request) -> None:
        known = self._sockets.admit(request.path)
        with self._lock:
            if known:
                self._protocol.send_response(self._protocol.accept(request))
            else:
                self._protocol.send_response(self._protocol.reject(403, "unknown ticket"))
            self._flush()
        if not known:
            return
        self.open = True
        self.say(self._sockets.hello(self))

    def say(self, message: Json) -> None:
        with self._lock:
            if self.silent or self._protocol.state is not State.OPEN:
                return
            self._protocol.send_text(json.dumps(message, ensure_ascii=False).encode())
            with suppress(OSError):  # the app hung up: it does not hear this
                self._flush()

    def ping(self) -> None:
        with self._lock:
            self._protocol.send_ping(b"Ping from applink")
            with suppress(OSError):
                self._flush()

    def close(self) -> None:
        """End the connection under the app."""
        with suppress(OSError):  # it may be closed already
            self._connection.shutdown(socket.SHUT_RDWR)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._connection.sendall(data)
            else:
                self._connection.shutdown(socket.SHUT_WR)


class SocketMode(Closing):
    """See the top of this file. `patience`: seconds that an acknowledgement may take."""

    def __init__(self, slack: StandIn, patience: float = 3.0) -> None:
        self._slack, self._patience = slack, patience
        self._lines: list[_Line] = []
        self._tickets: set[str] = set()
        self._acks: dict[str, Json] = {}
        self._changed = threading.Condition()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, name="slack sockets", daemon=True).start()
        slack.socket_url = self._url

    def close(self) -> None:
        self._slack.socket_url = None
        with suppress(OSError):  # wakes the thread that waits for a connection
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()
        with self._changed:
            self._changed.wait_for(lambda: not self._lines, 2)

    # -- what a test does and sees ----------------------------------------------------------------

    @property
    def lines(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._open())

    @property
    def pongs(self) -> int:
        with self._changed:
            return sum(line.pongs for line in self._lines)

    def wait_connected(self, lines: int = 1, seconds: float = 5.0) -> None:
        """Until so many lines are open and not silent; at most `seconds` of real time."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: sum(not line.silent for line in self._open()) >= lines, seconds
            )
        assert done, f"only {self.lines} of {lines} lines after {seconds} s"

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every line to go: `warning`, `refresh_requested`, or `link_disabled`."""
        with self._changed:
            told = self._open()
        for line in told:
            host = {"host": "applink-stand-in"}
            line.say({"type": "disconnect", "reason": reason, "debug_info": host})
            if reason != "warning":
                _soon(line)

    def go_silent(self) -> None:
        """The lines stay, and nothing comes over them any more; a new line works."""
        with self._changed:
            for line in self._open():
                line.silent = True

    def drop(self) -> None:
        """Close every line without a word."""
        with self._changed:
            gone = list(self._lines)
        for line in gone:
            line.close()

    def ping(self) -> None:
        with self._changed:
            asked = self._open()
        for line in asked:
            line.ping()

    # -- an Endpoint ------------------------------------------------------------------------------

    def interaction(self, payload: Json) -> Reply:
        return self._deliver("interactive", payload, answered=payload["type"] in ANSWERED)

    def command(self, form: dict[str, str]) -> Reply:
        return self._deliver("slash_commands", dict(form), answered=True)

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        again = {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        return self._deliver("events_api", envelope, answered=False, **again)

    def _deliver(self, kind: str, payload: Json, *, answered: bool, **more: Any) -> Reply:
        envelope_id = str(uuid.uuid4())
        with self._changed:
            found = self._open()
        if not found:
            return Reply(503, b"no connection")
        line = random.choice(found)
        if line.silent:
            return Reply(504, b"no acknowledgement")
        line.say(
            {
                "envelope_id": envelope_id,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": answered,
            }
            | more
        )
        with self._changed:
            if not self._changed.wait_for(lambda: envelope_id in self._acks, self._patience):
                return Reply(504, b"no acknowledgement")
            ack = self._acks.pop(envelope_id)
        answer = ack.get("payload")
        body = json.dumps(answer).encode() if answered and answer else b""
        return Reply(200, body)

    # -- what the lines tell ----------------------------------------------------------------------

    def heard(self, message: Json) -> None:
        with self._changed:
            self._acks[str(message.get("envelope_id"))] = message
            self._changed.notify_all()

    def admit(self, path: str) -> bool:
        """Whether this ticket was given out and not used; it is used now."""
        ticket = parse_qs(urlsplit(path).query).get("ticket", [""])[0]
        with self._changed:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
        return known

    def hello(self, line: _Line) -> Json:
        """What a new line hears first: that it is one too many, from the eleventh on."""
        with self._changed:
            self._changed.notify_all()
            many = len(self._open())
        if many > MOST:
            _soon(line)
            return {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}}
        return {
            "type": "hello",
            "num_connections": many,
            "debug_info": {"host": "applink-stand-in", "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        }

    def gone(self, line: _Line) -> None:
        with self._changed:
            if line in self._lines:
                self._lines.remove(line)
            self._changed.notify_all()

    def _open(self) -> list[_Line]:
        return [line for line in self._lines if line.open]

    def _url(self) -> str:
        ticket = secrets.token_hex(8)
        with self._changed:
            self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._port}/link/?ticket={ticket}&app_id={APP}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # closed: the stand-in ends
            with self._changed:
                self._lines.append(_Line(connection, self))


def _soon(line: _Line) -> None:
    """Close a line a moment after what was just said to it, as Slack does."""
    timer = threading.Timer(0.05, line.close)
    timer.daemon = True
    timer.start()


def hurry(client: SocketModeClient) -> None:
    """Let the client's present line close at once: it reads for 3 s at a time otherwise."""
    session = client.current_session
    if session is not None and session.sock is not None:
        session.sock.settimeout(0.1)


def hang_up(client: SocketModeClient, sockets: "SocketMode") -> None:
    """End a client without the seconds that its own `close` takes when nothing happens."""
    client.auto_reconnect_enabled, client.closed = False, True
    sockets.drop()
    client.message_queue.put("")  # wakes the thread that waits for a message
    client.close()
