"""What a record's summary shows is of the cases that its reader knows of, also after the sitting.

Two cases: the second was heard by 自立相談 alone, and gave a role to 家計 with a deadline.
"""

from datetime import timedelta

import pytest

from tests.support.people import COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.meetings.record_views import GetRecord, GetRecordSummary
from workflows.meetings.room import GetRoom, GetRoomCard
from workflows.model.notice import Facts

ROLE = {"agency": "A19", "task": "家計の相談", "due_on": "2026-12-24"}


@pytest.fixture
def two(hall: TownHall) -> tuple[str, str, str]:
    """The sitting, the case that all of them hear, the case that A14 does not."""
    first, second = hall.open_case("A14"), hall.open_case("A17")
    meeting_id = hall.convene(
        second,
        first,
        required=("A13", "A14", "A17"),
        hearing={first: ["A13", "A14", "A17"], second: ["A13", "A17"]},
    )
    hall.fix(meeting_id)
    hall.swear(meeting_id, ELDERLY, DISABILITY)
    return meeting_id, hall.case(first).number, hall.case(second).number


def confirmed(hall: TownHall, meeting_id: str) -> None:
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.starts_at + timedelta(minutes=5))
    second = hall.meeting(meeting_id).agenda[0].case_id
    hall.save_record(meeting_id, cases={second: {"roles": [ROLE], "next_on": "2026-12-22"}})
    hall.confirm_record(meeting_id)


def said(facts: Facts) -> tuple[object, ...]:
    return tuple(facts[k] for k in ("numbers", "roles", "decisions", "next_days"))


def test_the_page_shows_of_the_summary_what_its_reader_knows_of(
    hall: TownHall, two: tuple[str, str, str]
) -> None:
    """As their chat did: neither number nor role nor day of a case that they did not hear."""
    meeting_id, shared, other = two
    confirmed(hall, meeting_id)
    by_reader = {
        who: said(hall.desk.ask(GetRecord(meeting_id), who).summary)
        for who in (ELDERLY, DISABILITY, COORDINATOR)
    }
    assert by_reader[ELDERLY] == ([shared], [], 1, [])
    whole = ([other, shared], [[hall.agency_name("A19"), "2026-12-24"]], 2, [[other, "2026-12-22"]])
    assert by_reader[DISABILITY] == by_reader[COORDINATOR] == whole
    for who, seen in by_reader.items():
        (card,) = hall.notices(who, "record_posted")
        assert said(card.facts) == seen


def test_a_room_shows_the_cases_that_all_of_its_agencies_hear(
    hall: TownHall, two: tuple[str, str, str]
) -> None:
    """Its card, its name and the summary in it; of the other one it counts that there is one."""
    meeting_id, shared, _ = two
    card = hall.desk.ask(GetRoomCard(meeting_id), Caller.CLOCK)
    assert (card.numbers, card.others) == ((shared,), 1)
    name = hall.desk.ask(GetRoom(meeting_id, "slack"), Caller.CLOCK).name
    assert name == f"tsunagu-{shared.lower()}-{meeting_id[:6]}"
    confirmed(hall, meeting_id)
    facts = hall.desk.ask(GetRecordSummary(meeting_id), Caller.CLOCK)
    assert said(facts) == ([shared], [], 1, [])
    assert (facts["came"], facts["invited"]) == (4, 4)
