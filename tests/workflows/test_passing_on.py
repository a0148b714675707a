"""他機関へ: whoever passes a case on beyond consent says why themselves, and learns nothing."""

from typing import Any

import pytest

from tests.support.hands import PASSED, UNCONSENTED, ask_for, consented
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, LIVELIHOOD, MANAGER
from tests.support.town import TownHall
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Action

PASS: dict[str, Any] = {"answer": "passed_on", "reason": "圏域が違います。"}
GROUND = (PASSED["pass_basis"], PASSED["pass_reason"])
NEEDED = {("pass_basis", "reply.ground_needed"), ("pass_reason", "reply.ground_needed")}


def passed(hall: TownHall, case_id: str, to: str, *, known: bool = True, **ground: Any) -> object:
    """What stands beside which field; "passed" when the case went on."""
    referral = hall.referral(case_id, "A14").id
    raw = {**PASS, "next_agency": to, **ground}
    try:
        hall.desk.handle(ReplyToReferral(case_id, referral, raw, scope_known=known), ELDERLY)
    except Invalid as wrong:
        return {(e.field, e.key) for e in wrong.errors}
    return "passed"


def reads(hall: TownHall, case_id: str, who: str) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), who).reads
    except NotFound:
        return False


def shared(hall: TownHall, case_id: str) -> list[tuple[object, str]]:
    kinds = [e for e in hall.events(case_id) if e.kind == "shared_without_consent"]
    return [(e.facts["agency"], e.basis) for e in kinds]


@pytest.mark.parametrize("answer", ["passed_on", "declined"])
def test_the_reason_of_another_does_not_pass_it_on(hall: TownHall, answer: str) -> None:
    """Nobody agreed; the sheet says why 地域包括 was asked. The next telling is another one."""
    case_id = hall.open_case("A14")
    assert passed(hall, case_id, "A17", answer=answer) == NEEDED
    assert passed(hall, case_id, "A17", pass_basis="act_106_6") == {
        ("pass_reason", "reply.ground_needed")
    }
    assert hall.referral(case_id, "A14").waits, "nothing was kept of what was refused"
    assert passed(hall, case_id, "A17", answer=answer, **PASSED) == "passed"
    asked = hall.referral(case_id, "A17")
    assert (asked.basis, asked.basis_reason) == GROUND
    assert shared(hall, case_id) == [("A14", "act_106_6"), ("A17", GROUND[0])]
    assert hall.case(case_id).sheet["unconsented_reason"] == UNCONSENTED["unconsented_reason"]


def test_it_is_entered_with_a_ground_as_well(hall: TownHall) -> None:
    """What came by telephone: whoever writes it down tells the next agency, and says why."""
    case_id = hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        hall.enter_reply(
            case_id, "A14", "passed_on", next_agency="A17", pass_basis="", pass_reason=""
        )
    assert {(e.field, e.key) for e in refused.value.errors} == NEEDED
    hall.enter_reply(case_id, "A14", "passed_on", next_agency="A17")
    asked = hall.referral(case_id, "A17")
    assert (asked.basis, asked.basis_reason) == GROUND


def test_within_the_consent_and_back_to_the_writer_nothing_is_asked(hall: TownHall) -> None:
    """The person agreed to that agency, or its sheet it was; and nothing is kept that was said."""
    for to in ("A17", "A13"):
        case_id = hall.open_case("A14", **consented("A14", "A17"))
        assert passed(hall, case_id, to) == "passed"
        again = hall.open_case("A14", **consented("A14", "A17"))
        assert passed(hall, again, to, **PASSED) == "passed"
        assert hall.referral(again, to).basis == ""
        assert shared(hall, again) == []


def test_the_ground_opens_the_case_to_the_next_agency_alone(hall: TownHall) -> None:
    """Whoever took part by consent and was shut out stays so."""
    case_id = hall.open_case("A14", "A19", **consented("A14", "A19"))
    hall.reply(case_id, "A19", by=LIVELIHOOD)
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    assert not reads(hall, case_id, LIVELIHOOD)
    hall.refer(case_id, "A17", by=COORDINATOR)
    assert reads(hall, case_id, DISABILITY)
    assert not reads(hall, case_id, LIVELIHOOD)


def test_a_ground_ends_with_the_next_word_of_the_person(hall: TownHall) -> None:
    """Withdrawn, or agreed to others: why it goes on is stated then."""
    case_id = hall.open_case("A14", **consented("A14"))
    assert passed(hall, case_id, "A17", **PASSED) == "passed"
    assert reads(hall, case_id, DISABILITY)
    hall.edit(case_id, summary="書き足しました。")  # no word of theirs: nobody is asked for a basis
    assert reads(hall, case_id, DISABILITY)
    hall.edit(case_id, consent_scope=["A14", "A19"])
    assert not reads(hall, case_id, DISABILITY)


def test_whoever_asks_further_agencies_states_it_anew(hall: TownHall) -> None:
    """つなぐ took the sheet's reason where none was given; it is asked for beside the fields."""
    case_id = hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(Refer(case_id, (ask_for("A17"),)), COORDINATOR)
    assert {(e.field, e.key) for e in refused.value.errors} == {
        ("unconsented_basis", "sheet.basis_needed"),
        ("unconsented_reason", "sheet.basis_needed"),
    }
    for basis, reason, key in (
        ("nonsense", "急ぐため。", "form.choice"),
        ("act_106_6", "長" * 301, "form.too_long"),
    ):
        with pytest.raises(Invalid) as refused:
            hall.desk.handle(Refer(case_id, (ask_for("A17"),), basis, reason), COORDINATOR)
        assert [e.key for e in refused.value.errors] == [key]


# -- what an answer tells --------------------------------------------------------------------------


def test_who_is_not_shown_the_consent_is_asked_whichever_agency_it_is(hall: TownHall) -> None:
    """By a link: an agency that the person named and one that they did not look alike."""
    asked = {("pass_basis", "reply.ground_asked"), ("pass_reason", "reply.ground_asked")}
    for to in ("A17", "A19"):
        case_id = hall.open_case("A14", **consented("A14", "A17"))
        assert passed(hall, case_id, to, known=False) == asked
        assert passed(hall, case_id, to, known=False, **PASSED) == "passed"
        assert hall.referral(case_id, to).basis == ("" if to == "A17" else GROUND[0])


@pytest.mark.parametrize("door", ["web", "link"])
def test_who_is_not_covered_any_more_learns_nothing_of_the_consent(
    hall: TownHall, door: str
) -> None:
    """By whichever door: there is no such case for them any more."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    raw = {"answer": "accepted", "lead": "yes", "next_check_on": "令和9年1月20日"}
    command = ReplyToReferral(case_id, hall.case(case_id).referrals[0].id, raw)
    with pytest.raises(NotFound):
        hall.desk.handle(command, ELDERLY, door=door)


def test_only_who_reads_is_told_which_agencies_are_beyond(hall: TownHall) -> None:
    """The mark beside an agency's name is content: it says whom the person named."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    assert "A19" in hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).beyond_consent
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    view = hall.desk.ask(GetCase(case_id, CasePage.CASE), MANAGER)
    assert not view.may[Action.READ_CASE].allowed
    assert view.beyond_consent == frozenset()


def test_a_disclosure_says_the_ground_of_each_telling(hall: TownHall) -> None:
    """To the person: what 地域包括 was asked on, and what the next one was."""
    case_id = hall.open_case("A14")
    assert passed(hall, case_id, "A17", **PASSED) == "passed"
    told = hall.desk.ask(GetDisclosures(case_id, "", ""), COORDINATOR).agencies
    asked = {
        line.agency: line.footing.reason for a in told for line in a.told if line.what == "request"
    }
    assert asked == {
        hall.agency_name("A14"): UNCONSENTED["unconsented_reason"],
        hall.agency_name("A17"): PASSED["pass_reason"],
    }
