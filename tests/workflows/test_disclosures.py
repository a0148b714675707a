"""Who was told what, when, by which door and on which footing: for the person's own request."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.disclosure_lines import Disclosure
from workflows.cases.disclosures import Disclosures, GetDisclosures
from workflows.cases.find_person import FindPerson
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound
from workflows.core.looks import CasePage, Part, ShownPart
from workflows.meetings.preparation import GetPreparations, SavePreparation
from workflows.meetings.record_views import GetRecord
from workflows.model.directory import FormerName


def told(hall: TownHall, case_id: str, *, by: str = COORDINATOR, **more: Any) -> Disclosures:
    return hall.desk.ask(GetDisclosures(case_id, **more), by, door="web")


def of_agency(seen: Disclosures, name: str) -> tuple[Disclosure, ...]:
    return next((a.told for a in seen.agencies if a.agency == name), ())


def sheet_of(line: Disclosure) -> ShownPart:
    """The sheet, as it is said to have been shown."""
    return next(s for s in line.shown or () if s.part == Part.SHEET)


def kinds(lines: Iterable[Disclosure]) -> list[str]:
    """What each line is: request, sitting, or the first part that a look showed."""
    return [t.what if t.what != "look" else (t.shown or (ShownPart("?"),))[0].part for t in lines]


def look(hall: TownHall, case_id: str, by: str) -> None:
    hall.desk.ask(GetCase(case_id, CasePage.CASE), by, door="web")


@pytest.fixture
def agreed(hall: TownHall) -> str:
    return hall.open_case(
        "A14", name="浮舟はつ江", address="沢田町1-1", request="訪問を。", **consented("A14")
    )


def test_a_look_tells_person_agency_door_version_and_what_was_filled_in(
    any_hall: TownHall,
) -> None:
    """From the trail alone: the sheet as it was then, not as it is now."""
    hall = any_hall
    case_id = hall.open_case("A14", name="浮舟はつ江", **consented("A14"))
    hall.clock.move(days=1)
    look(hall, case_id, ELDERLY)
    hall.clock.move(days=1)
    hall.edit(case_id, address="沢田町1-1")
    hall.clock.move(days=1)
    look(hall, case_id, ELDERLY)
    name = hall.agency_name("A14")
    request, first, second = of_agency(told(hall, case_id), name)
    assert (request.what, request.sheet_version) == ("request", 1)
    assert (first.what, first.door, sheet_of(first).version) == ("look", "web", 1)
    assert first.who
    assert "name" in sheet_of(first).fields
    assert "address" not in sheet_of(first).fields
    assert (sheet_of(second).version, "address" in sheet_of(second).fields) == (2, True)
    assert (first.footing.consent, first.footing.basis) == ("written", "")
    assert str(first.footing.consent_on) == "2026-11-20"
    assert first.footing.standing == "referred_agency"


def test_a_referral_tells_its_request_and_on_what_it_rested(hall: TownHall, agreed: str) -> None:
    """Within consent the consent; beyond it the basis and the reason of that moment."""
    (request,) = of_agency(told(hall, agreed), hall.agency_name("A14"))
    assert (request.request, request.footing.consent) == ("訪問を。", "written")
    other = hall.open_case("A14")
    (request,) = of_agency(told(hall, other), hall.agency_name("A14"))
    assert (request.footing.basis, request.footing.consent) == ("act_106_6", "")
    assert request.footing.reason == "このままでは暮らしが続かないため。"


def test_a_withdrawal_does_not_rewrite_what_rested_on_the_consent(
    hall: TownHall, agreed: str
) -> None:
    """The footing is the one of that day."""
    hall.clock.move(days=1)
    look(hall, agreed, ELDERLY)
    hall.clock.move(days=1)
    hall.edit(agreed, consent="withdrawn", consent_scope=[], consent_on="")
    lines = of_agency(told(hall, agreed), hall.agency_name("A14"))
    assert [t.footing.consent for t in lines] == ["written", "written"]


@pytest.fixture
def held(hall: TownHall) -> tuple[str, str]:
    """A 支援会議 that was held and recorded, with 農業委員会 beyond any consent."""
    case_id = hall.open_case("A14", name="浮舟はつ江", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(
        case_id, required=["A14", "A20"], optional=["A19"], basis_reason="命に関わるため。"
    )
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id, reason="急ぐため。")
    hall.clock.move(days=1)
    hall.swear(meeting_id, FARMING, ELDERLY)
    prepared = {"household_view": "家の中が片づかない。"}
    hall.desk.handle(SavePreparation(meeting_id, "R8-0001", prepared), ELDERLY)
    look(hall, case_id, FARMING)
    hall.desk.ask(GetPreparations(meeting_id, "R8-0001"), FARMING, door="web")
    hall.clock.move(days=20)
    hall.save_record(meeting_id, by=COORDINATOR)
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        assert meeting.record is not None
        meeting.record.attended["A19"] = replace(meeting.record.attended["A19"], kind="absent")
        meeting.record.attended["A20"] = replace(meeting.record.attended["A20"], who="佐藤")
        unit.commit()
    hall.confirm_record(meeting_id, by=CHAIR)
    hall.clock.move(days=1)
    hall.desk.ask(GetRecord(meeting_id), FARMING, door="web")
    return case_id, meeting_id


def test_who_sat_in_a_meeting_was_told_without_opening_anything(
    hall: TownHall, held: tuple[str, str]
) -> None:
    """The sitting itself is a line, with what the record holds; who was absent has none."""
    case_id, meeting_id = held
    seen = told(hall, case_id)
    (meeting,) = seen.meetings
    assert (meeting.id, meeting.called, meeting.bases) == (meeting_id, "act_106_6", ("act_106_6",))
    by_name = {a.agency: a for a in meeting.attendees}
    farming = by_name[hall.agency_name("A20")]
    assert (farming.presence, farming.who) == ("present", "佐藤")
    sitting = next(t for t in farming.told if t.what == "sitting")
    (said,) = sitting.shown or ()
    assert (sitting.who, said.part, said.confirmed) == ("佐藤", "record", True)
    assert "decisions" in said.fields
    assert sitting.footing.bases == ("act_106_6",)
    assert sitting.footing.reason == "命に関わるため。"
    elderly = next(t for t in by_name[hall.agency_name("A14")].told if t.what == "sitting")
    assert elderly.footing.consent == "written"
    absent = by_name[hall.agency_name("A19")]
    assert (absent.presence, absent.told) == ("absent", ())


def test_a_meetings_looks_tell_record_and_preparation_apart_with_the_secrecy_duty(
    hall: TownHall, held: tuple[str, str]
) -> None:
    """When it was confirmed stands beside each of them."""
    case_id, meeting_id = held
    farming = hall.agency_name("A20")
    lines = of_agency(told(hall, case_id), farming)
    assert kinds(lines) == ["sheet", "preparations", "sitting", "record"]
    sworn = hall.meeting(meeting_id).secrecy[FARMING]
    assert [t.footing.sworn_at for t in lines if t.what != "sitting"] == [sworn] * 3
    assert {t.meeting_id for t in lines} == {meeting_id}
    (meeting,) = told(hall, case_id).meetings
    (attendee,) = [a for a in meeting.attendees if a.agency == farming]
    assert [at for _, at in attendee.sworn] == [sworn]


def test_a_meeting_on_another_case_is_none_of_it(hall: TownHall, held: tuple[str, str]) -> None:
    """What was told about others does not stand on this person's paper."""
    other = hall.open_case("A14", **consented("A14"))
    assert told(hall, other).meetings == ()
    second = hall.convene(other, days_ahead=(30,))
    assert second not in {m.id for m in told(hall, held[0]).meetings}


def test_of_a_meeting_on_two_cases_each_paper_tells_its_own(hall: TownHall) -> None:
    """Whose preparation was opened was told, and of the other person on the agenda nothing."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(first, second, required=["A14", "A20"])
    hall.swear(meeting_id, FARMING, ELDERLY)
    prepared = {"household_view": "家の中が片づかない。"}
    hall.desk.handle(SavePreparation(meeting_id, "R8-0001", prepared), ELDERLY)
    hall.desk.ask(GetPreparations(meeting_id, "R8-0001"), FARMING, door="web")
    name = hall.agency_name("A20")
    assert kinds(of_agency(told(hall, first), name)) == ["preparations"]
    assert of_agency(told(hall, second), name) == ()


def test_an_agency_is_named_as_it_was_when_somebody_looked(hall: TownHall, agreed: str) -> None:
    """Whoever moved since looked for their agency of that day."""
    look(hall, agreed, ELDERLY)
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        unit.directory.save_members([replace(member, agency_id="A19")])
        unit.commit()
    seen = told(hall, agreed)
    assert kinds(of_agency(seen, hall.agency_name("A14"))) == ["request", "sheet"]
    assert of_agency(seen, hall.agency_name("A19")) == ()


def test_repeats_on_one_day_are_one_line_with_their_number(hall: TownHall, agreed: str) -> None:
    """A paper of thousands of equal lines would tell nobody anything."""
    for _ in range(3):
        look(hall, agreed, ELDERLY)
        hall.clock.move(minutes=5)
    hall.clock.move(days=1)
    look(hall, agreed, ELDERLY)
    seen = told(hall, agreed)
    lines = of_agency(seen, hall.agency_name("A14"))
    assert [(t.what, t.times) for t in lines] == [("request", 1), ("look", 3), ("look", 1)]


def test_the_period_takes_both_its_days(hall: TownHall, agreed: str) -> None:
    """Days of Japan, typed as one likes; a period that runs backwards is said beside its field."""
    hall.clock.move(days=3)
    look(hall, agreed, ELDERLY)
    name = hall.agency_name("A14")

    def days(**period: str) -> list[str]:
        return kinds(of_agency(told(hall, agreed, **period), name))

    assert days(since="R8.11.21") == ["sheet"]
    assert days(until="令和8年11月22日") == ["request"]
    assert days(since="2026/11/20", until="2026/11/23") == ["request", "sheet"]
    for period, wrong in (
        ({"since": "きのう"}, ("since", "date.unreadable")),
        ({"since": "R8.11.21", "until": "R8.11.20"}, ("until", "disclosure.order")),
    ):
        with pytest.raises(Invalid) as refused:
            told(hall, agreed, **period)
        assert [(e.field, e.key) for e in refused.value.errors] == [wrong]


def test_staff_may_be_left_unnamed(hall: TownHall, held: tuple[str, str]) -> None:
    """The law lets a town keep names back: agencies alone, nobody's name anywhere."""
    seen = told(hall, held[0], names=False, printed=True)
    assert seen.count > 5
    assert {t.who for a in seen.agencies for t in a.told} == {""}
    attendees = [a for m in seen.meetings for a in m.attendees]
    assert {a.who for a in attendees} | {name for a in attendees for name, _ in a.sworn} == {""}


def test_looking_and_printing_are_written_down_themselves(hall: TownHall, agreed: str) -> None:
    """The printing with its period and whether names stood on it."""
    told(hall, agreed, since="R8.11.1", names=False, printed=True)
    events = [e.kind for e in hall.events(agreed)]
    assert events.count("read.disclose") == 1
    (printed,) = [e for e in hall.events(agreed) if e.kind == "disclosures_printed"]
    assert printed.facts == {"since": "2026-11-01", "until": "", "names": False}
    assert printed.door == "web"
    mine = of_agency(told(hall, agreed), hall.agency_name("A13"))
    assert "disclosures" in kinds(mine)


def test_being_found_by_a_search_is_being_told(hall: TownHall) -> None:
    """Number and state; nothing of the sheet."""
    case_id = hall.open_case("A14", kana="ウキフネ　ハツエ", **consented("A14"))
    hall.desk.ask(FindPerson(kana="ウキフネハツエ"), ELDERLY, door="web")
    line = of_agency(told(hall, case_id), hall.agency_name("A14"))[-1]
    assert line.shown == (ShownPart(Part.FOUND),)


@pytest.mark.parametrize("member", [ELDERLY, LIVELIHOOD, MANAGER, ADMINISTRATOR, OUTSIDER])
def test_who_does_not_answer_to_the_person_does_not_see_who_was_told(
    hall: TownHall, agreed: str, member: str
) -> None:
    """The writer's agency, the lead agency and the coordinators do; an outsider finds nothing."""
    with pytest.raises((NotAllowed, NotFound)):
        told(hall, agreed, by=member)


def test_a_case_nobody_looked_at_has_its_requests_alone(hall: TownHall, agreed: str) -> None:
    """And the look that asks."""
    seen = told(hall, agreed)
    assert sorted(kinds(t for a in seen.agencies for t in a.told)) == ["disclosures", "request"]
    assert seen.number == "R8-0001"


def test_a_look_is_of_the_agency_they_were_in_that_day(hall: TownHall, agreed: str) -> None:
    """Also in the list of looks on the case's page, where two agencies are two lines."""
    look(hall, agreed, ELDERLY)
    hall.clock.move(days=1)
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        was = FormerName(member.name, hall.desk.now(), member.agency_id)
        unit.directory.save_members([replace(member, agency_id="A13", former=(was,))])
        unit.commit()
    look(hall, agreed, ELDERLY)
    seen = told(hall, agreed)
    assert [t.what for t in of_agency(seen, hall.agency_name("A14"))] == ["request", "look"]
    looks = hall.desk.ask(GetCase(agreed, CasePage.CASE), COORDINATOR).looks
    theirs = {line.who.partition("（")[2]: line.times for line in looks if "日向坂" in line.who}
    assert theirs == {f"{hall.agency_name(a)}）": 1 for a in ("A13", "A14")}
