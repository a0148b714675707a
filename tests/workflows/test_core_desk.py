"""中核機関: an emergency, and what reaches nobody, is heard at once; by number alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pytest

from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY, OTHER_COORDINATOR, OUTSIDER
from tests.support.town import TownHall
from workflows.cases.open_case import OpenCase
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.japanese.dates import TOKYO
from workflows.model.notice import Notice

CORE_DESK = "core_desk"


def core_is(hall: TownHall, agency_id: str) -> None:
    with hall.database.open() as unit:
        unit.directory.save_town(replace(unit.directory.town(), core_agency_id=agency_id))
        unit.commit()


def windows(hall: TownHall, agency_id: str) -> set[str]:
    with hall.database.open() as unit:
        found = [m for m in unit.directory.members() if m.agency_id == agency_id]
    return {m.id for m in found if m.is_contact}


def sent(hall: TownHall, notices: Iterable[Notice]) -> set[str]:
    """Whom these notices really reach: the others may not be told."""
    found = list(notices)
    return {n.member_id for n in found if not hall.desk.ask(GetDropReason(n), Caller.CLOCK)}


def test_an_emergency_reaches_the_core_desk_at_once(hall: TownHall) -> None:
    """On a Saturday evening, when it is sent; not when its deadline has gone by."""
    core_is(hall, "A20")
    hall.clock.set(datetime(2026, 11, 21, 20, 0, tzinfo=TOKYO))
    hall.open_case("A14", by=OUTSIDER, urgency="emergency")
    told = hall.notices(key=CORE_DESK)
    assert {n.member_id for n in told} == windows(hall, "A20")
    assert all(n.not_before == hall.clock.at and n.urgent for n in told)
    assert sent(hall, told) == windows(hall, "A20")
    (first, *_) = told
    assert first.facts["number"] == "R8-0001"
    assert first.facts["phone"]
    assert first.facts["opens"] is False


@pytest.mark.parametrize("urgency", ["normal", "urgent"])
def test_what_is_no_emergency_goes_to_whom_it_was_sent(hall: TownHall, urgency: str) -> None:
    hall.open_case("A14", by=OUTSIDER, urgency=urgency)
    assert hall.told(CORE_DESK) == set()


def test_a_case_that_becomes_an_emergency_is_told_once(hall: TownHall) -> None:
    """The sheet is corrected: 通常 to 緊急; saved again, nothing more."""
    core_is(hall, "A20")
    case_id = hall.open_case("A14", by=OUTSIDER)
    hall.edit(case_id, by=COORDINATOR, urgency="emergency")
    count = len(hall.notices(key=CORE_DESK))
    assert count == len(windows(hall, "A20"))
    hall.edit(case_id, by=COORDINATOR, summary="もう一度訪ねました。")
    assert len(hall.notices(key=CORE_DESK)) == count


def test_a_told_core_desk_may_not_open_the_case(hall: TownHall) -> None:
    """The core desk hears the number; what is in the case stays with whom it was sent to."""
    core_is(hall, "A20")
    case_id = hall.open_case("A14", by=OUTSIDER, urgency="emergency")
    (window, *_) = windows(hall, "A20")
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), window)


def test_of_a_restricted_emergency_the_number_alone(hall: TownHall) -> None:
    """docs/rules.md 7: neither who wrote it nor their telephone; nobody is named by it."""
    core_is(hall, "A20")
    case_id = hall.open_case("A14", by=OUTSIDER, urgency="emergency", danger="yes")
    told = hall.notices(key=CORE_DESK)
    assert sent(hall, told) == windows(hall, "A20")
    for notice in told:
        assert (notice.facts["writer"], notice.facts["phone"], notice.facts["agency"]) == ("",) * 3
    assert not windows(hall, "A20") & set(hall.case(case_id).named_member_ids)
    (event,) = [e for e in hall.events(case_id) if e.kind == "core_desk_told"]
    assert event.facts["to"] == "core_desk"


def test_without_a_core_desk_the_coordinators_hear(hall: TownHall) -> None:
    """A town that has named none is not left without anybody."""
    core_is(hall, "")
    case_id = hall.open_case("A14", by=OUTSIDER, urgency="emergency")
    assert hall.told(CORE_DESK) == {COORDINATOR, OTHER_COORDINATOR}
    (event,) = [e for e in hall.events(case_id) if e.kind == "core_desk_told"]
    assert event.facts["to"] == "coordinators"


def test_a_request_that_nobody_receives_reaches_the_core_desk_at_once(hall: TownHall) -> None:
    """An agency without people: whoever keeps the core desk hears of it when it is sent."""
    core_is(hall, "A20")
    hall.has_left("M26", "M27")
    hall.open_case("A14", by=OUTSIDER)
    told = hall.notices(key=CORE_DESK)
    assert {n.member_id for n in told} == windows(hall, "A20")
    assert {n.facts["why"] for n in told} == {"nobody_there"}
    assert {n.facts["agency"] for n in told} == {hall.agency_name("A14")}
    assert hall.told("no_contact") == {COORDINATOR, OTHER_COORDINATOR}


def test_who_knows_nobody_to_ask_is_told_of_the_core_desk(hall: TownHall) -> None:
    """A sheet without an agency is refused with the name of the one that helps on."""
    from tests.support.hands import sheet  # noqa: PLC0415

    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(OpenCase(sheet(), ()), OUTSIDER)
    (error,) = [e for e in wrong.value.errors if e.key == "sheet.no_referral"]
    assert error.facts["core"] == hall.agency_name("A13")


def test_the_town_names_its_core_desk_on_its_settings(hall: TownHall) -> None:
    """An agency that takes part, or none; anything else is refused beside the field."""

    def save(core: str) -> None:
        town = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)
        rows = tuple((d.id, d.name, d.kana) for d in town.town.districts)
        command = SaveTown("つなぎ野市", "ツナギノシ", rows, (), town.stamp, core_agency=core)
        hall.desk.handle(command, ADMINISTRATOR)

    save("A20")
    hall.open_case("A14", by=OUTSIDER, urgency="emergency")
    assert hall.told(CORE_DESK) == windows(hall, "A20")
    with pytest.raises(Invalid) as wrong:
        save("A99")
    assert [(e.field, e.key) for e in wrong.value.errors] == [("core_agency", "form.choice")]
    save("")
    assert hall.desk.ask(GetTownToEdit(), ADMINISTRATOR).town.core_agency_id == ""


def test_who_was_asked_already_hears_of_the_emergency_once(hall: TownHall) -> None:
    """The core desk is the agency that was asked: its request says it all."""
    core_is(hall, "A14")
    hall.open_case("A14", by=OUTSIDER, urgency="emergency")
    assert hall.told("referral_asked") == {ELDERLY}
    assert hall.told(CORE_DESK) == set()
