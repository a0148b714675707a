"""What is told in LINE WORKS, worked off as `handlers/chat/runner.py` does, in its own shapes."""

import json
from datetime import datetime
from typing import Final

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.runner import CallbackRunner
from handlers.chat.stored_reply import StoredReply
from handlers.lineworks import contents
from handlers.lineworks.answering import EventAnswers, Greet
from handlers.lineworks.door import LineworksDoor
from handlers.lineworks.event import Event, issued_at, read
from handlers.lineworks.reply_sender import LineworksReplySender
from handlers.lineworks.rooms import Rooms
from workflows.core.ports import Callback

SPEAKING: Final = frozenset({"message", "postback"})  # what somebody did who waits for an answer


class LineworksRunner(CallbackRunner):
    def __init__(
        self, door: LineworksDoor, open_unit: OpenCallbackUnit, rooms: Rooms, greet: Greet
    ) -> None:
        super().__init__(door, open_unit, LineworksReplySender(door))
        self._door = door
        self._answers = EventAnswers(door, rooms, greet)

    def happened_at(self, callback: Callback) -> datetime:
        return issued_at(json.loads(callback.content), callback.received_at)

    def speaker_of(self, callback: Callback) -> str:
        event = _event(callback)
        return event.user if event.kind in SPEAKING and not event.channel else ""

    def do(self, callback: Callback) -> StoredReply:
        return self._answers.of(_event(callback), callback.id)

    def not_done(self, callback: Callback, *, is_too_old: bool) -> StoredReply:
        event = _event(callback)
        return self._answers.too_old(event) if is_too_old else self._answers.broken(event)

    def send_sentence(self, user: str, sentence: str) -> None:
        body = {"content": contents.text(sentence)}
        self._door.outgoing.call("send.user", user=user, body=body)


def _event(callback: Callback) -> Event:
    return read(json.loads(callback.content), callback.received_at)
