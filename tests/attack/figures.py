"""What `make attack` says at its end: how much was done, and by which line a failure is repeated.

Counted while a test marked `attack` runs, whatever it does by the ways below; each worker sends
its counts along with the report of its test.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

import pytest
from werkzeug.test import Client

from tests.attack.rounds import FROM, is_long
from workflows.desk import Desk

REQUESTS, MESSAGES, TEXTS, STATEMENTS = "requests", "messages", "texts", "tamperings"
SAYS: Final = {
    REQUESTS: "requests to pages and chats",
    MESSAGES: "questions and commands at the desk",
    STATEMENTS: "times in the hands of who writes the database",
    TEXTS: "texts of every kind of letter",
}
_KINDS, _SEED = "attack_kinds", "attack_seed"
_done: Counter[str] = Counter()


def did(what: str, times: int = 1) -> None:
    """Count what an attack does that is neither a request nor a message."""
    _done[what] += times


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """What is done until the end, by kind."""
    _done.clear()
    with ExitStack() as stack:
        for kind, method, what in (
            (Client, "open", REQUESTS),
            (Desk, "handle", MESSAGES),
            (Desk, "ask", MESSAGES),
        ):
            stack.enter_context(patch.object(kind, method, _counted(getattr(kind, method), what)))
        yield _done


def _counted(real: Callable[..., Any], what: str) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:
        _done[what] += 1
        return real(*args, **kwargs)

    return counted


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Attach to the report of an attack how much it did."""
    kinds = [str(kind) for mark in item.iter_markers("attack") for kind in mark.args]
    if not kinds:
        return (yield)
    item.user_properties.append((_KINDS, kinds))
    callspec = getattr(item, "callspec", None)
    if callspec and "seed" in callspec.params:
        item.user_properties.append((_SEED, callspec.params["seed"]))
    with counting() as done:
        try:
            return (yield)
        finally:
            item.user_properties += [(what, done[what]) for what in SAYS if done[what]]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures, and for each failed round the line that repeats it."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if getattr(report, "when", "") == "call" and _KINDS in dict(report.user_properties)
    ]
    told = [(r.nodeid, r.outcome, dict(r.user_properties)) for r in reports]
    lines = [*(figures(told) if is_long() and told else ()), *repeats(told)]
    if lines:
        terminalreporter.section("attack")
    for line in lines:
        terminalreporter.write_line(line)


Reports = Sequence[tuple[str, str, dict[str, Any]]]  # a test's id, its outcome, what was counted


def figures(reports: Reports) -> Iterator[str]:
    """How much was done."""
    tests = Counter(kind for _, _, said in reports for kind in said[_KINDS])
    yield "tests: " + ", ".join(f"{kind} {n}" for kind, n in sorted(tests.items()))
    seeds = [said[_SEED] for _, _, said in reports if _SEED in said]
    if seeds:
        yield f"random rounds: {len(seeds):,}, seeds {min(seeds)} to {max(seeds)}"
    for what, words in SAYS.items():
        if total := sum(said.get(what, 0) for _, _, said in reports):
            yield f"{words}: {total:,}"


def repeats(reports: Reports) -> Iterator[str]:
    """The line that repeats each attack that did not end as it should."""
    for test, outcome, said in reports:
        if outcome == "failed":
            first = f"{FROM}={said[_SEED]} " if _SEED in said else ""
            yield f"repeat: {first}.venv/bin/python -m pytest '{test}'"
