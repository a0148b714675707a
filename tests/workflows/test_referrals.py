"""返信: four answers, nobody sent round, a lead agency and a next check."""

from datetime import date
from typing import Any

import pytest

from handlers.words.texts import load_texts
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.reply import ReplyToReferral, SetLead
from workflows.core.errors import Invalid, NotAllowed, Refused
from workflows.model.case import CaseState, ReplyAnswer
from workflows.model.promise import PromiseKind


def kinds(hall: TownHall, case_id: str) -> set[tuple[PromiseKind, str | None]]:
    return {(p.kind, p.agency_id) for p in hall.promises(case_id)}


def refused(
    hall: TownHall, case_id: str, agency_id: str, by: str, **raw: Any
) -> set[tuple[str, str]]:
    """Field and reason of an answer that is refused; the referral goes on waiting."""
    referral = hall.referral(case_id, agency_id)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(ReplyToReferral(case_id, referral.id, raw), by)
    assert hall.referral(case_id, agency_id).waits
    return {(e.field, e.key) for e in wrong.value.errors}


@pytest.mark.parametrize("answer", ["accepted", "partly"])
def test_taking_a_part_tells_the_writer_and_asks_for_a_lead(
    any_hall: TownHall, answer: str
) -> None:
    """受理 and 一部受理 make the case accepted; until a lead is named, that is what is owed."""
    case_id = any_hall.open_case("A14")
    assert any_hall.reply(case_id, "A14", answer, by=ELDERLY) == ReplyAnswer(answer)
    case = any_hall.case(case_id)
    assert case.state is CaseState.ACCEPTED
    assert case.answering_agency_id == "A13"
    assert any_hall.told("referral_replied") == {COORDINATOR}
    assert kinds(any_hall, case_id) == {(PromiseKind.NAME_LEAD, "A13")}


def test_taking_the_lead_moves_the_answering_over_and_sets_the_next_check(hall: TownHall) -> None:
    """Who takes the lead answers from then on and has promised when to look again."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    case = hall.case(case_id)
    assert case.answering_agency_id == "A14"
    assert case.next_follow_up is not None
    assert case.next_follow_up.due_on == hall.in_days(30).date()
    assert kinds(hall, case_id) == {(PromiseKind.FOLLOW_UP, "A14")}


def test_a_lead_without_a_next_check_is_refused(hall: TownHall) -> None:
    """Nobody takes the lead without saying when they look again."""
    case_id = hall.open_case("A14")
    assert refused(hall, case_id, "A14", ELDERLY, answer="accepted", lead="yes") == {
        ("next_check_on", "form.required")
    }


def test_a_second_agency_cannot_take_over_the_lead(hall: TownHall) -> None:
    """A second agency cannot take the lead over the first one's head."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    raw = {"answer": "accepted", "lead": "yes", "next_check_on": "令和9年1月20日"}
    assert refused(hall, case_id, "A17", DISABILITY, **raw) == {("lead", "reply.lead_exists")}
    assert hall.case(case_id).lead_agency_id == "A14"


@pytest.mark.parametrize("answer", ["passed_on", "declined"])
def test_no_without_a_next_agency_is_refused(hall: TownHall, answer: str) -> None:
    """他機関へ and 対応困難 name why and where next, so that nobody is left with a no."""
    case_id = hall.open_case("A14")
    assert refused(hall, case_id, "A14", ELDERLY, answer=answer) == {
        ("reason", "form.required"),
        ("next_agency", "form.required"),
    }


@pytest.mark.parametrize("answer", ["passed_on", "declined"])
def test_passing_on_carries_the_request_and_its_history(any_hall: TownHall, answer: str) -> None:
    """The next agency is asked at once for the same thing and sees where it comes from."""
    case_id = any_hall.open_case("A14")
    first = any_hall.referral(case_id, "A14")
    any_hall.reply(case_id, "A14", answer, by=ELDERLY, next_agency="A17")
    case, second = any_hall.case(case_id), any_hall.referral(case_id, "A17")
    assert (second.purpose, second.request) == (first.purpose, first.request)
    assert [r.agency_id for r in case.chain(second)] == ["A14", "A17"]
    assert case.state is CaseState.ASKING
    assert DISABILITY in any_hall.told("referral_asked")
    assert kinds(any_hall, case_id) == {(PromiseKind.REPLY, "A17")}


def test_nobody_is_sent_back_to_where_they_were(hall: TownHall) -> None:
    """No たらい回し: an agency that had it in the chain is not asked again."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    raw = {"answer": "passed_on", "reason": "担当が違います。", "next_agency": "A14"}
    assert refused(hall, case_id, "A17", DISABILITY, **raw) == {("next_agency", "reply.been_there")}


def test_a_second_pass_is_brought_to_the_coordinators(hall: TownHall) -> None:
    """After two passes somebody who keeps order is told."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    assert hall.told("passed_round") == set()
    hall.reply(case_id, "A17", "declined", by=DISABILITY, next_agency="A19")
    assert hall.told("passed_round") == {COORDINATOR, OTHER_COORDINATOR}
    assert kinds(hall, case_id) == {(PromiseKind.REPLY, "A19")}


def test_nobody_is_said_to_be_awaited_who_has_answered(hall: TownHall) -> None:
    """Passed on twice, to an agency that has taken its part already: no deadline runs."""
    case_id = hall.open_case("A14", "A19")
    hall.reply(case_id, "A19", by=LIVELIHOOD)
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    hall.reply(case_id, "A17", "declined", by=DISABILITY, next_agency="A19")
    (told, *_) = hall.notices(key="passed_round")
    assert told.facts["reply_by"] == ""
    card = load_texts(None).card(told)
    assert "待" not in card.body + "".join(f"{name}{value}" for name, value in card.facts)
    assert hall.agency_name("A19") in card.body


def test_passing_on_to_one_that_is_asked_already_asks_it_once(hall: TownHall) -> None:
    """Two requests to one agency would be one too many."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    assert len(hall.case(case_id).referrals) == 2
    assert len(hall.notices(DISABILITY, "referral_asked")) == 1


def test_only_the_agency_that_was_asked_answers_and_only_once(hall: TownHall) -> None:
    """Another agency of the case is refused; a second answer names who gave the first."""
    case_id = hall.open_case("A14", "A17")
    with pytest.raises(NotAllowed):
        hall.reply(case_id, "A14", by=DISABILITY)
    with pytest.raises(Refused):
        hall.reply(case_id, "A14", by=OUTSIDER)
    hall.reply(case_id, "A14", by=ELDERLY)
    with pytest.raises(Refused) as again:
        hall.reply(case_id, "A14", by="M27")
    assert (again.value.key, again.value.facts["by"]) == ("reply.already", "日向坂 ゆるり")


def test_a_colleague_answers_for_the_agency(hall: TownHall) -> None:
    """The agency is asked, not the person: whoever is there answers."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by="M27")
    assert hall.case(case_id).state is CaseState.ACCEPTED


def test_asking_further_agencies(hall: TownHall) -> None:
    """A case goes on to others; one that takes part already is not asked again."""
    case_id = hall.open_case("A14")
    assert hall.refer(case_id, "A17", "A19") == 2
    assert LIVELIHOOD in hall.told("referral_asked")
    with pytest.raises(Invalid) as twice:
        hall.refer(case_id, "A17")
    assert [e.key for e in twice.value.errors] == ["refer.already"]


def test_the_coordinator_names_a_lead_among_those_who_take_part(hall: TownHall) -> None:
    """A lead is named with a day; an agency without a part is none."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    with pytest.raises(Invalid) as foreign:
        hall.desk.handle(SetLead(case_id, "A19", "令和8年12月21日"), COORDINATOR)
    assert [e.key for e in foreign.value.errors] == ["lead.takes_no_part"]
    hall.desk.handle(SetLead(case_id, "A14", "令和8年12月21日"), COORDINATOR)
    assert hall.case(case_id).answering_agency_id == "A14"
    assert hall.told("lead_given") == {ELDERLY}


def test_an_agency_whose_people_have_all_left_is_brought_to_the_coordinator(
    hall: TownHall,
) -> None:
    """The asking does not fall into a hole: somebody is told that nobody can be."""
    hall.has_left("M47")
    hall.open_case("A34")
    assert hall.told("referral_asked") == set()
    found = hall.notices(key="no_contact")
    assert {n.member_id for n in found} == {COORDINATOR, OTHER_COORDINATOR}
    assert {n.facts["agency"] for n in found} == {hall.agency_name("A34")}


def test_a_helper_who_accepts_sets_no_check_of_the_lead(hall: TownHall) -> None:
    """The next check is for who leads to set: a reply to one thing fills nothing else."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes", next_check_on="令和8年12月21日")
    (planned,) = hall.case(case_id).follow_ups
    with pytest.raises(Invalid) as wrong:
        hall.reply(case_id, "A17", by=DISABILITY, next_check_on="令和9年3月1日")
    assert [(e.field, e.key) for e in wrong.value.errors] == [
        ("next_check_on", "reply.check_of_lead")
    ]
    hall.reply(case_id, "A17", by=DISABILITY)
    assert hall.case(case_id).follow_ups == [planned]


def test_without_a_lead_nobody_plans_a_check(hall: TownHall) -> None:
    """Who takes a part and does not lead plans nothing; naming the lead is owed, with the day."""
    case_id = hall.open_case("A14")
    with pytest.raises(Invalid):
        hall.reply(case_id, "A14", by=ELDERLY, next_check_on="令和8年12月21日")
    hall.reply(case_id, "A14", by=ELDERLY)
    assert hall.case(case_id).follow_ups == []
    assert hall.promises(case_id, PromiseKind.NAME_LEAD)


def test_who_leads_already_may_set_the_next_check_when_they_accept(hall: TownHall) -> None:
    """A lead that was asked for a further part."""
    case_id = hall.open_case("A14")
    hall.desk.handle(SetLead(case_id, "A13", "令和8年12月21日"), COORDINATOR)
    hall.refer(case_id, "A13")
    hall.reply(case_id, "A13", by=COORDINATOR, next_check_on="令和9年1月12日")
    (check,) = hall.case(case_id).follow_ups
    assert check.due_on == date(2027, 1, 12)
