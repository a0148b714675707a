"""Who did what is told with the name and the agency of that day, whatever they are called since."""

from datetime import timedelta

import pytest

from handlers.words.labels import load_labels
from tests.support.clock import START
from tests.support.hands import consented
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.workflows.test_judgements import recorded
from workflows.audit.page import GetTrail, TrailSearch
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Invalid
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.directory.edit_lists import ImportMembers
from workflows.directory.edit_one import (
    GetAgencyToEdit,
    GetMemberToEdit,
    SaveAgency,
    SaveMember,
)
from workflows.model.directory import FormerName, Member

ADMINISTRATOR = "M05"
LABELS = load_labels()
THEN, SINCE = "日向坂 ゆるり", "木本 ゆるり"


def rename(hall: TownHall, why: str, name: str = SINCE, **cells: str) -> None:
    hall.clock.move(seconds=3600)
    found = hall.desk.ask(GetMemberToEdit(ELDERLY, LABELS), ADMINISTRATOR)
    typed = {**found.cells, "name": name, **cells}
    command = SaveMember(typed, found.stamp, LABELS, handover_seen=True, name_change=why)
    hall.desk.handle(command, ADMINISTRATOR)


def view(hall: TownHall, case_id: str) -> CaseView:
    return hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR, door="web")


def accepted(hall: TownHall) -> str:
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    return case_id


def told(hall: TownHall, case_id: str) -> str:
    """All that the case's page and the trail say of who did something."""
    seen = view(hall, case_id)
    lines = [str(line.facts.get("who")) for line in seen.story]
    trail = hall.desk.ask(GetTrail(TrailSearch()), ADMINISTRATOR)
    ours = [line.who for line in trail.lines if line.kind == "referral_replied"]
    return " ".join([*lines, *(r.replied_by for r in seen.referrals), *ours])


def test_a_new_name_does_not_rewrite_what_was_done_before(any_hall: TownHall) -> None:
    """Story, reply and audit keep the old name; what is done since has the new one."""
    case_id = accepted(any_hall)
    rename(any_hall, "renamed")
    assert THEN in told(any_hall, case_id)
    assert SINCE not in told(any_hall, case_id)
    second = accepted(any_hall)
    assert SINCE in told(any_hall, second)


def test_a_mended_slip_was_never_the_name(hall: TownHall) -> None:
    """Nobody was ever called so."""
    case_id = accepted(hall)
    rename(hall, "corrected")
    assert SINCE in told(hall, case_id)
    assert THEN not in told(hall, case_id)


def test_why_a_name_is_another_one_is_asked(hall: TownHall) -> None:
    """Nothing is taken for granted: renamed or mended, the history depends on it."""
    with pytest.raises(Invalid) as wrong:
        rename(hall, "")
    assert [e.field for e in wrong.value.errors] == ["name_change"]


def test_a_list_renames_and_never_rewrites(hall: TownHall) -> None:
    """An import cannot say why: so what was done keeps the name of that day."""
    case_id = accepted(hall)
    hall.clock.move(seconds=3600)
    row = f"{ELDERLY},{SINCE},キモト ユルリ,A14,,はい,,m26@example.jp,,"
    data = f"{','.join(LABELS.member_columns.values())}\r\n{row}".encode()
    hall.desk.handle(ImportMembers(data, LABELS, True), Caller.CONSOLE)
    assert THEN in told(hall, case_id)


def test_a_move_to_another_agency_leaves_deeds_with_the_old_one(hall: TownHall) -> None:
    """Every April: what they did they did for the agency of that day."""
    case_id = accepted(hall)
    before = next(r for r in view(hall, case_id).referrals).replied_by
    rename(hall, "", name=THEN, agency_id="A19")
    assert next(r for r in view(hall, case_id).referrals).replied_by == before


def test_an_agency_renamed_in_april_keeps_its_name_in_what_was_done(hall: TownHall) -> None:
    """Asked and replied under the old name; today's name stands where one calls it."""
    case_id = accepted(hall)
    old = next(r for r in view(hall, case_id).referrals)
    hall.clock.move(seconds=3600)
    found = hall.desk.ask(GetAgencyToEdit("A14", LABELS), ADMINISTRATOR)
    cells = {**found.cells, "name": "高齢者くらし相談室"}
    hall.desk.handle(SaveAgency(cells, found.stamp, LABELS, name_change="renamed"), ADMINISTRATOR)
    seen = view(hall, case_id)
    line = next(r for r in seen.referrals)
    assert (line.agency_name, line.replied_by) == (old.agency_name, old.replied_by)
    (now,) = view(hall, accepted(hall)).referrals
    assert now.agency_name == "高齢者くらし相談室"
    lines = [str(s.facts.get("agency")) for s in seen.story]
    assert old.agency_name in lines
    assert "高齢者くらし相談室" not in lines


def test_a_disclosure_names_who_looked_as_they_were_called(hall: TownHall) -> None:
    """In what is given out to the person, too."""
    case_id = accepted(hall)
    hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY, door="web")
    rename(hall, "renamed")
    found = hall.desk.ask(GetDisclosures(case_id), COORDINATOR)
    names = {t.who for a in found.agencies for t in a.told}
    assert THEN in names
    assert SINCE not in names


def test_who_set_a_judgement_aside_is_called_as_on_that_day(hall: TownHall) -> None:
    """On the page of the case as in its story."""
    case_id = hall.open_case("A14", **consented("A13", "A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    recorded(hall, case_id, plan_adequate="revise")
    (judged,) = hall.case(case_id).judgements
    hall.desk.handle(SetAsideJudgement(case_id, judged.id, "本人と話してから。"), ELDERLY)
    rename(hall, "renamed")
    (line,) = view(hall, case_id).judgements
    assert THEN in line.ended_by


def test_a_slip_mended_after_a_move_was_the_name_of_neither_agency(hall: TownHall) -> None:
    """The entry that the move left behind holds the slip too."""
    case_id = accepted(hall)
    rename(hall, "", name=THEN, agency_id="A17")
    rename(hall, "corrected", agency_id="A17")
    assert SINCE in told(hall, case_id)
    assert THEN not in told(hall, case_id)
    assert hall.agency_name("A14") in told(hall, case_id)


def test_several_names_each_have_their_time() -> None:
    """A name holds until the instant at which it was changed."""
    hour, later = START + timedelta(hours=1), START + timedelta(hours=2)
    former = (FormerName("甲", hour, "A01"), FormerName("乙", later, "A02"))
    member = Member("M1", "A03", "丙", "ヘイ", former=former)
    assert [member.name_at(at) for at in (START, hour, later, None)] == ["甲", "乙", "丙", "丙"]
    assert [member.agency_at(at) for at in (START, hour, later, None)] == [
        "A01",
        "A02",
        "A03",
        "A03",
    ]
