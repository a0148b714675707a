"""Somebody who answers for a restricted case always reads it: who ends that says who follows."""

import pytest

from tests.support.people import COORDINATOR, ELDERLY, OTHER_COORDINATOR
from tests.support.town import TownHall
from workflows.cases.name_members import NameMember
from workflows.cases.views import GetCase
from workflows.errors import NotFound, Refused

COLLEAGUE = "M27"  # of A14, the lead agency
WRITERS = "M24"  # of A13, no coordinator


@pytest.fixture
def led(hall: TownHall) -> str:
    """A restricted case of A14, of which one person there is named, and two of the writer's."""
    case_id = hall.open_case("A14", by=WRITERS, hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    assert set(hall.case(case_id).named_member_ids) == {WRITERS, ELDERLY}
    return case_id


def sees(hall: TownHall, case_id: str, member_id: str) -> bool:
    try:
        hall.desk.ask(GetCase(case_id), member_id)
    except NotFound:
        return False
    return True


def test_a_relative_in_the_lead_agency_is_taken_off_when_a_colleague_is_named(
    hall: TownHall, led: str
) -> None:
    """Whoever reads counts, not who is the window: the colleague who stays is none."""
    with pytest.raises(Refused) as alone:
        hall.desk.handle(NameMember(led, ELDERLY, False), WRITERS)
    assert alone.value.key == "name_members.nobody_left"
    hall.desk.handle(NameMember(led, COLLEAGUE, True), ELDERLY)
    assert hall.desk.handle(NameMember(led, ELDERLY, False), COLLEAGUE) is False
    assert sees(hall, led, COLLEAGUE)
    assert not sees(hall, led, ELDERLY)


def test_a_coordinator_who_is_named_is_enough_and_somebody_without_a_part_is_not(
    hall: TownHall, led: str
) -> None:
    """Names are not counted: one whose agency has no part in it reads nothing."""
    hall.desk.handle(NameMember(led, "M48", True), ELDERLY)
    with pytest.raises(Refused):
        hall.desk.handle(NameMember(led, ELDERLY, False), ELDERLY)
    hall.desk.handle(NameMember(led, OTHER_COORDINATOR, True), ELDERLY)
    hall.desk.handle(NameMember(led, ELDERLY, False), ELDERLY)
    assert sees(hall, led, OTHER_COORDINATOR)
    with pytest.raises(Refused):
        hall.desk.handle(NameMember(led, OTHER_COORDINATOR, False), OTHER_COORDINATOR)
    assert COORDINATOR not in hall.case(led).named_member_ids
