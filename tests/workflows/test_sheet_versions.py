"""What a correction of a sheet changed, from what to what: for whom, and whose it was."""

import pytest

from tests.support.hands import consented
from tests.support.people import (
    CLERK,
    COORDINATOR,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.workflows.test_requests import found, recorded
from tests.workflows.test_whose_sheet import A, B, corrected, disclosed
from workflows.cases.disclosures import Disclosures
from workflows.cases.name_members import NameMember
from workflows.cases.report_wrong_person import PreviewWrongPerson, ReportWrongPerson
from workflows.cases.sheet_versions import (
    AnswerState,
    EarlierSheet,
    GetEarlierSheet,
    GetSheetVersions,
    SheetChange,
)
from workflows.cases.views import GetCase
from workflows.cases.whose_sheet import TakeBackWrongPersonReport
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage, shown_in


@pytest.fixture
def told(hall: TownHall) -> str:
    """A sheet about A that 地域包括 has read, with one correction of words."""
    case_id = hall.open_case("A14", **A, summary="初めの話。", **consented("A14"))
    hall.desk.ask(GetCase(case_id, CasePage.SHEET_READ), ELDERLY)
    hall.clock.move(minutes=5)
    hall.edit(case_id, summary="次の話。")
    hall.clock.move(minutes=5)
    return case_id


def changes(hall: TownHall, case_id: str, by: str = COORDINATOR) -> tuple[SheetChange, ...]:
    return hall.desk.ask(GetSheetVersions(case_id), by, door="web").changes


def earlier(hall: TownHall, case_id: str, version: int, by: str = COORDINATOR) -> EarlierSheet:
    return hall.desk.ask(GetEarlierSheet(case_id, version), by, door="web")


def test_who_changed_what_from_what_to_what(hall: TownHall, told: str) -> None:
    """Whoever reads the case reads it, the newest change first; a blank is a blank."""
    hall.edit(told, summary="三つ目の話。", wishes="家にいたい。")
    for reader in (COORDINATOR, ELDERLY):
        newest, first = changes(hall, told, reader)
        by_id = {f.id: (f.before.value, f.after.value) for f in newest.fields}
        assert by_id["summary"] == ("次の話。", "三つ目の話。")
        assert by_id["wishes"][1] == "家にいたい。"
        (summary,) = first.fields
        assert (summary.before.value, summary.after.value) == ("初めの話。", "次の話。")
        assert first.version == 2
        assert first.by.startswith("縁側 つむぎ")


def test_a_look_at_it_says_the_versions_and_the_answers_that_were_shown(
    hall: TownHall, told: str
) -> None:
    changes(hall, told, ELDERLY)
    earlier(hall, told, 1, ELDERLY)
    listed, whole = [e for e in hall.events(told) if e.kind == "read.read_case"][-2:]
    assert [(s.part, s.version, s.fields) for s in shown_in(listed.facts) or ()] == [
        ("sheet", 1, ("summary",)),
        ("sheet", 2, ("summary",)),
    ]
    (one,) = shown_in(whole.facts) or ()
    assert (one.part, one.version) == ("sheet", 1)
    assert {"summary", "name"} <= set(one.fields)


def test_an_earlier_version_is_the_sheet_as_it_stood(hall: TownHall, told: str) -> None:
    hall.edit(told, wishes="家にいたい。", summary="三つ目の話。")
    assert [earlier(hall, told, v).sheet["summary"] for v in (1, 2)] == ["初めの話。", "次の話。"]
    assert earlier(hall, told, 2).sheet["name"] == A["name"]
    assert earlier(hall, told, 2).versions == (1, 2)
    for version in (0, 3, 99):
        with pytest.raises(NotFound):
            earlier(hall, told, version)


def test_whoever_reads_no_content_reads_none_of_it(hall: TownHall, told: str) -> None:
    for outsider in (OUTSIDER, MANAGER, CLERK, LIVELIHOOD):
        for ask in (changes, lambda *a: earlier(hall, told, 1, a[-1])):
            with pytest.raises((NotAllowed, NotFound)):
                ask(hall, told, outsider)


def test_of_a_restricted_case_it_is_for_the_named_alone(hall: TownHall) -> None:
    case_id = hall.open_case("A14", danger="yes", **A, **consented("A14"))
    hall.edit(case_id, summary="次の話。")
    hall.desk.handle(NameMember(case_id, ELDERLY, True), COORDINATOR)
    assert changes(hall, case_id, ELDERLY)
    hall.desk.handle(NameMember(case_id, ELDERLY, False), COORDINATOR)
    for outsider in (OTHER_COORDINATOR, ELDERLY):
        with pytest.raises(NotFound):
            changes(hall, case_id, outsider)
        with pytest.raises(NotFound):
            earlier(hall, case_id, 1, outsider)


# -- another person's -----------------------------------------------------------------------------


def test_what_stood_about_another_person_is_for_who_may_know_that(
    hall: TownHall, told: str
) -> None:
    """The agency that reads the case sees that it was corrected, and no word of whom it was."""
    corrected(hall, told)
    hall.edit(told, summary="三つ目の話。")
    newest, to_b, of_a = changes(hall, told, ELDERLY)
    assert newest.fields[0].before.value == "次の話。"
    assert (of_a.fields, of_a.opens, of_a.former) == ((), False, True)
    assert {f.before.state for f in to_b.fields} == {AnswerState.FORMER}
    name = next(f for f in to_b.fields if f.id == "name")
    assert name.after.value == B["name"]
    text = str(changes(hall, told, ELDERLY))
    assert not any(A[f] in text for f in ("name", "address"))
    for version in (1, 2):
        with pytest.raises(NotAllowed):
            earlier(hall, told, version, ELDERLY)
    assert earlier(hall, told, 3, ELDERLY).sheet["name"] == B["name"]
    assert earlier(hall, told, 3, ELDERLY).versions == (3,)
    assert earlier(hall, told, 1).sheet["name"] == A["name"]


def test_a_look_at_another_persons_version_is_told_to_that_person(
    hall: TownHall, told: str
) -> None:
    wrong = corrected(hall, told)
    hall.clock.move(minutes=5)
    changes(hall, told, OTHER_COORDINATOR)
    lines = [t for a in disclosed(hall, told, wrong).agencies for t in a.told]
    (look,) = [t for t in lines if any(s.part == "former" for s in t.shown or ())]
    assert {s.part for s in look.shown or ()} == {"former"}, "and nothing of the case's own person"
    hall.desk.handle(TakeBackWrongPersonReport(told, wrong), COORDINATOR)
    assert changes(hall, told, ELDERLY)[-1].fields, "it was the same person after all"


# -- said afterwards ------------------------------------------------------------------------------


def slipped(hall: TownHall, case_id: str) -> None:
    """Corrected to B, and by a slip as the same person."""
    hall.edit(case_id, whose="same", **B)
    hall.clock.move(minutes=5)


def parts_of(seen: Disclosures) -> list[tuple[str, int]]:
    return [(s.part, s.version) for a in seen.agencies for t in a.told for s in t.shown or ()]


def test_said_afterwards_it_has_the_effect_of_having_been_said_at_once(
    hall: TownHall, told: str
) -> None:
    """Kept as it stood then; told to who was told until then, also who has no access now; found by
    that person's request."""
    slipped(hall, told)
    hall.desk.ask(GetCase(told, CasePage.SHEET_READ), OTHER_COORDINATOR)  # B's sheet alone
    hall.edit(told, summary="三つ目の話。", name="浮舟 はつえ")
    (_, to_b, of_a) = changes(hall, told)
    assert (to_b.may_say, of_a.may_say) == (True, False)
    preview = hall.desk.ask(PreviewWrongPerson(told, 2), COORDINATOR)
    hall.desk.handle(ReportWrongPerson(told, 2), COORDINATOR)
    one = hall.case(told).wrong_persons[-1]
    assert (one.version, one.sheet["name"], one.sheet["summary"]) == (2, A["name"], "次の話。")
    assert one.corrected_at == hall.case(told).sheet_edits[1].at < one.at
    heard = hall.told("wrong_person")
    assert ELDERLY in heard
    assert OTHER_COORDINATOR not in heard, "who was told of B alone"
    assert preview.people == len(heard)
    made = recorded(hall)
    assert [h.former for h in found(hall, made, name=A["name"])] == [one.id]
    assert ("sheet", 3) not in parts_of(disclosed(hall, told, one.id))
    assert ("sheet", 1) in parts_of(disclosed(hall, told, one.id))
    assert not changes(hall, told)[1].may_say
    with pytest.raises(Refused):
        hall.desk.handle(ReportWrongPerson(told, 2), COORDINATOR)


def test_whoever_leafed_back_to_it_since_is_told_too(hall: TownHall, told: str) -> None:
    slipped(hall, told)
    earlier(hall, told, 1, OTHER_COORDINATOR)
    hall.desk.handle(ReportWrongPerson(told, 2), COORDINATOR)
    assert OTHER_COORDINATOR in hall.told("wrong_person")
    wrong = hall.case(told).wrong_persons[-1].id
    since = [
        t
        for a in disclosed(hall, told, wrong).agencies
        for t in a.told
        if t.at > hall.case(told).sheet_edits[1].at
    ]
    assert ("sheet", 1) in {(s.part, s.version) for t in since for s in t.shown or ()}


def test_it_is_taken_back_like_what_was_said_at_once(hall: TownHall, told: str) -> None:
    slipped(hall, told)
    hall.desk.handle(ReportWrongPerson(told, 2), COORDINATOR)
    wrong = hall.case(told).wrong_persons[-1].id
    hall.desk.handle(TakeBackWrongPersonReport(told, wrong), OTHER_COORDINATOR)
    assert ELDERLY in hall.told("right_person")
    assert changes(hall, told)[0].may_say


def test_it_is_for_who_may_correct_it_and_know_whom_it_was_about(hall: TownHall, told: str) -> None:
    """The lead agency may correct the sheet, and not read what stood about another person."""
    hall.reply(told, "A14", by=ELDERLY, lead="yes")
    slipped(hall, told)
    assert not any(c.may_say for c in changes(hall, told, ELDERLY))
    for member in (ELDERLY, MANAGER, OUTSIDER, CLERK):
        with pytest.raises((NotAllowed, NotFound)):
            hall.desk.handle(ReportWrongPerson(told, 2), member)


def test_it_is_not_said_of_what_made_nobody_another(hall: TownHall, told: str) -> None:
    """Other words, another spelling, and a version that is not there."""
    hall.edit(told, whose="", name="浮舟　はつ江")
    slipped(hall, told)
    for version in (0, 1, 2, 4, 99):
        with pytest.raises(Refused):
            hall.desk.handle(ReportWrongPerson(told, version), COORDINATOR)


def test_where_nobody_had_been_told_nothing_is_said_afterwards(hall: TownHall) -> None:
    """The writer alone knew of it: a slip while writing, and nobody to be told."""
    case_id = hall.open_case("A14", name="浮舟 はつ江", **consented("A14"))
    referral = hall.referral(case_id, "A14")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.referrals = [r for r in case.referrals if r.id != referral.id]
        unit.commit()
    hall.edit(case_id, name="夕霧 さち")
    with pytest.raises(Refused):
        hall.desk.handle(ReportWrongPerson(case_id, 1), COORDINATOR)
    assert hall.case(case_id).wrong_persons == []
