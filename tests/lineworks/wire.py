"""The stand-in's HTTP: forms and JSON in, JSON out, and connections that end without an answer."""

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from tests.lineworks.pieces import Json
from tests.slack.wire import Answer, Cut, answered


@dataclass(frozen=True)
class Asked:
    """One request. `body` is None where it was neither a form nor JSON."""

    verb: str
    path: str
    query: dict[str, str]
    token: str
    body: Any


def refusal(status: int, code: str, description: str, **headers: str) -> Answer:
    """No, as LINE WORKS says it."""
    return answered({"code": code, "description": description}, status, **headers)


class Listening:
    """A server on a free port of loopback, a thread for each request, until `close`."""

    def __init__(self, route: Callable[[Asked], Answer]) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.route = route
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    route: Callable[[Asked], Answer]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        self._take()

    def do_PATCH(self) -> None:
        self._take()

    def do_DELETE(self) -> None:
        self._take()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing: a test looks at `calls`."""

    def _take(self) -> None:
        try:
            answer = cast(_Server, self.server).route(self._asked())
        except json.JSONDecodeError:
            answer = refusal(400, "BAD_REQUEST", "the body is not JSON")
        except Cut:
            self.close_connection = True
            return
        with suppress(BrokenPipeError, ConnectionResetError):  # the client did not wait for it
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        body: Json | None = None
        if "json" in kind:
            body = json.loads(raw or b"{}")
        elif "form-urlencoded" in kind:
            body = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        words = self.headers.get("Authorization", "").split(" ")
        token = words[1] if len(words) == 2 and words[0] == "Bearer" else ""
        return Asked(str(self.command), parts.path, dict(parse_qsl(parts.query)), token, body)
