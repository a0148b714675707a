"""開示・訂正・利用停止の請求: who asked for whom, by when, what was given and why not."""

from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.find_person import MOST
from workflows.core.errors import Conflict, Invalid, NotAllowed, Refused
from workflows.core.looks import Part
from workflows.core.permissions import Caller
from workflows.digest.look import GetDigest
from workflows.model.promise import PromiseKind
from workflows.overview.coordinator_desk import GetCoordinatorDesk
from workflows.reminders.keep_promises import PlanDigest
from workflows.requests.find import FindForRequest, FoundForRequest
from workflows.requests.record import (
    AnswerRequest,
    AssignRequestToCase,
    ExtendRequest,
    RecordRequest,
    TakeBackRequestAnswer,
)
from workflows.requests.views import (
    GetRequest,
    GetRequests,
    RequestView,
)

WORDS = {
    "person": "浮舟はつ江",
    "asker": "",
    "authority": "",
    "checked": "運転免許証",
    "wanted": "つなぐシートと、だれに伝わったか",
}


def recorded(hall: TownHall, *, by: str = COORDINATOR, **changes: Any) -> str:
    told = {"kind": "disclosure", "asked_as": "person", "received_on": "R8.11.20", **changes}
    texts = {f: str(told.pop(f, WORDS[f])) for f in WORDS}
    return hall.desk.handle(RecordRequest(texts=texts, **told), by, door="web")


def seen(hall: TownHall, request_id: str, by: str = COORDINATOR) -> RequestView:
    return hall.desk.ask(GetRequest(request_id), by, door="web")


def wrong(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(e.field, e.key) for e in refused.value.errors]


def test_a_request_has_its_number_and_its_day_by_law(any_hall: TownHall) -> None:
    """Thirty days from the day on which it came, on both databases."""
    hall = any_hall
    first, second = recorded(hall), recorded(hall, received_on="R8.11.19")
    assert seen(hall, first).line.number == "請R8-0001"
    assert seen(hall, second).line.number == "請R8-0002"
    one = seen(hall, first)
    assert (one.person, one.checked, one.asked_as) == ("浮舟はつ江", "運転免許証", "person")
    assert one.due_first.isoformat() == "2026-12-20"
    waiting = hall.desk.ask(GetRequests(), MANAGER, door="web").waiting
    assert [w.number for w in waiting] == ["請R8-0002", "請R8-0001"], "by their day"
    assert [w.may_open for w in waiting] == [False, False], "a manager reads no names"


def test_who_asks_for_somebody_else_says_with_what_authority(hall: TownHall) -> None:
    """Also who they are; the person themselves need not."""
    for role in ("parent", "guardian", "agent"):
        with pytest.raises(Invalid) as refused:
            recorded(hall, asked_as=role)
        assert wrong(refused) == [("asker", "form.required"), ("authority", "form.required")]
    made = recorded(hall, asked_as="agent", asker="白壁 ひさし", authority="委任状（11月10日付）")
    assert seen(hall, made).authority == "委任状（11月10日付）"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": ""}, ("kind", "form.required")),
        ({"kind": "x"}, ("kind", "form.required")),
        ({"asked_as": ""}, ("asked_as", "form.required")),
        ({"person": ""}, ("person", "form.required")),
        ({"checked": ""}, ("checked", "form.required")),
        ({"wanted": "1234 5678 9012"}, ("wanted", "form.my_number")),
        ({"received_on": ""}, ("received_on", "form.required")),
        ({"received_on": "きのう"}, ("received_on", "date.unreadable")),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    hall: TownHall, changes: dict[str, str], expected: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        recorded(hall, **changes)
    assert wrong(refused) == [expected]


@pytest.mark.parametrize("member", [ELDERLY, CLERK, ADMINISTRATOR, OUTSIDER, MANAGER])
def test_who_does_not_answer_requests_neither_records_nor_reads_them(
    hall: TownHall, member: str
) -> None:
    """Coordinators do; managers have the list without a name."""
    made = recorded(hall)
    for act in (lambda: recorded(hall, by=member), lambda: seen(hall, made, member)):
        with pytest.raises(NotAllowed):
            act()


def test_the_answer_is_a_promise_that_goes_up_its_ladder(hall: TownHall) -> None:
    """Whoever recorded it is reminded, then the other coordinators and the managers."""
    made = recorded(hall)
    (owed,) = hall.promises(made, PromiseKind.ANSWER_REQUEST)
    assert (owed.member_id, owed.item_id) == (COORDINATOR, "請R8-0001")
    assert owed.due_at.date().isoformat() == "2026-12-18", "the last open day in time"
    for _ in range(45):
        hall.clock.move(days=1)
        hall.keep_promises()
    told = hall.told("request_due")
    assert {COORDINATOR, OTHER_COORDINATOR, MANAGER} <= told
    (first, *_) = hall.notices(COORDINATOR, "request_due")
    assert first.facts["number"] == "請R8-0001"
    assert "浮舟" not in str([n.facts for n in hall.notices(key="request_due")])


def test_what_a_coordinator_owed_who_left_is_the_others_to_answer(hall: TownHall) -> None:
    """Not that of a colleague who may open no request."""
    recorded(hall)
    hall.has_left(COORDINATOR)
    for _ in range(25):
        hall.clock.move(days=1)
        hall.keep_promises()
    told = hall.told("request_due")
    assert OTHER_COORDINATOR in told
    assert COORDINATOR not in told
    for member in told:
        hall.desk.ask(GetRequests(), member)


def test_a_request_about_a_case_that_is_gone_opens_to_who_recorded_it_alone(
    hall: TownHall,
) -> None:
    """It may have been a restricted one."""
    made = recorded(hall)
    with hall.database.open() as unit:
        request = unit.requests.get(made, change=True)
        assert request is not None
        request.case_ids.append("f" * 32)
        unit.requests.save(request)
        unit.commit()
    assert seen(hall, made).cases == ()
    with pytest.raises(NotAllowed):
        seen(hall, made, OTHER_COORDINATOR)


def test_what_is_answered_is_owed_no_more_until_it_is_taken_back(hall: TownHall) -> None:
    """What was given, in part refused and why; a slip has its way back, and stays to be read."""
    made = recorded(hall)

    def answer(outcome: str, given: str = "", reason: str = "", on: str = "R8.11.20") -> None:
        hall.desk.handle(AnswerRequest(made, outcome, given, reason, on), COORDINATOR)

    with pytest.raises(Invalid) as refused:
        answer("partly")
    assert wrong(refused) == [("given", "form.required"), ("refusal", "form.required")]
    with pytest.raises(Invalid) as refused:
        answer("refused")
    assert wrong(refused) == [("refusal", "form.required")]
    with pytest.raises(Invalid) as refused:
        answer("given", "写し", on="R8.11.19")
    assert wrong(refused) == [("on", "request.before_received")]
    answer("partly", "つなぐシートの写し", "ほかの方の情報を除くため")
    assert hall.promises(made) == []
    (told,) = seen(hall, made).answers
    assert (told.outcome, told.given, told.reason) == (
        "partly",
        "つなぐシートの写し",
        "ほかの方の情報を除くため",
    )
    with pytest.raises(Conflict):
        answer("given", "写し")
    hall.desk.handle(TakeBackRequestAnswer(made), COORDINATOR)
    assert len(hall.promises(made)) == 1
    assert [bool(a.taken_back_at) for a in seen(hall, made).answers] == [True]
    with pytest.raises(Refused):
        hall.desk.handle(TakeBackRequestAnswer(made), COORDINATOR)


def test_it_is_answered_later_for_a_reason_alone(hall: TownHall) -> None:
    made = recorded(hall)

    def extend(until: str, reason: str) -> None:
        hall.desk.handle(ExtendRequest(made, until, reason), COORDINATOR)

    for until, reason, expected in (
        ("R8.12.20", "量が多いため", ("until", "request.not_later")),
        ("R10.1.20", "量が多いため", ("until", "request.too_late")),
        ("R9.1.19", "", ("reason", "form.required")),
    ):
        with pytest.raises(Invalid) as refused:
            extend(until, reason)
        assert wrong(refused) == [expected]
    extend("R9.1.19", "量が多いため")
    one = seen(hall, made)
    assert (one.line.due_on.isoformat(), one.due_first.isoformat()) == ("2027-01-19", "2026-12-20")
    (owed,) = hall.promises(made)
    assert owed.due_at.date().isoformat() == "2027-01-19"


def found(hall: TownHall, made: str, by: str = COORDINATOR, **typed: str) -> Any:
    return hall.desk.ask(FindForRequest(made, **typed), by, door="web")


def test_a_member_of_a_household_is_found_for_a_request_alone(hall: TownHall) -> None:
    """By the exact name, in any spelling of it; the trail says what the search was for."""
    household = [{"relation": "子", "name": "白壁 ひさし"}]
    as_member = hall.open_case("A14", name="白壁とし", household=household, **consented("A14"))
    own = hall.open_case("A14", name="白壁ひさし", **consented("A14"))
    made = recorded(hall)
    hits = found(hall, made, name="白壁　ひさし")
    assert [(h.number, h.as_member) for h in hits] == [("R8-0001", True), ("R8-0002", False)]
    assert found(hall, made, name="白壁") == ()
    for case_id in (as_member, own):
        (look,) = [e for e in hall.events(case_id) if e.kind == "read.find_person"]
        assert look.facts["asked"] == "find_for_request"
    disclosed = hall.desk.ask(GetDisclosures(own), COORDINATOR, door="web")
    parts = {s.part for a in disclosed.agencies for t in a.told for s in t.shown or ()}
    assert Part.FOUND_FOR_REQUEST in parts
    with pytest.raises(Invalid) as refused:
        found(hall, made, kana="シラカベ")
    assert wrong(refused) == [("name", "request.find_nothing")]


def test_a_corrected_household_is_found_by_what_stands_there_now(hall: TownHall) -> None:
    case_id = hall.open_case("A14", household=[{"relation": "子", "name": "白壁ひさし"}])
    hall.edit(case_id, household=[{"relation": "子", "name": "白壁ますみ"}])
    made = recorded(hall)
    assert found(hall, made, name="白壁ひさし") == ()
    assert isinstance(found(hall, made, name="白壁ますみ")[0], FoundForRequest)


def test_a_restricted_case_is_found_and_read_by_the_named_alone(hall: TownHall) -> None:
    """And the request that is about it with its names, once it is put to that case."""
    case_id = hall.open_case("A14", name="浮舟はつ江", danger="yes")
    number = hall.case(case_id).number
    made = recorded(hall)
    assert found(hall, made, OTHER_COORDINATOR, name="浮舟はつ江") == ()
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(AssignRequestToCase(made, number), OTHER_COORDINATOR)
    assert wrong(refused) == [("number", "request.no_case")]
    hall.desk.handle(AssignRequestToCase(made, number), COORDINATOR)
    assert [c.number for c in seen(hall, made).cases] == [number]
    with pytest.raises(NotAllowed) as hidden:
        seen(hall, made, OTHER_COORDINATOR)
    assert hidden.value.key == "denied.request_restricted"
    (line,) = hall.desk.ask(GetRequests(), OTHER_COORDINATOR).waiting
    assert not line.may_open
    hall.desk.handle(AssignRequestToCase(made, number, about=False), COORDINATOR)
    assert seen(hall, made, OTHER_COORDINATOR).cases == ()


# -- 机 and the weekly digest ----------------------------------------------------------------------


def test_the_desk_has_those_that_wait_and_what_is_overdue_first(hall: TownHall) -> None:
    """For every coordinator: number, kind and day, nobody's name; until it is answered."""
    recorded(hall, kind="correction")
    late = recorded(hall, received_on="R8.10.10")
    found = hall.desk.ask(GetCoordinatorDesk(mine_only=True), OTHER_COORDINATOR).requests
    assert [(r.kind, r.overdue) for r in found] == [("disclosure", True), ("correction", False)]
    assert all(r.may_open for r in found)
    assert WORDS["person"] not in str(found)
    answered(hall, late)
    (left,) = hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).requests
    assert (left.kind, str(left.due_on)) == ("correction", "2026-12-20")


def test_of_a_restricted_case_the_desk_opens_the_request_to_the_named_alone(
    hall: TownHall,
) -> None:
    case_id = hall.open_case("A14", hidden_address="yes")
    made = recorded(hall)
    hall.desk.handle(AssignRequestToCase(made, hall.case(case_id).number), COORDINATOR)
    opens = {
        by: [r.may_open for r in hall.desk.ask(GetCoordinatorDesk(), by).requests]
        for by in (COORDINATOR, OTHER_COORDINATOR)
    }
    assert opens == {COORDINATOR: [True], OTHER_COORDINATOR: [False]}


def test_the_digest_counts_them_in_numbers_alone(hall: TownHall) -> None:
    """Open, due within the next ten open days, overdue; in the card that goes out, too."""
    counts = hall.desk.ask(GetDigest(), MANAGER).content["requests"]
    assert counts == {"open": 0, "soon": 0, "overdue": 0}
    recorded(hall)
    recorded(hall, received_on="R8.10.30")  # until 29 November
    recorded(hall, received_on="R8.10.10")
    content = hall.desk.ask(GetDigest(), MANAGER).content
    assert content["requests"] == {"open": 3, "soon": 1, "overdue": 1}
    assert WORDS["person"] not in str(content)
    hall.desk.handle(PlanDigest(), Caller.CLOCK)
    hall.clock.move(days=4)  # past the holiday
    hall.keep_promises()
    (card,) = hall.notices(MANAGER, "weekly_digest")
    told = {name: card.facts[name] for name in ("requests", "requests_soon", "requests_late")}
    assert told == {"requests": 3, "requests_soon": 1, "requests_late": 1}


def answered(hall: TownHall, made: str) -> None:
    hall.desk.handle(AnswerRequest(made, "given", "写し", "", "R8.11.20"), COORDINATOR)


def test_what_stood_by_mistake_is_named_by_what_is_kept_there(hall: TownHall) -> None:
    """A made-up id is no WrongPerson, and neither is one of another case."""
    hall.open_case("A14", **consented("A14"))
    made = recorded(hall)
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(AssignRequestToCase(made, "R8-0001", former="x"), COORDINATOR)
    assert wrong(refused) == [("number", "request.no_case")]
    assert seen(hall, made).cases == ()


def test_the_search_for_a_request_is_one_of_those_that_are_counted(hall: TownHall) -> None:
    """A request is no way to go through all names of a town."""
    hall.open_case("A14", name="浮舟 はつ江")
    made = recorded(hall)
    for n in range(MOST):
        hall.desk.ask(FindForRequest(made, name=f"山田 {n}"), COORDINATOR)
    assert hall.desk.ask(FindForRequest(made, name="浮舟 はつ江"), COORDINATOR) is None
