"""What a platform was told that it was not kept, and tells again."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from handlers.chat.callback_writer import CallbackWriter, NotStored
from tests.handlers.test_slack_app import until
from tests.support.town import TownHall
from workflows.core.ports import Callback

LONG = 60.0  # seconds: longer than any test lasts


class Slow:
    """A database whose transactions begin and end once they may."""

    def __init__(self, hall: TownHall) -> None:
        self._hall = hall
        self.may_begin, self.may_end = threading.Semaphore(0), threading.Semaphore(0)

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        assert self.may_begin.acquire(timeout=LONG)
        with self._hall.database.open_with_priority() as unit:
            yield unit
        assert self.may_end.acquire(timeout=LONG)


def told(hall: TownHall, name: str) -> Callback:
    return Callback(name * 64, "slack", f"U{name}", "{}", hall.desk.now())


@pytest.mark.parametrize("together", [False, True])
def test_what_is_told_again_after_it_was_refused_is_kept(
    any_hall: TownHall, *, together: bool
) -> None:
    """Slack tells an event again at once; the first may be written only after that was refused.
    Whether both are written together or one after the other: whoever was told that it was taken
    in finds it kept."""
    slow = Slow(any_hall)
    kept = CallbackWriter(slow, "worker")
    waiting = kept._waiting
    with ThreadPoolExecutor(3) as hands:
        hands.submit(kept.keep, told(any_hall, "b"), LONG)
        until(lambda: kept._busy and not waiting)
        first = hands.submit(kept.keep, told(any_hall, "a"), 0.5)
        until(lambda: len(waiting) == 1)
        again: list[Future[Callback | None]] = []
        if together:
            again.append(hands.submit(kept.keep, told(any_hall, "a"), LONG))
            until(lambda: len(waiting) == 2)
        slow.may_end.release()
        slow.may_begin.release(2)
        until(lambda: not waiting)
        with pytest.raises(NotStored):
            first.result(LONG)
        if not together:
            again.append(hands.submit(kept.keep, told(any_hall, "a"), LONG))
            until(lambda: len(waiting) == 1)
        slow.may_begin.release(9)
        slow.may_end.release(9)
        row = again[0].result(LONG)
        assert row, "it had not come before: nobody else does it"
        assert kept.idle(LONG)
    kept.put_off(row, row.received_at, "why")
    assert kept.idle(LONG)
    kept.stop()
    with any_hall.database.open() as unit:
        found = [unit.callbacks.claim(row.received_at, "late", "slack") for _ in range(2)]
    assert [one and one.id for one in found] == [row.id, None]
