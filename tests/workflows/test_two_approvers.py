"""A restricted case is disposed of by two people; a name stays while a case with it goes on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.workflows.test_retention import (
    AFTER,
    SECOND_MANAGER,
    accepted,
    agree,
    approve,
    closed,
    is_there,
    keep_house,
    kinds,
    leaves,
    member_of,
    view,
)
from workflows.cases.name_members import NameMember
from workflows.core.errors import NotAllowed, Refused
from workflows.core.permissions import Caller
from workflows.model.directory import Role
from workflows.retention.approve import ApprovalResult
from workflows.retention.dispose import CarryOutDisposal
from workflows.retention.hold import SetHold
from workflows.retention.lines import GetDisposals
from workflows.retention.second_approval import SettleDisposals


def restricted(hall: TownHall) -> str:
    """One that was restricted, has ended, is past its period and was approved by one person."""
    case_id = closed(hall, danger="yes")
    hall.clock.set(AFTER)
    assert approve(hall, case_id) == ApprovalResult(1, 0, 0, 1)
    return case_id


def waiting(hall: TownHall) -> str:
    with hall.database.open() as unit:
        (one,) = unit.disposals.waiting()
    return one.id


@pytest.mark.parametrize("second", [SECOND_MANAGER, ADMINISTRATOR])
def test_a_restricted_case_goes_only_once_two_people_said_so(
    any_hall: TownHall, second: str
) -> None:
    """The clock leaves it, even when it is told to; both stand in the proof and in the trail."""
    case_id = restricted(any_hall)
    keep_house(any_hall)
    assert not any_hall.desk.handle(CarryOutDisposal(waiting(any_hall)), Caller.CLOCK)
    assert is_there(any_hall, case_id)
    assert [line.case.case_id for line in view(any_hall).second] == [case_id]
    assert agree(any_hall, second) == 1
    assert "disposal_agreed" in kinds(any_hall, case_id)
    keep_house(any_hall)
    assert not is_there(any_hall, case_id)
    (proof,) = [d for d in any_hall.desk.ask(GetDisposals(), MANAGER) if d.kind == "case"]
    assert proof.approved_by.startswith(member_of(any_hall, MANAGER).name)
    assert proof.agreed_by.startswith(member_of(any_hall, second).name)
    assert proof.agreed_at == any_hall.clock.at
    (done,) = [e for e in any_hall.events(case_id) if e.kind == "disposed"]
    assert (done.facts["approved_by"], done.facts["agreed_by"]) == (MANAGER, second)


def test_nobody_agrees_to_their_own_approval_nor_without_the_office(hall: TownHall) -> None:
    """Not the one who approved it; not who coordinates, even if named on it."""
    case_id = restricted(hall)
    with pytest.raises(Refused) as own:
        agree(hall, MANAGER)
    assert own.value.key == "retention.own_approval"
    for other in (COORDINATOR, ELDERLY):
        with pytest.raises(NotAllowed):
            hall.desk.handle(SettleDisposals((waiting(hall),), True), other)
    hall.have_one_name(MANAGER, SECOND_MANAGER)  # nor by a second entry of the same person
    with pytest.raises(Refused) as own:
        agree(hall, SECOND_MANAGER)
    assert own.value.key == "retention.own_approval"
    keep_house(hall)
    assert is_there(hall, case_id)


def test_whoever_can_agree_is_told_at_once_and_each_month(hall: TownHall) -> None:
    """By a count alone: neither number nor anything else of the case."""
    case_id = restricted(hall)
    assert hall.told("disposal_second") >= {SECOND_MANAGER, ADMINISTRATOR}
    assert MANAGER not in hall.told("disposal_second")
    (told,) = hall.notices(ADMINISTRATOR, "disposal_second")
    assert dict(told.facts) == {"cases": 1}
    assert told.case_id is None
    hall.clock.move(days=35)
    keep_house(hall)
    assert len(hall.notices(ADMINISTRATOR, "disposal_second")) == 2
    agree(hall)
    hall.clock.move(days=35)
    keep_house(hall)
    assert len(hall.notices(ADMINISTRATOR, "disposal_second")) == 2
    assert not is_there(hall, case_id)


def test_it_is_declined_or_taken_back_and_may_be_approved_anew(hall: TownHall) -> None:
    """Who approved it hears that it was declined; of what they took back themselves, nothing."""
    case_id = restricted(hall)
    agree(hall, SECOND_MANAGER, agrees=False)
    (told,) = hall.notices(MANAGER, "disposal_declined")
    assert told.facts["cases"] == 1
    assert "disposal_declined" in kinds(hall, case_id)
    keep_house(hall)
    assert is_there(hall, case_id)
    assert [c.case_id for c in view(hall).due] == [case_id]
    with pytest.raises(Refused) as over:
        hall.desk.handle(SettleDisposals(("nothing",), True), ADMINISTRATOR)
    assert over.value.key == "retention.settled_already"
    assert approve(hall, case_id).second == 1
    agree(hall, MANAGER, agrees=False)
    assert len(hall.notices(MANAGER, "disposal_declined")) == 1
    assert view(hall).second == ()


def test_one_that_is_held_meanwhile_waits_for_nobody(hall: TownHall) -> None:
    """What stands against it takes the approval back, with or without a second person."""
    case_id = restricted(hall)
    hall.desk.handle(NameMember(case_id, SECOND_MANAGER, True), COORDINATOR)
    hall.desk.handle(SetHold(case_id, "訴訟のため。"), SECOND_MANAGER)
    assert view(hall).second == ()
    keep_house(hall)
    assert "disposal_withdrawn" in kinds(hall, case_id)
    assert is_there(hall, case_id)


def test_one_person_alone_in_both_offices_is_told_that_it_takes_two(hall: TownHall) -> None:
    """Nothing is approved that nobody could agree to; the others that were chosen neither."""
    hidden, plain = closed(hall, danger="yes"), closed(hall)
    hall.clock.set(AFTER)
    with hall.database.open() as unit:
        offices = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
        others = [m for m in unit.directory.members() if m.id != MANAGER]
        unit.directory.save_members([replace(m, roles=m.roles - offices) for m in others])
        unit.commit()
    with pytest.raises(Refused) as alone:
        approve(hall, hidden, plain)
    assert alone.value.key == "retention.nobody_agrees"
    assert approve(hall, plain) == ApprovalResult(1, 0, 0)


def test_a_name_stays_while_a_case_in_which_it_stands_goes_on(any_hall: TownHall) -> None:
    """Neither proposed nor erased, and the page says why; once the last such case ended, it is."""
    first, second = accepted(any_hall), accepted(any_hall)
    name = leaves(any_hall, ELDERLY, date(2026, 11, 20))
    any_hall.clock.set(AFTER)
    line = next(p for p in view(any_hall).still_named if p.member_id == ELDERLY)
    assert (line.name, line.open_cases) == (name, 2)
    assert ELDERLY not in {p.member_id for p in view(any_hall).people}
    assert approve(any_hall, people=(ELDERLY,)) == ApprovalResult(0, 0, 1)
    assert member_of(any_hall, ELDERLY).name == name
    any_hall.close(first)
    assert next(p for p in view(any_hall).still_named if p.member_id == ELDERLY).open_cases == 1
    any_hall.close(second)
    assert ELDERLY not in {p.member_id for p in view(any_hall).still_named}
    assert approve(any_hall, people=(ELDERLY,)) == ApprovalResult(0, 1, 0)


def test_who_is_only_named_with_a_role_counts_too(hall: TownHall) -> None:
    """Somebody given a role at a meeting, who never touched the case themselves."""
    case_id = accepted(hall)
    meeting_id = hall.convene(case_id)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    role = {"agency": "A14", "member": "M27", "task": "訪問", "due_on": "令和9年1月29日"}
    hall.save_record(meeting_id, roles=[role])
    hall.confirm_record(meeting_id)
    leaves(hall, "M27", hall.clock.now().date())
    hall.clock.set(AFTER + timedelta(days=366))
    assert case_id in hall.case_ids()
    assert "M27" in {p.member_id for p in view(hall).still_named}
