"""Requests of persons: kept for years of their own after the answer, approved like cases, gone."""

from datetime import datetime
from typing import Any

import pytest

from tests.support.people import ADMINISTRATOR, COORDINATOR, MANAGER, OTHER_COORDINATOR
from tests.support.town import TownHall
from tests.workflows.test_forgotten_numbers import tables_naming
from tests.workflows.test_requests import recorded, seen
from tests.workflows.test_retention import approve, closed, everything_readable, keep_house
from workflows.core.errors import Invalid, NotAllowed, NotFound
from workflows.core.permissions import Caller
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.japanese.dates import TOKYO
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.requests.record import AnswerRequest, AssignRequestToCase
from workflows.requests.views import GetRequests
from workflows.retention.approve import ApprovalResult, ApproveDisposals
from workflows.retention.hold import LiftHold, SetHold
from workflows.retention.lines import GetDisposals, GetRetention

LAST = datetime(2032, 3, 31, 9, 0, tzinfo=TOKYO)  # five years after the year of the answer
OVER = datetime(2032, 4, 1, 9, 0, tzinfo=TOKYO)
GIVEN = "つなぐシートの写しを渡した。"
WORDS = ("浮舟はつ江", "運転免許証", GIVEN)


def answered(hall: TownHall) -> str:
    request_id = recorded(hall)
    hall.desk.handle(AnswerRequest(request_id, "given", GIVEN, "", "R8.11.20"), COORDINATOR)
    return request_id


def due(hall: TownHall, by: str = MANAGER) -> list[str]:
    return [r.number for r in hall.desk.ask(GetRetention(), by).requests]


def let_go(hall: TownHall, *request_ids: str, by: str = MANAGER) -> ApprovalResult:
    return hall.desk.handle(ApproveDisposals((), (), "退職", "タイショク", request_ids), by)


def test_it_is_due_when_its_own_years_after_the_answer_are_over(hall: TownHall) -> None:
    """Not before, and never while it waits for its answer."""
    answered(hall)
    recorded(hall)
    hall.clock.set(LAST)
    assert due(hall) == []
    hall.clock.set(OVER)
    assert due(hall) == ["請R8-0001"]
    assert due(hall, ADMINISTRATOR) == ["請R8-0001"]


def test_the_town_says_how_many_years(hall: TownHall) -> None:
    view = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)
    town = view.town
    rows = tuple((d.id, d.name, d.kana) for d in town.districts)

    def save(years: str) -> None:
        stamp = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR).stamp
        command = SaveTown(town.name, town.kana, rows, (), stamp, request_retention_years=years)
        hall.desk.handle(command, ADMINISTRATOR)

    with pytest.raises(Invalid) as wrong:
        save("31")
    assert [e.field for e in wrong.value.errors] == ["request_retention_years"]
    save("1")
    answered(hall)
    hall.clock.set(datetime(2028, 4, 1, 9, 0, tzinfo=TOKYO))
    assert due(hall) == ["請R8-0001"]


def test_a_manager_approves_it_and_no_word_of_it_is_left(any_hall: TownHall) -> None:
    """Its number and days stand in the proof; notices that named it are gone; its number is not
    given to another one."""
    hall = any_hall
    request_id = answered(hall)
    hall.clock.set(OVER)
    assert [w for w in WORDS if w in "".join(everything_readable(hall).values())] == list(WORDS)
    with pytest.raises(NotAllowed):
        let_go(hall, request_id, by=ADMINISTRATOR)
    assert let_go(hall, request_id, "no-such").left_out == 1
    assert not [w for w in WORDS if w in "".join(everything_readable(hall).values())]
    (line,) = hall.desk.ask(GetDisposals(), MANAGER)
    assert (line.kind, line.number, line.counts[0]) == ("request", "請R8-0001", ("requests", 1))
    assert len(line.proof) == 64
    assert tables_naming(hall, "請R8-0001") == {"disposals", "trail"}
    with pytest.raises(NotFound):
        seen(hall, request_id)
    assert due(hall) == []


def test_what_is_chosen_and_is_not_due_stays(hall: TownHall) -> None:
    request_id = answered(hall)
    assert let_go(hall, request_id) == ApprovalResult(0, 0, 1)
    assert seen(hall, request_id).person == "浮舟はつ江"


def test_one_about_a_case_that_is_held_is_held_with_it(hall: TownHall) -> None:
    request_id = answered(hall)
    case_id = closed(hall)
    number = hall.case(case_id).number
    hall.desk.handle(AssignRequestToCase(request_id, number), COORDINATOR)
    hall.clock.set(OVER)
    hall.desk.handle(SetHold(case_id, "裁判のため。"), MANAGER)
    assert due(hall) == []
    hall.desk.handle(LiftHold(case_id), MANAGER)
    assert due(hall) == ["請R8-0001"]


def test_the_managers_are_asked_once_a_month(hall: TownHall) -> None:
    answered(hall)
    hall.clock.set(OVER)
    hall.desk.handle(DoChore(Chore.PROPOSE), Caller.CLOCK)
    told: Any = hall.notices(MANAGER, "disposal_proposed")
    assert [(n.facts["requests"], n.facts["cases"]) for n in told] == [(1, 0)]


def test_a_request_lets_go_of_a_case_that_is_disposed_of(any_hall: TownHall) -> None:
    """Its id goes; that there was one is known; whoever recorded the request opens it on, nobody
    else, because who could read the case is not known any more. The number of a request is not
    taken for a case's."""
    hall = any_hall
    case_id = closed(hall)
    request_id = recorded(hall)
    assert (hall.case(case_id).number, seen(hall, request_id).line.number) == (
        "R8-0001",
        "請R8-0001",
    )
    hall.desk.handle(AssignRequestToCase(request_id, "R8-0001"), COORDINATOR)
    hall.clock.set(OVER)
    hall.keep_promises()
    assert approve(hall, case_id).cases == 1
    keep_house(hall)
    with hall.database.open() as unit:
        (request,) = unit.requests.all()
    assert (request.case_ids, request.former, request.cases_gone) == ([], {}, 1)
    assert seen(hall, request_id).cases == ()
    with pytest.raises(NotAllowed):
        seen(hall, request_id, OTHER_COORDINATOR)
    (line,) = hall.desk.ask(GetRequests(), COORDINATOR).waiting
    assert line.number == "請R8-0001"
    due_ones = [n for n in hall.notices() if n.key == "request_due"]
    assert {n.facts["number"] for n in due_ones} == {"請R8-0001"}
