"""Two cases of one person: one goes on, the other ends as merged; nobody reads more than before."""

import pytest

from tests.support.hands import consented
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
from workflows.cases.close_case import ReopenCase
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.merge_cases import MergeCases, MergedAgency, PreviewMerge
from workflows.cases.name_members import NameMember
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound
from workflows.core.looks import CasePage


@pytest.fixture
def two(hall: TownHall) -> tuple[str, str]:
    """One that 地域包括 took, and one of 障害 that goes on; each consented to its own agency."""
    one = hall.open_case("A14", name="浮舟 はつ江", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY)
    return one, hall.open_case("A17", name="浮舟 はつ江", **consented("A17"))


def merge(hall: TownHall, case_id: str, into: str, by: str = COORDINATOR) -> str:
    return hall.desk.handle(MergeCases(case_id, into), by)


def seen(hall: TownHall, case_id: str, by: str) -> CaseView:
    return hall.desk.ask(GetCase(case_id, CasePage.CASE), by)


def reads(hall: TownHall, case_id: str, by: str) -> bool:
    try:
        return seen(hall, case_id, by).reads
    except NotFound:
        return False


def test_one_ends_and_the_other_goes_on_each_with_what_is_its_own(
    hall: TownHall, two: tuple[str, str]
) -> None:
    """What was asked, agreed and looked at stays under the number that it came from."""
    one, other = two
    people = (ELDERLY, DISABILITY, OTHER_COORDINATOR, CHAIR, MANAGER, OUTSIDER)
    before = {(c, m): reads(hall, c, m) for c in two for m in people}
    told = hall.desk.ask(GetDisclosures(one), COORDINATOR, door="web").count
    assert merge(hall, one, "r8-2") == "R8-0002"
    assert {(c, m): reads(hall, c, m) for c in two for m in people} == before
    assert str(hall.case(one).state) == "closed"
    assert hall.case(other).is_open
    assert [r.agency_id for r in hall.case(one).referrals] == ["A14"]
    assert [r.agency_id for r in hall.case(other).referrals] == ["A17"]
    assert hall.case(other).scope == ("A17",)
    assert hall.desk.ask(GetDisclosures(one), COORDINATOR, door="web").count >= told
    assert seen(hall, one, COORDINATOR).merged_into == ("R8-0002",)
    assert seen(hall, other, COORDINATOR).merged_from == ("R8-0001",)
    assert hall.promises(one) == []


def test_who_may_not_know_of_the_other_is_not_told_its_number(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, other = two
    merge(hall, one, "R8-0002")
    assert seen(hall, one, ELDERLY).merged_into == ()
    assert seen(hall, other, DISABILITY).merged_from == ()
    assert ELDERLY in hall.told("case_closed")
    assert "R8-0002" not in str([n.facts for n in hall.notices(ELDERLY, "case_closed")])
    assert "R8-0002" not in str([e.facts for e in hall.events(one)])


def test_the_preview_says_who_reads_the_one_that_goes_on(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, _ = two
    preview = hall.desk.ask(PreviewMerge(one, "R8-0002"), COORDINATOR)
    assert (preview.into, preview.consent, preview.into_consent) == (
        "R8-0002",
        "written",
        "written",
    )
    with hall.database.open() as unit:
        names = {a.id: a.name for a in unit.directory.agencies()}
    assert MergedAgency(names["A14"], False) in preview.agencies


@pytest.mark.parametrize(
    ("into", "key"),
    [("R8-0001", "merge.itself"), ("R8-0099", "merge.no_case"), ("", "merge.no_case")],
)
def test_what_is_no_other_case_is_said_beside_the_field(
    hall: TownHall, two: tuple[str, str], into: str, key: str
) -> None:
    with pytest.raises(Invalid) as refused:
        merge(hall, two[0], into)
    assert [(e.field, e.key) for e in refused.value.errors] == [("into", key)]


def test_a_restricted_case_is_merged_by_who_reads_both_alone(
    hall: TownHall, two: tuple[str, str]
) -> None:
    """For others its number is none, and what ended in it is as absent."""
    hidden = hall.case(hall.open_case("A14", danger="yes")).number
    with pytest.raises(Invalid) as refused:
        merge(hall, two[0], hidden, by=OTHER_COORDINATOR)
    assert [e.key for e in refused.value.errors] == ["merge.no_case"]
    with pytest.raises(Invalid) as refused:
        hall.desk.ask(PreviewMerge(two[0], hidden), OTHER_COORDINATOR)
    assert [e.key for e in refused.value.errors] == ["merge.no_case"]
    assert merge(hall, two[0], hidden) == hidden
    with pytest.raises(NotFound):
        seen(hall, two[0], OTHER_COORDINATOR)


@pytest.mark.parametrize("member", [ELDERLY, MANAGER, OUTSIDER, CHAIR])
def test_coordinators_alone_merge(hall: TownHall, two: tuple[str, str], member: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        merge(hall, two[0], "R8-0002", by=member)


def test_reopening_undoes_it_on_both_sides(any_hall: TownHall) -> None:
    hall = any_hall
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY)
    other = hall.open_case("A17", **consented("A17"))
    merge(hall, one, "R8-0002")
    hall.desk.handle(ReopenCase(one, "別の方でした。"), COORDINATOR)
    assert seen(hall, one, COORDINATOR).merged_into == ()
    assert seen(hall, other, COORDINATOR).merged_from == ()
    assert merge(hall, one, "R8-0002") == "R8-0002"
    assert seen(hall, other, COORDINATOR).merged_from == ("R8-0001",)


@pytest.mark.parametrize("first", ["restricted, then merged", "merged, then restricted"])
def test_what_was_merged_into_a_restricted_case_is_restricted_with_it(
    hall: TownHall, first: str
) -> None:
    """It is the same person's address: whoever is not named meets neither; whoever was taken off
    the one by hand is not put on the other's list."""
    one = hall.open_case("A14", address="ひみつ町1丁目2番3号", **consented("A14"))
    other = hall.open_case("A14", **consented("A14"))

    def restrict() -> None:
        hall.edit(other, hidden_address="yes")
        hall.desk.handle(NameMember(other, "M27", True), COORDINATOR)
        hall.desk.handle(NameMember(other, ELDERLY, False), COORDINATOR)

    def merge() -> None:
        said = hall.desk.ask(PreviewMerge(one, hall.case(other).number), COORDINATOR)
        assert said.restricts == first.startswith("restricted")
        hall.desk.handle(MergeCases(one, hall.case(other).number), COORDINATOR)

    assert hall.desk.ask(GetCase(one, CasePage.CASE), OTHER_COORDINATOR).reads
    for step in (restrict, merge) if first.startswith("restricted") else (merge, restrict):
        step()
    ended = hall.case(one)
    assert ended.is_restricted
    assert COORDINATOR in ended.named_member_ids
    for member_id in (OTHER_COORDINATOR, MANAGER):
        with pytest.raises(NotFound):
            hall.desk.ask(GetCase(one, CasePage.CASE), member_id)
    if first.startswith("restricted"):
        assert ELDERLY not in ended.named_member_ids
