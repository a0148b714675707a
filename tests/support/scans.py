"""Watches whether a transaction is open while a text is scanned."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, event

from workflows import desk
from workflows.directory import edit_lists
from workflows.guard import find as guard_find
from workflows.japanese import my_number

# Whatever goes through a text letter by letter, or spells names to be compared.
SCAN_FUNCTIONS: Final[tuple[tuple[Any, str], ...]] = (
    (my_number, "_contains_my_number"),
    (guard_find, "scan"),
    (guard_find, "identifying_data_of_sheets"),
    (guard_find, "sound_of"),
    (edit_lists, "read_table"),
    (desk, "scan_for_my_numbers"),
)


@contextmanager
def transactions_watched() -> Iterator[Callable[[], tuple[int, int]]]:
    """Gives what says how many transactions are open in this thread, and how many were begun."""
    here, seen = local(), {"begun": 0}

    def begins(_: Connection) -> None:
        here.open = getattr(here, "open", 0) + 1
        seen["begun"] += 1

    def ends(_: Connection) -> None:
        here.open = getattr(here, "open", 0) - 1

    told = (("begin", begins), ("commit", ends), ("rollback", ends))
    for name, listener in told:
        event.listen(Engine, name, listener)
    try:
        yield lambda: (getattr(here, "open", 0), seen["begun"])
    finally:
        for name, listener in told:
            event.remove(Engine, name, listener)


@contextmanager
def scans_watched() -> Iterator[list[str]]:
    """Fails at its end where something was scanned while a transaction was open. Gives the names of
    the functions that scan."""
    found: list[str] = []
    ran: list[str] = []

    def watching(name: str, scan: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any, **named: Any) -> Any:
            ran.append(name)
            if transactions()[0]:
                found.append(name)
            return scan(*given, **named)

        return watched

    with transactions_watched() as transactions, pytest.MonkeyPatch.context() as patch:
        for module, name in SCAN_FUNCTIONS:
            patch.setattr(module, name, watching(name, getattr(module, name)))
        yield ran
    assert not found, (
        f"scan_between_transactions while a transaction was open: {sorted(set(found))}"
    )
