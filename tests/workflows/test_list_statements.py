"""A list asks the database as often for many cases as for few: nothing is read line by line."""

from typing import Any

import pytest
from sqlalchemy import event

from storage import repositories
from storage import row_cache as kept_lines
from storage.row_texts import parse_row
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from workflows.cases.list_cases import ListCases
from workflows.digest.look import GetDigest
from workflows.inbox.inbox import GetInbox
from workflows.meetings.register import GetMeetings
from workflows.model.case_row import CaseRow
from workflows.overview.coordinator_desk import GetCoordinatorDesk

LISTS: tuple[tuple[str, Any], ...] = (
    (COORDINATOR, GetCoordinatorDesk()),
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


def test_what_was_closed_pushes_no_open_case_out_of_memory(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what a case was before: of each row one line is kept."""
    monkeypatch.setattr(kept_lines, "MOST_ENDED_ROWS", 2)
    ids = [hall.open_case("A14") for _ in range(6)]
    for case_id in ids[:4]:
        hall.reply(case_id, "A14", by=ELDERLY)
        hall.close(case_id, by=COORDINATOR)
    lines = kept_lines.RowCache(CaseRow, kept_lines.CASE_COLUMNS, "is_open")
    monkeypatch.setattr(repositories.CaseStore, "_lines_kept", lines)

    def read() -> int:
        """How many lines are opened for all of them."""
        opened: list[str] = []
        with monkeypatch.context() as patched, hall.database.open() as unit:
            real = parse_row

            def opening(text: str, kind: Any) -> Any:
                opened.append(text)
                return real(text, kind)

            patched.setattr(kept_lines, "parse_row", opening)
            assert {row.id for row in unit.cases.each_row()} == set(ids)
        return len(opened)

    assert [read(), read()] == [6, 4], "four are over, and there is room for two, the oldest first"
    assert {over: len(kept) for over, kept in lines._kept.items()} == {True: 2, False: 2}
    hall.edit(ids[-1], danger="yes")
    hall.reply(ids[-1], "A14", by=ELDERLY)
    hall.close(ids[-1], by=COORDINATOR)
    read()
    assert {over: len(kept) for over, kept in lines._kept.items()} == {True: 1, False: 2}
