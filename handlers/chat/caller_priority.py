"""Those whose platform waits for an answer within seconds; all other work gives way to them.

All threads of a process share one interpreter, and on a file one right to write. So what follows
from a press begins no transaction while others still wait to hear that theirs was taken in. It does
so for a moment only: where they do not cease to come, a few deeds at a time come to their end, too.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, TypeVar

T = TypeVar("T")
OpenUnit = Callable[[], AbstractContextManager[T]]

FOR_A_DEED: Final = 0.5  # [ours] seconds, before it begins
BETWEEN: Final = 0.05  # [ours] seconds, before each of its transactions
QUIET: Final = 0.002  # seconds without anybody: their answers are on their way
AT_A_TIME: Final = 4  # [ours] deeds, while somebody waits
LOOK: Final = 0.1  # seconds between two looks whether it is one's turn


class CallerPriority:
    """Who waits at the moment. Shared by all threads of a platform's door."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._here = self._deeds = 0
        self._quiet_at = 0.0  # by the steady clock, once nobody is here

    @contextmanager
    def here(self) -> Iterator[None]:
        """While it lasts somebody waits."""
        with self._changed:
            self._here += 1
        try:
            yield
        finally:
            with self._changed:
                self._here -= 1
                self._quiet_at = time.monotonic() + QUIET
                if not self._here:
                    self._changed.notify_all()

    @contextmanager
    def deed(self) -> Iterator[None]:
        """One begins once nobody waits; or after a moment, when few others are at it."""
        with self._changed:
            self._wait(FOR_A_DEED)
            while self._deeds >= AT_A_TIME and self._wait(LOOK):
                pass
            self._deeds += 1
        try:
            yield
        finally:
            with self._changed:
                self._deeds -= 1

    def pause_for_callers(self) -> None:
        """Wait until nobody waits any more, for a moment only."""
        with self._changed:
            self._wait(BETWEEN)

    def behind(self, open_unit: OpenUnit[T]) -> OpenUnit[T]:
        """What opens a transaction, once nobody waits."""

        def opened() -> AbstractContextManager[T]:
            self.pause_for_callers()
            return open_unit()

        return opened

    def _wait(self, most: float) -> bool:
        """Wait until nobody waits, or so many seconds; whether somebody still does."""
        ends = time.monotonic() + most
        while True:
            now = time.monotonic()
            if not self._here and now >= self._quiet_at:
                return False
            if now >= ends:
                return True
            self._changed.wait(min(ends, ends if self._here else self._quiet_at) - now)
