"""Faults that a test plans for the stand-in: refusals, broken answers, silence."""

import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.slack.limits import Json

GIVE_UP = 20.0  # seconds after which a hanging call ends by itself, so that no test hangs


class Kind(Enum):
    STATUS = "an HTTP status instead of an answer"
    ERROR = "ok: false with a word of Slack's"
    HANG = "no answer within the client's time-out"
    DROP = "the connection is closed"


@dataclass
class Fault:
    """One planned fault. `arrives`: whether the call is carried out although no answer tells."""

    kind: Kind
    method: str
    times: int = 1
    arrives: bool = False
    status: int = 500
    retry_after: int | None = None
    error: str = ""
    more: Json = field(default_factory=dict)
    seconds: float = GIVE_UP
    where: Json = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let what hangs end now, with its connection closed."""
        self.released.set()

    def meets(self, method: str, args: Json) -> bool:
        if self.times <= 0 or self.method not in {method, "*"}:
            return False
        return all(args.get(name) == value for name, value in self.where.items())


class Faults:
    """The plan. Every one of these takes `times=` and `where={"channel": "C1"}`."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._lock = threading.Lock()

    def plan(self, kind: Kind, method: str, **facts: Any) -> Fault:
        fault = Fault(kind, method, **facts)
        with self._lock:
            self._planned.append(fault)
        return fault

    def take(self, method: str, args: Json) -> Fault | None:
        with self._lock:
            for fault in self._planned:
                if fault.meets(method, args):
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        """Everything works again; what hangs is let go."""
        with self._lock:
            for fault in self._planned:
                fault.release()
            self._planned.clear()
