"""A restore brings back requests of persons that came since, without their words, and says so."""

from pathlib import Path

import pytest

from tests.storage.test_restored_as_decided import after
from tests.support.people import ADMINISTRATOR, COORDINATOR, OTHER_COORDINATOR
from tests.support.town import TownHall
from tests.workflows.test_request_retention import GIVEN, OVER, answered, let_go
from tests.workflows.test_requests import WORDS, recorded, seen
from tests.workflows.test_retention import everything_readable
from workflows.core.errors import NotFound, Refused
from workflows.core.permissions import Caller
from workflows.model.promise import PromiseKind
from workflows.requests.record import (
    AnswerRequest,
    AssignRequestToCase,
    ExtendRequest,
    RecordRequest,
    TakeBackRequestAnswer,
)
from workflows.restore.restored import GetLackingRequests, GetRestoreState


def lacking(hall: TownHall) -> tuple[tuple[str, str], ...]:
    return hall.desk.ask(GetLackingRequests(), ADMINISTRATOR)


def test_one_that_was_recorded_since_stands_by_number_and_day_and_is_completed_by_hand(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """People sign in: nothing is undone that protected anybody. Its day is watched, its number
    given to no other; whoever completes it writes the words anew."""
    case_id = any_hall.open_case("A14")
    made: list[str] = []

    def since() -> None:
        made.append(recorded(any_hall))
        any_hall.desk.handle(
            AssignRequestToCase(made[0], any_hall.case(case_id).number), COORDINATOR
        )
        any_hall.desk.handle(ExtendRequest(made[0], "R9.1.15", "調べるため。"), COORDINATOR)

    with after(any_hall, tmp_path, since) as again:
        (request_id,) = made
        assert again.desk.ask(GetRestoreState(), Caller.CONSOLE).left == 0
        was, now = seen(any_hall, request_id), seen(again, request_id)
        assert (now.line.number, now.line.kind, now.line.due_on) == (
            "請R8-0001",
            "disclosure",
            was.line.due_on,
        )
        assert now.cases == was.cases
        assert (now.person, now.wanted, now.line.lacks) == ("", "", "words")
        assert not [w for w in WORDS.values() if w and w in str(everything_readable(again))]
        assert lacking(again) == (("請R8-0001", "words"),)
        owed = [p for p in again.promises(request_id) if p.kind is PromiseKind.ANSWER_REQUEST]
        assert len(owed) == 1
        assert seen(again, recorded(again)).line.number == "請R8-0002"
        anew = RecordRequest("disclosure", "person", WORDS, "R8.11.20", request_id)
        assert again.desk.handle(anew, OTHER_COORDINATOR) == request_id
        assert seen(again, request_id).person == WORDS["person"]
        assert seen(again, request_id).line.due_on == was.line.due_on
        assert lacking(again) == ()
        with pytest.raises(Refused):
            again.desk.handle(anew, COORDINATOR)


def test_one_that_was_answered_since_is_answered_and_lacks_the_words_of_it(
    any_hall: TownHall, tmp_path: Path
) -> None:
    request_id = recorded(any_hall)

    def since() -> None:
        command = AnswerRequest(request_id, "given", GIVEN, "", "R8.11.20")
        any_hall.desk.handle(command, COORDINATOR)

    with after(any_hall, tmp_path, since) as again:
        was, now = seen(any_hall, request_id), seen(again, request_id)
        assert now.line.outcome == "given"
        assert now.line.answered_on == was.line.answered_on
        assert (now.answers[0].given, now.answers[0].by) == ("", was.answers[0].by)
        assert now.person == WORDS["person"], "the backup has the words of the request"
        assert lacking(again) == (("請R8-0001", "answer"),)
        assert not again.promises(request_id)
        again.desk.handle(TakeBackRequestAnswer(request_id), COORDINATOR)
        command = AnswerRequest(request_id, "given", GIVEN, "", "R8.11.20")
        again.desk.handle(command, COORDINATOR)
        assert lacking(again) == ()


def test_an_answer_that_was_taken_back_since_is_none(hall: TownHall, tmp_path: Path) -> None:
    request_id = answered(hall)
    with after(
        hall, tmp_path, lambda: hall.desk.handle(TakeBackRequestAnswer(request_id), COORDINATOR)
    ) as again:
        assert seen(again, request_id).waits
        assert len(again.promises(request_id)) == 1
        assert lacking(again) == ()


def test_one_that_was_disposed_of_since_is_gone_again(any_hall: TownHall, tmp_path: Path) -> None:
    request_id = answered(any_hall)
    any_hall.clock.set(OVER)
    with after(any_hall, tmp_path, lambda: let_go(any_hall, request_id)) as again:
        with pytest.raises(NotFound):
            seen(again, request_id)
        assert not [w for w in (WORDS["person"], GIVEN) if w in str(everything_readable(again))]
        with any_hall.database.open() as unit, again.database.open() as other:
            assert unit.disposals.done() == other.disposals.done()
