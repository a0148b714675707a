"""What a load balancer and a monitoring system ask: `/healthz`, whether the process serves, and
`/readyz`, whether it can work, with codes of ours for why not.

Answered before anything else looks at a request: under any host name, to anybody, without a cookie
or a line in the log; nothing of a town, a person or this program's version is in it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

ALIVE: Final = "/healthz"
READY: Final = "/readyz"
PATHS: Final = frozenset({ALIVE, READY})
# [ours] Seconds: a tick is due every two, and by night one step of it may take minutes.
LATEST_TICK: Final = 120
TICKS_STAND: Final = "ticks_stand_still"


@dataclass(frozen=True)
class ReadinessState:
    """`why_not` is a code of the database's, "" when all is well; `tick_age` the seconds since time
    was last seen passing, None before the start."""

    why_not: str = ""
    tick_age: float | None = 0.0


class HealthPages:
    """WSGI middleware. `state` is asked for by `/readyz` alone and answers within a few seconds."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], state: Callable[[], ReadinessState]
    ) -> None:
        self._app, self._state = app, state

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path not in PATHS:
            return self._app(environ, start_response)
        method = environ.get("REQUEST_METHOD", "")
        if method not in ("GET", "HEAD"):
            return _answer(start_response, "405 Method Not Allowed", {}, allow="GET, HEAD")
        status, said = self._ready() if path == READY else ("200 OK", {"status": "alive"})
        body = _answer(start_response, status, said)
        return [] if method == "HEAD" else body

    def _ready(self) -> tuple[str, Mapping[str, object]]:
        state = self._state()
        stands = state.tick_age is None or state.tick_age > LATEST_TICK
        why = [code for code in (state.why_not, TICKS_STAND if stands else "") if code]
        age = None if state.tick_age is None else round(state.tick_age)
        if why:
            said = {"status": "not_ready", "why": why, "tick_age_seconds": age}
            return "503 Service Unavailable", said
        return "200 OK", {"status": "ready", "tick_age_seconds": age}


def _answer(
    start_response: Any, status: str, said: Mapping[str, object], *, allow: str = ""
) -> list[bytes]:
    body = json.dumps(said).encode() + b"\n"
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(status, [*headers, ("Allow", allow)] if allow else headers)
    return [body]
