"""Several processes on one PostgreSQL: what a dead one claimed is taken over within a minute."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from storage.callbacks import LEASE
from storage.database import Database
from storage.heartbeat import Heartbeat
from storage.replicas import HEARTBEAT_EVERY, Replica
from storage.tables import callbacks, outbox, posts, replicas
from tests.support.clock import START
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from workflows.core.ports import Callback, ClaimedNotice, ClaimedPost, Post
from workflows.model.notice import Notice

SLACK, LINEWORKS = "slack", "lineworks"
SECOND, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ROOT = Path(__file__).parent.parent.parent
NOTICE = Notice("n1", "referral_asked", ELDERLY, "d1", {}, "c1", created_at=START, not_before=START)
CARD = Post("p1", SLACK, "notice", "D1", ELDERLY, "", START, external_id="1.1")
CALLBACK = Callback("k1", LINEWORKS, "U1", "{}", START)
# Claims, says so, and is never heard of again.
CLAIMS_AND_HANGS = """
import sys, time
from datetime import datetime
from pathlib import Path
from storage.database import open_database
from storage.heartbeat import Heartbeat
from storage.vault import read_keys
database = open_database(sys.argv[1], read_keys(Path(sys.argv[2])), "local")
now = datetime.fromisoformat(sys.argv[3])
Heartbeat(database, "1.0", lambda: now).start()
with database.open() as unit:
    assert unit.outbox.claim(now, "w")
    assert unit.posts.claim(now, "w", "slack")
    assert unit.callbacks.claim(now, "w", "lineworks")
    unit.commit()
print("claimed", flush=True)
time.sleep(600)
"""

Claimed = tuple[ClaimedNotice | None, ClaimedPost | None, Callback | None]


@contextmanager
def another(hall: TownHall) -> Iterator[Database]:
    """The database as one more process has it open."""
    desk = hall.another_desk()
    yield desk.database
    desk.database.close()


def put(database: Database) -> None:
    with database.open() as unit:
        unit.outbox.put(NOTICE)
        unit.posts.put(CARD)
        unit.callbacks.put(CALLBACK)
        unit.commit()


def claim(database: Database, at: datetime) -> Claimed:
    with database.open() as unit:
        found = (
            unit.outbox.claim(at, "w"),
            unit.posts.claim(at, "w", SLACK),
            unit.callbacks.claim(at, "w", LINEWORKS),
        )
        unit.commit()
    return found


def settle(database: Database, claimed: Claimed, at: datetime) -> list[bool]:
    """Which of the three are still its own to record."""
    notice, card, callback = claimed
    assert notice
    assert card
    assert callback
    with database.open() as unit:
        kept = [
            unit.outbox.settle("n1", "w", notice.attempt, "sent", at),
            unit.posts.drawn(card.post, "w", card.moves, at),
            unit.callbacks.over(callback, "w"),
        ]
        unit.commit()
    return kept


def beat(database: Database, at: datetime) -> int:
    """One beat at that moment; answers with how many claims it took over."""
    with database.open() as unit:
        unit.replicas.beat(Replica(database.replica, "1.0", "0001", START), at)
        freed = unit.replicas.take_over(at)
        unit.commit()
    return freed


def test_what_a_dead_replica_has_claimed_is_done_within_a_minute_of_its_last_word(
    postgres_hall: TownHall,
) -> None:
    """By whoever looks next; and what the dead one records afterwards counts no more."""
    with another(postgres_hall) as dead, another(postgres_hall) as living:
        put(dead)
        beat(dead, START)
        claimed = claim(dead, START + HEARTBEAT_EVERY)
        assert all(claimed), "as late as it can be after its last word"
        freed = [beat(living, START + HEARTBEAT_EVERY * n) for n in range(1, 7)]
        assert freed == [0, 0, 0, 0, 3, 0], "and each claim is taken over once"
        again = claim(living, START + A_MINUTE)
        assert all(again)
        assert again[0]
        assert again[0].attempt == 2, "it counts as an attempt: it may have arrived"
        assert settle(dead, claimed, START + A_MINUTE) == [False, False, False]
        assert settle(living, again, START + A_MINUTE) == [True, True, True]


def test_a_slow_replica_that_is_heard_of_keeps_what_it_has_claimed(
    postgres_hall: TownHall,
) -> None:
    """Also one that was not heard of for long, and has come back and claimed again just now."""
    with another(postgres_hall) as slow, another(postgres_hall) as other:
        put(slow)
        claimed = claim(slow, START)
        at = START
        while at < START + LEASE - HEARTBEAT_EVERY:
            assert beat(slow, at) == 0
            assert beat(other, at + SECOND) == 0
            assert claim(other, at + SECOND)[0] is None
            at += HEARTBEAT_EVERY
        assert settle(slow, claimed, at) == [True, True, True]
        with slow.open() as unit:
            unit.outbox.put(replace(NOTICE, id="n2", dedupe_key="d2", member_id="M27"))
            unit.commit()
        later = at + timedelta(hours=1)  # nobody has heard of it
        assert claim(slow, later)[0]
        assert beat(other, later + SECOND) == 0


def test_who_ends_gives_back_at_once_and_nobody_elses(postgres_hall: TownHall) -> None:
    with another(postgres_hall) as ends, another(postgres_hall) as stays:
        put(ends)
        with stays.open() as unit:
            unit.outbox.put(replace(NOTICE, id="n2", dedupe_key="d2", member_id="M27"))
            unit.commit()
        beat(stays, START)
        heart = Heartbeat(ends, "1.0", lambda: START)
        heart.start()
        assert all(claim(ends, START))
        with stays.open() as unit:
            assert len(unit.replicas.living(START)) == 2
            unit.commit()
        assert claim(stays, START)[0], "the other notice"
        heart.stop()
        with stays.open() as unit:
            assert [one.id for one in unit.replicas.living(START)] == [stays.replica]
        assert all(claim(stays, START))
        assert claim(stays, START)[0] is None, "its own stays claimed"


def test_an_end_is_not_held_up_by_a_database_that_does_not_answer(
    postgres_hall: TownHall,
) -> None:
    with another(postgres_hall) as ends:
        heart = Heartbeat(ends, "1.0", lambda: START)
        heart.start()
        with postgres_hall.database.engine.begin() as connection:
            connection.execute(text("LOCK TABLE replicas"))
            heart.stop(timedelta(seconds=0.2))
            query = select(replicas.c.id)
            assert connection.execute(query).scalars().all() == [ends.replica]


@pytest.mark.timeout(120)
def test_a_replica_that_is_killed_leaves_nothing_undone(
    postgres_hall: TownHall, tmp_path: Path
) -> None:
    """kill -9 of a process between claiming and recording."""
    put(postgres_hall.database)
    url = postgres_hall.database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIMS_AND_HANGS, url, tmp_path / "keys.json", START.isoformat()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"claimed\n"
    process.kill()
    process.communicate()
    beat(postgres_hall.database, START + A_MINUTE - HEARTBEAT_EVERY)
    again = claim(postgres_hall.database, START + A_MINUTE)
    assert settle(postgres_hall.database, again, START + A_MINUTE) == [True, True, True]


def test_on_a_file_all_that_was_claimed_before_the_start_is_due_at_once(hall: TownHall) -> None:
    """There is one process on it, so whoever claimed it is gone: also one of an older version,
    whose claims bear no replica."""
    put(hall.database)
    assert all(claim(hall.database, START))
    with hall.database.engine.begin() as connection:
        for table in (outbox, posts, callbacks):
            connection.execute(update(table).values(worker="0123456789abcdef0123456789abcdef"))
    hall.database.close()
    other = sqlite3.connect(hall.database.engine.url.database or "")
    assert other.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
    other.close()
    started = hall.another_desk().database
    heart = Heartbeat(started, "1.0", lambda: START + SECOND)
    heart.start()
    with started.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    again = claim(started, START + SECOND)
    assert settle(started, again, START + SECOND) == [True, True, True]
    heart.stop()
    started.close()
