"""Texts are scanned with no transaction open, held against what is known when they are kept."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.people import ADMINISTRATOR, COORDINATOR, DISABILITY
from tests.support.scans import transactions_watched
from tests.support.town import TownHall
from tests.workflows.test_guard_oracle import PERSON, RIGHT, outcome
from tests.workflows.test_my_number import LABELS
from workflows.cases.find_person import FindPerson
from workflows.core.errors import Refused
from workflows.directory.edit_lists import ImportAgencies
from workflows.guard import find as guard_find
from workflows.guard.known import IdentifyingData
from workflows.guard.scan import Allowed, Hit, scan
from workflows.japanese import text_scans
from workflows.meetings.views import GetMeeting


class Begun:
    """How many transactions were begun since it was asked last."""

    def __init__(self, count: Callable[[], tuple[int, int]]) -> None:
        self._count, self._before = count, 0

    def __call__(self) -> int:
        open_now, begun = self._count()
        assert not open_now
        since, self._before = begun - self._before, begun
        return since


@pytest.fixture
def begun(hall: TownHall) -> Iterator[Begun]:
    with transactions_watched() as count:
        yield Begun(count)


def test_what_needs_no_records_is_scanned_before_and_what_does_in_between(
    hall: TownHall, begun: Begun
) -> None:
    """A sheet takes one transaction; a place that leaves takes two, and one known already one."""
    case_id = hall.open_case("A14", **PERSON)
    assert begun() == 1
    assert outcome(lambda: hall.convene(case_id, place="北庁舎の会議室")) == "taken"
    first = begun()
    assert outcome(lambda: hall.convene(case_id, place="北庁舎の会議室")) == "taken"
    assert first == begun() + 1
    hall.desk.ask(FindPerson(kana="カクウ ハナコ"), COORDINATOR)
    assert begun() == 1


def test_a_list_is_read_before_its_rows_are_compared(hall: TownHall, begun: Begun) -> None:
    """Twice, however many cells it has: each was scanned when the file was read."""
    columns = [*LABELS.agency_columns.values(), LABELS.core_column]
    rows = [",".join(f"{name}{n}" for name in columns) for n in range(200)]
    data = "\n".join([",".join(columns), *rows]).encode()
    hall.desk.handle(ImportAgencies(data, LABELS, save=False), ADMINISTRATOR)
    assert begun() == 2


def test_a_name_learnt_while_it_was_scanned_is_found(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another is at work on the case meanwhile: what is kept was held against what is known now."""
    case_id = hall.open_case("A14", name="見本 月子")
    looks: list[str] = []

    def learning(text: str, known: IdentifyingData, allowed: Allowed) -> tuple[Hit, ...]:
        looks.append(text)
        hits = scan(text, known, allowed)
        if len(looks) == 1:
            hall.edit(case_id, **PERSON)
        return hits

    monkeypatch.setattr(guard_find, "scan", learning)
    assert outcome(lambda: hall.convene(case_id, place=RIGHT)) == {("place", "guard.name")}
    assert len(looks) == 2


def test_where_it_changes_without_end_that_is_said(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So often and no more; nothing is kept, and who typed it may send it again."""
    case_id = hall.open_case("A14", **PERSON)
    changed: list[str] = []

    def changing(text: str, known: IdentifyingData, allowed: Allowed) -> tuple[Hit, ...]:
        changed.append(text)
        hall.edit(case_id, name=f"架空 花{'子' * (len(changed) + 1)}")
        return scan(text, known, allowed)

    monkeypatch.setattr(guard_find, "scan", changing)
    with pytest.raises(Refused) as refused:
        hall.convene(case_id, place="集会所")
    assert refused.value.key == "changing"
    assert len(changed) == text_scans.ROUNDS
    with hall.database.open() as unit:
        assert unit.meetings.rows() == []


def test_what_is_beyond_the_budget_is_refused_or_masked_and_never_shown(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is counted, so it is the same on every machine: one unit less is one too few."""
    case_id = hall.open_case("A14", **PERSON)
    spent: list[int] = []
    real = text_scans.Scans.spend_budget

    def spend_budget(scans: text_scans.Scans, units: int) -> bool:
        spent.append(units)
        return real(scans, units)

    monkeypatch.setattr(text_scans.Scans, "spend_budget", spend_budget)
    assert outcome(lambda: hall.convene(case_id, place="集会所の一階")) == "taken"
    needed = sum(spent)
    monkeypatch.setattr(text_scans, "SCAN_BUDGET", needed - 1)
    told = outcome(lambda: hall.convene(case_id, place="集会所の二階"))
    assert told == {("place", "guard.too_much")}
    monkeypatch.setattr(text_scans, "SCAN_BUDGET", needed)
    assert outcome(lambda: hall.convene(case_id, place="集会所の三階")) == "taken"


def test_a_page_masks_what_is_beyond_it(hall: TownHall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not read the case sees ■■ in place of the whole text, and the page all the same."""
    case_id = hall.open_case("A14", **PERSON)
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A17"), place="集会所")
    assert hall.desk.ask(GetMeeting(meeting_id), DISABILITY).line.place == "集会所"
    guard_find._found.clear()
    monkeypatch.setattr(text_scans, "SCAN_BUDGET", 10)
    assert hall.desk.ask(GetMeeting(meeting_id), DISABILITY).line.place == "■■"


def test_without_a_message_a_text_is_scanned_at_once() -> None:
    """At a door and on the console, where no transaction is."""
    assert text_scans.scan_between_transactions("key", lambda: "found", "meanwhile") == "found"
    assert text_scans.spend_budget(text_scans.SCAN_BUDGET)
    assert not text_scans.spend_budget(text_scans.SCAN_BUDGET + 1)
