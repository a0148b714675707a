"""Callbacks worked off: what somebody did is done once and in order, then they are told.

Doing (answering.py) and telling (telling.py) are two steps, each of which may be repeated after a
crash: a command that was carried out says so, and what was told is taken off what is left to tell.
"""

import json
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from handlers.chat.callbacks import OpenCallbackUnit, work_off_next
from handlers.chat.put_off import (
    AGAIN,
    OLDEST,
    TRIES,
    Recent,
    again_at,
    noted,
    was_told,
    what_is_said,
)
from handlers.lineworks import contents
from handlers.lineworks.answering import Answers, Greet
from handlers.lineworks.door import LINEWORKS, LineworksDoor
from handlers.lineworks.event import issued_at, read
from handlers.lineworks.rooms import Rooms
from handlers.lineworks.telling import from_text, tell
from handlers.runtime.fault_codes import log_name
from handlers.runtime.pause import Pause
from handlers.runtime.worker_pool import Crew
from workflows.core.ports import Callback, CannotStore

log = logging.getLogger(__name__)

THREADS: Final = 8
SPEAKING: Final = frozenset({"message", "postback"})  # what somebody did who waits for an answer
SAID_ONCE_IN: Final = timedelta(minutes=1)


class Runner:
    """Takes the callbacks one after the other, on threads of its own."""

    def __init__(
        self, door: LineworksDoor, open_unit: OpenCallbackUnit, rooms: Rooms, greet: Greet
    ) -> None:
        self._door, self._open = door, open_unit
        self._answers = Answers(door, rooms, greet)
        self._crew = Crew(THREADS, LINEWORKS)
        self._not_kept: dict[str, Pause] = {}  # by user
        self._told, self._said = Recent(), Recent()  # that it waits; what came of it

    def begin(self, callback: Callback) -> None:
        """It came in: work off what is due, on a thread of ours."""
        self._crew.start(lambda: self._begin(callback), None)

    def say_not_kept(self, user: str, code: str) -> None:
        """Tell somebody that what they just did was not taken in, and why; once in a while."""
        now = self._door.desk.now()
        pause = self._not_kept.setdefault(user, Pause())
        if not user or not pause.is_over(now):
            return
        pause.begin(now, SAID_ONCE_IN)
        self._say(user, f"page.trouble.{code}")

    def _say(self, user: str, key: str) -> None:
        """Without the database, on a thread of its own."""
        content = contents.text(self._door.say(key))
        call = partial(self._door.outgoing.call, "send.user", user=user, body={"content": content})
        nothing: dict[str, Any] = {}
        self._crew.start(call, nothing)

    def idle(self, timeout: float = 20) -> bool:
        return self._crew.idle(timeout)

    def stop(self) -> None:
        self._crew.stop()

    def _all(self) -> None:
        while self.step():
            pass

    def _begin(self, came_in: Callback) -> None:
        try:
            self._all()
        except CannotStore as error:
            # Nobody could begin with it, and the clock comes to it.
            log.error("lineworks_not_begun error=%s", error.code)
            self._say_that_it_waits(came_in)

    def _say_that_it_waits(self, callback: Callback) -> None:
        """To who did it by themselves, once; nobody is told of what is done already."""
        said = json.loads(callback.content)
        event = read(said, callback.received_at)
        speaks = event.kind in SPEAKING and not event.channel
        if speaks and event.user and self._told.add(callback.id) and not was_told(callback):
            self._say(event.user, "put_off.waits")

    def step(self) -> bool:
        """Work off one callback, or tell what came of one; whether there was one."""
        now = self._door.desk.now()
        return work_off_next(self._open, LINEWORKS, now, self._work_off, self._tell)

    def _work_off(self, callback: Callback, worker: str, now: datetime) -> None:
        said = json.loads(callback.content)
        event = read(said, callback.received_at)
        if now - issued_at(said, callback.received_at) > OLDEST:
            too_old = self._answers.too_old(event)
            with self._open() as unit:
                unit.callbacks.answered(callback, worker, too_old.as_text(), now)
                unit.commit()
            return
        broken = self._answers.broken(event)
        try:
            # Whoever tried before came to no end, not even a bad one: it is not done for ever.
            tried_out = callback.attempt > TRIES
            telling = broken if tried_out else self._answers.of(event, callback.id)
        except Exception as error:  # noqa: BLE001 - a process loop: the next ones must go on
            # Named by its kind alone: its text may quote what people wrote.
            log.error("lineworks_failed error=%s", log_name(error))
            is_away = isinstance(error, CannotStore)  # nothing is wrong with it
            if callback.attempt < TRIES or is_away:
                if is_away:
                    self._say_that_it_waits(callback)
                at = again_at(callback, now) if is_away else now + AGAIN
                why = noted(callback, log_name(error), waits=is_away)
                self._put_off(callback, worker, at, why, callback.content, is_away=is_away)
                return
            telling = broken
        self._told.add(callback.id)  # it waits no longer
        with self._open() as unit:
            if telling.contents:
                unit.callbacks.answered(callback, worker, telling.as_text(), now)
            else:
                unit.callbacks.over(callback, worker)
            unit.commit()

    def _tell(self, callback: Callback, worker: str, now: datetime) -> None:
        error, word = "", what_is_said(callback)
        if not self._said.has(word):
            told = tell(self._door, from_text(callback.content), now)
            if told.after is not None:
                left = told.left.as_text()
                self._put_off(callback, worker, now + told.after, told.error, left)
                return
            error = told.error
            self._said.add(word)
        with self._open() as unit:
            unit.callbacks.over(callback, worker, error)
            unit.commit()

    def _put_off(
        self,
        callback: Callback,
        worker: str,
        at: datetime,
        error: str,
        content: str,
        *,
        is_away: bool = False,
    ) -> None:
        counted = not callback.answered and not is_away
        with self._open() as unit:
            unit.callbacks.later(callback, worker, at, error, content=content, counted=counted)
            unit.commit()
