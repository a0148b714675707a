"""返信 by telephone or FAX: entered by a coordinator, it counts for the agency and stays marked."""

from typing import Any

import pytest

from handlers.words.texts import load_texts
from tests.support.hands import consented
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FAR_COORDINATOR,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from workflows.cases.find_case import GetMyReply
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.core.ports import Event
from workflows.delivery.drop_reason import GetDropReason
from workflows.model.case import CaseState, Reply, ReplyAnswer
from workflows.model.meeting import HeardBy
from workflows.model.notice import Notice
from workflows.model.promise import PromiseKind

SAID_BY = "葉山 のどか"
WRITER = "M24"  # no coordinator, of the coordinator's agency


def reply_of(hall: TownHall, case_id: str, agency_id: str = "A14") -> Reply:
    reply = hall.referral(case_id, agency_id).reply
    assert reply is not None
    return reply


def wrong(hall: TownHall, case_id: str, **given: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        hall.enter_reply(case_id, **given)
    assert hall.referral(case_id, "A14").waits
    return {(e.field, e.key) for e in refused.value.errors}


def why_not(hall: TownHall, notice: Notice) -> str:
    return hall.desk.ask(GetDropReason(notice), Caller.CLOCK)


# -- it counts, and it is marked -------------------------------------------------------------------


@pytest.mark.parametrize("heard_by", [str(way) for way in HeardBy])
def test_it_is_kept_with_the_way_who_said_so_and_who_entered_it(
    any_hall: TownHall, heard_by: str
) -> None:
    """In both databases, and with the same consequences as an answer of the agency's own."""
    case_id = any_hall.open_case("A14")
    assert any_hall.enter_reply(case_id, heard_by=heard_by) is ReplyAnswer.ACCEPTED
    reply = reply_of(any_hall, case_id)
    assert (reply.heard_by, reply.said_by, reply.by) == (heard_by, SAID_BY, OTHER_COORDINATOR)
    assert any_hall.case(case_id).state is CaseState.ACCEPTED
    assert {p.kind for p in any_hall.promises(case_id)} == {PromiseKind.NAME_LEAD}


def test_who_takes_the_lead_by_telephone_leads_and_has_a_next_check(hall: TownHall) -> None:
    """The lead is the agency's for which it was entered, not of who entered it."""
    case_id = hall.open_case("A14")
    hall.enter_reply(case_id, lead="yes", next_check_on="令和8年12月21日")
    assert {(p.kind, p.agency_id) for p in hall.promises(case_id)} \
        == {(PromiseKind.FOLLOW_UP, "A14")}  # fmt: skip


@pytest.mark.parametrize("answer", ["passed_on", "declined"])
def test_what_is_passed_on_comes_from_the_agency_and_not_from_who_entered_it(
    hall: TownHall, answer: str
) -> None:
    case_id = hall.open_case("A14")
    hall.enter_reply(case_id, answer=answer, next_agency="A17")
    second = hall.referral(case_id, "A17")
    assert [r.agency_id for r in hall.case(case_id).chain(second)] == ["A14", "A17"]
    asked = next(n for n in hall.notices(key="referral_asked") if n.member_id == DISABILITY)
    assert asked.facts["from_agency"] == "地域包括支援センターひだまり"


def test_an_answer_of_ones_own_has_no_mark(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    assert (reply_of(hall, case_id).heard_by, reply_of(hall, case_id).said_by) == ("", "")


def test_the_trail_says_that_it_was_entered_and_by_which_way(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    hall.enter_reply(case_id, heard_by="fax")
    (event,) = events(hall, case_id, "replied")
    assert (event.actor_id, event.facts["agency"], event.facts["heard_by"], event.basis) == (
        OTHER_COORDINATOR, "A14", "fax", "coordinator",
    )  # fmt: skip
    said = load_texts(None).say(
        "story.replied", **{"who": "見本（甲）", **event.facts, "agency": "乙"}
    )
    assert said == "見本（甲）が「乙」の返信「受理」を代わりに入力しました（FAXで受け取り）。"


def events(hall: TownHall, case_id: str, kind: str) -> list[Event]:
    return [e for e in hall.events(case_id) if e.kind == kind]


# -- what is refused -------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once(hall: TownHall) -> None:
    """The way, the name and the answer itself, each beside its field."""
    case_id = hall.open_case("A14")
    assert wrong(hall, case_id, answer="declined", heard_by="", said_by=" ", reason="") == {
        ("heard_by", "form.required"),
        ("said_by", "form.required"),
        ("reason", "form.required"),
        ("next_agency", "form.required"),
    }
    assert wrong(hall, case_id, heard_by="pigeon", said_by="名" * 41) == {
        ("heard_by", "form.choice"),
        ("said_by", "form.too_long"),
    }


def test_ones_own_agency_replies_and_is_not_entered_for(hall: TownHall) -> None:
    case_id = hall.open_case("A13", "A14")
    with pytest.raises(Refused) as refused:
        hall.enter_reply(case_id, "A13", by=COORDINATOR)
    assert refused.value.key == "reply.own_agency"
    assert hall.referral(case_id, "A13").waits


def test_whoever_is_second_is_told_who_was_first(hall: TownHall) -> None:
    """The agency after the coordinator, and the coordinator after the agency."""
    entered, given = hall.open_case("A14"), hall.open_case("A14")
    hall.enter_reply(entered)
    hall.reply(given, "A14", by=ELDERLY)
    with pytest.raises(Refused) as by_agency:
        hall.reply(entered, "A14", by=ELDERLY)
    with pytest.raises(Refused) as by_coordinator:
        hall.enter_reply(given)
    assert {by_agency.value.key, by_coordinator.value.key} == {"reply.already"}
    assert reply_of(hall, given).by == ELDERLY


def test_nothing_is_entered_on_a_closed_case(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.close(case_id)
    with pytest.raises(Refused) as refused:
        hall.enter_reply(case_id)
    assert refused.value.key == "case.closed"


@pytest.mark.parametrize("member", [WRITER, ELDERLY, DISABILITY, MANAGER])
def test_coordinators_alone_enter_it(hall: TownHall, member: str) -> None:
    """Who asked does not write down the answer they wait for, nor does another agency."""
    case_id = hall.open_case("A14", "A17", by=WRITER)
    with pytest.raises(NotAllowed) as refused:
        hall.enter_reply(case_id, by=member)
    assert refused.value.key == "denied.enter_reply"


def test_on_a_restricted_case_only_a_coordinator_who_is_named_enters_it(hall: TownHall) -> None:
    """For anybody else there is no such case."""
    case_id = hall.open_case("A14", hidden_address="yes")
    for other in (OTHER_COORDINATOR, FAR_COORDINATOR):
        with pytest.raises(NotFound):
            hall.enter_reply(case_id, by=other)
    assert hall.enter_reply(case_id, by=COORDINATOR) is ReplyAnswer.ACCEPTED
    assert hall.told("reply_entered") <= set(hall.case(case_id).named_member_ids)


# -- who is told -----------------------------------------------------------------------------------


def test_the_agency_is_told_what_was_entered_for_it(hall: TownHall) -> None:
    """By whom, with their telephone, and how it was heard: a wrong one is noticed.

    Who said so was typed by hand and goes into no message; it stands on the page.
    """
    case_id = hall.open_case("A14")
    hall.enter_reply(case_id, answer="partly")
    notice = next(n for n in hall.notices(key="reply_entered") if n.member_id == ELDERLY)
    card = load_texts(None).card(notice)
    facts = dict(card.facts)
    assert "「一部受理」を代わりに入力しました" in card.title
    assert facts["受け方"] == "電話で聞き取り"
    assert SAID_BY not in f"{card} {notice}"
    with hall.database.open() as unit:
        me = unit.directory.member(OTHER_COORDINATOR)
        assert me is not None
        agency = unit.directory.agency(me.agency_id)
        assert agency is not None
    assert facts["入力した方"] == f"{me.name}（{agency.name}）"
    assert facts["電話"] == agency.phone
    assert [(a.verb, a.item) for a in card.actions] == [("reply", hall.referral(case_id, "A14").id)]
    assert why_not(hall, notice) == ""


def test_the_writer_hears_of_it_as_of_every_reply_with_its_mark(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    hall.enter_reply(case_id)
    (notice,) = hall.notices(key="referral_replied")
    assert notice.member_id == COORDINATOR
    assert ("受け方", "電話で聞き取り") in load_texts(None).card(notice).facts


def test_who_passed_it_on_by_telephone_is_told_though_it_is_no_longer_theirs(
    hall: TownHall,
) -> None:
    """They see the case no more, and yet this is what is theirs to check; nobody else's."""
    case_id = hall.open_case("A14", **consented("A13", "A14", "A17"))
    hall.enter_reply(case_id, answer="passed_on", next_agency="A17")
    notice = next(n for n in hall.notices(key="reply_entered") if n.member_id == ELDERLY)
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY)
    assert why_not(hall, notice) == ""
    look = GetMyReply(str(notice.facts["number"]), str(notice.facts["item"]))
    mine = hall.desk.ask(look, ELDERLY)
    assert (mine.answer, mine.heard_by) == ("passed_on", "telephone")
    other = Notice(**{**notice.__dict__, "member_id": "M48"})
    assert why_not(hall, other) == "may_not_be_told"


def test_its_words_are_for_who_may_read_and_its_mark_for_who_may_see(hall: TownHall) -> None:
    """What somebody typed as a name is content; that it was entered is not."""
    case_id = hall.open_case("A14")
    hall.enter_reply(case_id)
    (reads,) = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).referrals
    (sees,) = hall.desk.ask(GetCase(case_id, CasePage.CASE), MANAGER).referrals
    assert (reads.heard_by, reads.said_by) == ("telephone", SAID_BY)
    assert (sees.heard_by, sees.said_by) == ("telephone", "")
