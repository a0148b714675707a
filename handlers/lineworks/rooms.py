"""Which talks are between the bot and one person alone; and the rooms it was brought into.

LINE WORKS names no channel for a talk between two. Should it name one after all, that is known to
be private which it named when its person opened the talk (`begin`). Every other channel counts as
a room with others, whether or not we were told of coming in: that may have been before callbacks
were switched on.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Final

MOST: Final = 2000  # of either that are remembered; who falls out is taken for a room
Change = Callable[[str | None], str]


@dataclass
class _Known:
    rooms: list[str] = field(default_factory=list)
    private: dict[str, str] = field(default_factory=dict)  # channel to its one person

    @classmethod
    def of(cls, text: str | None) -> "_Known":
        return cls(**json.loads(text or "{}"))


class Rooms:
    """What is kept belongs to all processes: `load` reads it, and `change` hands it to one of them
    at a time and keeps what that makes of it."""

    def __init__(self, load: Callable[[], str | None], change: Callable[[Change], object]) -> None:
        self._load, self._change = load, change

    def is_private(self, channel: str, user: str) -> bool:
        """Whether nobody else reads there what this person writes."""
        return not channel or _Known.of(self._load()).private.get(channel) == user

    def opened(self, channel: str, user: str) -> None:
        """This person began their talk with the bot there."""

        def note(known: _Known) -> None:
            if channel not in known.rooms and channel not in known.private:
                kept = [*known.private.items(), (channel, user)]
                known.private = dict(kept[-MOST:])

        if channel:
            self._note(note)

    def came_in(self, channel: str) -> bool:
        """Whether it is a room that was not known."""
        if channel in _Known.of(self._load()).rooms:  # nearly always: nobody waits for a lock
            return False
        is_new = False

        def note(known: _Known) -> None:
            nonlocal is_new
            is_new = channel not in known.rooms
            if is_new:
                known.private.pop(channel, None)
                known.rooms = [*known.rooms, channel][-MOST:]

        self._note(note)
        return is_new

    def went_out(self, channel: str) -> None:
        def note(known: _Known) -> None:
            if channel in known.rooms:
                known.rooms.remove(channel)

        self._note(note)

    def _note(self, act: Callable[[_Known], None]) -> None:
        def changed(text: str | None) -> str:
            known = _Known.of(text)
            act(known)
            return json.dumps(asdict(known))

        self._change(changed)
