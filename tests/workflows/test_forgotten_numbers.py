"""After a disposal nothing names the case any more: not even what was said of somebody else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.support.web import ticks_of
from tests.workflows.test_retention import AFTER, PERSON, everything_readable, held_meeting
from tests.workflows.test_split_case import household, split_command
from workflows.cases.drafts import SaveDraft
from workflows.cases.merge_cases import MergeCases
from workflows.cases.views import GetCase
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.core.ports import GONE, Callback, Post
from workflows.digest.look import GetDigest
from workflows.guard.mentions import RecordNames
from workflows.guard.scan import MASK
from workflows.inbox.inbox import GetInbox
from workflows.model.notice import Fact, Notice
from workflows.reminders.keep_promises import PlanDigest
from workflows.retention.approve import ApproveDisposals
from workflows.retention.dispose import CarryOutDisposal

NUMBER, OTHER = "R8-0001", "R8-0002"
SAME: dict[str, Any] = {k: PERSON[k] for k in ("name", "kana", "birth_date")}
# What may name it for ever: the proof, and the trail by the id alone.
PROOF = {"disposals"}


def let_go(hall: TownHall, case_id: str, at: datetime = AFTER + timedelta(days=366)) -> None:
    hall.clock.set(at)
    hall.desk.handle(ApproveDisposals((case_id,), (), "x", "エックス"), MANAGER)
    with hall.database.open() as unit:
        (waiting,) = unit.disposals.waiting()
        asked = Callback("typed", "lineworks", "someone", NUMBER, hall.clock.now())
        unit.callbacks.put(asked)  # somebody types it into a chat at this moment
        unit.commit()
    assert hall.desk.handle(CarryOutDisposal(waiting.id), Caller.CLOCK)


def weekly_digest(hall: TownHall) -> None:
    """Let a week pass, so that its digest is made and lies in the managers' inboxes."""
    hall.desk.handle(PlanDigest(), Caller.CLOCK)
    hall.clock.move(days=7)
    ticks_of(hall).tick()


def named_everywhere(hall: TownHall) -> tuple[str, str, str]:
    """One person entered twice, a meeting on both, digests, cards, drafts: by what people do.

    Answers with both cases and the meeting; the first has ended.
    """
    first = hall.open_case("A14", **PERSON)
    second = hall.open_case("A14", **SAME)
    ticks_of(hall).tick()
    weekly_digest(hall)  # both wait
    for case_id in (first, second):
        hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    shared = held_meeting(hall, first, second, first=first)
    weekly_digest(hall)  # no record yet
    hall.confirm_record(shared)
    ticks_of(hall).tick()
    (told,) = [i.notice for i in hall.mail(COORDINATOR) if i.notice.key == "same_person"]
    stuck(hall, told)
    write_about_it(hall)
    hall.clock.move(days=60)
    ticks_of(hall).tick()  # reminders, and told again
    hall.check_on(first, by=ELDERLY)
    hall.close(first)
    return first, second, shared


def stuck(hall: TownHall, told: Notice) -> None:
    """A mail that says the same and did not go, and the card of it in a chat."""
    again = Notice(
        "stuck", told.key, COORDINATOR, "stuck:mail", told.facts, told.case_id, via="mail"
    )
    with hall.database.open() as unit:
        now = hall.clock.now()
        unit.outbox.put(Notice(**{**again.__dict__, "created_at": now}))
        while (claimed := unit.outbox.claim(now, "test", "mail")) is not None:
            unit.outbox.settle(claimed.notice.id, "test", claimed.attempt, "dead", now)
        card = Post(
            id="card",
            platform="slack",
            kind="notice",
            place="D1",
            external_id="1.1",
            member_id=COORDINATOR,
            matter="same",
            created_at=now,
            case_id=told.case_id,
            notice=told,
        )
        unit.posts.put(card)
        unit.commit()


def write_about_it(hall: TownHall) -> None:
    """What others are still writing."""
    kept: Any = {"fields": {"summary": f"姉（{NUMBER}）と暮らす。", "cases": [NUMBER, OTHER]}}
    hall.desk.handle(SaveDraft("sheet", kept, subject=OTHER), ELDERLY)


def tables_naming(hall: TownHall, *words: str) -> set[str]:
    found = everything_readable(hall)
    return {table for table, text in found.items() if any(w in text for w in words)}


def test_no_table_names_a_disposed_case_but_its_proof(any_hall: TownHall) -> None:
    """Planted by what people do in notices of the other case, of the meeting on both, digests,
    a mail that did not go, a card, a draft of somebody else: each is opened and searched."""
    first, second, shared = named_everywhere(any_hall)
    planted = tables_naming(any_hall, NUMBER)
    assert planted >= {"mailbox", "outbox", "posts", "digests", "drafts"}
    let_go(any_hall, first)
    assert tables_naming(any_hall, NUMBER) == PROOF
    assert tables_naming(any_hall, first) == PROOF | {"trail"}
    assert any_hall.case(second).number == OTHER
    assert [i.case_id for i in any_hall.meeting(shared).agenda] == [second]


def test_news_about_other_cases_stays(any_hall: TownHall) -> None:
    """The meeting's news, the other's lines of a digest, what somebody writes: only the one goes.

    A card in a chat that named it alone is taken away there.
    """
    first, second, shared = named_everywhere(any_hall)

    def about(case_id: str, member: str = COORDINATOR) -> list[Notice]:
        return [i.notice for i in any_hall.mail(member) if i.notice.case_id == case_id]

    def of_meeting() -> list[Notice]:
        return [i.notice for i in any_hall.mail(ELDERLY) if i.notice.meeting_id == shared]

    before, told = of_meeting(), about(second)
    assert any(NUMBER in n.facts.get("numbers", ()) for n in before)  # type: ignore[operator]
    let_go(any_hall, first)
    after = {n.id: n for n in of_meeting()}
    for notice in before:
        if "numbers" in notice.facts:
            numbers = [n for n in notice.facts["numbers"] if n != NUMBER]  # type: ignore[union-attr]
            assert after[notice.id].facts == {**notice.facts, "numbers": numbers}
    kept = {n.id for n in about(second)}
    assert {n.key for n in told if n.id not in kept} == {"same_person"}
    with any_hall.database.open() as unit:
        (draft,) = [d for d in unit.drafts.of_member(ELDERLY) if d.subject == OTHER]
        card = unit.posts.get("card")
    assert draft.raw["fields"] == {"summary": "姉（■■）と暮らす。", "cases": [OTHER]}
    assert card is not None
    assert (card.kind, card.notice) == (GONE, None)


def test_the_digests_keep_their_sums_and_the_other_lines(any_hall: TownHall) -> None:
    """What a week looked like stays comparable; that a line was taken out is said on the page."""
    first, _, _ = named_everywhere(any_hall)
    with any_hall.database.open() as unit:
        days = unit.digests.days()
    then = {d: any_hall.desk.ask(GetDigest(d), MANAGER).content for d in days}
    let_go(any_hall, first)
    now = {d: any_hall.desk.ask(GetDigest(d), MANAGER).content for d in days}
    assert all(now[d]["counts"] == then[d]["counts"] for d in days)
    waiting: Any = [(then[d]["waiting"], now[d]["waiting"]) for d in days]
    named = [(was, left) for was, left in waiting if NUMBER in str(was)]
    assert named
    for was, left in named:
        assert left == [line for line in was if line["number"] != NUMBER]
    touched = [d for d in days if NUMBER in str(then[d])]
    assert touched
    assert all(now[d]["let_go"] == 1 for d in touched)
    assert all("let_go" not in now[d] for d in days if d not in touched)


def test_the_story_of_the_other_case_does_not_name_it(any_hall: TownHall) -> None:
    """It says that somebody was entered twice; of the case that is gone not which it was."""
    first, second, _ = named_everywhere(any_hall)

    def other() -> list[object]:
        story = any_hall.desk.ask(GetCase(second, CasePage.CASE), COORDINATOR).story
        return [s.facts["other"] for s in story if s.kind == "same_person_found"]

    assert other() == [NUMBER]
    let_go(any_hall, first)
    assert other() == [""]
    for member in (COORDINATOR, OTHER_COORDINATOR, ELDERLY, MANAGER):
        assert NUMBER not in str(any_hall.desk.ask(GetInbox(), member))


def test_the_case_it_was_merged_into_keeps_nothing_of_it(any_hall: TownHall) -> None:
    """What was carried over goes on, and its words are the coordinators' and the agency's alone."""
    hall = any_hall
    first = hall.open_case("A14", request="赤い屋根の家です。", **consented("A14"))
    second = hall.open_case("A17", **consented("A14", "A17"))
    meeting_id = hall.convene(first, required=("A14",), chair=COORDINATOR)
    hall.desk.handle(MergeCases(first, OTHER), COORDINATOR)
    hall.clock.move(hours=1)
    ticks_of(hall).tick()
    let_go(hall, first)
    told = [i.notice for i in hall.mail(ELDERLY) if i.notice.case_id == second]
    asked = [n.facts for n in told if n.key == "referral_asked"]
    assert [(f["number"], "before" in f) for f in asked] == [(OTHER, False)], "without that line"
    other = hall.case(second)
    assert other.merged_from == []
    assert [r.came.case_id for r in other.referrals if r.came] == [""]
    [item] = hall.meeting(meeting_id).agenda
    assert item.came is not None
    assert item.came.case_id == ""
    assert tables_naming(hall, NUMBER) <= PROOF
    assert hall.referral(second, "A14").waits
    for who, reads in ((ELDERLY, True), (COORDINATOR, True), (DISABILITY, False)):
        view = hall.desk.ask(GetCase(second, CasePage.CASE), who)
        assert ("赤い屋根" in str(view.referrals)) == reads


def test_the_case_that_was_split_off_keeps_nothing_of_it(any_hall: TownHall) -> None:
    """Nor the other way round: whose case it was is named by their own sheet alone."""
    hall = any_hall
    first = household(hall)
    second = hall.desk.handle(split_command(hall, first), COORDINATOR)
    for case_id, agency_id, who in ((first, "A17", DISABILITY), (second, "A14", ELDERLY)):
        hall.reply(case_id, agency_id, by=who)
    hall.close(first)
    let_go(hall, first)
    other = hall.case(second)
    assert other.split_from == []
    assert [r.came.case_id for r in other.referrals if r.came] == [""]
    assert tables_naming(hall, NUMBER) <= PROOF


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("R8-0001", True),
        ("姉はｒ８－０００１です", True),
        ("r8-0001。", True),
        ("R8‐0001", True),
        ("R8-00012", False),
        ("R18-0001", False),
        ("R8-0002", False),
        ("FR8-0001", False),
    ],
)
def test_a_number_is_found_in_any_spelling_and_no_other(text: str, names: bool) -> None:
    """Wide letters, any hyphen, small letters; a longer number is another one."""
    assert RecordNames("R8-0001", frozenset({"c1"})).are_in(text) is names


def test_the_number_of_a_request_is_none_of_a_case() -> None:
    """請R8-0001 is another thing than R8-0001, and goes on being told."""
    facts: dict[str, Fact] = {"number": "請R8-0001", "text": "請R8-0001とR8-0001"}
    notice = Notice("n", "request_due", "M21", "k", facts)
    left = RecordNames("R8-0001", frozenset({"c"})).without_in_notice(notice)
    assert left is not None
    assert left.facts == {"number": "請R8-0001", "text": f"請R8-0001と{MASK}"}
