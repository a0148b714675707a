"""What is left of a crash: its kind and its places, never its text, which may quote people."""

import logging
import sys
import threading
from collections.abc import Callable

from workflows.core.errors import frames_of

log = logging.getLogger(__name__)


def without_words(run: Callable[[], int], failed: int) -> int:
    """What `run` answers; `failed` when it broke, once that was logged without a word of it."""
    threading.excepthook = lambda told: _tell(told.exc_type, told.exc_value)
    sys.unraisablehook = lambda told: _tell(told.exc_type, told.exc_value)
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - the process itself: what gets here has no reader
        _tell(type(error), error)
        return failed


def forbid_core_dumps() -> None:
    """No picture of the memory is left on the disk, whatever ends the process."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tell(kind: type[BaseException], error: BaseException | None) -> None:
    log.critical("crashed error=%s at=%s", kind.__name__, frames_of(error) if error else "?")
