"""Callbacks worked off: what somebody did is done once and in order, then they are told.

Doing and telling are two steps, each of which may be repeated after a crash: a command that was
carried out says so, and what was told is taken off what is left to tell.
"""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import uuid4

from handlers.crew import Crew
from handlers.lineworks import contents
from handlers.lineworks.api import Kind, LineworksRefused
from handlers.lineworks.door import (
    HAPPENED,
    LINEWORKS,
    PRESS,
    PRESSED,
    UNDERSTOOD,
    Heard,
    Here,
    LineworksDoor,
    Said,
)
from handlers.lineworks.event import Event, read
from handlers.lineworks.people import is_gone
from handlers.lineworks.rooms import Rooms
from handlers.tokens import BadToken
from workflows.accounts import WhoIs
from workflows.errors import Invalid, Refused
from workflows.permissions import Caller
from workflows.ports import Callback

log = logging.getLogger(__name__)

THREADS: Final = 8
TRIES: Final = 3
AGAIN: Final = timedelta(seconds=20)
LATEST: Final = timedelta(hours=1)  # an answer that comes later puzzles more than it tells
OUR_FAULT: Final = "broken"
ROOM_KINDS: Final = frozenset({"join", "joined", "leave", "left"})
FOR_EVERYBODY: Final = "room"
NOT_OURS: Final = "?"  # what stands for the verb of a button that cannot be read


class Callbacks(Protocol):
    def put(self, callback: Callback) -> bool: ...
    def claim(self, now: datetime, worker: str, platform: str) -> Callback | None: ...
    def answered(self, callback: Callback, worker: str, content: str, now: datetime) -> bool: ...
    def later(
        self,
        callback: Callback,
        worker: str,
        try_at: datetime,
        error: str,
        *,
        content: str,
        counted: bool,
    ) -> bool: ...
    def over(self, callback: Callback, worker: str, error: str = "") -> bool: ...


class CallbackUnit(Protocol):
    """The part of a unit of work that callbacks need."""

    @property
    def callbacks(self) -> Callbacks: ...
    def commit(self) -> None: ...


class OpenCallbackUnit(Protocol):
    def __call__(self) -> AbstractContextManager[CallbackUnit]: ...


Greet = Callable[[LineworksDoor, str, str], str | Said]
# Left to be told: where ("user" or "room"), to whom, and the messages.
Telling = dict[str, Any]


class Runner:
    """`greet` answers people who are not linked; it may link them and hand back their member."""

    def __init__(
        self, door: LineworksDoor, open_unit: OpenCallbackUnit, rooms: Rooms, greet: Greet
    ) -> None:
        self._door, self._open, self._rooms, self._greet = door, open_unit, rooms, greet
        self._crew = Crew(THREADS, LINEWORKS)

    def begin(self) -> None:
        """Something came in: work off what is due, on a thread of ours."""
        self._crew.start(self._all, None)

    def idle(self, timeout: float = 20) -> bool:
        return self._crew.idle(timeout)

    def stop(self) -> None:
        self._crew.stop()

    def _all(self) -> None:
        while self.step():
            pass

    def step(self) -> bool:
        """Work off one callback, or tell what came of one; whether there was one."""
        now, worker = self._door.desk.now(), uuid4().hex
        with self._open() as unit:
            callback = unit.callbacks.claim(now, worker, LINEWORKS)
            unit.commit()
        if callback is None:
            return False
        if callback.answered:
            self._tell(callback, worker, now)
        else:
            self._work_off(callback, worker, now)
        return True

    # -- doing it ---------------------------------------------------------------------------------

    def _work_off(self, callback: Callback, worker: str, now: datetime) -> None:
        event = read(json.loads(callback.content), callback.received_at)
        broken = self._to_user(event.user, self._said("lineworks_app.broken"))
        try:
            # Whoever tried before came to no end, not even a bad one: it is not done for ever.
            telling = self._told_of(event, callback) if callback.attempt <= TRIES else broken
        except Exception as error:  # noqa: BLE001 - a process loop: the next ones must go on
            # Named by its kind alone: its text may quote what people wrote.
            log.error("lineworks_failed error=%s", type(error).__name__)
            if callback.attempt < TRIES:
                self._put_off(callback, worker, now + AGAIN, type(error).__name__, callback.content)
                return
            telling = broken
        with self._open() as unit:
            if telling["contents"]:
                unit.callbacks.answered(callback, worker, json.dumps(telling), now)
            else:
                unit.callbacks.over(callback, worker)
            unit.commit()

    def _told_of(self, event: Event, callback: Callback) -> Telling:
        """Do what is to be done about it; what is to be told, to whom."""
        if event.kind in ROOM_KINDS:
            return self._room_moved(event)
        if not event.user:
            return self._to_user("", None)
        in_room = event.channel if event.channel and event.channel in self._rooms else ""
        token = self._token(event)
        if in_room and token["v"] in ("", NOT_OURS):
            return self._to_user("", None)  # people talk among themselves, or with another bot
        said = self._answer(event, token, in_room, callback.id)
        return self._to_user(event.user, said)

    def _room_moved(self, event: Event) -> Telling:
        """In a room the bot says once that it is to be asked privately, and then keeps silent."""
        if event.kind == "leave":
            self._rooms.went_out(event.channel)
        elif event.channel and self._rooms.came_in(event.channel) and event.kind == "join":
            said = self._said("lineworks_app.room")
            return {"to": FOR_EVERYBODY, "id": event.channel, "contents": list(said.contents)}
        return self._to_user("", None)

    def _token(self, event: Event) -> dict[str, str]:
        none = {"v": "", "s": "", "i": ""}
        if not event.token:
            return none
        try:
            return self._door.tokens.open(PRESS, event.token)
        except BadToken:
            log.warning("lineworks_press_refused error=bad_token")
            return none | {"v": NOT_OURS}  # not typed by anybody: its label is no answer

    def _answer(
        self, event: Event, token: dict[str, str], in_room: str, event_id: str
    ) -> Said | None:
        member_id = self._door.desk.ask(WhoIs(LINEWORKS, event.user), Caller.DOOR, door=LINEWORKS)
        if member_id is None:
            if event.kind not in ("message", "postback", *HAPPENED):
                return None
            found = self._greet(self._door, event.user, token["v"])
            if isinstance(found, Said):
                return found
            member_id = found
        here = Here(self._door, member_id, event.user, event_id, in_room)
        heard = Heard(here, token["v"], token["s"], token["i"], event.text, event.at)
        try:
            return self._answer_of(event, heard)
        except Invalid as invalid:
            words = [self._door.say(one.key, **one.facts) for one in invalid.errors]
            return Said(contents.text("\n".join(words)))
        except Refused as refused:  # done already, decided since, not allowed: it says why
            return Said(contents.text(self._door.sentence(refused)))

    def _answer_of(self, event: Event, heard: Heard) -> Said | None:
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

    @staticmethod
    def _to_user(user: str, said: Said | None) -> Telling:
        told = list(said.contents) if said and user else []
        return {"to": "user", "id": user, "contents": told}

    # -- telling it -------------------------------------------------------------------------------

    def _tell(self, callback: Callback, worker: str, now: datetime) -> None:
        telling: Telling = json.loads(callback.content)
        error = ""
        while telling["contents"]:
            if now - callback.received_at > LATEST:
                error = error or "too_late"
                break
            try:
                self._send(telling, telling["contents"][0])
            except LineworksRefused as refused:
                error = refused.code
                log.warning("lineworks_answer_refused kind=%s error=%s", refused.kind, error)
                if refused.kind in (Kind.LATER, Kind.CLOSED):
                    self._put_off(
                        callback, worker, now + (refused.after or AGAIN), error, json.dumps(telling)
                    )
                    return
                if refused.kind is Kind.NEVER and telling["to"] == "user":
                    is_gone(self._door, telling["id"])
                    break
                # It may be there, or never will be: what follows is told all the same.
            telling["contents"] = telling["contents"][1:]
        with self._open() as unit:
            unit.callbacks.over(callback, worker, error)
            unit.commit()

    def _send(self, telling: Telling, content: Any) -> None:
        call, body = self._door.outgoing.call, {"content": content}
        if telling["to"] == FOR_EVERYBODY:
            call("send.room", room=telling["id"], body=body)
        else:
            call("send.user", user=telling["id"], body=body)

    def _put_off(
        self, callback: Callback, worker: str, at: datetime, error: str, content: str
    ) -> None:
        with self._open() as unit:
            unit.callbacks.later(
                callback, worker, at, error, content=content, counted=not callback.answered
            )
            unit.commit()
