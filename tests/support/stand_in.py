"""What stand-ins for platforms' servers share: HTTP on loopback, and connections that end without
an answer. What a request means, and how a refusal looks, is each platform's own."""

import json
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    verb: str
    path: str
    query: dict[str, str]
    authorization: str
    kind: str  # its Content-Type
    body: bytes

    def content(self) -> Any:
        """What its body holds: JSON, or the fields of a form; None where it is neither.

        Raises json.JSONDecodeError.
        """
        if "json" in self.kind:
            return json.loads(self.body or b"{}")
        if "form-urlencoded" in self.kind:
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


def answered(content: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    body = json.dumps(content, ensure_ascii=False).encode()
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, body, kind | {k.replace("_", "-"): v for k, v in headers.items()})


class Cut(Exception):
    """The connection ends without an answer."""


class Closing:
    """What is closed at the end of a `with` block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError


class Listening:
    """A server on loopback, at a free port unless one is named, a thread for each request, until
    `close`."""

    def __init__(self, route: Callable[[Request], Answer], port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
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
    route: Callable[[Request], Answer]


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Nothing: a test looks at `calls`."""

    def _take(self) -> None:
        try:
            answer = cast(_Server, self.server).route(self._request())
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

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 - the library's names

    def _request(self) -> Request:
        parts, given = urlsplit(self.path), self.headers
        return Request(
            verb=str(self.command),
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            authorization=given.get("Authorization", ""),
            kind=given.get("Content-Type", ""),
            body=self.rfile.read(int(given.get("Content-Length") or 0)),
        )
