"""Ways out, on both databases: one state for all, tried by one; what goes first and in which
order."""

from dataclasses import replace
from datetime import timedelta

from storage.outbox import LEASE
from storage.sending_order import IN_ORDER_FOR
from tests.storage.test_outbox import NOW, notice, put, settle
from tests.storage.test_posts import CARD
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.core.ports import NOWHERE, ChannelState, ClaimedNotice
from workflows.model.notice import Notice

SLACK = "slack"
MINUTE = timedelta(minutes=1)


def by_slack(number: int, **changes: object) -> Notice:
    at = NOW + timedelta(seconds=number)
    plain = notice(number, via=SLACK, created_at=at, not_before=at)
    return replace(plain, **changes)  # type: ignore[arg-type]


def claim(hall: TownHall, at: timedelta = MINUTE, worker: str = "w") -> ClaimedNotice | None:
    with hall.database.open() as unit:
        found = unit.outbox.claim(NOW + at, worker, SLACK)
        unit.commit()
    return found


def claimed(hall: TownHall, at: timedelta = MINUTE, worker: str = "w") -> str:
    found = claim(hall, at, worker)
    return found.notice.id if found else ""


def later(hall: TownHall, notice_id: str, attempt: int, at: timedelta) -> None:
    with hall.database.open() as unit:
        kept = unit.outbox.settle(notice_id, "w", attempt, "waiting", NOW, try_at=NOW + at)
        assert kept
        unit.commit()


def way(hall: TownHall) -> ChannelState:
    with hall.database.open() as unit:
        return unit.ways.get(SLACK)


def fall(hall: TownHall, at: timedelta, probe: timedelta, why: str = "unreachable") -> None:
    with hall.database.open() as unit:
        unit.ways.fell(SLACK, why, NOW + at, NOW + probe)
        unit.commit()


def rise(hall: TownHall, at: timedelta) -> bool:
    with hall.database.open() as unit:
        rose = unit.ways.rose(SLACK, NOW + at)
        unit.commit()
    return rose


def test_what_is_urgent_goes_first_and_the_rest_in_its_order(any_hall: TownHall) -> None:
    """緊急 that came last before all; of one receiver nothing before what came earlier."""
    put(
        any_hall,
        by_slack(1),
        by_slack(2, member_id=COORDINATOR),
        by_slack(3),
        by_slack(4, urgent=True, case_id=None),
        by_slack(5, urgent=True),
    )
    order = [claimed(any_hall) for _ in range(5)]
    assert order == ["n5", "n4", "n1", "n2", ""], "n3 waits until n1 is there"
    assert settle(any_hall, "w", 1)
    assert claimed(any_hall) == "n3"


def test_what_waits_for_its_next_attempt_is_not_overtaken_for_ever(any_hall: TownHall) -> None:
    """A mailbox that takes one never holds up what is told later for days."""
    put(any_hall, by_slack(1), by_slack(2), by_slack(3, urgent=True), by_slack(9, via="mail"))
    assert claimed(any_hall) == "n3"
    for attempt in range(1, IN_ORDER_FOR + 1):
        assert claimed(any_hall, MINUTE * attempt) == "n1"
        later(any_hall, "n1", attempt, MINUTE * (attempt + 1))
        assert claimed(any_hall, MINUTE * attempt) == "", "n2 waits for it"
    assert claimed(any_hall, MINUTE * 4) == "n1"
    later(any_hall, "n1", 4, MINUTE * 60)
    assert claimed(any_hall, MINUTE * 5) == "n2"


def test_a_notice_whose_worker_died_may_have_arrived(any_hall: TownHall) -> None:
    """And stays so, however the next attempt ends."""
    put(any_hall, by_slack(1))
    first = claim(any_hall)
    assert first is not None
    assert (first.lost, first.was_lost, first.in_doubt) == (0, False, False)
    second = claim(any_hall, MINUTE + LEASE)
    assert second is not None
    assert (second.attempt, second.lost, second.was_lost, second.in_doubt) == (2, 1, True, True)
    later(any_hall, "n1", 2, MINUTE * 10)
    third = claim(any_hall, MINUTE * 10)
    assert third is not None
    assert (third.attempt, third.lost, third.was_lost, third.in_doubt) == (3, 1, False, True)


def test_a_way_that_is_down_is_tried_by_one_at_a_time(any_hall: TownHall) -> None:
    """Since when and why is kept over all tries; whoever says that it is up is heard once."""
    assert way(any_hall) == ChannelState(SLACK)
    fall(any_hall, MINUTE, MINUTE * 2)
    fall(any_hall, MINUTE * 3, MINUTE * 4, "no_answer")
    found = way(any_hall)
    assert found.is_down
    assert (found.down_since, found.reason, found.probes) == (NOW + MINUTE, "no_answer", 1)
    taken = []
    for at in (3, 4, 4, 5):
        with any_hall.database.open() as unit:
            until = NOW + MINUTE * (at + 1)
            taken.append(unit.ways.take_probe(SLACK, NOW + MINUTE * at, until))
            unit.commit()
    assert taken == [False, True, False, True]
    with any_hall.database.open() as unit:
        hours_before = NOW - MINUTE * 600
        assert unit.ways.take_probe(SLACK, hours_before, hours_before), "the clock was put back"
    put(any_hall, by_slack(1), by_slack(2))
    assert (rise(any_hall, MINUTE * 6), rise(any_hall, MINUTE * 6)) == (True, False)
    found = way(any_hall)
    assert not found.is_down
    assert (found.down_since, found.up_at, found.late) == (NOW + MINUTE, NOW + MINUTE * 6, 2)
    fall(any_hall, MINUTE * 9, MINUTE * 10)
    assert (way(any_hall).down_since, way(any_hall).told) == (NOW + MINUTE * 9, "")


def test_what_may_have_come_is_due_when_the_way_is_up(any_hall: TownHall) -> None:
    """What waits because its own mailbox is full goes on waiting."""
    put(any_hall, by_slack(1, member_id="M01"), by_slack(2, member_id="M02"))
    for number in (1, 2):
        assert claimed(any_hall) == f"n{number}"
        with any_hall.database.open() as unit:
            in_doubt = number == 1
            unit.outbox.settle(
                *(f"n{number}", "w", 1, "waiting", NOW),
                try_at=NOW + MINUTE * 60,
                in_doubt=in_doubt,
            )
            unit.commit()
    with any_hall.database.open() as unit:  # a card that could not be drawn anew
        unit.posts.put(replace(CARD, created_at=NOW))
        card = unit.posts.claim(NOW, "w", SLACK)
        assert card is not None
        unit.posts.later("p1", "w", NOW + MINUTE * 300, "no_answer", counted=True)
        unit.commit()
    fall(any_hall, MINUTE, MINUTE * 2)
    with any_hall.database.open() as unit:
        assert unit.outbox.next_try() == NOW + MINUTE * 2, "the clock wakes for the probe"
    assert rise(any_hall, MINUTE * 3)
    assert claimed(any_hall, MINUTE * 3) == "n1"
    assert claimed(any_hall, MINUTE * 3) == ""
    with any_hall.database.open() as unit:
        assert unit.posts.claim(NOW + MINUTE * 3, "w", SLACK)


def test_overdue_notices_are_returned_once_for_fallback_and_once_for_telling(
    any_hall: TownHall,
) -> None:
    """緊急 to be passed on, and all else to be told of; what was done is not found again."""
    put(any_hall, by_slack(1), by_slack(2, urgent=True), by_slack(3, urgent=True, case_id=None))
    with any_hall.database.open() as unit:
        ways = unit.ways

        def late(at: timedelta) -> list[str]:
            found = ways.late([SLACK], emergencies=NOW + at, others=NOW)
            return [one for one, _ in found]

        assert ways.due_for_fallback([SLACK], NOW) == []
        assert [n.id for n in ways.due_for_fallback([SLACK], NOW + MINUTE)] == ["n2"]
        assert ways.due_for_fallback(["mail"], NOW + MINUTE) == []
        ways.fell(SLACK, "unreachable", NOW, NOW)
        assert [n.id for n in ways.due_for_fallback([SLACK], NOW)] == ["n3"]
        assert late(MINUTE) == ["n2"]
        assert ways.set_fallback("n2", NOWHERE)
        assert not ways.set_fallback("n2", "mail")
        assert late(MINUTE) == ["n2"], "nobody has it"
        ways.note_overdue_told("n2", NOW)
        assert late(MINUTE) == []
        assert [one for one, _ in ways.late([SLACK], emergencies=NOW, others=NOW + MINUTE)] == [
            "n1",
            "n3",
        ]


def test_what_came_by_another_way_is_known(any_hall: TownHall) -> None:
    """Both ways round: the first way's and the one that was taken for it."""
    first = by_slack(1, dedupe_key=f"d:{SLACK}")
    other = by_slack(2, via="mail", dedupe_key="d:mail", member_id=ELDERLY)
    put(any_hall, first, other)
    with any_hall.database.open() as unit:
        names = (SLACK, "mail")
        assert unit.ways.state_by(first, "mail") == "waiting"
        assert unit.ways.state_by(first, "lineworks") == ""
        unit.ways.set_fallback("n1", "mail")
        assert not unit.ways.went_another_way(first, "mail", names)
        found = unit.outbox.claim(NOW + MINUTE, "w", "mail")
        assert found is not None
        unit.outbox.settle("n2", "w", 1, "sent", NOW)
        assert unit.ways.went_another_way(first, "mail", names)
        assert not unit.ways.went_another_way(other, "", names), "the first one has not gone"
        assert unit.outbox.claim(NOW + MINUTE, "w", SLACK) is not None
        unit.outbox.settle("n1", "w", 1, "sent", NOW)
        assert unit.ways.went_another_way(other, "", names)
