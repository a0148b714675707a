"""How a chat platform's door is doing, for the administrator: counters and states, no words."""

import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class ConnectionHealth:
    """The connection that we hold open: since when it stands (None: it does not), how often it had
    to be made anew, and the last trouble as the platform names it."""

    since: datetime | None = None
    rebuilt: int = 0
    error: str = ""


@dataclass(frozen=True)
class Health:
    """`turned_away`: requests with a wrong or old signature since the start; `strangers`: those
    from elsewhere. `error`: why the platform refuses us. `line` is None where it calls us."""

    turned_away: int
    strangers: int
    error: str = ""
    line: ConnectionHealth | None = field(default=None)


class HealthCounters:
    """Written by whoever serves the platform."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turned_away = self._strangers = 0

    def turned_away(self) -> None:
        with self._lock:
            self._turned_away += 1

    def stranger(self) -> None:
        with self._lock:
            self._strangers += 1

    def read(self, error: str, line: ConnectionHealth | None) -> Health:
        with self._lock:
            return Health(self._turned_away, self._strangers, error, line)
