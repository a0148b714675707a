"""Rows of what a platform told, worked off one after the other: what becomes of a row."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from handlers.chat.callbacks import OpenCallbackUnit
from handlers.chat.deferred_callbacks import AGAIN, again_at, deferral_text
from handlers.runtime.fault_codes import log_name
from workflows.core.ports import Callback, CannotStore


def work_off_next(
    open_unit: OpenCallbackUnit,
    platform: str,
    now: datetime,
    do: Callable[[Callback, str, datetime], None],
    say: Callable[[Callback, str, datetime], None],
) -> bool:
    """Claim one and do it, or say what came of it, with the worker that has it; whether there was
    one."""
    worker = uuid4().hex
    with open_unit() as unit:
        callback = unit.callbacks.claim(now, worker, platform)
        unit.commit()
    if callback is None:
        return False
    (say if callback.answered else do)(callback, worker, now)
    return True


def finish_with_reply(
    open_unit: OpenCallbackUnit, callback: Callback, worker: str, left_to_say: str, now: datetime
) -> None:
    """Mark a callback done; `left_to_say` (if not "") becomes a reply to be claimed by itself."""
    with open_unit() as unit:
        if left_to_say:
            unit.callbacks.answered(callback, worker, left_to_say, now)
        else:
            unit.callbacks.over(callback, worker)
        unit.commit()


def finish(open_unit: OpenCallbackUnit, callback: Callback, worker: str, error: str = "") -> None:
    """Nothing is left to be done or said; `error` says why not all was."""
    with open_unit() as unit:
        unit.callbacks.over(callback, worker, error)
        unit.commit()


def schedule_retry(
    open_unit: OpenCallbackUnit,
    callback: Callback,
    worker: str,
    error: Exception,
    now: datetime,
) -> None:
    """Schedule another attempt after a failure; while the database is read-only or away none is
    counted."""
    waits = isinstance(error, CannotStore)
    at = again_at(callback, now) if waits else now + AGAIN
    why = deferral_text(callback, log_name(error), waits=waits)
    with open_unit() as unit:
        text = callback.content
        unit.callbacks.later(callback, worker, at, why, content=text, counted=not waits)
        unit.commit()


def schedule_reply(
    open_unit: OpenCallbackUnit,
    callback: Callback,
    worker: str,
    left_to_say: str,
    *,
    at: datetime,
    error: str,
) -> None:
    """Schedule the reply of a callback that is done, when it did not get out."""
    with open_unit() as unit:
        unit.callbacks.later(callback, worker, at, error, content=left_to_say, counted=False)
        unit.commit()
