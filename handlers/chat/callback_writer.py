"""Callbacks kept before they are answered: those that come together in one transaction.

A platform that waits for its answer waits for nothing but this. The transactions are made by one
thread of their own, so that a database that is busy or away keeps nobody longer than PATIENCE:
then it is said that nothing was kept, and nothing is.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from handlers.chat.callbacks import Callbacks, OpenCallbackUnit
from handlers.chat.caller_priority import CallerPriority
from handlers.runtime.fault_codes import log_name
from workflows.core.errors import frames_of
from workflows.core.ports import Callback

log = logging.getLogger(__name__)
T = TypeVar("T")
Write = Callable[[Callbacks], object]

PATIENCE: Final = 1.5  # seconds
MOMENT: Final = 0.1  # seconds in which what nobody waits for is gathered
MOST_AT_ONCE: Final = 200
REST: Final = 1.0  # seconds until what nobody waits for is tried again
ENDS_WITHIN: Final = 2.0  # seconds: what is not written by then is due again once its lease ends


class NotStored(Exception):
    """Not stored in time: nobody may be told that it was accepted."""


@dataclass
class _Waiting:
    """One whose platform waits. `kept` and `given_up` are written under the lock."""

    callback: Callback
    done: threading.Event = field(default_factory=threading.Event)
    is_new: bool = False
    kept: bool = False
    given_up: bool = False


class CallbackWriter:
    """`worker` claims what is kept: this process begins with it at once, and says when it is
    over. Whose platform waits counts among `waited`."""

    def __init__(
        self, open_unit: OpenCallbackUnit, worker: str, waited: CallerPriority | None = None
    ) -> None:
        self._open, self._worker = open_unit, worker
        self.waited = waited or CallerPriority()
        self._lock = threading.Lock()
        self._to_write = threading.Condition(self._lock)  # what the thread waits for
        self._changed = threading.Condition(self._lock)  # what others wait for: it was written
        self._waiting: deque[_Waiting] = deque()
        # What came too late, and is forgotten before anything else is kept: it may be told again.
        self._too_late: deque[Callback] = deque()
        self._over: deque[Callback] = deque()
        self._writes: deque[Write] = deque()  # what else nobody waits for
        self._thread: threading.Thread | None = None
        self._busy = self._hurry = self._stopping = False
        # By the steady clock: until when what nobody waits for is gathered, and until when the
        # database, which took nothing just now, has a rest.
        self._gathering_until = self._resting_until = 0.0

    def keep(self, callback: Callback, patience: float = PATIENCE) -> Callback | None:
        """As it was claimed; None when the same had come before. Raises NotStored once `patience`
        (seconds) is over."""
        one = _Waiting(replace(callback, attempt=1))
        with self.waited.here():
            with self._lock:
                self._waiting.append(one)
                self._begin()
            one.done.wait(patience)
        with self._lock:
            if not one.kept:
                one.given_up = True
                raise NotStored
        return one.callback if one.is_new else None

    def over(self, callback: Callback) -> None:
        """Nothing is left to be done about it; said without waiting for it."""
        with self._lock:
            self._gather()
            self._over.append(callback)
            self._begin()

    def say_later(self, callback: Callback, content: str, at: datetime) -> None:
        """Mark it done; `content`, the reply that did not get out, is due at `at` for whoever sends
        it."""
        self._write_later(lambda rows: rows.answered(callback, self._worker, content, at))

    def put_off(self, callback: Callback, at: datetime, error: str) -> None:
        """Postpone it to `at`; this attempt does not count."""
        content = callback.content
        self._write_later(
            lambda rows: rows.later(
                callback, self._worker, at, error, content=content, counted=False
            )
        )

    def idle(self, timeout: float) -> bool:
        """Wait until all of it is written; whether it is."""
        with self._lock:
            self._hurry = True
            self._to_write.notify()
            return self._changed.wait_for(lambda: not self._busy and self._is_written(), timeout)

    def stop(self) -> None:
        """Write what is to be written, within a few seconds."""
        with self._lock:
            self._stopping = True
            self._to_write.notify()
        if self._thread:
            self._thread.join(ENDS_WITHIN)

    # -- on the thread ----------------------------------------------------------------------------

    def _write_later(self, write: Write) -> None:
        with self._lock:
            self._gather()
            self._writes.append(write)
            self._begin()

    def _gather(self) -> None:
        """The first of what nobody waits for waits for more of it."""
        if not (self._over or self._writes):
            self._gathering_until = time.monotonic() + MOMENT

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kept callbacks", daemon=True)
            self._thread.start()
        self._to_write.notify()

    def _is_written(self) -> bool:
        return not (self._waiting or self._too_late or self._over or self._writes)

    def _pause(self) -> float | None:
        """Seconds until there is something to write; None until somebody says so."""
        if self._stopping or self._waiting:
            return 0
        return None if self._is_written() else self._later()

    def _later(self) -> float:
        """Seconds until what nobody waits for is written."""
        gathering = 0.0 if self._hurry or self._too_late else self._gathering_until
        return max(0.0, max(gathering, self._resting_until) - time.monotonic())

    def _run(self) -> None:
        while True:
            with self._lock:
                self._busy = False
                if self._is_written():
                    self._hurry = False
                    self._changed.notify_all()
                while (pause := self._pause()) != 0:
                    self._to_write.wait(pause)
                if self._stopping and self._is_written():
                    return
                self._busy = True
                coming = [w for w in _taken(self._waiting) if not w.given_up]
                too_late, over, writes = list(self._too_late), list[Callback](), list[Write]()
                if self._stopping or not self._later():
                    over, writes = _taken(self._over), _taken(self._writes)
            try:
                with self._open() as unit:
                    new = self._write(unit.callbacks, too_late, coming, over, writes)
                    unit.commit()
            except Exception as error:  # noqa: BLE001 - a process loop: the next ones must go on
                log.error("callbacks_not_kept error=%s at=%s", log_name(error), frames_of(error))
                self._failed(over, writes)
            else:
                self._written(too_late, coming, new)
            for one in coming:
                one.done.set()

    def _write(
        self,
        rows: Callbacks,
        too_late: list[Callback],
        coming: list[_Waiting],
        over: list[Callback],
        writes: list[Write],
    ) -> frozenset[str]:
        """In few statements, however many there are: each may wait its turn among all threads.
        Answers with the ids of those that had not come before."""
        for one in too_late:
            rows.take_back(one, self._worker)
        new = frozenset[str]()
        if coming:
            new = rows.put_claimed([one.callback for one in coming], self._worker)
        if over:
            rows.finish_all(over, self._worker)
        for write in writes:
            write(rows)
        return new

    def _written(
        self, too_late: list[Callback], coming: list[_Waiting], new: frozenset[str]
    ) -> None:
        """Of the same that was told several times whoever still waits first has it."""
        with self._lock:
            for _ in too_late:
                self._too_late.popleft()
            begun: set[str] = set()
            for one in coming:
                one.kept = not one.given_up
                one.is_new = one.kept and one.callback.id in new - begun
                begun |= {one.callback.id} if one.is_new else set()
            # Their platform was told that they were not.
            refused = {w.callback.id: w.callback for w in coming if w.callback.id in new - begun}
            self._too_late += refused.values()

    def _failed(self, over: list[Callback], writes: list[Write]) -> None:
        with self._lock:
            self._resting_until = time.monotonic() + REST
            if self._stopping:
                self._too_late.clear()
            else:
                self._over.extendleft(reversed(over))
                self._writes.extendleft(reversed(writes))


def _taken(queue: deque[T]) -> list[T]:
    return [queue.popleft() for _ in range(min(len(queue), MOST_AT_ONCE))]
