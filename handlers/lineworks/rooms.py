"""Which talks are between the bot and one person alone; and the rooms it was brought into.

LINE WORKS names no channel for a talk between two. Should it name one after all, that is known to
be private which it named when its person opened the talk (`begin`). Every other channel counts as
a room with others, whether or not we were told of coming in: that may have been before callbacks
were switched on.
"""

import json
import threading
from collections.abc import Callable
from typing import Final

MOST: Final = 2000  # of either that are remembered; who falls out is taken for a room


class Rooms:
    """`load` and `save` keep a text from one start to the next."""

    def __init__(self, load: Callable[[], str | None], save: Callable[[str], None]) -> None:
        self._save = save
        kept = json.loads(load() or "{}")
        if isinstance(kept, list):  # as it was kept before: rooms alone
            kept = {"rooms": kept}
        self._rooms: list[str] = kept.get("rooms", [])
        self._private: dict[str, str] = kept.get("private", {})  # channel to its one person
        self._lock = threading.Lock()

    def is_private(self, channel: str, user: str) -> bool:
        """Whether nobody else reads there what this person writes."""
        with self._lock:
            return not channel or self._private.get(channel) == user

    def opened(self, channel: str, user: str) -> None:
        """This person began their talk with the bot there."""
        with self._lock:
            if channel and channel not in self._rooms and channel not in self._private:
                kept = [*self._private.items(), (channel, user)]
                self._private = dict(kept[-MOST:])
                self._keep()

    def came_in(self, channel: str) -> bool:
        """Whether it is a room that was not known."""
        with self._lock:
            if channel in self._rooms:
                return False
            self._private.pop(channel, None)
            self._rooms = [*self._rooms, channel][-MOST:]
            self._keep()
            return True

    def went_out(self, channel: str) -> None:
        with self._lock:
            if channel in self._rooms:
                self._rooms.remove(channel)
                self._keep()

    def _keep(self) -> None:
        self._save(json.dumps({"rooms": self._rooms, "private": self._private}))
