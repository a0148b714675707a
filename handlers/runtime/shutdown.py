"""The end of a running bot: all of it ends at once, and nobody waits for what hangs."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


class Shutdown:
    """Each part is told to end, and ends what it has begun, on a thread of its own."""

    def __init__(self, parts: Mapping[str, Callable[[], object]]) -> None:
        log.info("stopping")
        self._threads = {
            name: threading.Thread(target=stop, name=f"end of {name}", daemon=True)
            for name, stop in parts.items()
        }
        for thread in self._threads.values():
            thread.start()

    def wait(self, until: float) -> None:
        """Until all have ended, but not beyond that moment of the steady clock."""
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))
        if left := [name for name, thread in self._threads.items() if thread.is_alive()]:
            # What they had claimed is given back, or due again once its lease is over.
            log.warning("stopped_unfinished parts=%s", ",".join(left))
