"""What a callback is answered with, kept until it was told; no link is told that opens nothing.

Which message has arrived is known by what is left; one that may have arrived is not repeated.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from handlers.lineworks import contents
from handlers.lineworks.api import ErrorKind, LineworksRefused
from handlers.lineworks.contents import Button
from handlers.lineworks.door import Content, LineworksDoor
from handlers.lineworks.people import is_gone

log = logging.getLogger(__name__)

AGAIN: Final = timedelta(seconds=20)
# After what it answers was done: an answer that comes later puzzles more than it tells.
LATEST: Final = timedelta(hours=1)
# A link lives for ten minutes from when it was made, and its reader needs most of them.
FRESH: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class Telling:
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
class Told:
    """How far it came: what is `left` is to be told when `after` has passed; `error` says why not
    all was told."""

    left: Telling
    after: timedelta | None = None
    error: str = ""


def from_text(text: str) -> Telling:
    return Telling(**json.loads(text))


def tell(door: LineworksDoor, telling: Telling, now: datetime) -> Told:
    """Tell what can be told now."""
    error = ""
    while telling.contents:
        if now - datetime.fromisoformat(telling.made_at) > LATEST:
            return Told(telling, error=error or "too_late")
        try:
            _send(door, telling, _still_good(door, telling, telling.contents[0], now))
        except LineworksRefused as refused:
            error = refused.code
            log.warning("lineworks_answer_refused kind=%s error=%s", refused.kind, error)
            if refused.kind in (ErrorKind.LATER, ErrorKind.CLOSED):
                return Told(telling, refused.after or AGAIN, error)
            if refused.kind is ErrorKind.NEVER and telling.user:
                is_gone(door, telling.user)
                return Told(telling, error=error)
            # It may be there, or never will be: what follows is told all the same.
        telling = replace(telling, contents=telling.contents[1:])
    return Told(telling, error=error)


def _send(door: LineworksDoor, telling: Telling, content: Content) -> None:
    call, body = door.outgoing.call, {"content": content}
    if telling.room:
        call("send.room", room=telling.room, body=body)
    else:
        call("send.user", user=telling.user, body=body)


def _still_good(door: LineworksDoor, telling: Telling, content: Content, now: datetime) -> Content:
    """The message; or a button that asks for it anew, when its link has grown old."""
    old = [telling.links[uri] for uri in _uris(content) if uri in telling.links]
    if not old or now - datetime.fromisoformat(telling.made_at) <= FRESH:
        return content
    button = Button(door.say("lineworks_app.late.again"), old[0])
    return contents.buttons(door.say("lineworks_app.late.why"), button)


def _uris(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("uri"), str):
            yield part["uri"]
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from _uris(inner)
