"""A list asks the database as often for many cases as for few: nothing is read line by line."""

from typing import Any

from sqlalchemy import event

from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from workflows.cases.list_cases import ListCases
from workflows.digest.look import GetDigest
from workflows.inbox import GetInbox
from workflows.meetings.register import GetMeetings
from workflows.overview import GetDesk

LISTS: tuple[tuple[str, Any], ...] = (
    (COORDINATOR, GetDesk()),
    (COORDINATOR, ListCases()),
    (COORDINATOR, ListCases(closed=True)),
    (ELDERLY, ListCases()),
    (COORDINATOR, GetMeetings(everybodys=True)),
    (ELDERLY, GetMeetings()),
    (ELDERLY, GetInbox()),
    (MANAGER, GetDigest()),
)


def statements(hall: TownHall) -> list[int]:
    """How many each list takes, once what is kept in memory is there."""
    found: list[int] = []

    def count(*_: object) -> None:
        found[-1] += 1

    event.listen(hall.database.engine, "before_cursor_execute", count)
    for _ in range(2):
        found.clear()
        for who, query in LISTS:
            found.append(0)
            hall.desk.ask(query, who)
    event.remove(hall.database.engine, "before_cursor_execute", count)
    return found


def test_no_list_reads_line_by_line(hall: TownHall) -> None:
    """Cases that wait for a reply, with and without a meeting."""

    def add(count: int) -> None:
        for _ in range(count):
            hall.convene(hall.open_case("A14"))
            hall.open_case("A14")

    add(2)
    few = statements(hall)
    add(4)
    many = statements(hall)
    assert many == few, [type(query).__name__ for _, query in LISTS]
