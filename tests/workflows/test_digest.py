"""週次: on Monday at opening, for the managers, who is waiting before what was counted."""

from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest

from handlers.clock.ticks import LocalClock, advance_clock
from storage import repositories
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import ticks_of
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.permissions import Caller
from workflows.digest.look import GetDigest
from workflows.japanese.dates import TOKYO
from workflows.model.case_row import CaseRow
from workflows.model.promise import PromiseKind
from workflows.reminders.keep_promises import PlanDigest


def look(hall: TownHall, on: date | None = None) -> Any:
    return hall.desk.ask(GetDigest(on), MANAGER)


def digests(hall: TownHall) -> list[date]:
    return sorted(look(hall).days)


def test_it_comes_on_monday_or_the_next_open_day(any_hall: TownHall) -> None:
    """Monday the 23rd is a holiday: Tuesday, 8:30; the week after on Monday."""
    any_hall.clock.set(datetime(2026, 11, 24, 8, 29, tzinfo=TOKYO))
    any_hall.keep_promises()
    assert digests(any_hall) == []
    any_hall.clock.set(datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO))
    any_hall.keep_promises()
    assert digests(any_hall) == [date(2026, 11, 24)]
    assert any_hall.told("weekly_digest") == {MANAGER, "M25"}
    any_hall.clock.set(datetime(2026, 11, 30, 8, 30, tzinfo=TOKYO))
    any_hall.keep_promises()
    assert digests(any_hall) == [date(2026, 11, 24), date(2026, 11, 30)]


def test_planning_it_again_and_again_makes_one(hall: TownHall) -> None:
    """Every start of the bot plans it; there is one."""
    for _ in range(3):
        hall.desk.handle(PlanDigest(), Caller.CLOCK)
    assert len(hall.promises("town", PromiseKind.DIGEST)) == 1


def test_one_missed_while_the_server_stood_still_comes_late_but_once(hall: TownHall) -> None:
    """After three weeks of standing still there is one digest to read, not three."""
    hall.clock.set(datetime(2026, 12, 16, 12, 0, tzinfo=TOKYO))
    hall.desk.handle(PlanDigest(), Caller.CLOCK)
    hall.keep_promises()
    assert digests(hall) == [date(2026, 12, 16)], "it bears the day whose state it shows"
    assert look(hall, date(2026, 12, 16)).content["on"] == "2026-12-16"
    (next_one,) = hall.promises("town", PromiseKind.DIGEST)
    assert next_one.due_at == datetime(2026, 12, 21, 8, 30, tzinfo=TOKYO)


def test_who_waits_longest_stands_first(hall: TownHall) -> None:
    """People, in the order of their waiting; one who is supported is not waiting."""
    hall.open_case("A14")
    hall.clock.move(days=7)
    hall.open_case("A14")
    done = hall.open_case("A14")
    hall.plan(done)
    waiting = look(hall).content["waiting"]
    assert [(w["number"], w["days"]) for w in waiting] == [("R8-0001", 4), ("R8-0002", 0)]


def test_what_is_overdue_and_what_cannot_be_vouched_for(hall: TownHall) -> None:
    """An answer that is late, a meeting without a date, an agency without anybody."""
    case_id = hall.open_case("A14")
    hall.convene(case_id)
    hall.has_left("M47")
    hall.clock.move(days=10)
    content = look(hall).content
    assert [(o["number"], o["agency"]) for o in content["overdue"]["reply"]] == [
        ("R8-0001", hall.agency_name("A14"))
    ]
    assert [m["numbers"] for m in content["no_date"]] == [["R8-0001"]]
    assert hall.agency_name("A34") in content["not_checked"]["no_contact"]


def test_it_says_what_moved_since_the_last(hall: TownHall) -> None:
    """The last digest's counts stand beside this one's."""
    hall.open_case("A14")
    hall.clock.set(datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO))
    hall.keep_promises()
    hall.clock.move(days=1)
    hall.open_case("A14")
    content = look(hall).content
    assert content["before"]["counts"]["waiting"] == 1
    assert content["counts"]["waiting"] == 2


def test_weeks_that_pass_at_once_each_have_their_own_digest(hall: TownHall) -> None:
    """Each shows what was so on its Monday, and what moved since the one before it."""
    first = hall.open_case("A14")
    clock = cast(LocalClock, hall.clock)
    advance_clock(clock, datetime(2026, 12, 10, 9, 0, tzinfo=TOKYO), hall.desk, ticks_of(hall))
    mondays = [date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 7)]
    assert digests(hall) == mondays
    kept = [look(hall, on).content for on in mondays]
    assert [k["waiting"][0]["days"] for k in kept] == [1, 5, 10]
    assert [len(k["asked"]) for k in kept] == [1, 0, 0]
    assert [k["counts"]["overdue_reply"] for k in kept] == [0, 1, 1]
    assert [k["before"].get("on") for k in kept] == [None, "2026-11-24", "2026-11-30"]
    assert kept[2]["before"]["counts"] == kept[1]["counts"]
    assert [k["week"][0]["on"] for k in kept] == ["2026-11-23", "2026-11-30", "2026-12-07"]
    assert hall.case(first).is_open


def test_a_kept_digest_does_not_change(hall: TownHall) -> None:
    """It shows the day it was made, whatever happened since."""
    case_id = hall.open_case("A14")
    hall.clock.set(datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO))
    hall.keep_promises()
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.plan(case_id)
    assert [w["number"] for w in look(hall, date(2026, 11, 24)).content["waiting"]] == ["R8-0001"]
    assert look(hall).content["waiting"] == []


def test_it_is_for_managers_and_a_day_without_one_has_none(hall: TownHall) -> None:
    """Nobody else reads it."""
    for other in (COORDINATOR, ELDERLY, OUTSIDER):
        with pytest.raises(NotAllowed):
            hall.desk.ask(GetDigest(), other)
    with pytest.raises(NotFound):
        look(hall, hall.clock.at.date() - timedelta(days=1))


def test_it_holds_nothing_about_the_person(hall: TownHall) -> None:
    """Numbers of cases, agencies, dates and counts."""
    hall.open_case("A14", name="空野 星子", phone="090-1111-2222", summary="秘密の相談。")
    content = str(look(hall).content)
    for word in ("空野", "090-1111", "秘密"):
        assert word not in content


def test_every_kind_of_promise_that_is_late_is_in_the_digest(hall: TownHall) -> None:
    """Not replies, roles and checks alone: who leads is not settled for weeks."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.clock.move(days=21)
    content = look(hall).content
    others = [(o["kind"], o["number"]) for o in content["overdue_others"]]
    assert others == [("name_lead", "R8-0001")]
    assert content["counts"]["overdue"] == 1


def test_every_case_is_read_once_for_it_also_those_that_were_closed(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part at a time: a town has many that were closed long ago."""
    monkeypatch.setattr(repositories, "PAGE", 2)
    old, *_ = ids = [hall.open_case("A14") for _ in range(5)]
    hall.reply(old, "A14", by=ELDERLY)
    hall.close(old, by=COORDINATOR)
    with hall.database.open() as unit:
        assert {row.id for row in unit.cases.each_row()} == set(ids)
    hall.clock.move(days=30)
    read: list[str] = []
    real = repositories.CaseStore._opened

    def opened(store: repositories.CaseStore, row: Any) -> CaseRow:
        read.append(row.id)
        return real(store, row)

    monkeypatch.setattr(repositories.CaseStore, "_opened", opened)
    totals = look(hall).content["totals"]
    assert (totals["open"], totals["closed"]) == (4, 0)
    assert read.count(old) == 1
