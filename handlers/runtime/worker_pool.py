"""The threads on which a platform's door works, so that what is slow holds up nobody's answer."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final, TypeVar

from handlers.runtime.fault_codes import log_name
from workflows.core.errors import frames_of

R = TypeVar("R")
log = logging.getLogger(__name__)

ENDS_WITHIN: Final = 6  # seconds; what is claimed and not done by then is given back


class WorkerPool:
    """`threads` of one platform's door, by its name."""

    def __init__(self, threads: int, name: str) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._running: set[Future[Any]] = set()
        self._lock = threading.Lock()

    def start(self, work: Callable[[], R], failed: R) -> Future[R]:
        """Begin with it; answers with `failed` when it breaks, which is logged."""
        future: Future[R] = self._pool.submit(lambda: safely(work, failed, self._name))
        with self._lock:
            self._running.add(future)
        future.add_done_callback(self._done)
        return future

    def _done(self, future: Future[Any]) -> None:
        with self._lock:
            self._running.discard(future)

    def idle(self, timeout: float = 20) -> bool:
        """Wait until everything that was begun is done; whether it is."""
        ends = time.monotonic() + timeout
        while running := self._begun():
            if wait(running, timeout=max(0.0, ends - time.monotonic())).not_done:
                return False
        return True

    def _begun(self) -> set[Future[Any]]:
        with self._lock:
            return set(self._running)

    def stop(self) -> None:
        """Let what was begun come to its end, with all that follows from it."""
        if not self.idle(ENDS_WITHIN):
            log.error("%s_stopped unfinished=%d", self._name, len(self._begun()))
        self._pool.shutdown(wait=False, cancel_futures=True)


def safely(work: Callable[[], R], failed: R, name: str) -> R:
    """Run `work` and return its result; `failed` when it raised."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a process loop: nobody else would see it
        # Named by its kind alone: its text may quote what people wrote.
        log.error("%s_failed error=%s at=%s", name, log_name(error), frames_of(error))
        return failed
