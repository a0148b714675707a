"""What a process knows of a chat platform from its own calls: whether it answers at all."""

import threading
from typing import Protocol, runtime_checkable


class PlatformHealth:
    """Written by whoever calls the platform, and by who looks after the way (`channel_states.py`).

    `trouble` is why the last call got no answer, "" where it did; `is_down`: everybody knows that
    it is down, and nothing but a probe is tried.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.trouble = ""
        self._is_down = self._answered = False

    @property
    def is_down(self) -> bool:
        return self._is_down

    @property
    def is_back(self) -> bool:
        """Whether somebody got an answer since it was said to be down."""
        return self._is_down and self._answered

    def answered(self) -> None:
        with self._lock:
            self.trouble, self._answered = "", True

    def failed(self, why: str) -> None:
        with self._lock:
            self.trouble, self._answered = why, False

    def note_down(self) -> None:
        with self._lock:
            self._answered = self._answered and self._is_down
            self._is_down, self.trouble = True, ""

    def note_up(self) -> None:
        with self._lock:
            self._is_down, self.trouble = False, ""


@runtime_checkable
class Probeable(Protocol):
    """A channel whose way can be tried without sending anything to anybody."""

    @property
    def health(self) -> PlatformHealth: ...

    def probe(self) -> str:
        """Why nothing goes by it now, in the platform's word; "" when it goes."""
        ...

    def reopen(self) -> None:
        """Forget what was put off because nothing went."""
        ...
