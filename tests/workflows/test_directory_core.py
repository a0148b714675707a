"""中核機関 in the list of agencies: written out, read in, and doubted where two are marked."""

import csv
import io

import pytest

from handlers.words.labels import load_labels
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.core.permissions import Caller
from workflows.directory.edit_lists import ExportAgencies, ImportAgencies
from workflows.directory.lists import ImportPlan
from workflows.model.directory import Agency

LABELS = load_labels()
CORE = "中核機関"


def rows(hall: TownHall) -> list[dict[str, str]]:
    data = hall.desk.ask(ExportAgencies(LABELS), Caller.CONSOLE)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def brings_in(
    hall: TownHall, found: list[dict[str, str]], *, save: bool = True, seen: bool = False
) -> ImportPlan[Agency]:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(found[0]))
    writer.writeheader()
    writer.writerows(found)
    command = ImportAgencies(out.getvalue().encode(), LABELS, save, doubts_seen=seen)
    return hall.desk.handle(command, Caller.CONSOLE)


def core(hall: TownHall) -> str:
    with hall.database.open() as unit:
        return unit.directory.town().core_agency_id


def marked(found: list[dict[str, str]], *codes: str, word: str = "はい") -> list[dict[str, str]]:
    return [row | {CORE: word if row["コード"] in codes else ""} for row in found]


def said(plan: ImportPlan[Agency]) -> list[tuple[int | None, str]]:
    return [(w.row_number, w.key) for w in (*plan.errors, *plan.warnings)]


def test_the_list_that_goes_out_marks_it_and_comes_in_unchanged(hall: TownHall) -> None:
    found = rows(hall)
    assert [row["コード"] for row in found if row[CORE]] == [core(hall)] == ["A13"]
    plan = brings_in(hall, found)
    assert (plan.changes_something, said(plan)) == (False, [])


def test_an_imported_list_names_the_core_desk(hall: TownHall) -> None:
    """Looked at first: nothing is kept then, and what would change is said."""
    found = marked(rows(hall), "A20")
    place = next(n for n, row in enumerate(found, start=2) if row["コード"] == "A20")
    plan = brings_in(hall, found, save=False)
    assert (plan.core, said(plan)) == ("A20", [(place, "lists.core_changes")])
    assert core(hall) == "A13"
    brings_in(hall, found)
    assert core(hall) == "A20"


@pytest.mark.parametrize("without_column", [True, False])
def test_a_list_that_marks_no_core_desk_leaves_the_one_there_is(
    hall: TownHall, without_column: bool
) -> None:
    """Older lists have no such column; what is blank was not said."""
    found = marked(rows(hall))
    if without_column:
        found = [{k: v for k, v in row.items() if k != CORE} for row in found]
    plan = brings_in(hall, found)
    assert (said(plan), core(hall)) == ([], "A13")


def test_two_marked_core_desks_are_asked_about(hall: TownHall) -> None:
    """Kept once somebody says that it is meant so; then it is the first."""
    found = marked(rows(hall), "A14", "A20")
    plan = brings_in(hall, found, save=False)
    assert "lists.two_cores" in [key for _, key in said(plan)]
    with pytest.raises(Invalid):
        brings_in(hall, found)
    assert core(hall) == "A13"
    brings_in(hall, found, seen=True)
    assert core(hall) == "A14"


@pytest.mark.parametrize(
    ("change", "key"),
    [({CORE: "たぶん"}, "lists.not_yes_no"), ({"終了日": "2026-10-31"}, "lists.core_ended")],
)
def test_a_mark_that_cannot_hold_is_refused_in_its_row(
    hall: TownHall, change: dict[str, str], key: str
) -> None:
    found = marked(rows(hall), "A20")
    found = [row | change if row["コード"] == "A20" else row for row in found]
    plan = brings_in(hall, found)
    assert [error.key for error in plan.errors] == [key]
    assert core(hall) == "A13"
