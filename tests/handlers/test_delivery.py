"""OutboxSender: true when it goes, exactly once in an inbox, tried again when a channel fails."""

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from handlers.delivery.outbox import RETRIES, Inbox, OutboxSender
from handlers.delivery.sending import InHouse, Result, SendingUnit, SendOutcome
from handlers.words.texts import Texts, load_texts
from storage.outbox import LEASE
from storage.tables import outbox
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from workflows.japanese.dates import TOKYO, show_date
from workflows.meetings.fix_date import MoveMeeting
from workflows.meetings.run import UninviteAgency
from workflows.model.card import Card
from workflows.model.notice import Notice


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts(None)


@dataclass
class Wire(Inbox):
    """A channel that does what it is told, in its order; then it works."""

    results: list[Result | BaseException] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def send(
        self, notice: Notice, card: Card, unit: SendingUnit, now: datetime, *, quiet: bool = False
    ) -> Result:
        result = self.results.pop(0) if self.results else Result(SendOutcome.SENT)
        super().send(notice, card, unit, now, quiet=quiet)
        if isinstance(result, BaseException):
            raise result
        self.sent.append(notice.id)
        return result


class Killed(BaseException):
    """The process was killed at this moment."""


def delivery(hall: TownHall, texts: Texts, channel: InHouse | None = None) -> OutboxSender:
    return OutboxSender(hall.database.open, hall.desk, texts, channel or Inbox())


def states(hall: TownHall) -> list[tuple[str, str]]:
    """State and reason of every row that ever was, the oldest first."""
    with hall.database.engine.connect() as connection:
        query = select(outbox.c.state, outbox.c.error).order_by(outbox.c.created_at, outbox.c.id)
        return [(r.state, r.error) for r in connection.execute(query)]


def keys(hall: TownHall, member_id: str) -> list[str]:
    return [m.notice.key for m in hall.mail(member_id)]


def test_what_is_due_lands_in_the_inbox_once(any_hall: TownHall, texts: Texts) -> None:
    """Drained again and again, by two workers: one notice, one line in the inbox."""
    any_hall.open_case("A14")
    assert delivery(any_hall, texts).drain() == 1
    assert delivery(any_hall, texts).drain() == 0
    assert keys(any_hall, ELDERLY) == ["referral_asked"]


def test_quiet_hours_are_kept(hall: TownHall, texts: Texts) -> None:
    """Written on Saturday, delivered on Tuesday at opening."""
    hall.clock.set(datetime(2026, 11, 21, 12, 0, tzinfo=TOKYO))
    hall.open_case("A14")
    hall.clock.set(datetime(2026, 11, 24, 8, 29, tzinfo=TOKYO))
    assert delivery(hall, texts).drain() == 0
    hall.clock.set(datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO))
    assert delivery(hall, texts).drain() == 1


def test_what_ends_every_worker_is_dead_in_the_end(hall: TownHall, texts: Texts) -> None:
    """A notice that breaks whoever sends it is not tried for ever: the administrator sees it."""
    hall.open_case("A14")
    wire = Wire(results=[RuntimeError() for _ in range(99)])
    tries = 0
    while states(hall)[0][0] != "dead":
        with suppress(RuntimeError):
            delivery(hall, texts, wire).drain()
        hall.clock.move(minutes=6)
        tries += 1
        assert tries < 20
    assert states(hall) == [("dead", "gave_up")]
    assert tries == len(RETRIES) + 2


def test_who_has_left_is_not_told(hall: TownHall, texts: Texts) -> None:
    """Between writing and sending somebody left: nothing goes to them."""
    hall.open_case("A14")
    hall.has_left(ELDERLY)
    delivery(hall, texts).drain()
    assert states(hall) == [("dropped", "receiver_left")]
    assert keys(hall, ELDERLY) == []


def test_a_reminder_of_what_was_kept_meanwhile_is_dropped(hall: TownHall, texts: Texts) -> None:
    """Answered in the last minute before it goes: nobody is reminded."""
    case_id = hall.open_case("A14")
    delivery(hall, texts).drain()
    hall.clock.set(datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO))
    hall.keep_promises()
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    delivery(hall, texts).drain()
    assert ("dropped", "kept_meanwhile") in states(hall)
    assert "reply_reminder" not in keys(hall, ELDERLY)


def test_who_may_no_longer_know_is_not_told(hall: TownHall, texts: Texts) -> None:
    """The case became restricted before the notice went: only the named are told."""
    case_id = hall.open_case("A14", by="M27")
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    hall.reply(case_id, "A17", "declined", by=DISABILITY, next_agency="A19")
    assert "M01" in hall.told("passed_round")
    hall.edit(case_id, by="M27", danger="yes")
    delivery(hall, texts).drain()
    assert ("dropped", "may_not_be_told") in states(hall)
    assert "passed_round" not in keys(hall, "M01")


def test_a_date_that_was_moved_is_not_announced(hall: TownHall, texts: Texts) -> None:
    """Moved before the first news went: the agencies hear the new date alone."""
    meeting_id = hall.convene(hall.open_case("A14"))
    delivery(hall, texts).drain()
    hall.fix(meeting_id)
    day = show_date(hall.in_days(25).date())
    hall.desk.handle(MoveMeeting(meeting_id, day, "10:00", "会場の都合。"), COORDINATOR)
    delivery(hall, texts).drain()
    assert "meeting_moved" in keys(hall, ELDERLY)
    assert "meeting_fixed" not in keys(hall, ELDERLY)
    assert ("dropped", "overtaken") in states(hall)


def test_an_agency_that_is_no_longer_invited_is_not_asked(hall: TownHall, texts: Texts) -> None:
    """Uninvited before the question went: it hears that, and not the question."""
    meeting_id = hall.convene(hall.open_case("A14"), required=["A13", "A17"])
    hall.desk.handle(UninviteAgency(meeting_id, "A17"), COORDINATOR)
    delivery(hall, texts).drain()
    assert keys(hall, DISABILITY) == ["uninvited"]


def test_a_channel_that_fails_is_tried_again_and_then_given_up(
    hall: TownHall, texts: Texts
) -> None:
    """After 1, 5, 30 minutes, 2 and 6 hours; then it is dead and the administrator sees it."""
    hall.open_case("A14")
    wire = Wire(results=[Result(SendOutcome.RETRY, "busy")] * (len(RETRIES) + 1))
    worker = delivery(hall, texts, wire)
    for wait in RETRIES:
        assert worker.drain() == 1
        assert states(hall) == [("waiting", "busy")]
        hall.clock.move(seconds=wait.total_seconds() - 1)
        assert worker.drain() == 0
        hall.clock.move(seconds=1)
    assert worker.drain() == 1
    assert states(hall) == [("dead", "busy")]
    with hall.database.open() as unit:
        assert [d.state for d in unit.outbox.failed()] == ["dead"]


def test_a_channel_that_recovers_delivers(hall: TownHall, texts: Texts) -> None:
    """One failure, then success: sent once."""
    hall.open_case("A14")
    wire = Wire(results=[Result(SendOutcome.RETRY, "busy")])
    worker = delivery(hall, texts, wire)
    worker.drain()
    hall.clock.move(minutes=1)
    worker.drain()
    assert (states(hall), len(wire.sent)) == ([("sent", "")], 2)


def test_what_may_have_arrived_is_said_to_be_unknown(hall: TownHall, texts: Texts) -> None:
    """Neither repeated behind somebody's back nor called sent."""
    hall.open_case("A14")
    worker = delivery(hall, texts, Wire(results=[Result(SendOutcome.UNKNOWN, "timeout")]))
    assert worker.drain() == 1
    assert states(hall) == [("unknown", "timeout")]


def test_killed_while_sending_it_comes_after_the_lease_and_once(
    any_hall: TownHall, texts: Texts
) -> None:
    """Between filling the inbox and recording it, the power goes: the inbox was not filled."""
    any_hall.open_case("A14")
    with pytest.raises(Killed):
        delivery(any_hall, texts, Wire(results=[Killed()])).drain()
    assert keys(any_hall, ELDERLY) == []
    assert delivery(any_hall, texts).drain() == 0
    any_hall.clock.move(seconds=LEASE.total_seconds())
    assert delivery(any_hall, texts).drain() == 1
    assert keys(any_hall, ELDERLY) == ["referral_asked"]


def test_a_worker_that_was_overtaken_fills_no_inbox(hall: TownHall, texts: Texts) -> None:
    """Its lease ran out while it was sending: what it did is rolled back, the other's stays."""
    hall.open_case("A14")

    class Slow(Inbox):
        def send(
            self,
            notice: Notice,
            card: Card,
            unit: SendingUnit,
            now: datetime,
            *,
            quiet: bool = False,
        ) -> Result:
            # Another worker took the row meanwhile; on SQLite nobody could, so it is written here.
            connection = unit.connection  # type: ignore[attr-defined]
            connection.execute(update(outbox).values(worker="other", attempts=2))
            return super().send(notice, card, unit, now, quiet=quiet)

    delivery(hall, texts, Slow()).send_next()
    assert keys(hall, ELDERLY) == []
    hall.clock.move(seconds=LEASE.total_seconds())
    assert delivery(hall, texts).drain() == 1
    assert keys(hall, ELDERLY) == ["referral_asked"]


def test_a_notice_that_has_no_words_is_dead_and_said_so_without_its_content(
    hall: TownHall, texts: Texts, caplog: pytest.LogCaptureFixture
) -> None:
    """A missing template or fact is a failure to be seen, and the rest goes out."""
    now = hall.clock.at
    with hall.database.open() as unit:
        for number, key in enumerate(("no_such_words", "referral_asked")):
            unit.outbox.put(
                Notice(f"n{number}", key, ELDERLY, f"d{number}", {"name": "甲野"}, created_at=now)
            )
        unit.commit()
    with caplog.at_level(logging.DEBUG):
        delivery(hall, texts).drain()
    assert [s for s, _ in states(hall)] == ["dead", "dead"]
    assert all(e.startswith("cannot_render:") for _, e in states(hall))
    assert "甲野" not in caplog.text + str(states(hall))


def test_every_notice_of_a_whole_case_has_its_words(hall: TownHall, texts: Texts) -> None:
    """From the sheet to the closing and every reminder between: no notice fails to be said."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A17", "passed_on", by=DISABILITY, next_agency="A19")
    hall.reply(case_id, "A14", by=ELDERLY)
    meeting_id = hall.convene(case_id, required=["A13", "A14"], optional=["A17"])
    worker = delivery(hall, texts)

    def days(number: int) -> None:
        for _ in range(number):
            hall.clock.move(days=1)
            hall.keep_promises()
            worker.drain()

    days(6)
    for agency, by in (("A13", COORDINATOR), ("A14", ELDERLY), ("A17", DISABILITY)):
        hall.answer(meeting_id, agency, by=by)
    days(4)
    hall.fix(meeting_id)
    days(20)
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": "訪問", "due_on": ""}])
    days(3)
    hall.confirm_record(meeting_id)
    hall.plan(case_id)
    days(45)
    hall.check_on(case_id, "worse", by=COORDINATOR)
    days(150)
    failed = [(s, e) for s, e in states(hall) if s not in ("sent", "dropped")]
    assert failed == []
    with hall.database.engine.connect() as connection:
        said = set(connection.execute(select(outbox.c.key).distinct()).scalars())
    assert {"reply_overdue", "name_lead", "follow_up_ask", "reassess", "role_overdue"} <= said
    assert timedelta(days=200) < hall.clock.at - datetime(2026, 11, 20, tzinfo=TOKYO)
