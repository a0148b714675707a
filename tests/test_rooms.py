"""The rooms of the house: no two rest on each other but those that are named."""

from pathlib import Path

from tests.support.rooms import House, house, read

ROOT = Path(__file__).parents[1]
# Named with their reasons in pyproject.toml, where import-linter holds the rest.
LEFT = {("cases", "meetings"), ("directory", "reminders")}


def test_no_room_of_workflows_rests_on_one_that_rests_on_it_but_those_that_are_named() -> None:
    found = house("workflows", read(ROOT))
    assert set(found.pairs) <= {("cases", "meetings")}
    assert len(found.against) <= len(LEFT)


def test_arrows_are_counted_between_rooms_and_not_within_them() -> None:
    """Two rooms that import each other cost one arrow against the grain, a chain costs none."""
    chain = house(
        "workflows",
        {"workflows.a.x": ["workflows.b.y"], "workflows.b.y": ["workflows.c"], "workflows.c": []},
    )
    assert chain == House(("c", "b", "a"), frozenset({("a", "b"), ("b", "c")}))
    assert chain.against == []
    circle = house(
        "workflows",
        {
            "workflows.a.x": ["workflows.b.y", "workflows.a.z"],
            "workflows.b.y": ["workflows.a.x"],
            "workflows.a.z": ["storage.c"],
        },
    )
    assert circle.pairs == [("a", "b")]
    assert len(circle.against) == 1
