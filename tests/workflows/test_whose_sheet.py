"""A sheet that was written about the wrong person: who is told, what is kept, who may know."""

import pytest

from tests.support.hands import consented
from tests.support.known import known_of
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.workflows.test_requests import found, recorded
from workflows.cases.disclosures import Disclosures, GetDisclosures
from workflows.cases.find_case import FindSame
from workflows.cases.find_person import FindPerson
from workflows.cases.name_members import NameMember
from workflows.cases.views import GetCase
from workflows.cases.whose_sheet import (
    FormerPerson,
    GetFormerSheet,
    PreviewWhoseSheet,
    TakeBackWrongPersonReport,
)
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.requests.record import AssignRequestToCase
from workflows.requests.views import GetRequest

A = {
    "name": "浮舟 はつ江",
    "kana": "ウキフネ　ハツエ",
    "birth_date": "昭和21年3月4日",
    "phone": "0551-22-9988",
    "address": "高橋町3-2-1",
}
B = {**A, "name": "浮舟 初枝", "birth_date": "昭和31年5月6日", "address": "高橋町9-8-7"}


OTHERWISE = {**B, "kana": "ウキフネ　ハツコ", "phone": "0551-22-9987"}


@pytest.fixture
def told(hall: TownHall) -> str:
    """A sheet with A's name; 地域包括 has read it, and a coordinator of another agency."""
    case_id = hall.open_case("A14", **A, **consented("A14"))
    for member in (ELDERLY, OTHER_COORDINATOR):
        hall.desk.ask(GetCase(case_id, CasePage.SHEET_READ), member)
    hall.clock.move(minutes=5)
    return case_id


def corrected(hall: TownHall, case_id: str, **changes: str) -> str:
    hall.edit(case_id, whose="another", **{**B, **changes})
    return hall.case(case_id).wrong_persons[-1].id


def formers(hall: TownHall, case_id: str, by: str) -> tuple[FormerPerson, ...]:
    return hall.desk.ask(GetFormerSheet(case_id), by)


@pytest.mark.parametrize("field", A)
def test_who_changes_who_it_is_says_whether_it_is_the_same(
    hall: TownHall, told: str, field: str
) -> None:
    """Each of the five, also when it is emptied; nothing is saved until it is said."""
    for new in (OTHERWISE[field], ""):
        with pytest.raises(Invalid) as refused:
            hall.edit(told, whose="", **{field: new})
        assert [(e.field, e.key) for e in refused.value.errors] == [(field, "sheet.whose_needed")]
    assert hall.case(told).sheet_version == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"summary": "落ち着いてきました。"},
        {"name": "浮舟　はつ江"},
        {"kana": "うきふね はつえ"},
        {"phone": "0551229988"},
        {"address": "高橋町三丁目2番1号"},
        {"household": [{"relation": "子", "name": "浮舟 みどり"}]},
    ],
)
def test_other_words_and_other_spellings_are_not_asked_about(
    hall: TownHall, told: str, changes: dict[str, str]
) -> None:
    hall.edit(told, whose="", **changes)
    assert hall.case(told).wrong_persons == []


def test_what_was_blank_makes_nobody_another(hall: TownHall) -> None:
    """A name that becomes known is no correction."""
    case_id = hall.open_case("A14")
    hall.edit(case_id, whose="", **A)


def test_a_mistyped_value_of_the_same_person_tells_nobody(hall: TownHall, told: str) -> None:
    hall.edit(told, whose="same", name="浮舟 初江")
    assert hall.case(told).wrong_persons == []
    assert hall.told("wrong_person") == set()


def test_everybody_who_was_told_hears_it_without_a_word_of_whom(hall: TownHall, told: str) -> None:
    """The agency's window, and who looked; not who corrects it, nor who knew nothing."""
    preview = hall.desk.ask(PreviewWhoseSheet(told), COORDINATOR)
    corrected(hall, told)
    heard = hall.told("wrong_person")
    assert {ELDERLY, OTHER_COORDINATOR} <= heard
    assert preview.people == len(heard)
    assert not {COORDINATOR, OUTSIDER, DISABILITY, MANAGER} & heard
    for notice in hall.notices(key="wrong_person"):
        said = str(notice.facts)
        assert not any(value in said for value in (*A.values(), *B.values(), "浮舟"))
        assert notice.facts["number"] == "R8-0001"
    kinds = [e.kind for e in hall.events(told)]
    assert "wrong_person" in kinds
    assert "浮舟" not in str([e.facts for e in hall.events(told)])


def test_who_may_see_the_case_no_more_is_told_all_the_same(hall: TownHall, told: str) -> None:
    """They read it then. Their notice leads nowhere, and goes out."""
    hall.reply(told, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(told), ELDERLY)
    corrected(hall, told)
    (notice,) = hall.notices(ELDERLY, "wrong_person")
    assert notice.facts["sees"] is False
    assert hall.desk.ask(GetDropReason(notice), Caller.CLOCK) == ""
    (seeing,) = hall.notices(OTHER_COORDINATOR, "wrong_person")
    assert seeing.facts["sees"] is True


def test_what_stood_is_for_who_wrote_it_and_for_coordinators(hall: TownHall, told: str) -> None:
    """The lead agency reads the case and not that; a look at it is written down."""
    hall.reply(told, "A14", by=ELDERLY, lead="yes")
    corrected(hall, told)
    for member in (COORDINATOR, OTHER_COORDINATOR):
        (one,) = formers(hall, told, member)
        assert (one.sheet["name"], one.version) == ("浮舟 はつ江", 1)
    for member in (ELDERLY, CHAIR, MANAGER, OUTSIDER):
        with pytest.raises((NotAllowed, NotFound)):
            formers(hall, told, member)
    seen = hall.desk.ask(GetCase(told, CasePage.CASE), ELDERLY)
    assert not seen.has_former
    assert "はつ江" not in str(seen)
    assert [e.actor_id for e in hall.events(told) if e.kind == "read.read_former"] == [
        COORDINATOR,
        OTHER_COORDINATOR,
    ]


def test_of_a_restricted_case_it_is_for_the_named_alone(hall: TownHall) -> None:
    case_id = hall.open_case("A14", danger="yes", **A)
    hall.desk.handle(NameMember(case_id, ELDERLY, True), COORDINATOR)
    hall.desk.ask(GetCase(case_id, CasePage.SHEET_READ), ELDERLY)
    corrected(hall, case_id)
    assert hall.told("wrong_person") == {ELDERLY}
    with pytest.raises(NotFound):
        formers(hall, case_id, OTHER_COORDINATOR)


def test_no_search_finds_it_by_the_person_it_was_not_about(hall: TownHall, told: str) -> None:
    """Neither the search nor the hint about the same person."""
    corrected(hall, told, kana="ウキフネ　ハツコ", phone="0551-22-1177")
    person = {k: A[k] for k in ("kana", "birth_date", "phone", "address")}
    for field, value in person.items():
        assert hall.desk.ask(FindPerson(**{field: value}), COORDINATOR).cases == ()
    assert hall.desk.ask(FindSame(A["name"], **person), COORDINATOR) == ()


def test_that_persons_request_finds_it_and_says_who_was_told_until_then(
    hall: TownHall, told: str
) -> None:
    """By name, or by reading and birth date; of the case's own person it says nothing."""
    wrong = corrected(hall, told, kana="ウキフネ　ハツコ")
    hall.clock.move(minutes=5)
    hall.desk.ask(GetCase(told, CasePage.PAPER), ELDERLY)
    made = recorded(hall)
    for typed in ({"name": "浮舟はつ江"}, {"kana": A["kana"], "birth_date": A["birth_date"]}):
        (hit,) = found(hall, made, **typed)
        assert (hit.number, hit.former, hit.as_member) == ("R8-0001", wrong, False)
    (own,) = found(hall, made, name="浮舟初枝")
    assert own.former == ""
    hall.desk.handle(AssignRequestToCase(made, "R8-0001", former=wrong), COORDINATOR)
    (case,) = hall.desk.ask(GetRequest(made), COORDINATOR).cases
    assert case.former == wrong
    of_a = disclosed(hall, told, former=wrong)
    assert any(t.who.startswith("日向坂") for a in of_a.agencies for t in a.told), "who read it"
    versions = {s.version for a in of_a.agencies for t in a.told for s in t.shown or ()}
    assert 1 in versions
    assert 2 not in versions
    whole = disclosed(hall, told)
    assert {s.version for a in whole.agencies for t in a.told for s in t.shown or ()} >= {1, 2}
    hall.desk.handle(AssignRequestToCase(made, "R8-0001"), COORDINATOR)
    (case,) = hall.desk.ask(GetRequest(made), COORDINATOR).cases
    assert case.former == "", "about its own person after all"


def disclosed(hall: TownHall, case_id: str, former: str = "") -> Disclosures:
    return hall.desk.ask(GetDisclosures(case_id, former=former), COORDINATOR, door="web")


def test_looks_at_what_stood_are_told_to_that_person_too(hall: TownHall, told: str) -> None:
    wrong = corrected(hall, told)
    hall.clock.move(minutes=5)
    formers(hall, told, OTHER_COORDINATOR)
    lines = [t for a in disclosed(hall, told, wrong).agencies for t in a.told]
    assert any(s.part == "former" for t in lines for s in t.shown or ())


def test_one_of_the_household_written_there_is_found_too(hall: TownHall) -> None:
    household = [{"relation": "子", "name": "浮舟 みどり"}]
    case_id = hall.open_case("A14", **A, household=household, **consented("A14"))
    wrong = corrected(hall, case_id, household=[])  # type: ignore[arg-type]
    (hit,) = found(hall, recorded(hall), name="浮舟みどり")
    assert (hit.former, hit.as_member) == (wrong, True)


def test_a_wrong_person_report_can_be_taken_back(hall: TownHall, told: str) -> None:
    """Who was told otherwise is told so; the request of A finds it no more as former."""
    wrong = corrected(hall, told)
    hall.desk.handle(TakeBackWrongPersonReport(told, wrong), OTHER_COORDINATOR)
    assert {ELDERLY, COORDINATOR} <= hall.told("right_person")
    assert found(hall, recorded(hall), name="浮舟はつ江") == ()
    (one,) = formers(hall, told, COORDINATOR)
    assert one.taken_back_at is not None
    with pytest.raises(Refused):
        hall.desk.handle(TakeBackWrongPersonReport(told, wrong), COORDINATOR)


def test_its_keys_stay_whatever_is_saved_later(any_hall: TownHall) -> None:
    """Also when the index is drawn anew; on both databases."""
    hall = any_hall
    case_id = hall.open_case("A14", **A, **consented("A14"))
    hall.desk.ask(GetCase(case_id, CasePage.SHEET_READ), ELDERLY)
    wrong = corrected(hall, case_id)
    hall.edit(case_id, summary="落ち着いてきました。")
    made = recorded(hall)
    assert [h.former for h in found(hall, made, name="浮舟はつ江")] == [wrong]
    with hall.database.open() as unit:
        unit.cases.renew(case_id)
        unit.commit()
    assert [h.former for h in found(hall, made, name="浮舟はつ江")] == [wrong]


def test_the_guard_knows_both_people(hall: TownHall, told: str) -> None:
    """No message carries the name of whom it was about by mistake, either."""
    before = known_of(hall.case(told))
    corrected(hall, told)
    after = known_of(hall.case(told))
    assert before.whole <= after.whole
    assert before.addresses <= after.addresses
