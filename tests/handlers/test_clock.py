"""Time as one more caller: ticks, the local clock, and moving it on."""

import logging
import threading
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from sqlalchemy import update

from handlers.clock.ticks import LocalClock, Ticks, advance_clock
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.words.texts import load_texts
from storage.database import recall, remember_about
from storage.tables import cases
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.server import StandingClock
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.desk import Desk
from workflows.japanese.dates import TOKYO
from workflows.maintenance.broken_records import CheckReadable


class Kept:
    """A place where the clock's offset is kept."""

    def __init__(self) -> None:
        self.value: str | None = None

    def load(self) -> str | None:
        return self.value

    def save(self, value: str) -> None:
        self.value = value


def ticking(hall: TownHall, clock: LocalClock | None = None) -> tuple[Desk, Ticks]:
    desk = Desk(hall.database.open, clock, FORMS, holiday_name) if clock else hall.desk
    return desk, Ticks(desk, OutboxSender(hall.database.open, desk, load_texts(None), Inbox()))


def test_a_tick_keeps_what_is_due_and_delivers_it(hall: TownHall) -> None:
    """One tick after the due moment, the reminder lies in the inbox."""
    hall.open_case("A14")
    _, ticks = ticking(hall)
    hall.clock.set(datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO))
    ticks.tick()
    assert {m.notice.key for m in hall.mail(ELDERLY)} == {"reply_reminder", "referral_asked"}
    assert ticks.last_at == hall.clock.at


def test_moving_on_lets_everything_come_in_its_order_and_at_its_time(hall: TownHall) -> None:
    """A move of two weeks in one step: each rung on its day, the digest on its Monday."""
    clock = StandingClock(Kept().load, Kept().save)
    desk, ticks = ticking(hall, clock)
    hall.open_case("A14", by=OUTSIDER)
    advance_clock(clock, datetime(2026, 12, 4, 9, 0, tzinfo=TOKYO), desk, ticks)
    came = sorted(
        (m.delivered_at, m.notice.key)
        for who in (ELDERLY, OUTSIDER, COORDINATOR, MANAGER)
        for m in hall.mail(who)
    )
    assert came == [
        (datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO), "referral_asked"),
        (datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO), "weekly_digest"),
        (datetime(2026, 11, 25, 8, 30, tzinfo=TOKYO), "reply_reminder"),
        (datetime(2026, 11, 27, 8, 30, tzinfo=TOKYO), "reply_reminder"),
        (datetime(2026, 11, 27, 13, 0, tzinfo=TOKYO), "reply_overdue"),
        (datetime(2026, 11, 30, 8, 30, tzinfo=TOKYO), "reply_overdue"),
        (datetime(2026, 11, 30, 8, 30, tzinfo=TOKYO), "weekly_digest"),
        (datetime(2026, 12, 1, 8, 30, tzinfo=TOKYO), "reply_overdue"),
    ]
    assert desk.now() == datetime(2026, 12, 4, 9, 0, tzinfo=TOKYO)
    assert len(hall.mail(OTHER_COORDINATOR)) == 1


def test_moving_on_in_steps_is_the_same_as_in_one(hall: TownHall) -> None:
    """Day by day or at once: the same notices, none twice."""
    clock = StandingClock(Kept().load, Kept().save)
    desk, ticks = ticking(hall, clock)
    hall.open_case("A14", by=OUTSIDER)
    for day in range(21, 31):
        advance_clock(clock, datetime(2026, 11, day, 12, 0, tzinfo=TOKYO), desk, ticks)
    keys = [m.notice.key for m in hall.mail(ELDERLY)]
    assert keys == ["reply_reminder", "reply_reminder", "referral_asked"]
    assert [m.notice.key for m in hall.mail(OUTSIDER)] == ["reply_overdue"]


def test_the_local_clock_goes_on_and_never_back(hall: TownHall) -> None:
    """It runs with the real time, moved on by what was asked, and keeps that."""
    kept = Kept()
    clock = LocalClock(kept.load, kept.save)
    real = datetime.now(TOKYO)
    clock.set(real + timedelta(days=30))
    assert timedelta(days=30) <= clock.now() - real < timedelta(days=30, minutes=1)
    clock.set(real)
    assert clock.now() - real >= timedelta(days=30)
    again = LocalClock(kept.load, kept.save)
    assert abs(again.now() - clock.now()) < timedelta(minutes=1)


def test_the_offset_is_kept_in_the_database(hall: TownHall) -> None:
    """A new process on the same database goes on at the moved time."""

    def clock() -> LocalClock:
        return LocalClock(
            lambda: recall(hall.database, "clock_offset"),
            lambda value: remember_about(hall.database, "clock_offset", value),
        )

    clock().set(datetime.now(TOKYO) + timedelta(days=90))
    assert clock().now() - datetime.now(TOKYO) > timedelta(days=89)


def test_a_tick_that_fails_says_its_kind_alone_and_the_next_one_goes_on(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """The text of an error may quote what people wrote: it is not logged."""
    _, ticks = ticking(hall)
    original = ticks.tick

    def fail() -> None:
        raise RuntimeError("甲野さんの相談")

    ticks.tick = fail  # type: ignore[method-assign]
    with caplog.at_level(logging.DEBUG):
        ticks._guarded()
    assert ticks.last_error == "RuntimeError"
    assert "甲野" not in caplog.text
    ticks.tick = original  # type: ignore[method-assign]
    ticks._guarded()
    assert ticks.last_error == ""


def test_two_ticks_at_once_do_not_both_act(hall: TownHall) -> None:
    """A move of the clock and the scheduler's tick at once do not both act."""
    for _ in range(3):
        hall.open_case("A14")
    _, ticks = ticking(hall)
    threads = [threading.Thread(target=ticks.tick) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(hall.mail(ELDERLY)) == 3


def test_a_damaged_case_holds_up_no_other_reminder(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """A case that is damaged: the others are still chased, and what waits is still sent. Which one
    it is stands in the log; the clock itself is sound."""
    damaged, sound = hall.open_case("A14"), hall.open_case("A17")
    hall.clock.set(datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO))
    with hall.database.engine.begin() as connection:
        connection.execute(
            update(cases).where(cases.c.id == damaged).values(facts="甲野", content="乙野")
        )
    _, ticks = ticking(hall)
    ticks.tick()
    assert ticks.trouble == ""
    assert "reply_reminder" in {m.notice.key for m in hall.mail(DISABILITY)}
    assert f"record_broken kind=case id={damaged}" in caplog.text
    assert sound not in caplog.text
    assert "甲野" not in caplog.text
    assert "乙野" not in caplog.text


def test_a_damaged_line_is_drawn_from_its_document(hall: TownHall) -> None:
    """Nothing is lost: its agency is chased like every other."""
    damaged = hall.open_case("A14")
    hall.clock.set(datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO))
    with hall.database.engine.begin() as connection:
        connection.execute(update(cases).where(cases.c.id == damaged).values(facts="甲野"))
    _, ticks = ticking(hall)
    ticks.tick()
    assert "reply_reminder" in {m.notice.key for m in hall.mail(ELDERLY)}


def test_a_stop_lets_the_rest_wait(hall: TownHall) -> None:
    """Told to stop in the middle, it begins nothing more; after the start all of it is due."""
    hall.open_case("A14")
    hall.clock.set(datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO))
    _, ticks = ticking(hall)
    ticks.stop()
    ticks.tick()
    assert hall.mail(ELDERLY) == []
    _, again = ticking(hall)
    again.tick()
    assert {m.notice.key for m in hall.mail(ELDERLY)} == {"reply_reminder", "referral_asked"}


def test_two_moves_at_once_do_not_add_up() -> None:
    """Everybody presses: the clock stands where they asked, not at the sum of it."""
    kept = Kept()
    clock = LocalClock(kept.load, kept.save)
    target = datetime.now(TOKYO) + timedelta(days=7)
    start = threading.Barrier(8)

    def press() -> None:
        start.wait()
        clock.set(target)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert clock.now() - target < timedelta(minutes=1)


# -- background jobs: what leaves the house --------------------------------------------------------


def test_an_errand_that_hangs_holds_up_neither_the_tick_nor_another_errand(hall: TownHall) -> None:
    """Somebody out there does not answer: promises are kept and the other way goes on."""
    begun, let_go, done = threading.Event(), threading.Event(), []

    def hang() -> bool:
        begun.set()
        assert let_go.wait(20)
        return False

    def work() -> bool:
        done.append(True)
        return len(done) < 3

    delivery = OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox())
    ticks = Ticks(hall.desk, delivery, more={"hangs": hang, "works": work})
    hanging = threading.Thread(target=ticks.run_job, args=("hangs",))
    hanging.start()
    assert begun.wait(20)
    hall.open_case("A14")
    ticks.tick()
    ticks.run_job("works")
    assert (len(hall.mail(ELDERLY)), len(done)) == (1, 3)
    let_go.set()
    hanging.join()


def test_a_clock_put_back_by_two_hours_stops_no_tick(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """APScheduler waits until a time by the wall's clock; whoever puts that one right must not
    keep every promise waiting for as long."""
    back = [timedelta(0)]

    class WallClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) - back[0]

    for module in (
        "apscheduler.schedulers.base",
        "apscheduler.triggers.interval",
        "handlers.clock.ticks",
    ):
        monkeypatch.setattr(f"{module}.datetime", WallClock)
    for often in ("TICK_SECONDS", "JOB_SECONDS"):
        monkeypatch.setattr(f"handlers.clock.ticks.{often}", 0.02)
    ran = threading.Semaphore(0)

    def errand() -> bool:
        ran.release()
        return False

    delivery = OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox())
    ticks = Ticks(hall.desk, delivery, more={"errand": errand})
    ticks.start()
    try:
        assert ran.acquire(timeout=20)
        back[0] = timedelta(hours=2)
        # What was under way then may still be done; the third one was begun afterwards.
        assert all(ran.acquire(timeout=20) for _ in range(3))
        assert "clock_moved seconds=-7200" in caplog.text
    finally:
        ticks.stop()


def test_an_errand_that_fails_is_told_until_it_works_again(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """By its kind alone; the tick itself is sound, and the pulse names what is not."""
    broken = [True]

    def act() -> bool:
        if broken[0]:
            raise RuntimeError("甲野さんの相談")
        return False

    delivery = OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox())
    ticks = Ticks(hall.desk, delivery, more={"cards": act})
    ticks._guarded()
    ticks._errand_guarded("cards")
    assert (ticks.last_error, ticks.trouble) == ("", "RuntimeError")
    assert "errand=cards" in caplog.text
    assert "甲野" not in caplog.text
    broken[0] = False
    ticks._errand_guarded("cards")
    assert ticks.trouble == ""


def test_a_tick_opens_only_so_many_documents_and_the_next_ones_the_rest(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a day each: what is due meanwhile goes out between."""
    monkeypatch.setattr("workflows.maintenance.broken_records.AT_ONCE", 1)
    monkeypatch.setattr("handlers.clock.ticks.CHECKED", 2)
    ids = {hall.open_case("A14") for _ in range(5)}
    opened: list[str] = []
    desk, ticks = ticking(hall)
    handle = desk.handle

    def watched(command: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(command, CheckReadable):
            opened.extend(command.records)
        return handle(command, *rest, **more)

    monkeypatch.setattr(desk, "handle", watched)
    each = []
    for _ in range(4):
        ticks.tick()
        each.append(len(opened))
        assert hall.mail(ELDERLY), "at the first already"
    assert each == [2, 4, 5, 5]
    assert set(opened) == ids
    hall.clock.move(days=1)
    ticks.tick()
    assert len(opened) == 7
