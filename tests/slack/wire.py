"""The stand-in's HTTP: calls as forms or JSON, answers, and connections that end without one."""

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from tests.slack.limits import Json

AS_JSON = {"blocks", "view", "metadata", "attachments", "files"}
AS_FLAG = {
    "exclude_archived",
    "force",
    "include_all_metadata",
    "inclusive",
    "is_private",
    "return_im",
}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


def answered(content: Json, status: int = 200, **headers: str) -> Answer:
    body = json.dumps(content, ensure_ascii=False).encode()
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, body, kind | {k.replace("_", "-"): v for k, v in headers.items()})


class Cut(Exception):
    """The connection ends without an answer."""


@dataclass(frozen=True)
class Asked:
    """One request: its path, the token it came with, and its arguments or its plain body."""

    path: str
    token: str
    body: bytes
    args: Json


def decoded(args: Json) -> Json:
    """Arguments as their methods expect them, whether they came as a form or as JSON."""
    found = dict(args)
    for name in AS_JSON & found.keys():
        if isinstance(found[name], str):
            with suppress(json.JSONDecodeError):  # the method says what is wrong with it
                found[name] = json.loads(found[name])
    for name in AS_FLAG & found.keys():
        found[name] = found[name] in {True, "true", "1", "True"}
    return found


class Listening:
    """A server on a free port of loopback, a thread for each request, until `close`."""

    def __init__(self, route: Callable[[Asked], Answer]) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.route = route
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
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
    """Reads a call as Slack does: a form or JSON, the token in a header or beside them."""

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing: a test looks at `calls`."""

    def _take(self) -> None:
        try:
            answer = cast(_Server, self.server).route(self._asked())
        except json.JSONDecodeError:
            answer = answered({"ok": False, "error": "invalid_json"})
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
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path.startswith("/upload/"):
            return Asked(parts.path, "", body, {})
        kind = self.headers.get("Content-Type", "")
        args: Json = dict(parse_qsl(parts.query))
        if "json" in kind:
            args |= json.loads(body or b"{}")
        elif "form-urlencoded" in kind:
            args |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or str(args.pop("token", ""))
        return Asked(parts.path, token, body, decoded(args))
