"""The rooms with others that the bot was brought into: there it keeps silent.

LINE WORKS may name a channel for a talk between two as well; what tells a room from it is that the
bot was told of coming in.
"""

import json
import threading
from collections.abc import Callable
from typing import Final

MOST: Final = 500  # rooms that are remembered; far more than a town has


class Rooms:
    """`load` and `save` keep a text from one start to the next."""

    def __init__(self, load: Callable[[], str | None], save: Callable[[str], None]) -> None:
        self._save = save
        self._rooms: list[str] = json.loads(load() or "[]")
        self._lock = threading.Lock()

    def __contains__(self, channel: str) -> bool:
        with self._lock:
            return channel in self._rooms

    def came_in(self, channel: str) -> bool:
        """Whether it is a room that was not known."""
        with self._lock:
            if channel in self._rooms:
                return False
            self._rooms = [*self._rooms, channel][-MOST:]
            self._save(json.dumps(self._rooms))
            return True

    def went_out(self, channel: str) -> None:
        with self._lock:
            if channel in self._rooms:
                self._rooms.remove(channel)
                self._save(json.dumps(self._rooms))
