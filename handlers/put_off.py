"""What was taken in and cannot be done now, because the database takes nothing: tried again until
it can be or is too old to make sense. Who did it is told once that it waits. One rule for every
chat platform.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from workflows.ports import Callback

# [ours] A town hall closes for up to nine days in spring; tidying up empties rows after it. What
# is sealed says when it was: somebody may have put a row back that had been swept up.
OLDEST: Final = timedelta(days=14)
TRIES: Final = 3  # of what breaks; while the database takes nothing no try counts
AGAIN: Final = timedelta(seconds=20)
# While it lasts: as long as it has waited already, and then each minute, like a way out that is
# down.
SLOWEST: Final = timedelta(minutes=1)
MOST_REMEMBERED: Final = 1_000
_TOLD: Final = "waits: "  # in front of why it could not be done


def again_at(callback: Callback, now: datetime) -> datetime:
    """When it is tried again; a clock that was put back makes it no later."""
    return now + min(max(now - callback.received_at, AGAIN), SLOWEST)


def noted(callback: Callback, error: str, *, waits: bool) -> str:
    """What its row bears from now on: why it was not done, and that who did it knows it."""
    return _TOLD + error if waits or was_told(callback) else error


def was_told(callback: Callback) -> bool:
    """Whether somebody was told that it waits, by its row."""
    return callback.error.startswith(_TOLD)


class ToldOnce:
    """Which callbacks were said to wait: by their rows, and by memory while no row can be
    written."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def first(self, callback: Callback) -> bool:
        """Whether nobody was told of this one; from now on somebody was."""
        with self._lock:
            told = callback.id in self._ids or was_told(callback)
            self._remember(callback.id)
        return not told

    def done(self, callback: Callback) -> None:
        """It waits no longer, so it is not said any more."""
        with self._lock:
            self._remember(callback.id)

    def _remember(self, callback_id: str) -> None:
        self._ids[callback_id] = None
        while len(self._ids) > MOST_REMEMBERED:
            self._ids.popitem(last=False)
