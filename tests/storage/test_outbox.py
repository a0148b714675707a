"""The outbox: one row to one worker, a lease for who dies, one notice for one matter."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from storage.outbox import LEASE
from storage.tables import mailbox, outbox
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.japanese.dates import TOKYO
from workflows.model.notice import Notice

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=TOKYO)


def notice(number: int = 1, **changes: object) -> Notice:
    plain = Notice(
        id=f"n{number}",
        key="referral_asked",
        member_id=ELDERLY,
        dedupe_key=f"d{number}",
        facts={"number": "R8-0001", "agencies": ["北", "南"], "rows": [["a", "b"]], "count": 3},
        case_id="c1",
        created_at=NOW,
        not_before=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def put(hall: TownHall, *notices: Notice) -> None:
    with hall.database.open() as unit:
        for one in notices:
            unit.outbox.put(one)
        unit.commit()


def claim(hall: TownHall, worker: str, at: datetime = NOW) -> tuple[Notice, int] | None:
    with hall.database.open() as unit:
        found = unit.outbox.claim(at, worker)
        unit.commit()
    return (found.notice, found.attempt) if found else None


def settle(hall: TownHall, worker: str, attempt: int, state: str = "sent") -> bool:
    with hall.database.open() as unit:
        kept = unit.outbox.settle("n1", worker, attempt, state, NOW)
        unit.commit()
    return kept


def row(hall: TownHall, notice_id: str = "n1") -> tuple[str, int, str]:
    with hall.database.engine.connect() as connection:
        query = select(outbox.c.state, outbox.c.attempts, outbox.c.content)
        found = connection.execute(query.where(outbox.c.id == notice_id)).one()
        return found.state, found.attempts, found.content


def test_a_notice_comes_out_as_it_went_in(any_hall: TownHall) -> None:
    """Facts of every kind survive the vault and JSON."""
    put(any_hall, notice())
    assert claim(any_hall, "w1") == (notice(), 1)


def test_what_is_claimed_is_not_claimed_again(any_hall: TownHall) -> None:
    """While one works on it, another finds nothing."""
    put(any_hall, notice())
    assert claim(any_hall, "w1")
    assert claim(any_hall, "w2") is None


def test_many_workers_at_once_take_each_row_once(any_hall: TownHall) -> None:
    """Forty notices and four workers: each goes to one."""
    put(any_hall, *[notice(n, member_id=f"M{n:02d}") for n in range(40)])

    def work(name: str) -> list[str]:
        taken = []
        for _ in range(60):
            found = claim(any_hall, name)
            if found:
                taken.append(found[0].id)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [i for ids in pool.map(work, ["w1", "w2", "w3", "w4"]) for i in ids]
    assert sorted(taken) == sorted(f"n{n}" for n in range(40))


def test_killed_between_claiming_and_recording_it_is_tried_again(any_hall: TownHall) -> None:
    """The lease runs out and another worker has it, as the second attempt."""
    put(any_hall, notice())
    claim(any_hall, "dies")
    assert claim(any_hall, "w2", NOW + LEASE - timedelta(seconds=1)) is None
    assert claim(any_hall, "w2", NOW + LEASE) == (notice(), 2)


def test_who_lost_the_lease_records_nothing(any_hall: TownHall) -> None:
    """A worker that comes back from the dead cannot overwrite its successor."""
    put(any_hall, notice())
    claim(any_hall, "slow")
    claim(any_hall, "w2", NOW + LEASE)
    assert settle(any_hall, "slow", 1, "dead") is False
    assert row(any_hall)[:2] == ("sending", 2)
    assert settle(any_hall, "w2", 2) is True
    assert row(any_hall)[0] == "sent"


@pytest.mark.parametrize("state", ["sent", "dropped"])
def test_what_is_done_is_emptied(any_hall: TownHall, state: str) -> None:
    """A notice that was sent leaves its fact and not its words."""
    put(any_hall, notice())
    claim(any_hall, "w1")
    settle(any_hall, "w1", 1, state)
    assert row(any_hall) == (state, 1, "")
    assert claim(any_hall, "w2", NOW + timedelta(days=9)) is None


def test_one_matter_is_one_notice(any_hall: TownHall) -> None:
    """The same dedupe key a second time is dropped, also after the first was sent."""
    put(any_hall, notice(1), notice(2, dedupe_key="d1"))
    claim(any_hall, "w1")
    settle(any_hall, "w1", 1)
    put(any_hall, notice(3, dedupe_key="d1"))
    assert claim(any_hall, "w1", NOW + timedelta(days=9)) is None


def test_a_notice_waits_for_its_hour(any_hall: TownHall) -> None:
    """Not before its time, then the oldest first."""
    put(any_hall, notice(1, not_before=NOW + timedelta(hours=2)), notice(2))
    first = claim(any_hall, "w1")
    assert first is not None
    assert first[0].id == "n2"
    assert claim(any_hall, "w1") is None
    assert claim(any_hall, "w1", NOW + timedelta(hours=2))


def test_a_mailbox_holds_a_notice_once(any_hall: TownHall) -> None:
    """Delivered twice, it lies there once, and only its owner marks it read."""
    with any_hall.database.open() as unit:
        assert unit.mailbox.deliver(notice(), NOW) is True
        assert unit.mailbox.deliver(notice(), NOW) is False
        unit.mailbox.mark_read(COORDINATOR, ["n1"], NOW)
        assert unit.mailbox.unread(ELDERLY) == 1
        unit.mailbox.mark_read(ELDERLY, ["n1"], NOW)
        assert unit.mailbox.unread(ELDERLY) == 0
        unit.commit()
    assert [m.notice for m in any_hall.mail(ELDERLY)] == [notice()]
    with any_hall.database.engine.connect() as connection:
        assert "R8-0001" not in str(connection.execute(select(mailbox.c.content)).all())


@pytest.mark.parametrize(
    "content", ["", "k1.????", "k9.AAAA", "k1.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"]
)
def test_a_notice_that_cannot_be_read_holds_up_no_other(any_hall: TownHall, content: str) -> None:
    """A damaged row is set aside as dead, for the administrator to see; the next one is taken."""
    put(any_hall, notice(1), notice(2, created_at=NOW + timedelta(minutes=1)))
    with any_hall.database.engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.id == "n1").values(content=content))
    found = claim(any_hall, "w1")
    assert found is not None
    assert found[0].id == "n2"
    assert row(any_hall)[0] == "dead"
    assert claim(any_hall, "w1") is None


def test_news_is_marked_as_read_for_its_owner_alone(any_hall: TownHall) -> None:
    """Whatever ids are named: another member's news stays unread."""
    with any_hall.database.open() as unit:
        unit.mailbox.deliver(notice(1), NOW)
        unit.mailbox.deliver(notice(2, member_id=COORDINATOR), NOW)
        unit.mailbox.mark_read(ELDERLY, ["n1", "n2"], NOW)
        assert (unit.mailbox.unread(ELDERLY), unit.mailbox.unread(COORDINATOR)) == (0, 1)
