"""Consent names agencies: who of those invited attends for which case, and what a change does."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, LIVELIHOOD, MANAGER
from tests.support.town import TownHall
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.meetings.joinable import GetJoinableMeetings
from workflows.meetings.plan_meeting import PlanMeeting
from workflows.meetings.preparation import GetPreparations
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import InviteAgency
from workflows.meetings.views import GetMeeting
from workflows.model.codes import code_of
from workflows.model.legal_basis import (
    ENTRIES,
    BasisCondition,
    BasisEntry,
    LegalBasis,
    UsualBasis,
    conditions_of,
    is_about_cases,
    read_bases,
    usual_basis,
)

LAYERED = ("multi_layered",)
READ = Action.READ_CASE


def agenda(hall: TownHall, meeting_id: str) -> list[list[str]]:
    return [sorted(i.agency_ids) for i in hall.meeting(meeting_id).agenda]


def errors(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str, Any]]:
    return [(e.field, e.key, e.facts.get("agencies")) for e in refused.value.errors]


def names(hall: TownHall, agencies: Iterable[str]) -> list[str]:
    return [hall.agency_name(a) for a in agencies]


# -- footings --------------------------------------------------------------------------------------


def test_what_a_persons_matter_needs_is_written_down_for_each_basis() -> None:
    """Never taken for granted: without a basis, and on an unknown one, consent is asked for."""
    needs = {
        "secrecy": {"act_106_6", "livelihood_act_9", "child_protection"},
        "consent": {"multi_layered", "support_coordination", "community_care", "other"},
        "no_content": {"liaison"},
    }
    assert {f: {b for b, e in ENTRIES.items() if e.footing == f} for f in BasisCondition} == needs
    assert [b for b in LegalBasis if is_about_cases([b])] == [
        "act_106_6", "multi_layered", "livelihood_act_9", "child_protection"
    ]  # fmt: skip
    assert [usual_basis(one) for one in UsualBasis] == ["multi_layered", "act_106_6"]
    assert (
        conditions_of([])
        == conditions_of([code_of(LegalBasis, "x_gone")])
        == {BasisCondition.CONSENT}
    )
    assert not is_about_cases([code_of(LegalBasis, "x_gone")])


def test_a_basis_is_one_entry_of_data_and_a_slip_in_it_is_refused() -> None:
    entry = '[x_ordinance]\nlabel = "条例の会議"\ncalled = "協議会"\nfooting = "secrecy"\n'
    assert read_bases(entry) == {
        "x_ordinance": BasisEntry("条例の会議", "協議会", BasisCondition.SECRECY)
    }
    for wrong in (
        entry.replace("secrecy", "secrets"), entry.replace("called", "caled"),
        entry.replace('footing = "secrecy"\n', ""), entry + 'usual_for = "all"\n',
        entry + 'about_cases = "yes"\n', entry.replace('"協議会"', "106"),
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError, KeyError)):
            read_bases(wrong)


def test_code_and_templates_name_no_basis() -> None:
    """Another entry is another basis: nobody asks whether it is one of them in particular."""
    codes = [code for code in ENTRIES if code != "other"]
    sentences = [entry.short for entry in ENTRIES.values() if entry.short]
    named = re.compile("|".join(map(re.escape, codes + sentences)))
    root = Path(__file__).parents[2]
    files = [p for d in ("handlers", "workflows", "storage") for p in (root / d).rglob("*.py")]
    files += [p for p in (root / "templates").rglob("*.*") if p.suffix != ".toml"]
    assert [str(p) for p in files if named.search(p.read_text("utf-8"))] == []


def test_of_several_bases_each_condition_holds(hall: TownHall) -> None:
    """支援会議 and 重層的支援会議 in one: consented cases alone, and the secrecy duty confirmed."""
    both = ("act_106_6", "multi_layered")
    without = hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        hall.convene(without, bases=both)
    assert [e.key for e in refused.value.errors] == ["meeting.needs_consent"]
    agreed = hall.open_case("A14", **consented("A14"))
    with pytest.raises(Invalid) as refused:
        hall.convene(agreed, bases=(*both, "liaison"))
    assert [e.key for e in refused.value.errors] == ["meeting.no_content"]
    with pytest.raises(Invalid) as refused:
        hall.convene(agreed, bases=both, required=("A14", "A17"))
    assert [e.key for e in refused.value.errors] == ["meeting.not_covered"]
    meeting_id = hall.convene(agreed, bases=both)
    number = hall.case(agreed).number
    with pytest.raises(NotAllowed) as unsworn:
        hall.desk.ask(GetPreparations(meeting_id, number), ELDERLY)
    assert unsworn.value.key == "denied.confirm_secrecy_first"
    hall.swear(meeting_id, ELDERLY)
    assert hall.desk.ask(GetPreparations(meeting_id, number), ELDERLY).number == number


# -- convening -------------------------------------------------------------------------------------


def test_an_invited_agency_that_consent_covers_for_no_case_is_named(hall: TownHall) -> None:
    """Beside the agencies, those that must come and those that may apart; nothing is saved."""
    case_id = hall.open_case("A14", **consented("A14"))
    with pytest.raises(Invalid) as refused:
        hall.convene(
            case_id, bases=LAYERED, required=("A13", "A14", "A17"), optional=("A19", "A20")
        )
    assert errors(refused) == [
        ("required_agencies", "meeting.not_covered", names(hall, ["A17"])),
        ("optional_agencies", "meeting.not_covered", names(hall, ["A19", "A20"])),
    ]
    assert hall.case(case_id).live_meeting_ids == []


def test_without_consent_needed_everybody_attends(hall: TownHall) -> None:
    """A 支援会議 rests on the secrecy duty, not on the consent's scope."""
    case_id = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A17"))
    assert agenda(hall, meeting_id) == [["A13", "A14", "A17"]]


def test_each_agency_attends_for_the_cases_that_its_consent_covers(hall: TownHall) -> None:
    """Two cases, two scopes: what is said of the one is not for who came for the other."""
    first = hall.open_case("A14", **consented("A14"))
    second = hall.open_case("A17", **consented("A17"))
    meeting_id = hall.convene(first, second, bases=LAYERED, required=("A13", "A14", "A17"))
    assert agenda(hall, meeting_id) == [["A13", "A14"], ["A13", "A17"]]
    number = hall.case(first).number
    assert hall.desk.ask(GetPreparations(meeting_id, number), ELDERLY).number == number
    with pytest.raises(NotFound):
        hall.desk.ask(GetPreparations(meeting_id, number), DISABILITY)
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(first, CasePage.CASE), DISABILITY)
    seen = hall.desk.ask(GetMeeting(meeting_id), DISABILITY)
    assert [(c.number, c.may_prepare, c.for_all) for c in seen.cases] == [
        (hall.case(second).number, True, False),
    ]
    assert (seen.line.numbers, seen.line.others) == ((hall.case(second).number,), 1)
    assert names(hall, ["A13", "A17"]) == list(seen.cases[0].attending)


def test_a_recorded_ground_beside_the_consent_lets_an_agency_attend(hall: TownHall) -> None:
    """What the refusal says to do helps."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.consent(case_id, goes_on=("A17",))
    meeting_id = hall.convene(case_id, bases=LAYERED, required=("A13", "A14", "A17"))
    assert agenda(hall, meeting_id) == [["A13", "A14", "A17"]]


def test_the_organisers_own_agency_convenes_without_hearing_of_the_case(hall: TownHall) -> None:
    """[ours] Somebody has to hold the meeting; attending for the case still takes consent."""
    case_id = hall.open_case("A19", by=ELDERLY, **consented("A19"))
    meeting_id = hall.convene(case_id, bases=LAYERED, required=("A13", "A14", "A19"))
    assert agenda(hall, meeting_id) == [["A14", "A19"]]
    colleague = "M24"
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), colleague)
    with pytest.raises(Invalid) as refused:
        hall.convene(case_id, bases=LAYERED, required=("A13",))
    assert [(e.field, e.key) for e in refused.value.errors] == [("cases", "meeting.nobody_hears")]


def test_a_chair_whose_agency_is_not_covered_runs_the_meeting_and_reads_nothing(
    hall: TownHall,
) -> None:
    """Chairing is no consent: dates and attendance yes, what is said of the person no."""
    case_id = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(case_id, bases=LAYERED, chair=CHAIR)
    number = hall.case(case_id).number
    assert hall.desk.ask(GetMeeting(meeting_id), CHAIR).may_run
    with pytest.raises(NotFound):
        hall.desk.ask(GetPreparations(meeting_id, number), CHAIR)
    assert (
        hall.desk.ask(GetCase(case_id, CasePage.CASE), CHAIR).may[READ].reason
        == "denied.not_covered"
    )


# -- the other doors -------------------------------------------------------------------------------


def test_putting_a_case_on_asks_the_same(hall: TownHall) -> None:
    """Those it covers attend for it and are told; with none of them it is refused."""
    first = hall.open_case("A14", **consented("A14", "A17"))
    meeting_id = hall.convene(first, bases=LAYERED, required=("A14", "A17"))
    second = hall.open_case("A14", **consented("A14"))
    hall.desk.handle(PutOnAgenda(meeting_id, (hall.case(second).number,)), COORDINATOR)
    assert agenda(hall, meeting_id) == [["A14", "A17"], ["A14"]]
    assert hall.told("case_on_agenda") == {ELDERLY}
    third = hall.open_case("A19", **consented("A19"))
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(PutOnAgenda(meeting_id, (hall.case(third).number,)), COORDINATOR)
    assert [e.key for e in refused.value.errors] == ["meeting.nobody_hears"]


def test_the_first_case_of_a_meeting_without_one_is_heard_by_those_chosen_alone(
    hall: TownHall,
) -> None:
    """The others go on coming for what it was called for; one that consent does not cover is
    named when it is chosen."""
    meeting_id = hall.convene(bases=("support_coordination",), required=("A14", "A17"))
    case_id = hall.open_case("A14", **consented("A14"))
    number = hall.case(case_id).number
    both = {number: ("A14", "A17")}
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(PutOnAgenda(meeting_id, (number,), "", both), COORDINATOR)
    assert errors(refused) == [("hearing", "meeting.not_covered", names(hall, ["A17"]))]
    hall.desk.handle(PutOnAgenda(meeting_id, (number,), "", {number: ("A14",)}), COORDINATOR)
    assert agenda(hall, meeting_id) == [["A14"]]
    assert hall.desk.ask(GetMeeting(meeting_id), DISABILITY).cases == ()


def test_inviting_asks_the_same(hall: TownHall) -> None:
    """One that consent covers comes for its cases; one that it does not is refused by name."""
    first = hall.open_case("A14", **consented("A14", "A17"))
    second = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(first, second, bases=LAYERED)
    numbers = (hall.case(first).number, hall.case(second).number)
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(InviteAgency(meeting_id, "A17", True, numbers), COORDINATOR)
    assert errors(refused) == [("agency", "meeting.not_covered", names(hall, ["A17"]))]
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    assert errors(refused) == [("agency", "meeting.hears_nothing", names(hall, ["A17"]))]
    hall.desk.handle(InviteAgency(meeting_id, "A17", True, numbers[:1]), COORDINATOR)
    assert agenda(hall, meeting_id) == [["A13", "A14", "A17"], ["A13", "A14"]]
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(InviteAgency(meeting_id, "A19", True), COORDINATOR)
    assert errors(refused) == [("agency", "meeting.not_covered", names(hall, ["A19"]))]
    assert "A19" not in [i.agency_id for i in hall.meeting(meeting_id).invites]


def test_a_sitting_is_offered_only_where_the_agencies_may_hear_of_the_case(
    hall: TownHall,
) -> None:
    """Together means together for this case."""
    first = hall.open_case("A14", **consented("A14", "A17", "A19"))
    hall.convene(first, bases=LAYERED, required=("A14", "A17", "A19"))
    wanted = ("A14", "A17", "A19")
    narrow = hall.case(hall.open_case("A14", **consented("A14"))).number
    assert hall.desk.ask(GetJoinableMeetings((narrow,), wanted), COORDINATOR) == ()
    wide = hall.case(hall.open_case("A14", **consented("A14", "A17"))).number
    (sitting,) = hall.desk.ask(GetJoinableMeetings((wide,), wanted), COORDINATOR)
    assert set(sitting.missing) == set(names(hall, ["A19"]))


def test_planning_says_whom_the_consent_covers(hall: TownHall) -> None:
    """So that nobody is chosen who would be refused."""
    number = hall.case(hall.open_case("A14", **consented("A14"))).number
    plan = hall.desk.ask(PlanMeeting((number,)), COORDINATOR)
    assert {i.agency_id for i in plan.invitees if i.covered} == {"A13", "A14"}


# -- the scope changes -----------------------------------------------------------------------------


@pytest.fixture
def planned(hall: TownHall) -> tuple[str, str]:
    """A case that A14, A17 and A19 may hear of, and the planned meeting of A14 and A19 on it."""
    case_id = hall.open_case("A14", **consented("A14", "A17", "A19"))
    return case_id, hall.convene(case_id, bases=LAYERED, required=("A14", "A19"))


def test_a_narrower_scope_ends_attendance_and_the_organiser_is_told(
    hall: TownHall, planned: tuple[str, str]
) -> None:
    """At once, without anybody doing a thing; the meeting itself goes on for the others."""
    case_id, meeting_id = planned
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), LIVELIHOOD).reads
    hall.edit(case_id, consent_scope=["A14", "A17"])
    assert agenda(hall, meeting_id) == [["A14"]]
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), LIVELIHOOD)
    with pytest.raises(NotFound):
        hall.desk.ask(GetPreparations(meeting_id, hall.case(case_id).number), LIVELIHOOD)
    (notice,) = hall.notices(key="scope_followed")
    assert notice.member_id == COORDINATOR
    assert notice.facts["lost"] == notice.facts["nowhere"] == names(hall, ["A19"])
    assert "scope_followed" in [e.kind for e in hall.events(case_id)]


def test_a_wider_scope_lets_an_invited_agency_attend(
    hall: TownHall, planned: tuple[str, str]
) -> None:
    """What was narrowed by mistake comes back by itself, and the agency learns of it."""
    case_id, meeting_id = planned
    hall.edit(case_id, consent_scope=["A14", "A17"])
    hall.edit(case_id, consent_scope=["A14", "A17", "A19"])
    assert agenda(hall, meeting_id) == [["A14", "A19"]]
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), LIVELIHOOD).reads
    assert LIVELIHOOD in hall.told("case_on_agenda")


def test_a_scope_that_changes_nothing_at_a_meeting_tells_nobody(
    hall: TownHall, planned: tuple[str, str]
) -> None:
    """An agency that does not come there is not the organiser's matter."""
    case_id, _ = planned
    hall.edit(case_id, consent_scope=["A14", "A19"])
    assert hall.notices(key="scope_followed") == []


def test_an_agency_with_a_part_reads_no_more_when_the_scope_leaves_it_out(
    hall: TownHall,
) -> None:
    """A role given by a meeting is no consent: it stays written, and the case is closed to them."""
    case_id = hall.open_case("A14", **consented("A14", "A17"))
    meeting_id = hall.convene(case_id, bases=LAYERED, required=("A14", "A17"), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id, roles=[{"agency": "A17", "task": "通院に付き添う"}])
    hall.confirm_record(meeting_id)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY).reads
    hall.edit(case_id, consent_scope=["A14"])
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY)
    assert [r.agency_id for r in hall.case(case_id).roles_without_agency] == ["A17"]
    assert (
        hall.desk.ask(GetCase(case_id, CasePage.CASE), MANAGER).number == hall.case(case_id).number
    )
