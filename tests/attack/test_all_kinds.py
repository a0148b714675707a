"""What `make attack` consists of is whole, and what it says at its end is so."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from werkzeug.test import Client

from tests.attack import figures
from tests.attack.kinds import TRAIL_ATTACKS, Kind
from tests.attack.rounds import FROM, ROUNDS, seeds
from tests.storage import test_trail
from tests.support import trail_attacks
from tests.support.people import COORDINATOR
from tests.support.town import TownHall
from tests.support.web import web_app
from workflows.cases.list_cases import ListCases

TESTS = Path("tests")


def marked(thing: Any, name: str) -> list[pytest.Mark]:
    marks = getattr(thing, "pytestmark", [])
    return [m for m in (marks if isinstance(marks, list) else [marks]) if m.name == name]


def modules() -> Iterator[ModuleType]:
    """Every module of tests in which somebody writes of the mark."""
    for path in sorted(TESTS.rglob("test_*.py")):
        if "mark.attack" in path.read_text("utf-8") and path != Path(*Path(__file__).parts[-3:]):
            yield importlib.import_module(".".join(path.with_suffix("").parts))


def attacks() -> Iterator[tuple[Kind, str, Any]]:
    """Each test that is marked, or whose module is: its kind, its name and itself."""
    for module in modules():
        for name, test in vars(module).items():
            if name.startswith("test_") and callable(test):
                for mark in (*marked(module, "attack"), *marked(test, "attack")):
                    (kind,) = mark.args
                    yield kind, name, test


def test_every_kind_of_attack_has_its_tests_and_no_mark_is_without_a_kind() -> None:
    found: dict[Kind, set[str]] = {}
    for kind, name, _ in attacks():
        assert isinstance(kind, Kind), name
        found.setdefault(kind, set()).add(name)
    assert set(found) == set(Kind)


def test_every_way_to_change_the_trail_is_tried_with_and_without_the_keys() -> None:
    """None is missing in the table that the tests are made from, and the tests are made from it."""
    alone = test_trail.test_whoever_has_the_database_alone_is_found_by_the_bot_alone
    with_keys = test_trail.test_whoever_has_the_keys_as_well_is_found_by_a_kept_checkpoint
    for table, test in ((trail_attacks.WITHOUT_KEYS, alone), (trail_attacks.WITH_KEYS, with_keys)):
        assert tuple(table) == TRAIL_ATTACKS
        (params,) = marked(test, "parametrize")
        assert params.args == ("attack", table)
        assert marked(test, "attack")


def test_random_attacks_make_as_many_rounds_as_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Few as a rule; more with ATTACK_ROUNDS; from another seed with ATTACK_FROM, never fewer."""
    for name in (ROUNDS, FROM):
        monkeypatch.delenv(name, raising=False)
    assert [*seeds(2)] == [0, 1]
    assert [*seeds(2, of=(0, 3))] == [0, 3]
    monkeypatch.setenv(FROM, "17")
    assert [*seeds(2)] == [17, 18]
    assert [*seeds(2, of=(0, 3))] == [17, 18]
    monkeypatch.setenv(ROUNDS, "10")
    assert [*seeds(2, share=0.5)] == [17, 18, 19, 20, 21]
    assert [*seeds(6, share=0.5)] == [*range(17, 23)]


def test_every_random_attack_takes_its_seeds_from_rounds() -> None:
    """A test with a seed of its own would be made no more often however long the attack is."""
    for _, name, test in attacks():
        for mark in marked(test, "parametrize"):
            if mark.args[0] == "seed":
                module = sys.modules[test.__module__]
                assert getattr(module, "seeds", None) is seeds, name


def test_every_message_and_request_is_counted(hall: TownHall) -> None:
    """A message at the desk is one, whoever sends it; a request is one, with what it asks."""
    with figures.counting() as done:
        hall.desk.ask(ListCases(), COORDINATOR)
        Client(web_app(hall)).get("/sign-in")
        with trail_attacks.owning(hall.database):
            pass
    assert done[figures.MESSAGES] >= 1
    assert done[figures.REQUESTS] == 1
    assert done[figures.STATEMENTS] == 1
    hall.desk.ask(ListCases(), COORDINATOR)
    assert done[figures.REQUESTS] == 1, "counted while an attack runs alone"


def test_the_end_says_how_much_was_done_and_how_a_failure_is_repeated() -> None:
    rows = {"attack_kinds": ["rows"]}
    said: list[tuple[str, str, dict[str, Any]]] = [
        ("a.py::test_a[3]", "passed", {**rows, "attack_seed": 3, "requests": 1_000}),
        ("a.py::test_a[4]", "failed", {**rows, "attack_seed": 4, "requests": 500}),
        ("a.py::test_b", "failed", {"attack_kinds": ["trail"], "tamperings": 7}),
    ]
    assert [*figures.figures(said), *figures.repeats(said)] == [
        "tests: rows 2, trail 1",
        "random rounds: 2, seeds 3 to 4",
        "requests to pages and chats: 1,500",
        "times in the hands of who writes the database: 7",
        "repeat: ATTACK_FROM=4 .venv/bin/python -m pytest 'a.py::test_a[4]'",
        "repeat: .venv/bin/python -m pytest 'a.py::test_b'",
    ]
