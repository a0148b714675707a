"""What a notice says of a restricted case to who may not know of it any more: nothing.

Wherever it is read later: in the inbox, on a card drawn anew, from an outbox that waited.
"""

from dataclasses import replace

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import TEXTS, ticks_of
from tests.workflows.test_carry_over import give_role
from tests.workflows.test_requests import recorded
from workflows.cases.merge_cases import MergeCases
from workflows.cases.name_members import NameMember
from workflows.cases.reply import SetLead
from workflows.cases.take_back import TakeBackReferral
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.delivery.hidden_numbers import GetNoticeForReceiver
from workflows.inbox.inbox import GetInbox
from workflows.model.notice import Fact

COLLEAGUE = "M27"  # of A14, as ELDERLY is
NUMBER, OTHER = "R8-0001", "R8-0002"


@pytest.fixture
def secret(hall: TownHall) -> str:
    return hall.open_case("A14", danger="yes")


def taken_off(hall: TownHall, case_id: str, *members: str) -> None:
    """A colleague of theirs reads it in their place."""
    hall.desk.handle(NameMember(case_id, COLLEAGUE, True), COORDINATOR)
    for member_id in members:
        hall.desk.handle(NameMember(case_id, member_id, False), COORDINATOR)


def told_of(hall: TownHall, member_id: str) -> list[tuple[str, bool]]:
    """The news in somebody's inbox, and whether the restricted case is named there."""
    news = hall.desk.ask(GetInbox(), member_id).news
    return [(i.notice.key, NUMBER in str(i.notice.facts)) for i in news]


def test_who_is_taken_off_finds_no_number_of_it_in_what_came_before(
    hall: TownHall, secret: str
) -> None:
    """What is about it alone is gone; the meeting to which they are invited stays, without it."""
    other = hall.open_case("A14")
    hall.convene(secret, other)
    hall.clock.move(hours=1)
    ticks_of(hall).tick()
    assert ("dates_asked", True) in told_of(hall, ELDERLY)
    assert ("referral_asked", True) in told_of(hall, ELDERLY)
    taken_off(hall, secret, ELDERLY)
    after = told_of(hall, ELDERLY)
    assert ("dates_asked", False) in after
    assert [key for key, named in after if named] == []
    assert OTHER in str(hall.desk.ask(GetInbox(), ELDERLY).news)


def test_who_runs_its_meeting_and_is_not_named_finds_its_number_nowhere(
    hall: TownHall,
) -> None:
    """The chair was told of it before it was restricted."""
    case_id = hall.open_case("A14")
    hall.fix(hall.convene(case_id, chair=CHAIR))
    hall.clock.move(hours=1)
    ticks_of(hall).tick()
    assert any(named for _, named in told_of(hall, CHAIR))
    hall.edit(case_id, danger="yes")
    if CHAIR in hall.case(case_id).named_member_ids:
        hall.desk.handle(NameMember(case_id, CHAIR, False), COORDINATOR)
    assert not any(named for _, named in told_of(hall, CHAIR))


def test_what_waits_in_the_outbox_goes_without_what_was_restricted_meanwhile(
    hall: TownHall,
) -> None:
    """Written on Friday evening, restricted on Saturday, sent on Monday."""
    case_id, other = hall.open_case("A14"), hall.open_case("A14")
    hall.convene(case_id, other)
    (asked,) = hall.notices(ELDERLY, "dates_asked")
    (alone,) = [n for n in hall.notices(ELDERLY, "referral_asked") if n.case_id == case_id]
    assert asked.facts["numbers"] == [NUMBER, OTHER]
    hall.edit(case_id, danger="yes")
    taken_off(hall, case_id, ELDERLY)
    known = hall.desk.ask(GetNoticeForReceiver(asked), Caller.CLOCK)
    assert known is not None
    assert known.facts["numbers"] == [OTHER]
    assert hall.desk.ask(GetDropReason(asked), Caller.CLOCK) == ""
    assert hall.desk.ask(GetNoticeForReceiver(alone), Caller.CLOCK) is None
    assert hall.desk.ask(GetDropReason(alone), Caller.CLOCK) == "may_not_be_told"


def test_a_manager_who_is_not_named_is_told_no_number_of_what_waits(
    hall: TownHall, secret: str
) -> None:
    """Who is named hears in their place; a manager who is named hears it as of any case."""
    for _ in range(8):
        hall.clock.move(days=2)
        hall.keep_promises()
    assert not [n for n in hall.notices(MANAGER) if n.case_id == secret or NUMBER in str(n.facts)]
    assert "named" in [e.facts.get("told") for e in hall.events(secret)]
    hall.desk.handle(NameMember(secret, MANAGER, True), COORDINATOR)
    hall.refer(secret, "A17")
    for _ in range(8):
        hall.clock.move(days=2)
        hall.keep_promises()
    told = hall.notices(MANAGER, "reply_overdue")
    assert told
    assert hall.desk.ask(GetNoticeForReceiver(told[0]), Caller.CLOCK) == told[0]
    hall.desk.handle(NameMember(secret, MANAGER, False), COORDINATOR)
    assert hall.desk.ask(GetNoticeForReceiver(told[0]), Caller.CLOCK) is None


def test_the_number_of_a_request_is_none_of_a_case(hall: TownHall, secret: str) -> None:
    """請R8-0001 goes on being told to coordinators who are not named on R8-0001."""
    recorded(hall)
    for _ in range(4):
        hall.clock.move(days=15)
        hall.keep_promises()
    due = [n for n in hall.notices(key="request_due") if n.member_id != COORDINATOR]
    assert due
    for notice in due:
        assert "請R8-0001" in str(notice.facts)
        assert hall.desk.ask(GetNoticeForReceiver(notice), Caller.CLOCK) == notice


def test_who_has_left_is_told_nothing(hall: TownHall) -> None:
    hall.open_case("A14")
    (asked,) = hall.notices(ELDERLY, "referral_asked")
    hall.has_left(ELDERLY)
    assert hall.desk.ask(GetNoticeForReceiver(asked), Caller.CLOCK) is None


@pytest.mark.parametrize("way", ["taken back", "withdrawn"])
def test_who_is_shut_out_of_a_restricted_case_is_told_so(
    hall: TownHall, secret: str, way: str
) -> None:
    """They see it no more, and are off its list: this once its number is for them, in the outbox
    and in the inbox alike."""
    if way == "taken back":
        referral = hall.case(secret).referrals[0]
        hall.desk.handle(
            TakeBackReferral(secret, referral.id, True, "別の機関でした。"), COORDINATOR
        )
        key = "referral_taken_back"
    else:
        hall.consent(secret, consent="withdrawn", consent_on="", consent_scope=[])
        key = "part_ended"
    (told,) = hall.notices(ELDERLY, key)
    assert hall.desk.ask(GetDropReason(told), Caller.CLOCK) == ""
    assert hall.desk.ask(GetNoticeForReceiver(told), Caller.CLOCK) == told
    hall.clock.move(hours=1)
    ticks_of(hall).tick()
    assert (key, True) in told_of(hall, ELDERLY)


@pytest.fixture
def merged(hall: TownHall) -> str:
    """The case that goes on, of two restricted ones of one person: a request, a role and the lead
    came over. Of 地域包括 each has another reader."""
    one = hall.open_case("A14", "A17", **consented("A14", "A17"))
    give_role(hall, one)
    hall.desk.handle(SetLead(one, "A14", "令和9年1月12日"), COORDINATOR)
    other = hall.open_case("A17", **consented("A14", "A17"))
    for case_id, reader, not_reader in ((one, COLLEAGUE, ELDERLY), (other, ELDERLY, COLLEAGUE)):
        hall.edit(case_id, danger="yes")
        for member_id, to in ((reader, True), (not_reader, False)):
            if (member_id in hall.case(case_id).named_member_ids) is not to:
                hall.desk.handle(NameMember(case_id, member_id, to), COORDINATOR)
    hall.desk.handle(MergeCases(one, OTHER), COORDINATOR)
    return other


def test_who_is_named_on_the_case_that_goes_on_alone_is_told_what_came_over(
    hall: TownHall, merged: str
) -> None:
    """Without the line that names the case that ended: in the chat, in the inbox and on a card."""
    keys = ("referral_asked", "role_given", "lead_given")
    told = [n for key in keys for n in hall.notices(ELDERLY, key) if n.case_id == merged]
    assert [n.key for n in told] == list(keys)
    # [ours] A restricted case comes to no agenda by a merge; one that did was restricted since.
    on_agenda: dict[str, Fact] = {
        "kind": "act_106_6",
        "before": NUMBER,
        "number": OTHER,
        "numbers": [OTHER],
    }
    told.append(replace(told[0], key="case_on_agenda", facts=on_agenda, promise=None))
    for notice in told:
        assert (notice.facts["number"], notice.facts["before"]) == (OTHER, NUMBER)
        assert hall.desk.ask(GetDropReason(notice), Caller.CLOCK) == ""
        known = hall.desk.ask(GetNoticeForReceiver(notice), Caller.CLOCK)
        assert known is not None
        assert known.facts == {k: v for k, v in notice.facts.items() if k != "before"}
        assert NUMBER not in str(TEXTS.card(known))
    hall.clock.move(hours=1)
    ticks_of(hall).tick()
    assert {(key, False) for key in keys} <= set(told_of(hall, ELDERLY))


def test_what_is_about_the_case_that_ended_goes_whole(hall: TownHall, merged: str) -> None:
    """And of the case that goes on nothing is told to who reads the other one alone."""
    for member_id, about in ((ELDERLY, NUMBER), (COLLEAGUE, OTHER)):
        for notice in hall.notices(member_id):
            if notice.facts.get("number") == about:
                assert hall.desk.ask(GetNoticeForReceiver(notice), Caller.CLOCK) is None
    assert [n for n in hall.notices(ELDERLY) if n.facts.get("number") == NUMBER]
