"""Callbacks worked off: what somebody did is done once and in order, then they are told.

For a platform that waits for nothing but that its callback is taken in. Doing and telling are two
steps, each of which may be repeated after a crash: a command that was carried out says so, and what
was told is taken off what is left to tell.
"""

import logging
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.deferred_callbacks import OLDEST, TRIES, RecentKeys, reply_key, was_told_of_delay
from handlers.chat.door import ChatDoor
from handlers.chat.stored_reply import ReplySender, StoredReply, from_text
from handlers.chat.working_off import (
    finish,
    finish_with_reply,
    schedule_reply,
    schedule_retry,
    work_off_next,
)
from handlers.runtime.fault_codes import log_name
from handlers.runtime.pause import Pause
from handlers.runtime.worker_pool import WorkerPool
from workflows.core.errors import frames_of
from workflows.core.ports import Callback, CannotStore

log = logging.getLogger(__name__)

THREADS: Final = 8
SAID_ONCE_IN: Final = timedelta(minutes=1)


class CallbackRunner(ABC):
    """Takes the callbacks one after the other, on threads of its own."""

    def __init__(self, door: ChatDoor, open_unit: OpenCallbackUnit, teller: ReplySender) -> None:
        self._desk, self._platform, self._texts = door.desk, door.platform, door.texts
        self._open, self._teller = open_unit, teller
        self._crew = WorkerPool(THREADS, door.platform)
        self._not_kept: dict[str, Pause] = {}  # by user
        self._told, self._said = RecentKeys(), RecentKeys()  # that it waits; what came of it

    # -- what the platform's own says --------------------------------------------------------------

    @abstractmethod
    def happened_at(self, callback: Callback) -> datetime:
        """When it was, by the platform's clock."""

    @abstractmethod
    def speaker_of(self, callback: Callback) -> str:
        """Who did it by themselves and waits for an answer, as a user there; "" for nobody."""

    @abstractmethod
    def do(self, callback: Callback) -> StoredReply:
        """Do what is to be done about it; what is to be told, to whom."""

    @abstractmethod
    def not_done(self, callback: Callback, *, is_too_old: bool) -> StoredReply:
        """What is told of what broke every time, or of what nobody came to in all that time."""

    @abstractmethod
    def send_sentence(self, user: str, sentence: str) -> None:
        """To this person alone, without the database. Raises PlatformError."""

    # -- from the platform -------------------------------------------------------------------------

    def begin(self, callback: Callback) -> None:
        """Start a thread that works off what is due."""
        self._crew.start(lambda: self._begin(callback), None)

    def tell_not_stored(self, user: str, code: str) -> None:
        """Tell somebody that what they just did was not taken in, and why; once in a while."""
        now = self._desk.now()
        pause = self._not_kept.setdefault(user, Pause())
        if not user or not pause.is_over(now):
            return
        pause.begin(now, SAID_ONCE_IN)
        self._say(user, f"page.trouble.{code}")

    def idle(self, timeout: float = 20) -> bool:
        return self._crew.idle(timeout)

    def stop(self) -> None:
        self._crew.stop()

    # -- one after the other -----------------------------------------------------------------------

    def step(self) -> bool:
        """Work off one callback, or tell what came of one; whether there was one."""
        now = self._desk.now()
        return work_off_next(self._open, self._platform, now, self._work_off, self._tell)

    def _all(self) -> None:
        while self.step():
            pass

    def _begin(self, came_in: Callback) -> None:
        try:
            self._all()
        except CannotStore as error:
            # Nobody could begin with it, and the clock comes to it.
            log.error("%s_not_begun error=%s", self._platform, error.code)
            self._say_that_it_waits(came_in)

    def _say(self, user: str, key: str) -> None:
        """On a thread of its own."""
        self._crew.start(partial(self.send_sentence, user, self._texts.say(key)), None)

    def _say_that_it_waits(self, callback: Callback) -> None:
        """To who did it by themselves, once; nobody is told of what is done already."""
        user = self.speaker_of(callback)
        if user and self._told.add(callback.id) and not was_told_of_delay(callback):
            self._say(user, "put_off.waits")

    def _work_off(self, callback: Callback, worker: str, now: datetime) -> None:
        if now - self.happened_at(callback) > OLDEST:
            too_old = self.not_done(callback, is_too_old=True)
            finish_with_reply(self._open, callback, worker, too_old.as_text(), now)
            return
        broken = self.not_done(callback, is_too_old=False)
        try:
            # Whoever tried before came to no end, not even a bad one: it is not done for ever.
            tried_out = callback.attempt > TRIES
            telling = broken if tried_out else self.do(callback)
        except Exception as error:  # noqa: BLE001 - a process loop: the next ones must go on
            # Named by its kind alone: its text may quote what people wrote.
            code, at = log_name(error), frames_of(error)
            log.error("%s_failed error=%s at=%s", self._platform, code, at)
            is_away = isinstance(error, CannotStore)  # nothing is wrong with it
            if callback.attempt < TRIES or is_away:
                if is_away:
                    self._say_that_it_waits(callback)
                schedule_retry(self._open, callback, worker, error, now)
                return
            telling = broken
        self._told.add(callback.id)  # it waits no longer
        left = telling.as_text() if telling.contents else ""
        finish_with_reply(self._open, callback, worker, left, now)

    def _tell(self, callback: Callback, worker: str, now: datetime) -> None:
        error, word = "", reply_key(callback)
        if not self._said.has(word):
            told = self._teller.tell(from_text(callback.content), now)
            if told.after is not None:
                left, at = told.left.as_text(), now + told.after
                schedule_reply(self._open, callback, worker, left, at=at, error=told.error)
                return
            error = told.error
            self._said.add(word)
        finish(self._open, callback, worker, error)
