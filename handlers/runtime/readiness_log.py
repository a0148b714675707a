"""Whether this process may begin anything by itself now; why not stands in the log once."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class ReadinessLog:
    """`why_not_ready` answers with a code, or with "" when all is well."""

    def __init__(self, why_not_ready: Callable[[], str]) -> None:
        self._why_not_ready, self._saying = why_not_ready, threading.Lock()
        self.why_not = ""  # as it was when it was last asked

    def is_ready(self) -> bool:
        why = self._why_not_ready()
        with self._saying:
            if why != self.why_not:
                if why:
                    log.error("not_ready reason=%s: nothing is claimed until it is over", why)
                else:
                    log.warning("ready_again")
            self.why_not = why
        return not why
