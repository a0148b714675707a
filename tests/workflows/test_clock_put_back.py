"""A clock that was ahead is put back: nothing waits until it is that late again."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from storage.tables import callbacks, outbox, posts, trail
from tests.support.clock import START
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from tests.support.web import ticks_of
from workflows.audit.check import IsCheckDue, MakeCheckpoint, RememberCheck, verify_whole_trail
from workflows.audit.checkpoint_mail import MailCheckpoint
from workflows.core.permissions import Caller
from workflows.core.ports import Callback, Post
from workflows.model.notice import Notice
from workflows.model.promise import PromiseKind
from workflows.reminders.clock_corrected import RestoreDueTimes, WasClockCorrected
from workflows.reminders.keep_promises import DIGEST_SUBJECT

AHEAD = START + timedelta(days=40, hours=7)  # a Wednesday, 17:00: notices wait for the morning
MAILED = ("one@example.jp", "two@example.jp")


def waits_of(hall: TownHall) -> dict[str, datetime | None]:
    """When what is not over is to go on, by its id or the key of its promise."""
    found: dict[str, datetime | None] = {}
    with hall.database.engine.connect() as connection:
        for table in (outbox, posts, callbacks):
            query = select(table.c.id, table.c.try_at).where(table.c.try_at.is_not(None))
            found |= {row.id: row.try_at for row in connection.execute(query)}
    return found


def while_ahead(hall: TownHall) -> None:
    """What a day does of which the clock only thinks that it has come."""
    desk = hall.desk
    ticks_of(hall).tick()
    desk.handle(RememberCheck(verify_whole_trail(desk, Caller.CLOCK)), Caller.CLOCK)
    desk.handle(MakeCheckpoint(), Caller.CLOCK)
    assert desk.handle(MailCheckpoint(MAILED), Caller.CLOCK) == 2
    now = hall.clock.now()
    plain = Notice("now", "case_closed", ELDERLY, "now", created_at=now, not_before=now)
    card = Post("card", "slack", "notice", "D1", ELDERLY, "", now, external_id="1.1")
    with hall.database.open() as unit:
        for notice in (
            plain,
            replace(plain, id="sent", dedupe_key="sent", member_id="M27"),
            replace(plain, id="tried", dedupe_key="tried", member_id="M28"),
            replace(
                plain,
                id="morning",
                dedupe_key="morning",
                not_before=now + timedelta(hours=15, minutes=30),
            ),
        ):
            unit.outbox.put(replace(notice, via="street"))
        for name in ("card", "drawn"):
            unit.posts.put(replace(card, id=name))
        for name in ("press", "worked"):
            unit.callbacks.put(Callback(name, "lineworks", name, "{}", now))
        claimed = unit.outbox.claim(now, "w", "street")
        assert claimed
        later = now + timedelta(hours=6)
        unit.outbox.settle(claimed.notice.id, "w", 1, "waiting", now, try_at=later)
        assert unit.outbox.claim(now, "w", "street")
        assert unit.posts.claim(now, "w", "slack")
        assert unit.callbacks.claim(now, "w", "lineworks")
        unit.commit()


def test_all_that_a_clock_ahead_has_put_off_is_due_by_the_right_one(
    any_hall: TownHall,
) -> None:
    hall = any_hall
    hall.open_case("A14")
    ticks_of(hall).tick()
    hall.clock.set(AHEAD)
    while_ahead(hall)
    hall.open_case("A14")
    now = START + timedelta(hours=1)
    hall.clock.set(now)
    news = len(hall.mail(ELDERLY))
    assert hall.desk.ask(WasClockCorrected(), Caller.CLOCK)
    assert hall.desk.ask(IsCheckDue(), Caller.CLOCK), "the last one was of a day to come"
    assert hall.desk.handle(MailCheckpoint(MAILED), Caller.CLOCK) == 0, "nothing is new"
    hall.desk.handle(MakeCheckpoint(), Caller.CLOCK)
    assert hall.desk.handle(MailCheckpoint(MAILED), Caller.CLOCK) == 2

    assert hall.desk.handle(RestoreDueTimes(), Caller.CLOCK)
    assert not hall.desk.ask(WasClockCorrected(), Caller.CLOCK), "once"
    waits = waits_of(hall)
    for names, later in (
        (("now", "tried", "sent"), 5),
        (("card", "drawn"), 5),
        (("press", "worked"), 2),
    ):
        leased = now + timedelta(minutes=later)
        assert {waits[name] for name in names} == {now, leased}, names
    assert waits["morning"] == now, "in office hours the morning is now"
    with hall.database.open() as unit:
        (digest,) = unit.promises.open(subject_id=DIGEST_SUBJECT)
        assert digest.due_at < now + timedelta(days=8)
        replies = [s for s in unit.promises.scheduled(now) if s.promise.kind is PromiseKind.REPLY]
        assert {s.step for s in replies} == {0}, "nobody was reminded yet"
        first, _ = sorted(replies, key=lambda s: s.promise.due_at)
        assert first.next_at
        assert first.next_at < now + timedelta(days=8)

    ticks_of(hall).tick()
    assert len(hall.mail(ELDERLY)) == news + 1, "the new case, and no reminder of a day to come"
    hall.clock.set(AHEAD + timedelta(days=1))
    hall.open_case("A14")
    hall.clock.set(now)
    ticks_of(hall).tick()
    assert len(hall.mail(ELDERLY)) == news + 2, "whenever it happens again"
    hall.clock.set(first.next_at)
    ticks_of(hall).tick()
    assert hall.mail(ELDERLY)[0].notice.key == "reply_reminder", "in its time, after all"
    with hall.database.engine.connect() as connection:
        kinds = connection.execute(select(trail.c.kind)).scalars().all()
    assert kinds.count("clock_put_back") == 2


def test_a_clock_that_goes_on_changes_no_wait(hall: TownHall) -> None:
    """Nor one that is a few minutes behind what another machine wrote."""
    while_ahead(hall)
    before = waits_of(hall)
    hall.clock.move(minutes=-4)
    assert not hall.desk.ask(WasClockCorrected(), Caller.CLOCK)
    hall.clock.move(minutes=-4)
    assert hall.desk.ask(WasClockCorrected(), Caller.CLOCK)
    assert waits_of(hall) == before
