"""What was taken in and cannot be done now, because the database takes nothing: tried again until
it can be or is too old to make sense. Who did it is told once that it waits. One rule for every
chat platform.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from workflows.core.ports import Callback

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


def deferral_text(callback: Callback, error: str, *, waits: bool) -> str:
    """The error text for the callback's row: why it was not done, and (if `waits`) that its sender
    was told."""
    return _TOLD + error if waits or was_told_of_delay(callback) else error


def was_told_of_delay(callback: Callback) -> bool:
    """Whether somebody was told that it waits, by its row."""
    return callback.error.startswith(_TOLD)


class RecentKeys:
    """Keys that this process remembers, while what became of them could not be written."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, key: str) -> bool:
        """Add a key; True when it is new."""
        with self._lock:
            is_new = key not in self._keys
            self._keys[key] = None
            while len(self._keys) > MOST_REMEMBERED:
                self._keys.popitem(last=False)
        return is_new

    def has(self, key: str) -> bool:
        with self._lock:
            return key in self._keys


def reply_key(callback: Callback) -> str:
    """Key of one sentence about one callback: the same sentence gives the same key."""
    return sha256(f"{callback.id} {callback.content}".encode()).hexdigest()
