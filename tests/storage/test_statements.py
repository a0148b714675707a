"""What a command asks of the database, counted; and what it remembers is what stands there."""

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import event

from storage.row_cache import CASE_ROW_CACHE, MEETING_ROW_CACHE
from storage.row_tags import read_sums, sum_of
from storage.tables import cases, meetings, trail_head
from tests.support.deeds import DEEDS, Rolled, open_first_case
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from workflows.core.errors import Refused
from workflows.meetings.answer import AnswerSlot

# The town, the trail's head, the restore gate, the meeting with its line, the cases of its agenda,
# what is owed; written: what is drawn anew, the meeting, the trail (its head locked first); last,
# whether the database is ours to write.
OF_AN_ANSWER = [
    *("SELECT town", "SELECT trail_head", "SELECT trail", "SELECT meetings", "SELECT cases"),
    *("SELECT promises", "UPDATE posts", "UPDATE meetings", "SELECT trail_head"),
    *("INSERT trail", "UPDATE trail_head", "SELECT about"),
]


@contextmanager
def asked(hall: TownHall) -> Iterator[list[str]]:
    """What is done to which table meanwhile."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        verb, *words = statement.replace("(", " ").split()
        at = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}.get(verb)
        if at:
            found.append(f"{verb} {[verb, *words][[verb, *words].index(at) + 1]}")

    event.listen(hall.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(hall.database.engine, "before_cursor_execute", note)


def test_an_answer_reads_and_writes_nothing_twice(any_hall: TownHall) -> None:
    """What every command costs is counted here: one statement more is one for all of them."""
    hall = any_hall
    meeting_id = hall.convene(hall.open_case("A14"))
    slots = [slot.id for slot in hall.meeting(meeting_id).slots]
    hall.desk.handle(AnswerSlot(meeting_id, "A14", slots[0], "yes"), ELDERLY)
    with asked(hall) as found:
        hall.desk.handle(AnswerSlot(meeting_id, "A14", slots[0], "no"), ELDERLY)
    assert found == OF_AN_ANSWER


def test_a_line_that_was_written_is_known_as_it_would_be_read(any_hall: TownHall) -> None:
    """After deeds of every kind: the lines that this process remembers are those of the database,
    read anew; and the rows add up to what the trail's head says."""
    dice = random.Random(14)
    open_first_case(any_hall)
    for _ in range(60):
        with suppress(Refused, IndexError):
            dice.choice(DEEDS)(any_hall, Rolled(dice))
    known = lines_of(any_hall)
    assert len(known) > 3
    for kept in (CASE_ROW_CACHE, MEETING_ROW_CACHE):
        kept.forget()
    assert lines_of(any_hall) == known
    sums_hold(any_hall)


def test_a_row_that_is_written_in_two_ways_at_once_still_adds_up(any_hall: TownHall) -> None:
    """Read under a lock, taken from the lists in its place, then written: by one transaction."""
    case_id = any_hall.open_case("A14")
    with any_hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case
        unit.cases.mark(case_id, set_aside=True)
        assert unit.cases.row_before(case_id) is None, "as it stands by now"
        case.writer_agency_id = "A17"
        unit.commit()
    sums_hold(any_hall)
    with any_hall.database.open() as unit:
        unit.cases.add(replace(case, id="c2", number="R8-0900"))
        found = unit.cases.get("c2", change=True)
        assert found
        found.writer_agency_id = "A14"
        unit.commit()
    sums_hold(any_hall)
    assert any_hall.case("c2").writer_agency_id == "A14"


def lines_of(hall: TownHall) -> list[Any]:
    with hall.database.open() as unit:
        return [*unit.cases.rows(open_only=False), *unit.meetings.rows(live_only=False)]


def sums_hold(hall: TownHall) -> None:
    with hall.database.open() as unit:
        head = unit.connection.execute(trail_head.select()).one()
        for table in (cases, meetings):
            summed = sum_of(unit.connection, hall.database.vault, table)
            assert (read_sums(head.rows) or {}).get(table.name, (0, 0)) == summed
