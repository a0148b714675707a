"""Somebody of a household gets a case of their own: what comes along, who reads, the way back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hands import UNCONSENTED, Fields, ask_for, consented, sheet
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FAR_COORDINATOR,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import FORMS, TownHall, TownMould
from workflows.audit.page import GetTrail, TrailSearch
from workflows.cases.core_desk import CORE_DESK
from workflows.cases.merge_cases import MergeCases
from workflows.cases.name_members import NameMember
from workflows.cases.split_case import ItemToMove, PreviewSplit, SplitCase
from workflows.cases.split_sheet import fields_offered, first_sheet
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.model.case import Ground
from workflows.model.promise import PromiseKind

HOUSEHOLD = [
    {
        "relation": "長男",
        "name": "浮舟 蓮",
        "kana": "ウキフネ　レン",
        "age_band": "age_40s",
        "situation": "家にいます。",
    },
    {"relation": "孫", "name": "浮舟 光", "situation": "小学生です。"},
]
BOTH = "母と長男の二人のことで相談がありました。"
ASKED = "長男を訪ねてください。"
BASIS, REASON = "livelihood_act_9", "長男の暮らしが今日から立たないため。"
PEOPLE = (COORDINATOR, OTHER_COORDINATOR, FAR_COORDINATOR, ELDERLY, DISABILITY, LIVELIHOOD,
          FARMING, CHAIR, MANAGER, ADMINISTRATOR, OUTSIDER)  # fmt: skip


def household(hall: TownHall, *agencies: str, **changes: Any) -> str:
    fields: Fields = {
        "name": "浮舟 はつ江",
        "address": "みどり町1丁目2番3号",
        "summary": BOTH,
        "household": HOUSEHOLD,
        **consented("A14", "A17"),
        **changes,
    }
    return hall.open_case(*(agencies or ("A14", "A17")), request=ASKED, **fields)


def begun(hall: TownHall, case_id: str, person: int = 0, along: tuple[int, ...] = ()) -> Fields:
    """What the new sheet begins with, as the page fills it in."""
    form, old = FORMS.form("sheet"), hall.case(case_id).sheet
    found: dict[str, Any] = first_sheet(form, old, person, along, fields_offered(form))
    raw = {**sheet(), **{k: {True: "yes", False: "no"}.get(v, v) if isinstance(v, bool) else v
                         for k, v in found.items()}}  # fmt: skip
    return {k: v for k, v in raw.items() if not k.startswith("unconsented")}


def split(
    hall: TownHall,
    case_id: str,
    *over: ItemToMove,
    by: str = COORDINATOR,
    person: str = "0",
    along: tuple[str, ...] = (),
    raw: Fields | None = None,
    seen: bool = True,
    lead: str = "",
    referrals: tuple[Fields, ...] = (),
) -> str:
    raw = begun(hall, case_id) if raw is None else raw
    version = hall.case(case_id).sheet_version
    command = SplitCase(case_id, version, person, along, raw, referrals, over, lead, seen)
    return hall.desk.handle(command, by)


def split_command(hall: TownHall, case_id: str) -> SplitCase:
    """With what was asked of 地域包括, as it is sent."""
    over = (reply_over(hall, case_id),)
    return SplitCase(case_id, 1, "0", (), begun(hall, case_id), (), over, texts_seen=True)


def reply_over(hall: TownHall, case_id: str, agency_id: str = "A14", **said: str) -> ItemToMove:
    ground = {"basis": BASIS, "reason": REASON, **said}
    return ItemToMove(f"reply:{hall.referral(case_id, agency_id).id}", **ground)


def seen_by(hall: TownHall, case_id: str, by: str) -> CaseView | None:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), by)
    except NotFound:
        return None


def reads(hall: TownHall, case_id: str, by: str) -> bool:
    view = seen_by(hall, case_id, by)
    return view is not None and view.reads


def keys_of(refused: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(e.field, e.key) for e in refused.value.errors}


OTHER = "M22"  # a coordinator who takes part in none of them


# -- what comes along ------------------------------------------------------------------------------


def test_the_new_sheet_begins_with_the_person_and_what_the_household_shares(hall: TownHall) -> None:
    old = household(hall)
    new = split(hall, old, raw=begun(hall, old, along=(1,)))
    kept = hall.case(new).sheet
    assert (kept["name"], kept["address"], kept["district"]) == (
        "浮舟 蓮",
        "みどり町1丁目2番3号",
        "D01",
    )
    assert kept["kana"] == "ウキフネ　レン"
    assert kept["household"] == [HOUSEHOLD[1]]
    assert hall.case(new).consent == "not_asked"
    assert hall.case(new).scope == ()
    assert hall.case(old).sheet["household"] == HOUSEHOLD
    assert hall.case(old).sheet_version == 1


def test_a_case_that_is_restricted_since_is_in_no_story_of_the_other(hall: TownHall) -> None:
    """Neither that it was split from it, nor that it is the same person's: for who is not named it
    is not even there; who is named reads both."""
    old = household(hall)
    new = split(hall, old, raw=begun(hall, old, along=(1,)))
    same = hall.open_case(
        "A14", name="甲野 一郎", kana="コウノ イチロウ", birth_date="昭和30年1月2日"
    )
    third = hall.open_case(
        "A14", name="甲野 一郎", kana="コウノ イチロウ", birth_date="昭和30年1月2日"
    )
    hall.edit(old, danger="yes")
    hall.edit(same, danger="yes")
    assert OTHER not in hall.case(old).named_member_ids + hall.case(same).named_member_ids
    for case_id, other, kind in ((new, old, "case_split_here"), (third, same, "same_person_found")):
        for who, told in ((COORDINATOR, True), (OTHER, False)):
            view = seen_by(hall, case_id, who)
            assert view is not None
            assert (kind in {line.kind for line in view.story}) is told
            assert told or other not in repr(view)
    for line in hall.desk.ask(GetTrail(TrailSearch()), ADMINISTRATOR).lines:
        assert line.hidden or line.kind not in {"case_split_here", "same_person_found"}


def test_a_text_about_two_people_is_read_for_the_one(hall: TownHall) -> None:
    old = household(hall)
    with pytest.raises(Invalid) as refused:
        split(hall, old, seen=False)
    assert keys_of(refused) == {("summary", "split.unread"), ("texts_seen", "split.texts_seen")}
    new = split(hall, old, raw={**begun(hall, old), "summary": "長男のことです。"}, seen=False)
    assert hall.case(new).sheet["summary"] == "長男のことです。"


def test_a_split_names_what_others_changed_meanwhile(hall: TownHall) -> None:
    old = household(hall)
    raw, version = begun(hall, old), hall.case(old).sheet_version
    hall.edit(old, by=OTHER_COORDINATOR, household=HOUSEHOLD[1:])
    with pytest.raises(Conflict):
        hall.desk.handle(SplitCase(old, version, "0", (), raw, texts_seen=True), COORDINATOR)


@pytest.mark.parametrize("person", ["", "7", "-1", "x", "０"])
def test_who_it_is_for_is_one_of_the_household(hall: TownHall, person: str) -> None:
    old = household(hall)
    with pytest.raises(Invalid) as refused:
        split(hall, old, person=person)
    assert keys_of(refused) == {("whom", "split.person")}


# -- what goes over --------------------------------------------------------------------------------


def test_a_request_goes_over_on_a_ground_stated_for_it_by_the_same_day(hall: TownHall) -> None:
    old = household(hall)
    due = hall.referral(old, "A14").reply_by
    hall.clock.move(days=1)
    new = split(hall, old, reply_over(hall, old))
    referral = hall.referral(new, "A14")
    assert (referral.reply_by, referral.basis) == (due, "")
    assert hall.case(new).ground_of("A14") == Ground(BASIS, REASON)
    assert hall.case(new).covers("A14")
    assert not hall.case(new).covers("A17")
    assert [p.due_at for p in hall.promises(new, PromiseKind.REPLY)] == [due]
    assert [p.agency_id for p in hall.promises(old, PromiseKind.REPLY)] == ["A17"]
    assert reads(hall, new, ELDERLY)
    assert not reads(hall, old, ELDERLY)  # its only part went over
    assert ELDERLY in hall.told("part_ended")
    told = [n for n in hall.notices(ELDERLY, "referral_asked") if n.case_id == new]
    assert [n.facts["before"] for n in told] == ["R8-0001"]
    assert "shared_without_consent" in {e.kind for e in hall.events(new)}


@pytest.mark.parametrize(("missing", "field"), [("basis", "basis"), ("reason", "why_told")])
def test_without_a_ground_it_stays(hall: TownHall, missing: str, field: str) -> None:
    old = household(hall)
    over = reply_over(hall, old, **{missing: ""})
    with pytest.raises(Invalid) as refused:
        split(hall, old, over)
    assert keys_of(refused) == {(f"{over.item}.{field}", "sheet.basis_needed")}
    assert hall.numbers() == ["R8-0001"]


def test_whom_the_new_person_agreed_to_needs_no_ground(hall: TownHall) -> None:
    old = household(hall)
    raw = {**begun(hall, old), **{k: v for k, v in consented("A14").items() if v is not None}}
    new = split(hall, old, reply_over(hall, old, basis="", reason=""), raw=raw)
    referral = hall.referral(new, "A14")
    assert referral.basis == ""
    assert hall.case(new).covers("A14")
    assert hall.case(new).stated_grounds == []


def test_a_role_goes_over_and_its_agency_may_lead(hall: TownHall) -> None:
    old = household(hall)
    hall.reply(old, "A14", by=ELDERLY)
    meeting_id = hall.convene(old, required=("A14", "A13"), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": "長男に弁当を届ける。"}])
    hall.confirm_record(meeting_id)
    [role] = hall.case(old).open_roles
    new = split(hall, old, ItemToMove(f"role:{role.id}", BASIS, REASON), lead="A14")
    [moved] = hall.case(new).open_roles
    assert (moved.task, moved.due_on) == (role.task, role.due_on)
    assert hall.case(old).open_roles == []
    assert hall.case(new).answering_agency_id == "A14"
    assert hall.promises(new, PromiseKind.FOLLOW_UP)
    assert hall.promises(new, PromiseKind.NAME_LEAD) == []
    assert reads(hall, old, ELDERLY)  # it accepted there, which stays


def test_who_leads_is_of_what_goes_over(hall: TownHall) -> None:
    old = household(hall)
    with pytest.raises(Invalid) as refused:
        split(hall, old, lead="A19")
    assert keys_of(refused) == {("lead", "split.lead")}


def test_what_is_owed_no_more_does_not_go_over(hall: TownHall) -> None:
    old = household(hall)
    over = reply_over(hall, old)
    hall.reply(old, "A14", by=ELDERLY)
    with pytest.raises(Invalid) as refused:
        split(hall, old, over)
    assert keys_of(refused) == {("over", "split.gone")}


def test_somebody_owes_the_next_step_where_nothing_goes_over(hall: TownHall) -> None:
    new = split(hall, household(hall))
    assert [p.agency_id for p in hall.promises(new, PromiseKind.NEXT_STEP)] == ["A13"]


def test_others_are_asked_in_the_same_press(hall: TownHall) -> None:
    old = household(hall)
    raw = {**begun(hall, old), **{k: v for k, v in UNCONSENTED.items() if k != "consent"}}
    new = split(hall, old, raw=raw, referrals=(ask_for("A19"),))
    assert [r.agency_id for r in hall.case(new).waiting_referrals] == ["A19"]


# -- who may, and who reads ------------------------------------------------------------------------


@pytest.mark.parametrize("member", [ELDERLY, MANAGER, OUTSIDER, CHAIR])
def test_who_may_not_correct_the_sheet_does_not_split_it(hall: TownHall, member: str) -> None:
    old = household(hall)
    with pytest.raises((NotAllowed, NotFound)):
        split(hall, old, by=member)
    with pytest.raises((NotAllowed, NotFound)):
        hall.desk.ask(PreviewSplit(old, ()), member)


def test_a_closed_case_is_not_split(hall: TownHall) -> None:
    old = household(hall)
    for agency_id, who in (("A14", ELDERLY), ("A17", DISABILITY)):
        hall.reply(old, agency_id, by=who)
    hall.close(old)
    with pytest.raises(Refused):
        split(hall, old)


def test_the_restriction_and_the_named_go_along(hall: TownHall) -> None:
    old = household(hall, danger="yes")
    hall.desk.handle(NameMember(old, OTHER_COORDINATOR, True), COORDINATOR)
    with pytest.raises(Invalid) as refused:
        split(hall, old, raw={**begun(hall, old), "danger": "no"})
    assert keys_of(refused) == {("danger", "split.restricted")}
    before = {m: reads(hall, old, m) for m in PEOPLE}
    new = split(hall, old, reply_over(hall, old))
    assert hall.case(new).is_restricted
    assert reads(hall, new, OTHER_COORDINATOR)
    assert not reads(hall, new, FAR_COORDINATOR)
    assert reads(hall, new, ELDERLY)
    for member in PEOPLE:
        assert reads(hall, new, member) <= before[member]


def test_who_was_taken_off_the_list_stays_off(hall: TownHall) -> None:
    old = household(hall, danger="yes")
    hall.desk.handle(NameMember(old, ELDERLY, False), COORDINATOR)
    new = split(hall, old, reply_over(hall, old))
    assert hall.case(new).kept_off == [ELDERLY]
    assert not reads(hall, new, ELDERLY)


def test_the_preview_says_who_reads_which(hall: TownHall) -> None:
    old = household(hall)
    nothing = hall.desk.ask(PreviewSplit(old, ()), COORDINATOR)
    assert (nothing.reads, nothing.loses) == ((hall.agency_name("A13"),), ())
    one = hall.desk.ask(PreviewSplit(old, (reply_over(hall, old).item,)), COORDINATOR)
    assert one.reads == (hall.agency_name("A13"), hall.agency_name("A14"))
    assert one.loses == (hall.agency_name("A14"),)
    assert hall.referral(old, "A14").waits


def test_a_coordinator_from_elsewhere_opens_it_to_none_of_their_colleagues(hall: TownHall) -> None:
    old = household(hall)
    new = split(hall, old, by=OTHER_COORDINATOR)
    assert hall.case(new).writer_agency_id == "A13"
    assert hall.case(new).opened_by == OTHER_COORDINATOR
    assert not reads(hall, new, CHAIR)
    assert reads(hall, new, OTHER_COORDINATOR)


# -- both sides, and the way back ------------------------------------------------------------------


def test_each_names_the_other_to_who_may_know_of_both(hall: TownHall) -> None:
    old = household(hall)
    new = split(hall, old, reply_over(hall, old))
    mine = seen_by(hall, old, OTHER_COORDINATOR)
    assert mine is not None
    assert [(s.number, s.person) for s in mine.split_into] == [("R8-0002", "浮舟 蓮")]
    theirs = seen_by(hall, old, DISABILITY)
    assert theirs is not None
    assert [(s.number, s.person) for s in theirs.split_into] == [("", "浮舟 蓮")]
    back = seen_by(hall, new, OTHER_COORDINATOR)
    assert back is not None
    assert [s.number for s in back.split_from] == ["R8-0001"]
    elderly = seen_by(hall, new, ELDERLY)
    assert elderly is not None
    assert elderly.split_from == ()
    assert BOTH in str(elderly.sheet)  # whoever split it left it so
    manager = seen_by(hall, old, MANAGER)
    assert manager is not None
    assert "浮舟 蓮" not in str(manager.split_into)


def test_the_trail_says_it_on_both_sides_without_a_word(hall: TownHall) -> None:
    old = household(hall)
    over = reply_over(hall, old)
    new = split(hall, old, over)
    [here] = [e for e in hall.events(old) if e.kind == "case_split"]
    [there] = [e for e in hall.events(new) if e.kind == "case_split_here"]
    assert here.facts == {"other": new, "carried": [over.item]}
    assert there.facts == {"other": old, "carried": [over.item]}
    assert not [e for e in hall.events(new) if e.kind == "same_person_found"]


def test_merging_the_new_case_back_undoes_a_slip(any_hall: TownHall) -> None:
    hall = any_hall
    old = household(hall)
    due = hall.referral(old, "A14").reply_by
    new = split(hall, old, reply_over(hall, old))
    hall.desk.handle(MergeCases(new, "R8-0001"), COORDINATOR)
    again = hall.referral(old, "A14")
    assert (again.reply_by, again.waits, again.request) == (due, True, ASKED)
    assert reads(hall, old, ELDERLY)
    view = seen_by(hall, old, OTHER_COORDINATOR)
    assert view is not None
    assert view.split_into == ()
    assert view.merged_from == ("R8-0002",)
    assert {r.came_from for r in view.referrals} == {""}
    reader = seen_by(hall, old, DISABILITY)
    assert reader is not None
    assert ASKED in str(reader.referrals)


# -- nobody reads more -----------------------------------------------------------------------------

AGENCIES = {"A14": ELDERLY, "A17": DISABILITY, "A19": LIVELIHOOD, "A20": FARMING}
_some = st.lists(st.sampled_from(list(AGENCIES)), unique=True, min_size=1, max_size=3)
_splits = st.sampled_from([COORDINATOR, OTHER_COORDINATOR])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.tuples(_some, _some, st.booleans(), st.integers(0, 7), st.booleans(), _splits))
def test_nobody_reads_more_through_a_split(
    mould: TownMould,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: tuple[list[str], list[str], bool, int, bool, str],
) -> None:
    """Whoever reads either case afterwards read the one that there was."""
    asked, scope, accepted, goes, danger, splits = drawn
    hall = mould.copy(tmp_path_factory.mktemp("town"))
    try:
        said: Any = {**UNCONSENTED, **{k: v for k, v in consented(*scope).items() if v is not None}}
        said["danger"] = "yes" if danger else "no"
        old = household(hall, *asked, **said)
        if accepted:
            hall.reply(old, asked[0], by=AGENCIES[asked[0]])
        if danger and splits != COORDINATOR:
            hall.desk.handle(NameMember(old, splits, True), COORDINATOR)
        with hall.database.open() as unit:
            agencies = {"A01", "A13", *AGENCIES}
            today = hall.desk.now().date()
            everybody = [
                m.id
                for m in unit.directory.members()
                if m.agency_id in agencies and m.is_active(today)
            ]
        before = {m: reads(hall, old, m) for m in everybody}
        waiting = [r.agency_id for r in hall.case(old).waiting_referrals]
        over = [reply_over(hall, old, a) for n, a in enumerate(waiting) if goes & (1 << n)]
        new = split(hall, old, *over, by=splits)
        for member in everybody:
            assert reads(hall, old, member) <= before[member]
            assert reads(hall, new, member) <= before[member]
        due = {r.agency_id: r.reply_by for r in hall.case(old).referrals}
        for referral in hall.case(new).waiting_referrals:
            assert referral.reply_by == due[referral.agency_id]
        both = [*hall.case(old).waiting_referrals, *hall.case(new).waiting_referrals]
        assert sorted(r.agency_id for r in both) == sorted(waiting)
    finally:
        hall.database.close()


def test_who_answers_for_the_old_case_hears_that_somebody_is_in_other_hands(
    hall: TownHall,
) -> None:
    """The lead of the old case, once, by the old number alone: the new one may not be theirs to
    know."""
    case_id = household(hall)
    hall.reply(case_id, "A17", by=DISABILITY, lead="yes")
    new_id = split(hall, case_id, reply_over(hall, case_id))
    (told,) = hall.notices(DISABILITY, "case_split")
    assert told.case_id == case_id
    assert (told.facts["number"], told.facts["carried"]) == (hall.case(case_id).number, 1)
    assert hall.case(new_id).number not in str(told.facts)
    assert hall.notices(COORDINATOR, "case_split") == []


def test_who_left_with_a_request_is_on_the_list_no_more(hall: TownHall) -> None:
    old = household(hall, hidden_address="yes")
    assert ELDERLY in hall.case(old).named_member_ids
    new = split(hall, old, reply_over(hall, old))
    assert ELDERLY not in hall.case(old).named_member_ids
    assert ELDERLY in hall.case(new).named_member_ids


def test_who_is_named_for_a_sitting_alone_does_not_go_along(hall: TownHall) -> None:
    old = household(hall, "A14", hidden_address="yes", **consented("A14", "A19"))
    hall.convene(old, required=("A14", "A19", "A13"))
    assert hall.case(old).is_named_to_hear(LIVELIHOOD)
    new = split(hall, old, reply_over(hall, old))
    assert LIVELIHOOD not in hall.case(new).named_member_ids


def test_an_emergency_of_the_new_person_is_told_at_once(hall: TownHall) -> None:
    old = household(hall)
    raw = {**begun(hall, old), "urgency": "emergency"}
    new = split(hall, old, reply_over(hall, old), raw=raw, by=OTHER_COORDINATOR)
    assert CORE_DESK in {n.key for n in hall.notices() if n.case_id == new}
