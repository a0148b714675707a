"""Presses and commands over HTTP: kept and answered before anything else of the server's looks at
them.

Many come at the same moment, and each of them waits for all that come before it. Nothing of what a
page needs is needed for them, and what Bolt finds out is known: their answer says that they were
taken in and nothing else. All other requests of Slack's go on to Bolt, and so does whatever is not
signed or not understood, which is refused there.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier

from handlers.chat.caller_priority import CallerPriority
from handlers.slack.manifest import PATH
from handlers.slack.requests import commands
from handlers.slack.requests.request_gate import TAKEN, RequestGate, status_of

Body = dict[str, Any]
Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]

LARGEST: Final = 1024 * 1024  # bytes, far above any press
MOST_DIGITS: Final = len(str(LARGEST))
FORM: Final = "application/x-www-form-urlencoded"
SIGNED_BY: Final = {
    "x-slack-signature": "HTTP_X_SLACK_SIGNATURE",
    "x-slack-request-timestamp": "HTTP_X_SLACK_REQUEST_TIMESTAMP",
}


class StoreBeforeHandling:
    """WSGI middleware in front of the pages."""

    def __init__(
        self, app: Wsgi, verifier: SignatureVerifier, ours: RequestGate, waited: CallerPriority
    ) -> None:
        self._app, self._verifier, self._ours, self._waited = app, verifier, ours, waited

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "POST":
            return self._app(environ, start_response)
        if status := self._take(environ):
            return _answer(start_response, status)
        return self._app(environ, start_response)

    def _take(self, environ: Environ) -> int:
        """The status of one that was kept; 0 for what is somebody else's."""
        if not str(environ.get("CONTENT_TYPE", "")).startswith(FORM):
            return 0
        length = str(environ.get("CONTENT_LENGTH") or "")
        if not length.isdecimal() or len(length) > MOST_DIGITS or int(length) > LARGEST:
            return 0
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        signs = {name: environ.get(key, "") for name, key in SIGNED_BY.items()}
        if not is_signed(self._verifier, body, signs):
            return 0
        with self._waited.here():  # from now on: strangers are waited for by nobody
            return self._keep(_read(body))

    def _keep(self, said: Body) -> int:
        act = self._act(said)
        if act is None:
            return 0
        if status := self._ours.reject_status(said):
            return status
        try:
            act()
        except Exception as error:  # noqa: BLE001 - as Bolt does: Slack is told that it broke
            return status_of(error)
        return TAKEN

    def _act(self, said: Body) -> Callable[[], None] | None:
        """What keeps it and begins with it; None for what is answered by more than having come."""
        runner = self._ours.runner
        if said.get("type") == "block_actions" and said.get("actions"):
            return lambda: runner.action(_nothing_more, said)
        if said.get("type") == "view_closed" and said.get("view"):
            return lambda: runner.closed(_nothing_more, said)
        if said.get("command") and "type" not in said:
            return lambda: runner.opening(_nothing_more, said, *commands.read_command(said))
        return None


def _nothing_more() -> None:
    """Acknowledged by the answer itself, which goes out now."""


def is_signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether this came from Slack, within the last five minutes."""
    try:
        return verifier.is_valid_request(body, dict(headers))
    except (TypeError, ValueError):  # a time that is no number, letters of no alphabet
        return False


def _read(body: bytes) -> Body:
    """What a form says: a press in its field `payload`, or a command; nothing when neither."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        said = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _answer(start_response: Any, status: int) -> list[bytes]:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "0"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return []
