"""Two processes on one PostgreSQL look at the same moment for what is due: each effect is one."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Result, SendOutcome
from handlers.lineworks.pace import LineworksPace
from handlers.lineworks.rooms import Rooms
from handlers.runtime.checkpoint_file import checkpoints_in
from handlers.runtime.decision_file import decisions_in
from handlers.slack.sending.pace import SlackPace
from handlers.web.door import EXTENSION
from handlers.web.server.limits import count_link_request
from storage.database import recall
from storage.heartbeat import Heartbeat
from storage.tables import checkpoints, mailbox, outbox, trail
from tests.support.clock import MovedClock
from tests.support.hands import consented
from tests.support.people import ELDERLY
from tests.support.postgres import PostgresServer
from tests.support.town import TownHall, TownMould
from tests.support.web import TEXTS, TownSeat, web_app
from workflows.core.ports import Account
from workflows.delivery.receiver import Receiver
from workflows.japanese.dates import TOKYO
from workflows.model.card import Card
from workflows.model.notice import CHECKPOINT, Notice
from workflows.promises.ladder import MANY_REMINDERS, REMINDERS

MAILED = ("sasaki@town.example.jp", "kansa@town.example.jp")


@dataclass
class Street:
    """A chat: keeps which notice was sent, however often."""

    sent: list[str] = field(default_factory=list)

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        self.sent.append(notice.dedupe_key)
        return Result(SendOutcome.SENT)


@dataclass
class Town:
    """One database, on which so many processes let time pass."""

    hall: TownHall
    street: Street
    ticks: list[Ticks]
    folder: Path

    def at_once(self, act: Callable[[Ticks], object]) -> None:
        begin = Barrier(len(self.ticks))

        def one(ticks: Ticks) -> None:
            begin.wait()
            act(ticks)

        with ThreadPoolExecutor(len(self.ticks)) as pool:
            list(pool.map(one, self.ticks))

    def column(self, column: Any) -> list[Any]:
        with self.hall.database.engine.connect() as connection:
            return list(connection.execute(select(column)).scalars())


@contextmanager
def town_of(hall: TownHall, processes: int, folder: Path) -> Iterator[Town]:
    folder.mkdir()
    street = Street()
    with ExitStack() as stack:
        ticks = []
        for _ in range(processes):
            process = hall.another_desk()
            stack.callback(process.database.close)
            database = process.database
            assert database.clock
            heart = Heartbeat(database, "1.0", database.clock.now)
            heart.start()
            stack.callback(heart.stop)
            inbox = Inbox(["street"])
            ways = {"street": street}
            single_runner = partial(database.single_runner, "trail")
            night = NightlyTrailCheck(
                process.desk, folder, addresses=MAILED, single_runner=single_runner
            )
            delivery = OutboxSender(database.open, process.desk, TEXTS, inbox, ways)
            ticks.append(Ticks(process.desk, delivery, night))
        yield Town(hall, street, ticks, folder)


def a_busy_month(town: Town) -> None:
    """Cases, a meeting, a consent taken back; a stop of three weeks; mornings, noons and nights."""
    hall = town.hall
    with hall.database.open() as unit:
        unit.accounts.save(Account("street", "U1", ELDERLY, "linked", "", hall.clock.now()))
        unit.commit()
    ids = [hall.open_case("A14", **consented("A13", "A14")) for _ in range(7)]
    hall.convene(ids[0], bases=("multi_layered",))
    hall.consent(ids[1], consent="not_asked", consent_on=None, consent_scope=None)
    for moment in (
        hall.clock.at,
        hall.clock.at + timedelta(days=1, hours=-1),
        datetime(2026, 12, 14, 8, 31, tzinfo=TOKYO),
        datetime(2026, 12, 14, 12, 1, tzinfo=TOKYO),
    ):
        hall.clock.set(moment)
        town.at_once(Ticks.tick_everything)


def reminders_in(town: Town) -> Counter[str]:
    """How many reminders each has heard, also of those that one card counts."""
    found: Counter[str] = Counter()
    for member_id in set(town.column(mailbox.c.member_id)):
        for item in town.hall.mail(member_id):
            if item.notice.key == MANY_REMINDERS:
                lines = item.notice.facts["lines"]
                assert isinstance(lines, list)
                found[member_id] += len(lines)
            elif item.notice.key in REMINDERS:
                found[member_id] += 1
    return found


def other_news(town: Town) -> Counter[tuple[str, str]]:
    return Counter(
        (member_id, item.notice.key)
        for member_id in set(town.column(mailbox.c.member_id))
        for item in town.hall.mail(member_id)
        if item.notice.key not in (MANY_REMINDERS, *REMINDERS)
    )


@pytest.mark.timeout(120)
def test_two_processes_do_what_one_does(
    postgres_mould: tuple[PostgresServer, TownMould], tmp_path: Path
) -> None:
    """The same month by one and by two: the same rows in the trail, the same news to the same
    people, no message twice; one checkpoint a night, mailed and filed once."""
    server, mould = postgres_mould
    halls = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        halls.append(mould.copy(tmp_path / name, server.new_database(mould.name)))
    with (
        town_of(halls[0], 1, tmp_path / "one" / "folder") as one,
        town_of(halls[1], 2, tmp_path / "two" / "folder") as two,
    ):
        a_busy_month(one)
        a_busy_month(two)
        kinds = [Counter(town.column(trail.c.kind)) for town in (one, two)]
        assert kinds[0] == kinds[1]
        assert kinds[0]["checkpoint_made"] == len(one.column(checkpoints.c.seq)) == 3
        assert kinds[0]["checkpoint_mailed"] == 2
        assert sum(n for kind, n in kinds[0].items() if kind.startswith("reminded_")) > 5
        assert reminders_in(one) == reminders_in(two)
        assert other_news(one) == other_news(two)
        assert max(Counter(two.street.sent).values()) == 1
        assert two.column(outbox.c.key).count(CHECKPOINT) == 2 * len(MAILED)
        for town in (one, two):
            lines = [c.line() for c in checkpoints_in(town.folder).checkpoints]
            assert len(lines) == len(set(lines)) == 3
            decided = decisions_in(town.folder)
            assert len(decided) == len(set(decided)) > 0
    for hall in halls:
        hall.database.close()


def test_what_one_process_learns_of_a_room_the_others_know(postgres_hall: TownHall) -> None:
    """LINE WORKS tells it to one of them, once; and nobody overwrites what another has learnt."""
    hall, other = postgres_hall, postgres_hall.another_desk()
    rooms = [
        Rooms(partial(recall, h.database, "rooms"), partial(h.database.change_about, "rooms"))
        for h in (hall, other)
    ]
    begin = Barrier(2)

    def came_in(which: Rooms) -> bool:
        begin.wait()
        return which.came_in("C1")

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(came_in, rooms)) == [False, True]
    rooms[0].opened("P1", "u1")
    rooms[1].opened("P2", "u2")
    rooms[1].opened("C1", "u1")
    for one in rooms:
        found = [one.is_private(c, u) for c, u in (("P1", "u1"), ("P2", "u2"), ("P1", "u2"))]
        assert found == [True, True, False]
        assert not one.is_private("C1", "u1")
    rooms[0].went_out("C1")
    assert rooms[1].came_in("C1")
    other.database.close()


def sent_in(paces: Sequence[Any], seconds: int, clock: MovedClock, *what: str) -> int:
    """How many calls such paces let through in so long, asked ten times a second."""
    count = 0
    for _ in range(seconds * 10):
        count += sum(pace.take(*what) is None for pace in paces)
        clock.move(seconds=0.1)
    return count


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_all_processes_together_keep_to_the_pace_of_one(processes: int) -> None:
    """Slack and LINE WORKS count what comes from all of them."""
    clock = MovedClock()
    slack: list[Any] = [SlackPace(clock.now) for _ in range(processes)]
    lineworks: list[Any] = [LineworksPace(clock.now, "paid") for _ in range(processes)]
    for pace in (*slack, *lineworks):
        pace.processes = lambda: processes
    posted = sent_in(slack, 60, clock, "chat.postMessage", "C1")
    assert 58 <= posted <= 60 + processes
    updates = sent_in(slack, 60, clock, "chat.update", "C1")
    assert 38 <= updates <= 42, "the rest is left to who waits for it"
    assert 232 <= sent_in(lineworks, 60, clock, "messages") <= 240


def test_rate_limits_hold_over_all_processes_together(hall: TownHall) -> None:
    """Of the doors that are open to everybody; of the links for one name one more at most."""
    app = web_app(hall, town=True)
    app.extensions[EXTENSION].processes = lambda: 2
    seat = TownSeat(app, "192.0.2.77")
    answers = [seat.get("/sign-in/made-up").status_code for _ in range(121)]
    assert (answers[119], answers[120]) == (answers[0], 429)
    with app.test_request_context("/sign-in", environ_base={"REMOTE_ADDR": "192.0.2.78"}):
        assert [count_link_request("tanaka") for _ in range(4)] == [True, True, True, False]
