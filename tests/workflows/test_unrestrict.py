"""A restricted case becomes open by two people who read it, never by the sheet alone."""

import pytest

from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.name_members import NameMember
from workflows.cases.unrestrict import (
    GetUnrestricting,
    ProposeUnrestricting,
    SettleUnrestricting,
)
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.model.directory import Member

WHY = "相手方が遠くへ転居し、危険がなくなったため。"


@pytest.fixture
def secret(hall: TownHall) -> str:
    """Written by 社協 to 地域包括; one of each is named, and a member without a part in it."""
    case_id = hall.open_case("A14", danger="yes", hidden_address="yes")
    hall.desk.handle(NameMember(case_id, OUTSIDER, True), COORDINATOR)
    return case_id


def sees(hall: TownHall, case_id: str, member_id: str) -> bool:
    try:
        hall.desk.ask(GetCase(case_id), member_id)
    except NotFound:
        return False
    return True


def member(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


def propose(hall: TownHall, case_id: str, by: str = COORDINATOR) -> str:
    hall.desk.handle(ProposeUnrestricting(case_id, WHY), by)
    waiting = hall.case(case_id).unrestricting
    assert waiting is not None
    return waiting.id


def test_the_sheet_alone_lifts_nothing(hall: TownHall, secret: str) -> None:
    """One of two answers may change; the last stays, and the field says where to go."""
    hall.edit(secret, danger="no")
    before = hall.case(secret).sheet
    with pytest.raises(Invalid) as refused:
        hall.edit(secret, hidden_address="no", summary="落ち着いた。")
    assert [(e.field, e.key) for e in refused.value.errors] == [
        ("hidden_address", "sheet.unrestrict_by_two")
    ]
    assert hall.case(secret).sheet == before
    assert not sees(hall, secret, OTHER_COORDINATOR)


def test_it_is_lifted_by_a_second_person_and_told_to_all_who_are_named(
    hall: TownHall, secret: str
) -> None:
    """Before: who would see it. Until the second agrees nothing changes; both are in the trail."""
    view = hall.desk.ask(GetUnrestricting(secret), COORDINATOR)
    people = [p for s in view.would_see for p in s.people]
    for member_id in (OTHER_COORDINATOR, MANAGER, "M27"):
        assert member(hall, member_id).name in people
    assert member(hall, ELDERLY).name not in people
    proposal = propose(hall, secret)
    assert hall.told("unrestrict_proposed") == {ELDERLY, OUTSIDER}
    assert not sees(hall, secret, OTHER_COORDINATOR)
    hall.desk.handle(SettleUnrestricting(secret, proposal, True), ELDERLY)
    assert sees(hall, secret, OTHER_COORDINATOR)
    assert not hall.case(secret).is_restricted
    assert hall.told("unrestrict_settled") == {COORDINATOR, OUTSIDER}
    kinds = [(e.kind, e.actor_id) for e in hall.events(secret) if e.kind.startswith("unrestrict_")]
    assert kinds == [("unrestrict_proposed", COORDINATOR), ("unrestrict_agreed", ELDERLY)]
    assert WHY not in str([e.facts for e in hall.events(secret)])
    assert hall.case(secret).unrestrictings[-1].reason == WHY


def test_a_restriction_is_lifted_by_another_reader_than_the_proposer(
    hall: TownHall, secret: str
) -> None:
    """Not who proposed it, not one who is named and does not read it, nobody who is not named."""
    proposal = propose(hall, secret)
    with pytest.raises(Refused) as own:
        hall.desk.handle(SettleUnrestricting(secret, proposal, True), COORDINATOR)
    assert own.value.key == "unrestrict.own_proposal"
    for other in (OUTSIDER, OTHER_COORDINATOR, MANAGER, DISABILITY):
        with pytest.raises(NotFound):
            hall.desk.handle(SettleUnrestricting(secret, proposal, True), other)
        with pytest.raises(NotFound):
            hall.desk.ask(GetUnrestricting(secret), other)
    assert hall.case(secret).is_restricted
    hall.desk.handle(SettleUnrestricting(secret, proposal, False), ELDERLY)
    with pytest.raises(Refused) as over:
        hall.desk.handle(SettleUnrestricting(secret, proposal, True), ELDERLY)
    assert over.value.key == "unrestrict.settled_already"
    again = propose(hall, secret)
    hall.desk.handle(SettleUnrestricting(secret, again, False), COORDINATOR)
    assert [u.how for u in hall.case(secret).unrestrictings] == ["declined", "taken_back"]
    last = propose(hall, secret)
    hall.have_one_name(COORDINATOR, ELDERLY)  # nor by a second entry of the same person
    with pytest.raises(Refused) as own:
        hall.desk.handle(SettleUnrestricting(secret, last, True), ELDERLY)
    assert own.value.key == "unrestrict.own_proposal"


def test_one_who_reads_it_alone_names_another_first(hall: TownHall) -> None:
    case_id = hall.open_case("A14", hidden_address="yes")
    hall.desk.handle(NameMember(case_id, ELDERLY, False), COORDINATOR)
    with pytest.raises(Refused) as why:
        propose(hall, case_id)
    assert why.value.key == "unrestrict.nobody_else"


@pytest.mark.parametrize("reason", ["", "あ" * 301])
def test_a_reason_is_asked_for(hall: TownHall, secret: str, reason: str) -> None:
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(ProposeUnrestricting(secret, reason), COORDINATOR)
    assert {e.field for e in wrong.value.errors} == {"reason"}


def test_setting_it_back_names_nobody_new(hall: TownHall, secret: str) -> None:
    """Who came to the case meanwhile, and who sets it back, are not on the list by that; those who
    were are told."""
    hall.unrestrict(secret, agreed_by=ELDERLY)
    named = set(hall.case(secret).named_member_ids)
    hall.refer(secret, "A17")
    hall.reply(secret, "A17", by=DISABILITY)
    assert sees(hall, secret, DISABILITY)
    hall.edit(secret, by=OTHER_COORDINATOR, hidden_address="yes")
    assert set(hall.case(secret).named_member_ids) == named
    for member_id in (DISABILITY, OTHER_COORDINATOR, "M27", MANAGER):
        assert not sees(hall, secret, member_id)
    assert sees(hall, secret, COORDINATOR)
    assert hall.told("restricted_again") == named


def test_setting_it_back_leaves_it_with_a_reader(hall: TownHall, secret: str) -> None:
    """Where nobody who was named answers for it any more, the windows of the agency are named."""
    hall.unrestrict(secret, agreed_by=ELDERLY)
    with hall.database.open() as unit:
        case = unit.cases.get(secret, change=True)
        assert case is not None
        case.named_member_ids = [OUTSIDER]
        unit.commit()
    hall.edit(secret, danger="yes", by=OTHER_COORDINATOR)
    named = set(hall.case(secret).named_member_ids)
    assert {member(hall, m).agency_id for m in named - {OUTSIDER}} == {"A13"}
