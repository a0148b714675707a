"""Links by which agencies answer without signing in: whom they let in, to what, and until when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.hands import consented
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.town import TownHall
from workflows.cases.close_case import CloseCase
from workflows.cases.reply_links import RevokeReplyLinks, SendReplyLinkAgain
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.permissions import Caller
from workflows.meetings.fix_date import CancelMeeting
from workflows.outside.answer_links import (
    LINK_LIFE,
    AnswerLinkState,
    AnswerTarget,
    GetAnswerTarget,
    MakeAnswerLink,
    RevokeDatesLinks,
    SendDatesLinkAgain,
)

COLLEAGUE = "M27"  # of ELDERLY, in A14


def give(hall: TownHall, member: str, **to: str) -> str:
    return hall.desk.handle(MakeAnswerLink(member, **to), Caller.CLOCK)


def look(hall: TownHall, link_id: str) -> AnswerTarget:
    return hall.desk.ask(GetAnswerTarget(link_id), Caller.DOOR, door="link")


@pytest.fixture
def case_id(hall: TownHall) -> str:
    return hall.open_case("A14")


@pytest.fixture
def meeting_id(hall: TownHall, case_id: str) -> str:
    return hall.convene(case_id)


def without_mail(hall: TownHall, agency_id: str) -> None:
    with hall.database.open() as unit:
        people = [m for m in unit.directory.members() if m.agency_id == agency_id]
        unit.directory.save_members([replace(m, email="") for m in people])
        unit.commit()


def test_a_link_leads_its_member_to_one_poll(hall: TownHall, meeting_id: str) -> None:
    """With the agency that asked and its telephone, to be called by whoever is stuck."""
    way = look(hall, give(hall, ELDERLY, poll=meeting_id))
    assert (way.state, way.member_id, way.agency_id) == (AnswerLinkState.READY, ELDERLY, "A14")
    assert (way.meeting_id, way.case_id, way.item) == (meeting_id, None, "")
    assert way.asker == hall.agency_name("A13")
    assert way.phone


def test_a_link_leads_its_member_to_one_referral(hall: TownHall, case_id: str) -> None:
    referral = hall.referral(case_id, "A14").id
    way = look(hall, give(hall, ELDERLY, case=case_id, referral=referral))
    assert (way.case_id, way.item, way.meeting_id) == (case_id, referral, None)
    assert (way.number, way.asker) == (hall.case(case_id).number, hall.agency_name("A13"))


def test_who_has_a_link_gets_the_same_again(hall: TownHall, meeting_id: str) -> None:
    """A reminder carries the link of the invitation; a colleague and another poll their own."""
    first = give(hall, ELDERLY, poll=meeting_id)
    hall.clock.move(days=3)
    assert give(hall, ELDERLY, poll=meeting_id) == first
    assert give(hall, COLLEAGUE, poll=meeting_id) != first
    assert give(hall, ELDERLY, poll=hall.convene(days_ahead=(40,), bases=("liaison",))) != first


def test_no_mail_carries_a_link_that_soon_ends(hall: TownHall, meeting_id: str) -> None:
    """Half of its life is left, or there is a new one; the older one is good to its end."""
    first = give(hall, ELDERLY, poll=meeting_id)
    hall.clock.move(days=LINK_LIFE.days // 2)
    second = give(hall, ELDERLY, poll=meeting_id)
    assert second != first
    assert give(hall, ELDERLY, poll=meeting_id) == second
    assert look(hall, first).state is look(hall, second).state is AnswerLinkState.READY


def test_an_inactive_member_gets_no_answer_link(hall: TownHall, meeting_id: str) -> None:
    with pytest.raises(NotFound):
        give(hall, "M57", poll=meeting_id)


def test_a_link_ends_by_itself(hall: TownHall, meeting_id: str) -> None:
    """On its last day it leads there, after it nowhere; then a new one is made."""
    link = give(hall, ELDERLY, poll=meeting_id)
    hall.clock.move(days=LINK_LIFE.days - 1)
    assert look(hall, link).state is AnswerLinkState.READY
    hall.clock.move(days=1)
    over = look(hall, link)
    assert (over.state, over.member_id, over.meeting_id) == (AnswerLinkState.OVER, "", None)
    assert over.asker == hall.agency_name("A13")
    assert give(hall, ELDERLY, poll=meeting_id) != link


def test_who_left_or_moved_answers_no_more(hall: TownHall, meeting_id: str) -> None:
    """The link stands for the member in the agency that was asked."""
    left, moved = (give(hall, m, poll=meeting_id) for m in (ELDERLY, COLLEAGUE))
    hall.has_left(ELDERLY)
    with hall.database.open() as unit:
        member = unit.directory.member(COLLEAGUE)
        assert member is not None
        unit.directory.save_members([replace(member, agency_id="A17")])
        unit.commit()
    for link in (left, moved):
        assert look(hall, link).state is AnswerLinkState.OVER
        assert look(hall, link).member_id == ""


def test_a_link_that_was_never_made_says_nothing(hall: TownHall) -> None:
    assert look(hall, "0" * 32) == AnswerTarget(AnswerLinkState.OVER)


def test_a_restricted_case_is_not_even_named(hall: TownHall, case_id: str) -> None:
    """No link is made to it; one from before it was restricted tells neither number nor asker."""
    referral = hall.referral(case_id, "A14").id
    link = give(hall, ELDERLY, case=case_id, referral=referral)
    hall.edit(case_id, danger="yes")
    way = look(hall, link)
    assert way.restricted
    assert (way.number, way.asker, way.phone) == ("", "", "")
    assert give(hall, ELDERLY, case=case_id, referral=referral) == ""


# -- taken back, and sent again -------------------------------------------------------------------


def test_taking_back_shuts_every_link_of_that_agency_and_no_other(
    hall: TownHall, meeting_id: str
) -> None:
    mine = [give(hall, m, poll=meeting_id) for m in (ELDERLY, COLLEAGUE)]
    other = give(hall, COORDINATOR, poll=meeting_id)
    assert hall.desk.handle(RevokeDatesLinks(meeting_id, "A14"), COORDINATOR, door="web") == 2
    assert {look(hall, link).state for link in mine} == {AnswerLinkState.REVOKED}
    assert look(hall, other).state is AnswerLinkState.READY
    assert hall.desk.handle(RevokeDatesLinks(meeting_id, "A14"), COORDINATOR, door="web") == 0
    with hall.database.open() as unit:
        said = unit.events.of_kinds(("links_revoked",), hall.desk.now() - timedelta(days=1))
    assert [(e.meeting_id, e.actor_id, e.facts) for e in said] == [
        (meeting_id, COORDINATOR, {"agency": "A14", "count": 2})
    ]


def test_sending_again_makes_the_old_link_useless(hall: TownHall, meeting_id: str) -> None:
    """The contacts with an address hear of it by mail, at once, and by no other way."""
    old = give(hall, ELDERLY, poll=meeting_id)
    count = hall.desk.handle(SendDatesLinkAgain(meeting_id, "A14"), COORDINATOR, door="web")
    told = hall.notices(key="answer_link")
    assert count == len(told) > 0
    assert {n.via for n in told} == {"mail"}
    assert ELDERLY in {n.member_id for n in told}
    assert all(n.urgent and n.meeting_id == meeting_id for n in told)
    with hall.database.open() as unit:
        (row,) = unit.events.of_kinds(("links_sent_again",), hall.desk.now() - timedelta(days=1))
    assert (row.meeting_id, row.facts) == (meeting_id, {"agency": "A14", "count": count})
    assert told[0].facts["agency"] == hall.agency_name("A14")
    assert look(hall, old).state is AnswerLinkState.REVOKED
    assert give(hall, ELDERLY, poll=meeting_id) != old


def test_an_agency_without_mail_keeps_what_it_has(hall: TownHall, meeting_id: str) -> None:
    """Where nobody can be reached, the old link is not taken away either."""
    old = give(hall, ELDERLY, poll=meeting_id)
    without_mail(hall, "A14")
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SendDatesLinkAgain(meeting_id, "A14"), COORDINATOR, door="web")
    assert refused.value.key == "answer_link.nobody"
    assert look(hall, old).state is AnswerLinkState.READY


def over(hall: TownHall, meeting_id: str) -> None:
    hall.fix(meeting_id)
    hall.clock.move(days=60)


Do = Callable[[TownHall, str], object]
CLOSING: dict[str, Do] = {
    "over": over,
    "cancelled": lambda hall, m: hall.desk.handle(CancelMeeting(m, "都合により。"), COORDINATOR),
}


@pytest.mark.parametrize("how", CLOSING)
def test_nothing_is_sent_again_once_nothing_is_asked(
    hall: TownHall, meeting_id: str, how: str
) -> None:
    CLOSING[how](hall, meeting_id)
    with pytest.raises(Refused):
        hall.desk.handle(SendDatesLinkAgain(meeting_id, "A14"), COORDINATOR, door="web")
    assert not hall.notices(key="answer_link")


@pytest.mark.parametrize("command", [SendDatesLinkAgain, RevokeDatesLinks])
def test_links_are_the_business_of_who_runs_the_meeting(
    hall: TownHall, command: type[SendDatesLinkAgain | RevokeDatesLinks]
) -> None:
    meeting_id = hall.convene(hall.open_case("A14", **consented("A14")))
    link = give(hall, ELDERLY, poll=meeting_id)
    for member in (ELDERLY, MANAGER, OUTSIDER):
        with pytest.raises((NotAllowed, NotFound)):
            hall.desk.handle(command(meeting_id, "A14"), member, door="web")
    with pytest.raises(NotFound):
        hall.desk.handle(command(meeting_id, "A40"), COORDINATOR, door="web")
    assert look(hall, link).state is AnswerLinkState.READY


# -- the same for a referral ----------------------------------------------------------------------


def test_taking_back_shuts_every_link_to_a_referral_and_to_no_other(hall: TownHall) -> None:
    """Who wrote the sheet and the coordinators may; the story says who did."""
    case_id = hall.open_case("A14", "A17")
    asked, other = (hall.referral(case_id, a).id for a in ("A14", "A17"))
    mine = [give(hall, m, case=case_id, referral=asked) for m in (ELDERLY, COLLEAGUE)]
    theirs = give(hall, "M30", case=case_id, referral=other)
    take_back = RevokeReplyLinks(case_id, asked)
    assert hall.desk.handle(take_back, COORDINATOR, door="web") == 2
    assert {look(hall, link).state for link in mine} == {AnswerLinkState.REVOKED}
    assert look(hall, theirs).state is AnswerLinkState.READY
    assert hall.desk.handle(take_back, COORDINATOR, door="web") == 0
    with hall.database.open() as unit:
        said = [e for e in unit.events.of_case(case_id) if e.kind == "reply_links_revoked"]
    facts = {"referral": asked, "agency": "A14", "count": 2}
    assert [(e.actor_id, e.facts) for e in said] == [(COORDINATOR, facts)]


def test_who_wrote_the_sheet_sends_a_link_to_a_referral_again(hall: TownHall) -> None:
    """By mail alone and at once, to the contacts with an address; the older one is useless."""
    case_id = hall.open_case("A17", by=ELDERLY)
    referral = hall.referral(case_id, "A17").id
    old = give(hall, "M30", case=case_id, referral=referral)
    count = hall.desk.handle(SendReplyLinkAgain(case_id, referral), ELDERLY, door="web")
    told = hall.notices(key="reply_link")
    assert count == len(told) > 0
    assert "M30" in {n.member_id for n in told}
    assert all(n.via == "mail" and n.urgent and n.case_id == case_id for n in told)
    assert look(hall, old).state is AnswerLinkState.REVOKED
    assert give(hall, "M30", case=case_id, referral=referral) != old


NOT_AGAIN: dict[str, tuple[str, Do]] = {
    "nobody has an address": ("answer_link.nobody_replies", lambda h, _: without_mail(h, "A14")),
    "replied to": ("reply.already", lambda h, c: h.reply(c, "A14", by=ELDERLY)),
    "restricted": ("answer_link.restricted", lambda h, c: h.edit(c, danger="yes")),
}


@pytest.mark.parametrize("why", NOT_AGAIN)
def test_a_link_to_a_referral_is_not_sent_again_in_vain(
    hall: TownHall, case_id: str, why: str
) -> None:
    """And the link that there is stays as good as it was."""
    key, happens = NOT_AGAIN[why]
    referral = hall.referral(case_id, "A14").id
    give(hall, ELDERLY, case=case_id, referral=referral)
    happens(hall, case_id)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SendReplyLinkAgain(case_id, referral), COORDINATOR, door="web")
    assert refused.value.key == key
    assert not hall.notices(key="reply_link")
    with hall.database.open() as unit:
        assert unit.answer_links.good(hall.desk.now(), case_id=case_id, item=referral)


@pytest.mark.parametrize("command", [SendReplyLinkAgain, RevokeReplyLinks])
def test_links_to_a_referral_are_the_business_of_who_may_refer(
    hall: TownHall, case_id: str, command: type[SendReplyLinkAgain | RevokeReplyLinks]
) -> None:
    """Not of the agency that is asked, nor of a manager; and only to one that there is."""
    referral = hall.referral(case_id, "A14").id
    link = give(hall, ELDERLY, case=case_id, referral=referral)
    for member in (ELDERLY, MANAGER, OUTSIDER):
        with pytest.raises((NotAllowed, NotFound)):
            hall.desk.handle(command(case_id, referral), member, door="web")
    other = hall.referral(hall.open_case("A14"), "A14").id
    with pytest.raises(NotFound):
        hall.desk.handle(command(case_id, other), COORDINATOR, door="web")
    assert look(hall, link).state is AnswerLinkState.READY


def test_nothing_is_sent_again_on_a_closed_case(hall: TownHall, case_id: str) -> None:
    referral = hall.referral(case_id, "A14").id
    hall.reply(case_id, "A14", by=ELDERLY)
    close = CloseCase(case_id, {"kind": "suspended", "reason": "転居。"})
    hall.desk.handle(close, COORDINATOR)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SendReplyLinkAgain(case_id, referral), COORDINATOR, door="web")
    assert refused.value.key == "case.closed"
