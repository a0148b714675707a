"""Open days that have changed: what is due comes first, and what has not changed costs nothing."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import event

import bot
from handlers.clock import open_days_changed as following
from handlers.clock.open_days_changed import OpenDaysRecalculation
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from storage.database import Database, recall, remember_about
from storage.replicas import Replica
from tests.support.clock import START
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from tests.support.web import TEXTS
from workflows.core.ports import CannotStore
from workflows.japanese.dates import TOKYO
from workflows.reminders.open_days_changed import NOTICES, RecalculateDueTimes

DUE = datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO)  # the reply to a case opened at START


class Process:
    """Time in one process, from its start on; `followed` are the keys that it went through."""

    def __init__(self, hall: TownHall, program: str = "1") -> None:
        self.followed: list[str] = []
        self.fails: Exception | None = None
        desk = hall.another_desk().desk
        self._handle, desk.handle = desk.handle, self.handle  # type: ignore[method-assign]
        follower = OpenDaysRecalculation(
            desk,
            lambda: recall(hall.database, bot.CALENDAR_FOLLOWED),
            lambda text: remember_about(hall.database, bot.CALENDAR_FOLLOWED, text),
            program,
        )
        delivery = OutboxSender(hall.database.open, desk, TEXTS, Inbox())
        self.ticks = Ticks(desk, delivery, calendar=follower)

    def handle(self, command: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(command, RecalculateDueTimes):
            if self.fails:
                raise self.fails
            if command.key == NOTICES:  # before all that is owed; test_edit_town.py
                return self._handle(command, *rest, **more)
            self.followed.append(command.key.removeprefix("case:"))
        return self._handle(command, *rest, **more)

    def tick(self) -> list[str]:
        """What one tick goes through."""
        before = len(self.followed)
        self.ticks.tick()
        return self.followed[before:]


def close(hall: TownHall, *days: date) -> None:
    with hall.database.open() as unit:
        unit.directory.save_town(replace(unit.directory.town(), closed_days=frozenset(days)))
        unit.commit()


def statements_on_cases(database: Database, process: Process) -> int:
    found: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        found.extend([statement] if "FROM cases" in statement else [])

    event.listen(database.engine, "before_cursor_execute", note)
    process.ticks._calendar.look()
    event.remove(database.engine, "before_cursor_execute", note)
    return len(found)


def test_a_start_that_finds_the_open_days_as_they_were_goes_through_nothing(
    hall: TownHall,
) -> None:
    """Not even the lines are read. Another program goes through all of it, and so does a start
    after one that did not come to the end, also when the days are again as they were."""
    ids = {hall.open_case("A14") for _ in range(3)}
    assert set(Process(hall).tick()) == ids
    again = Process(hall)
    assert statements_on_cases(hall.database, again) == 0
    assert again.tick() == []
    assert set(Process(hall, "2").tick()) == ids
    assert set(Process(hall, "1").tick()) == ids
    open_days = recall(hall.database, bot.CALENDAR_FOLLOWED)
    close(hall, date(2026, 12, 1))
    killed = Process(hall)
    killed.ticks._calendar.look()
    killed.ticks._calendar.follow(killed.ticks._calendar.left()[0])
    close(hall)
    last = Process(hall)
    assert set(last.tick()) == ids
    assert recall(hall.database, bot.CALENDAR_FOLLOWED) == open_days
    assert last.tick() == []


def test_a_reminder_that_is_due_waits_for_nothing_else_to_be_followed(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is about is followed first, the rest a part at each tick."""
    monkeypatch.setattr(following, "BATCH_SIZE", 1)
    due = hall.open_case("A14")
    process = Process(hall)
    process.tick()
    hall.clock.set(datetime(2026, 11, 25, 10, tzinfo=TOKYO))
    later = {hall.open_case("A13") for _ in range(4)}
    hall.clock.set(DUE)
    close(hall, date(2026, 12, 1))
    first, second = process.tick()
    assert first == due
    assert "reply_reminder" in {m.notice.key for m in hall.mail(ELDERLY)}
    assert recall(hall.database, bot.CALENDAR_FOLLOWED) == ""
    others = [process.tick() for _ in range(4)]
    assert [len(part) for part in others] == [1, 1, 1, 0]
    assert {second, *(key for part in others for key in part)} == later
    assert recall(hall.database, bot.CALENDAR_FOLLOWED)


def test_what_could_not_be_followed_is_tried_again(hall: TownHall) -> None:
    """Where nothing can be stored, all that is left; whatever else it was, at the next start."""
    ids = {hall.open_case("A14") for _ in range(3)}
    process = Process(hall)
    process.fails = CannotStore("database_down")
    with pytest.raises(CannotStore):
        process.tick()
    process.fails = None
    assert set(process.tick()) == ids
    close(hall, date(2026, 12, 1))
    process.fails = RuntimeError("of this program")
    with pytest.raises(RuntimeError):
        process.tick()
    process.fails = None
    assert process.tick() == []
    assert set(Process(hall).tick()) == ids


@pytest.mark.postgres
def test_beside_a_program_of_another_version_nothing_is_noted_as_followed(
    postgres_hall: TownHall,
) -> None:
    """It may derive otherwise what somebody owes, until it ends."""
    database = postgres_hall.another_desk().database
    assert database.clock
    bot.keep_calendar(database, "followed")
    assert recall(database, bot.CALENDAR_FOLLOWED) == "followed"
    with database.open() as unit:
        unit.replicas.beat(Replica("r2", "0.0", "0001", START), database.clock.now())
        unit.commit()
    bot.keep_calendar(database, "followed")
    assert recall(database, bot.CALENDAR_FOLLOWED) == ""
    database.close()
