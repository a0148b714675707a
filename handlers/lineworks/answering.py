"""What is done about one callback, and what is told of it to whom. Nothing is sent here."""

import logging
from collections.abc import Callable
from typing import Final

from handlers.chat.stored_reply import StoredReply
from handlers.lineworks import contents
from handlers.lineworks.door import (
    HAPPENED,
    LINEWORKS,
    PRESSED,
    UNDERSTOOD,
    Content,
    Here,
    LineworksDoor,
    Said,
    UserInput,
)
from handlers.lineworks.event import BEGUN, Event
from handlers.lineworks.rooms import Rooms
from handlers.runtime.tokens import BadToken
from workflows.chat.accounts import GetMemberOfAccount
from workflows.core.errors import Invalid, Refused
from workflows.core.permissions import Caller

log = logging.getLogger(__name__)

ROOM_KINDS: Final = frozenset({"join", "joined", "leave", "left"})
NOT_OURS: Final = "?"  # what stands for the verb of a button that cannot be read

Greet = Callable[[LineworksDoor, str, str], str | Said]


class EventAnswers:
    """`greet` answers people who are not linked; it may link them and hand back their member."""

    def __init__(self, door: LineworksDoor, rooms: Rooms, greet: Greet) -> None:
        self._door, self._rooms, self._greet = door, rooms, greet

    def of(self, event: Event, event_id: str) -> StoredReply:
        """Do what is to be done about it; what is to be told, to whom."""
        if event.kind in ROOM_KINDS:
            return self._room_moved(event)
        if not event.user:
            return self._telling()
        if event.kind == BEGUN:
            self._rooms.opened(event.channel, event.user)
        token = self._token(event)
        private = self._rooms.is_private(event.channel, event.user)
        if not private and token["v"] in ("", NOT_OURS):
            return self._telling()  # people talk among themselves, or with another bot
        return self._answer(event, token, event_id)

    def broken(self, event: Event) -> StoredReply:
        """The answer to an event that broke."""
        return self._telling(user=event.user, said=self._said("lineworks_app.broken"))

    def too_old(self, event: Event) -> StoredReply:
        """The answer to an event that was stored and not worked off in time."""
        return self._telling(user=event.user, said=self._said("put_off.too_old"))

    def _room_moved(self, event: Event) -> StoredReply:
        """In a room the bot says once that it is to be asked privately, and then keeps silent."""
        if event.kind == "leave":
            self._rooms.went_out(event.channel)
        elif event.channel and self._rooms.came_in(event.channel) and event.kind == "join":
            said = self._said("lineworks_app.room")
            return StoredReply(self._now(), room=event.channel, contents=said.contents)
        return self._telling()

    def _token(self, event: Event) -> dict[str, str]:
        none = {"v": "", "s": "", "i": ""}
        if not event.token:
            return none
        try:
            return self._door.read_token(event.token)
        except BadToken:
            log.warning("lineworks_press_refused error=bad_token")
            return none | {"v": NOT_OURS}  # not typed by anybody: its label is no answer

    def _answer(self, event: Event, token: dict[str, str], event_id: str) -> StoredReply:
        member_id = self._door.desk.ask(
            GetMemberOfAccount(LINEWORKS, event.user), Caller.DOOR, door=LINEWORKS
        )
        if member_id is None:
            if event.kind not in ("message", "postback", *HAPPENED):
                return self._telling()
            found = self._greet(self._door, event.user, token["v"])
            if isinstance(found, Said):
                return self._telling(user=event.user, said=found)
            member_id = found
        here = Here(self._door, member_id, event.user, event_id, said_at=event.received_at)
        heard = UserInput(here, token["v"], token["s"], token["i"], event.text, event.at)
        try:
            said = self._answer_of(event, heard)
        except Invalid as invalid:
            words = [self._door.say(one.key, **one.facts) for one in invalid.errors]
            said = Said(contents.text("\n".join(words)))
        except Refused as refused:  # done already, decided since, not allowed: it says why
            said = Said(contents.text(self._door.sentence(refused)))
        return self._telling(user=event.user, said=said, links=here.links)

    def _answer_of(self, event: Event, heard: UserInput) -> Said | None:
        if heard.verb:
            act = PRESSED.get(heard.verb)
            return act(heard) if act else self._said("lineworks_app.stale")
        if event.kind in HAPPENED:
            return HAPPENED[event.kind](heard)
        if event.kind != "message":
            return None
        for _, understood in UNDERSTOOD:
            said = understood(heard)
            if said is not None:
                return said
        return None

    def _said(self, key: str) -> Said:
        return Said(contents.text(self._door.say(key)))

    def _telling(
        self, *, user: str = "", said: Said | None = None, links: dict[str, str] | None = None
    ) -> StoredReply:
        told: tuple[Content, ...] = said.contents if said and user else ()
        return StoredReply(self._now(), user=user, contents=told, links=links or {})

    def _now(self) -> str:
        return self._door.desk.now().isoformat()
