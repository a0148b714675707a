"""What a callback is answered with, kept until it was told; no link is told that opens nothing.

Which message has arrived is known by what is left; one that may have arrived is not repeated.
"""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.chat.platform_error import ErrorKind, PlatformError

log = logging.getLogger(__name__)

Content = dict[str, Any]  # one message as the platform takes it

AGAIN: Final = timedelta(seconds=20)
# After what it answers was done: an answer that comes later puzzles more than it tells.
LATEST: Final = timedelta(hours=1)
# A link lives for ten minutes from when it was made, and its reader needs most of them.
FRESH: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class StoredReply:
    """The messages that are left, for a `user`, or for everybody in a `room`. `links` are those in
    them that were made at `made_at` and let somebody in once, each with the token that asks anew
    for what it leads to."""

    made_at: str
    user: str = ""
    room: str = ""
    contents: tuple[Content, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)

    def as_text(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class ReplyProgress:
    """How far it came: what is `left` is to be told when `after` has passed; `error` says why not
    all was told."""

    left: StoredReply
    after: timedelta | None = None
    error: str = ""


def from_text(text: str) -> StoredReply:
    return StoredReply(**json.loads(text))


class ReplySender(ABC):
    """Tells people what came of what they did. `platform` is its code."""

    def __init__(self, platform: str) -> None:
        self._platform = platform

    @abstractmethod
    def send(self, content: Content, *, user: str, room: str) -> None:
        """Into the room, if one is named, else to the person alone. Raises PlatformError."""

    @abstractmethod
    def note_if_gone(self, user: str) -> object:
        """They could not be told: whether they are gone is looked up and noted."""

    @abstractmethod
    def renewal_message(self, token: str) -> Content:
        """A message with a button that asks for what an old link led to."""

    def tell(self, telling: StoredReply, now: datetime) -> ReplyProgress:
        """Tell what can be told now."""
        error = ""
        while telling.contents:
            if now - datetime.fromisoformat(telling.made_at) > LATEST:
                return ReplyProgress(telling, error=error or "too_late")
            try:
                content = self._still_good(telling, telling.contents[0], now)
                self.send(content, user=telling.user, room=telling.room)
            except PlatformError as refused:
                error = refused.code
                kind = refused.kind
                log.warning("%s_answer_refused kind=%s error=%s", self._platform, kind, error)
                if kind in (ErrorKind.LATER, ErrorKind.CLOSED):
                    return ReplyProgress(telling, refused.after or AGAIN, error)
                if kind is ErrorKind.NEVER and telling.user:
                    self.note_if_gone(telling.user)
                    return ReplyProgress(telling, error=error)
                # It may be there, or never will be: what follows is told all the same.
            telling = replace(telling, contents=telling.contents[1:])
        return ReplyProgress(telling, error=error)

    def _still_good(self, telling: StoredReply, content: Content, now: datetime) -> Content:
        """The message; or one that asks for it anew, when its link has grown old."""
        old = [telling.links[text] for text in texts_in(content) if text in telling.links]
        if not old or now - datetime.fromisoformat(telling.made_at) <= FRESH:
            return content
        return self.renewal_message(old[0])


def texts_in(part: object) -> Iterator[str]:
    """Everything that is a text of its own, wherever it stands in a message."""
    match part:
        case str():
            yield part
        case dict():
            for value in part.values():
                yield from texts_in(value)
        case list() | tuple():
            for value in part:
                yield from texts_in(value)
        case _:
            pass
