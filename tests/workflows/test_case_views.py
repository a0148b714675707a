"""What a case's page, the list of cases and the search for a person show, and to whom."""

from datetime import timedelta

import pytest

from tests.support.hands import ask_for, consented, sheet
from tests.support.people import (
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.edit_sheet import EditSheet
from workflows.cases.find_case import FindSame, GetCaseId, GetMyReply
from workflows.cases.list_cases import ListCases
from workflows.cases.open_case import OpenCase
from workflows.cases.refer import Refer
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Invalid, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Action

PERSON = {"name": "浮舟はつ江", "kana": "ウキフネハツエ", "birth_date": "昭和15年3月3日"}


def view(hall: TownHall, case_id: str, by: str) -> CaseView:
    return hall.desk.ask(GetCase(case_id, CasePage.CASE), by)


def test_the_one_who_answers_and_what_was_promised_stand_first(hall: TownHall) -> None:
    """Until somebody leads, the writer's agency answers; each agency owes its reply until a day."""
    case_id = hall.open_case("A14", "A17")
    seen = view(hall, case_id, COORDINATOR)
    assert seen.answering_agency_id == "A13"
    assert [(p.kind, p.overdue, p.mine) for p in seen.promises] == [("reply", False, False)] * 2
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    assert view(hall, case_id, COORDINATOR).answering_agency_id == "A14"


def test_a_manager_sees_where_it_stands_and_no_word_about_the_person(hall: TownHall) -> None:
    """Number, state and agencies are there; sheet, requests and comments are not in the view."""
    case_id = hall.open_case("A14", **PERSON)
    hall.reply(case_id, "A14", by=ELDERLY, answer="partly", reason="介護だけ引き受けます")
    hall.plan(case_id)
    seen = view(hall, case_id, MANAGER)
    assert seen.number
    assert seen.referrals[0].answer == "partly"
    assert seen.sheet is None
    for word in ("浮舟", "ウキフネ", "介護だけ"):
        assert word not in repr(seen)
        assert word in repr(view(hall, case_id, COORDINATOR))


def test_a_look_at_the_content_is_written_down_and_counted(hall: TownHall) -> None:
    """Three looks of one person are one line; a look without content is none."""
    case_id = hall.open_case("A14")
    for _ in range(3):
        view(hall, case_id, ELDERLY)
    view(hall, case_id, MANAGER)
    hall.desk.ask(GetCase(case_id), ELDERLY)
    seen = view(hall, case_id, COORDINATOR)
    looks = {(line.who.split("（")[0], line.times) for line in seen.looks}
    names = seen.names
    assert looks == {(names[ELDERLY], 3), (names[COORDINATOR], 1)}
    assert not [e for e in seen.story if e.kind.startswith("read.")]


def test_an_outsider_gets_the_same_answer_as_for_no_case_at_all(hall: TownHall) -> None:
    """By number and by id alike, and in no list."""
    case_id = hall.open_case("A14")
    number = hall.case(case_id).number
    for asked in (number, "R8-9999"):
        with pytest.raises(NotFound) as refused:
            hall.desk.ask(GetCaseId(asked), OUTSIDER)
        assert refused.value.key == "not_found.case"
    with pytest.raises(NotFound):
        view(hall, case_id, OUTSIDER)
    assert hall.desk.ask(ListCases(), OUTSIDER).lines == ()
    assert hall.desk.ask(GetCaseId("ｒ８－０００１"), ELDERLY) == case_id


def test_the_list_is_mine_and_what_is_due_first_comes_first(hall: TownHall) -> None:
    """An agency has its own cases; a coordinator all; filters narrow them."""
    normal = hall.case(hall.open_case("A14", urgency="normal")).number
    emergency = hall.case(hall.open_case("A14", "A17", urgency="emergency")).number
    other = hall.case(hall.open_case("A19", by=CLERK, district="D02")).number

    def numbers(by: str, **wanted: str | bool) -> list[str]:
        return [n.number for n in hall.desk.ask(ListCases(**wanted), by).lines]  # type: ignore[arg-type]

    assert numbers(ELDERLY) == [emergency, normal]
    assert numbers(LIVELIHOOD) == [other]
    assert numbers(COORDINATOR)[0] == emergency
    assert set(numbers(COORDINATOR)) == {emergency, normal, other}
    assert numbers(COORDINATOR, urgency="normal", district_id="D01") == [normal]
    assert numbers(COORDINATOR, number=other) == [other]
    assert set(numbers(COORDINATOR, mine=True)) == {emergency, normal}
    line = hall.desk.ask(ListCases(number=normal), ELDERLY).lines[0]
    assert line.next
    assert (line.next.kind, line.next.mine) == ("reply", True)


def test_the_same_person_is_found_again_however_it_is_written(hall: TownHall) -> None:
    """Kana and birth date in any spelling; what is the same is said; half a date finds nobody."""
    number = hall.case(hall.open_case("A14", **PERSON)).number

    def found(by: str, kana: str, birth: str) -> list[tuple[str, tuple[str, ...]]]:
        same = hall.desk.ask(FindSame(kana=kana, birth_date=birth), by)
        return [(s.number, s.kinds) for s in same or ()]

    assert found(ELDERLY, "うきふね　はつえ", "S15.3.3") == [(number, ("kana_birth",))]
    assert found(ELDERLY, "うきふね　はつえ", "昭和15年") == []
    assert found(OUTSIDER, "うきふね　はつえ", "S15.3.3") == []


def test_the_story_names_the_same_persons_other_case_to_its_readers_alone(hall: TownHall) -> None:
    """Whose case it is is content: others hear that there is one, and not which; of one that is
    restricted since not even that."""
    first = hall.open_case("A14", **PERSON)
    second = hall.open_case("A17", **PERSON)

    def other(by: str) -> list[object]:
        story = view(hall, second, by).story
        return [line.facts["other"] for line in story if line.kind == "same_person_found"]

    assert other(COORDINATOR) == [hall.case(first).number]
    assert other(DISABILITY) == other(MANAGER) == [""]
    hall.edit(first, danger="yes")
    assert other(COORDINATOR) == [hall.case(first).number]
    assert other(OTHER_COORDINATOR) == []


def test_a_restricted_case_is_found_by_named_members_only(hall: TownHall) -> None:
    """Not by another coordinator: neither by name, nor by number, nor in the list."""
    case_id = hall.open_case("A14", danger="yes", **PERSON)
    query = FindSame(kana=PERSON["kana"], birth_date=PERSON["birth_date"])
    assert len(hall.desk.ask(query, COORDINATOR) or ()) == 1
    assert hall.desk.ask(query, OTHER_COORDINATOR) == ()
    assert hall.desk.ask(ListCases(), OTHER_COORDINATOR).lines == ()
    with pytest.raises(NotFound):
        hall.desk.ask(GetCaseId(hall.case(case_id).number), OTHER_COORDINATOR)
    seen = view(hall, case_id, COORDINATOR)
    names = {name for seer in seen.seers for name in seer.people}
    assert names == {n.name for n in seen.named}


def test_who_may_see_it_and_why_agrees_with_the_permission_table(hall: TownHall) -> None:
    """The team and the coordinators read, managers see the state, an outsider is not listed."""
    case_id = hall.open_case("A14")
    seen = view(hall, case_id, ELDERLY)
    assert seen.why.reason == "why.referred_agency"
    listed = {(name, s.reads): s.reason for s in seen.seers for name in s.people}
    assert listed[seen.names[ELDERLY], True] == "why.referred_agency"
    assert listed[seen.names[MANAGER], False] == "why.manager"
    assert not [key for key in listed if key[0] == seen.names[OUTSIDER]]
    assert seen.may[Action.REPLY].allowed
    assert seen.may[Action.CLOSE_CASE].reason == "denied.close_case"


def test_a_chain_is_told_with_where_it_came_from(hall: TownHall) -> None:
    """The one it was passed on to stands beneath the one who passed it on."""
    case_id = hall.open_case("A17", "A14")
    hall.reply(
        case_id, "A17", by=DISABILITY, answer="passed_on", reason="対象外のため", next_agency="A19"
    )
    lines = view(hall, case_id, LIVELIHOOD).referrals
    assert [(r.agency_id, r.depth) for r in lines] == [("A17", 0), ("A19", 1), ("A14", 0)]
    assert lines[1].from_agency == lines[0].agency_name
    assert lines[1].mine


def test_who_passed_it_on_is_told_what_they_answered_and_nothing_else(hall: TownHall) -> None:
    """The case is no longer theirs; another agency learns nothing by the same link."""
    case_id = hall.open_case("A17")
    case = hall.case(case_id)
    referral = case.referrals[0].id
    hall.reply(
        case_id, "A17", by=DISABILITY, answer="passed_on", reason="対象外のため", next_agency="A19"
    )
    with pytest.raises(NotFound):
        view(hall, case_id, DISABILITY)
    told = hall.desk.ask(GetMyReply(case.number, referral), DISABILITY)
    assert told.answer == "passed_on"
    assert "対象外" not in repr(told)
    with pytest.raises(NotFound):
        hall.desk.ask(GetMyReply(case.number, referral), OUTSIDER)


def test_a_sheet_without_a_receiver_says_so_with_everything_else_that_is_wrong(
    hall: TownHall,
) -> None:
    """One round of corrections, not two."""
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(OpenCase(sheet(summary=""), ()), COORDINATOR)
    assert {"summary", "referrals.0.agency"} <= {e.field for e in refused.value.errors}


def test_a_ground_given_with_a_later_referral_is_not_lost_to_an_older_sheet(hall: TownHall) -> None:
    """It is kept with the telling: whoever had the sheet open goes on, and is asked for none."""
    case_id = hall.open_case("A14", **consented("A14"))
    version = hall.case(case_id).sheet_version
    wanted = (ask_for("A19"),)
    hall.desk.handle(Refer(case_id, wanted, "act_106_6", "暮らしが続かないため"), COORDINATOR)
    edit = EditSheet(case_id, version, sheet(**consented("A14"), summary="書き足しました。"))
    assert hall.desk.handle(edit, COORDINATOR) == version + 1
    asked = hall.referral(case_id, "A19")
    assert (asked.basis, asked.basis_reason) == ("act_106_6", "暮らしが続かないため")
    assert hall.case(case_id).grounds == ("A19",)


def test_a_pair_of_cases_is_pointed_out_once_whichever_is_edited(hall: TownHall) -> None:
    """重なりの可能性: one notice a pair and receiver."""
    known = {"name": "山川 花子", "kana": "ヤマカワ ハナコ", "birth_date": "昭和20年1月2日"}
    first = hall.open_case("A14", **known)
    hall.open_case("A14", **known)
    before = hall.notices(COORDINATOR, "same_person")
    assert len(before) == 1
    hall.edit(first, phone="0000-11-2222")
    assert hall.notices(COORDINATOR, "same_person") == before


def test_whether_they_come_is_owed_by_nobody_once_the_meeting_has_begun(hall: TownHall) -> None:
    """Neither on the case's page nor in the list of cases, before its record is there either."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(case_id, days_ahead=(10, 11))
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)

    def owed() -> set[str]:
        case = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
        (line,) = hall.desk.ask(ListCases(), COORDINATOR).lines
        first = {str(line.next.kind)} if line.next else set()
        return {str(p.kind) for p in case.promises} | first

    assert "attend" in owed()
    starts_at = hall.meeting(meeting_id).fixed_slot.starts_at  # type: ignore[union-attr]
    hall.clock.at = starts_at + timedelta(hours=1)
    assert "attend" not in owed()
