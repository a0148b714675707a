"""`make bench`: what it holds against an aim, and that its city is one that the product reads."""

from pathlib import Path

from benchmarks.__main__ import PARTS, main
from benchmarks.city import CONTACT, ONE_OPEN_IN, build
from benchmarks.figures import Figure, at_least, at_most, p50, p99
from benchmarks.places import SQLITE, Place
from tests.support.town import TownHall
from workflows.audit.check import check_all_rows
from workflows.core.permissions import Caller
from workflows.inbox.inbox import GetInbox

CASES = 40


def test_a_figure_is_held_against_its_aim() -> None:
    """An upper limit of itself or of its ratio, a lower one of its ratio; the aim itself is met."""
    figure = Figure("what", "on", 3.0, "ms", 2.0)
    assert at_most(1.5, figure, times=True).met
    assert not at_most(1.4, figure, times=True).met
    assert at_most(3, figure).met
    assert not at_most(2.9, figure).met
    assert at_least(1.5, figure).met
    assert not at_least(1.6, figure).met
    assert not at_least(0, Figure("what", "on", 3.0, "ms")).met, "nothing to hold it against"


def test_percentiles_are_of_what_was_measured() -> None:
    times = [float(n) for n in range(1, 101)]
    assert (p50(times), p99(times), p99([7.0])) == (50.5, 99.0, 7.0)


def test_what_there_is_to_measure_is_named_and_nothing_else_is_begun() -> None:
    assert set(PARTS) == {"presses", "answers", "drain", "own_card", "starts", "town", "big_city"}
    assert main(["nothing"]) == 2


def test_the_city_is_as_the_desk_would_have_written_it(hall: TownHall, tmp_path: Path) -> None:
    """Every line opens, what an agency owes stands in its inbox, and the trail's head adds up."""
    build(Place(SQLITE, tmp_path, hall, ""), CASES)
    with hall.database.open() as unit:
        rows = unit.cases.rows(open_only=False)
        held = unit.meetings.rows()
    assert not [row for row in rows if row.broken]
    assert not [row for row in held if row.broken]
    assert len(rows) >= CASES
    assert len(held) > CASES // ONE_OPEN_IN
    assert len([row for row in rows if row.is_open]) > CASES // ONE_OPEN_IN
    assert check_all_rows(hall.desk, Caller.CONSOLE, opens=True) == ()
    assert hall.desk.ask(GetInbox(), CONTACT).unread == 0
