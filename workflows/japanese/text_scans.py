"""Texts are scanned while no transaction is open: there is one writer at a time for everybody.

A workflow asks for a scan where it needs its answer (`scan_between_transactions`). Inside a
transaction nothing is scanned: what has no answer yet is noted, the workflow goes on as if nothing
had been found, and the desk undoes all of it, has the scans carried out, and begins anew. The key
of a scan holds whatever its answer rests on; so where a record changed meanwhile, another question
is asked.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar, cast

V = TypeVar("V")

# [ours] How often a message is begun anew: a list is read, then its cells are scanned, then texts
# are held against names, which somebody may have changed. After this many rounds it is refused.
ROUNDS: Final = 8
# [ours] Characters times terms that one message may have compared: a nanosecond each. A page with
# 200 comments of 400 characters on 30 cases, in a town of 700 agencies and members, takes a
# twentieth; a text that is held against 1,000 open cases an eighth.
SCAN_BUDGET: Final = 4_000_000_000


class Scans:
    """What one message asked to be scanned, and the answers."""

    def __init__(self) -> None:
        self.in_transaction = False
        self._answers: dict[Hashable, object] = {}
        self._wanted: dict[Hashable, Callable[[], object]] = {}
        self._kept: dict[Hashable, object] = {}
        self._left = SCAN_BUDGET

    @property
    def has_pending(self) -> bool:
        """Whether something has no answer: then what was done on the way is not to be kept."""
        return bool(self._wanted)

    def ask(self, key: Hashable, scan: Callable[[], V], meanwhile: V) -> V:
        if key in self._answers:
            return cast(V, self._answers[key])
        if self.in_transaction:
            self._wanted[key] = scan
            return meanwhile
        answer = self._answers[key] = scan()
        return answer

    @contextmanager
    def transaction(self, *, inside: bool = False) -> Iterator[None]:
        """While one is open; `inside`: what is asked for is scanned all the same."""
        self.in_transaction = not inside
        try:
            yield
        finally:
            self.in_transaction = False

    def run_pending(self) -> None:
        """Answer what was asked for, in the order in which it was."""
        wanted, self._wanted = self._wanted, {}
        for key, scan in wanted.items():
            self._answers[key] = scan()

    def keep(self, key: Hashable, make: Callable[[], V]) -> V:
        if key not in self._kept:
            self._kept[key] = make()
        return cast(V, self._kept[key])

    def spend_budget(self, units: int) -> bool:
        """Take so much of the budget; False, and nothing taken, when it is not there."""
        if units > self._left:
            return False
        self._left -= units
        return True


_current: Final[ContextVar[Scans | None]] = ContextVar("scans", default=None)


@contextmanager
def scans_of_a_message() -> Iterator[Scans]:
    """While it lasts, `scan_between_transactions` and `spend_budget` belong to this message."""
    scans = Scans()
    token = _current.set(scans)
    try:
        yield scans
    finally:
        _current.reset(token)


def scan_between_transactions(key: Hashable, scan: Callable[[], V], meanwhile: V) -> V:
    """The answer of `scan`, which is carried out with no transaction open; `meanwhile` inside of
    one that will be undone. Without a message (at a door, on the console) it is carried out here.
    """
    scans = _current.get()
    return scan() if scans is None else scans.ask(key, scan, meanwhile)


def once_per_message(key: Hashable, make: Callable[[], V]) -> V:
    """What is made once, however often the message is begun anew."""
    scans = _current.get()
    return make() if scans is None else scans.keep(key, make)


def spend_budget(units: int) -> bool:
    """Whether this much work is within what the message may ask for; then it is counted."""
    scans = _current.get()
    return units <= SCAN_BUDGET if scans is None else scans.spend_budget(units)
