"""One transaction: all or nothing, promises kept in step, each due row to one worker."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.hands import ask_for, sheet
from tests.support.people import COORDINATOR
from tests.support.town import TownHall
from workflows.cases.drafts import SaveDraft
from workflows.cases.open_case import OpenCase
from workflows.core.permissions import Caller
from workflows.japanese.dates import TOKYO
from workflows.model.promise import Promise, PromiseKind
from workflows.reminders.keep_promises import KeepNextPromise

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)


class Broken(Exception):
    """Something failed in the middle."""


def promise(item: str = "r1", due: datetime = NOW + timedelta(days=3)) -> Promise:
    return Promise(PromiseKind.REPLY, "c1", item, NOW, due, "A14", case_id="c1")


def everything(hall: TownHall) -> tuple[Any, ...]:
    return hall.numbers(), hall.promises(), [n.key for n in hall.notices()]


def test_nothing_is_kept_without_a_commit(any_hall: TownHall) -> None:
    """A unit of work that nobody committed leaves no trace."""
    before = everything(any_hall)
    with any_hall.database.open() as unit:
        unit.promises.replace("c1", [(promise(), NOW)])
        assert unit.cases.next_number(8) == 1
        assert unit.mark_handled("web", "n1", NOW)
    assert everything(any_hall) == before
    with any_hall.database.open() as unit:
        assert unit.cases.next_number(8) == 1
        assert unit.mark_handled("web", "n1", NOW)


def test_a_failure_in_the_middle_takes_everything_back(any_hall: TownHall) -> None:
    """An error after the writing, and the case, its promises and its notices were never there."""
    before = everything(any_hall)

    def fail() -> None:
        with any_hall.database.open() as unit:
            unit.promises.replace("c1", [(promise(), NOW)])
            unit.commit()
            raise Broken

    with pytest.raises(Broken):
        fail()
    assert everything(any_hall) == before


def test_an_event_is_seen_once(any_hall: TownHall) -> None:
    """The second time it is known, another door's event of the same name is not."""
    with any_hall.database.open() as unit:
        assert unit.mark_handled("web", "n1", NOW)
        assert not unit.mark_handled("web", "n1", NOW)
        unit.commit()
    with any_hall.database.open() as unit:
        assert not unit.mark_handled("web", "n1", NOW)
        assert unit.mark_handled("slack", "n1", NOW)


def test_the_same_event_at_the_same_moment_comes_through_once(any_hall: TownHall) -> None:
    """Eight deliveries of one click at once are one case."""
    command = OpenCase(sheet(), (ask_for("A14"),))
    start = threading.Barrier(8)

    def click(_: int) -> bool:
        start.wait()
        try:
            any_hall.desk.handle(command, COORDINATOR, once=("web", "n1"))
        except Exception as refused:  # noqa: BLE001 - counted below
            return type(refused).__name__ != "AlreadyDone"
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(click, range(8))) == [False] * 7 + [True]
    assert any_hall.numbers() == ["R8-0001"]


# -- promises -------------------------------------------------------------------------------------


def replace(hall: TownHall, *wanted: Promise) -> None:
    with hall.database.open() as unit:
        unit.promises.replace("c1", [(p, p.due_at) for p in wanted])
        unit.commit()


def steps(hall: TownHall) -> dict[str, int]:
    """Item to step of the promises that are due, seen without taking them."""
    found = {}
    with hall.database.open() as unit:
        while (standing := unit.promises.claim(NOW + timedelta(days=99))) is not None:
            if standing.promise.subject_id == "c1":
                found[standing.promise.item_id] = standing.step
            unit.promises.stepped(standing.promise.key, standing.step, None)
    return found


def test_a_promise_that_stays_as_it_was_keeps_its_step(any_hall: TownHall) -> None:
    """An edit elsewhere in the case does not begin its reminders anew."""
    replace(any_hall, promise("r1"), promise("r2"))
    with any_hall.database.open() as unit:
        unit.promises.stepped(promise("r1").key, 2, NOW + timedelta(days=5))
        unit.commit()
    replace(any_hall, promise("r1"), promise("r2"))
    assert steps(any_hall) == {"r1": 2, "r2": 0}


def test_a_promise_whose_day_moved_begins_anew(any_hall: TownHall) -> None:
    """A new day is a new promise to remind of."""
    replace(any_hall, promise("r1"))
    with any_hall.database.open() as unit:
        unit.promises.stepped(promise("r1").key, 2, None)
        unit.commit()
    replace(any_hall, promise("r1", NOW + timedelta(days=9)))
    assert steps(any_hall) == {"r1": 0}


def test_a_promise_that_is_kept_is_gone(any_hall: TownHall) -> None:
    """What is owed no more is in nobody's inbox."""
    replace(any_hall, promise("r1"), promise("r2"))
    replace(any_hall, promise("r2"))
    with any_hall.database.open() as unit:
        assert not unit.promises.holds(promise("r1").key)
        assert [p.item_id for p in unit.promises.open(subject_id="c1")] == ["r2"]


def test_a_promise_comes_back_as_it_was(any_hall: TownHall) -> None:
    """Every field survives, and instants are the same instants."""
    replace(any_hall, promise())
    with any_hall.database.open() as unit:
        assert unit.promises.open(subject_id="c1") == [promise()]


def test_two_workers_keep_each_promise_once(any_hall: TownHall) -> None:
    """Ten promises that are due and four clocks at once: ten reminders."""
    any_hall.open_case("A14", "A17", "A19", "A20", "A21")
    any_hall.open_case("A14", "A17", "A19", "A20", "A21")
    any_hall.clock.move(days=7)
    halls = [any_hall, *[any_hall.another_desk() for _ in range(3)]]

    def keep(hall: TownHall) -> int:
        kept = 0
        for _ in range(40):  # a clock that finds all rows locked looks again at its next tick
            kept += hall.desk.handle(KeepNextPromise(), Caller.CLOCK)
        return kept

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(keep, halls))
    for other in halls[1:]:
        other.database.close()
    assert sum(kept) == 11  # and the digest
    assert len(any_hall.notices(key="reply_reminder")) == 10


def test_two_writers_of_one_case_come_one_after_the_other(any_hall: TownHall) -> None:
    """Twelve agencies asked at once by twelve clicks are twelve referrals: no write is lost."""
    case_id = any_hall.open_case("A14")
    agencies = [f"A{n}" for n in range(17, 29)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda a: any_hall.refer(case_id, a), agencies))
    asked = {r.agency_id for r in any_hall.case(case_id).referrals}
    assert asked == {"A14", *agencies}
    assert {p.agency_id for p in any_hall.promises(case_id)} == asked


def test_a_look_that_changes_nothing_writes_no_case(any_hall: TownHall) -> None:
    """Reading a case for change and leaving it alone is no change."""
    case_id = any_hall.open_case("A14")
    with any_hall.database.open() as unit:
        unit.cases.get(case_id, change=True)
        assert unit.changed() == []


def test_two_savings_of_a_new_draft_at_once_are_no_error(any_hall: TownHall) -> None:
    """Typing and pressing the button come together: one draft, and nobody is turned away."""
    start = threading.Barrier(4)

    def save(number: int) -> str:
        start.wait()
        command = SaveDraft("sheet", {"summary": str(number)}, "d1")
        return any_hall.desk.handle(command, COORDINATOR)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(save, range(4))) == ["d1"] * 4
    with any_hall.database.open() as unit:
        assert [d.id for d in unit.drafts.of_member(COORDINATOR)] == ["d1"]
