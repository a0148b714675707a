"""The guard while typing answers nobody who may not read: right and wrong guesses look alike."""

from typing import Any

import pytest

from tests.support.people import CHAIR, COORDINATOR
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.guard.while_typing import CheckSummary
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.meetings.record import SaveRecord
from workflows.meetings.record_views import WriteRecord

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

RIGHT, WRONG = "架空花子さん宅", "見本月子さん宅"
PERSON: dict[str, Any] = {"name": "架空 花子", "kana": "カクウ ハナコ"}


def outcome(act: Any) -> object:
    """Which errors stand beside which fields; "taken" when there are none."""
    try:
        act()
    except Invalid as wrong:
        return {(e.field, e.key) for e in wrong.errors}
    return "taken"


@pytest.mark.parametrize("danger", ["no", "yes"])
def test_a_chair_who_may_not_read_a_case_learns_no_name_by_convening(
    hall: TownHall, danger: str
) -> None:
    """By its number they may ask for a sitting on it; the place they give is taken either way.

    On a restricted case there is no such case to them: that, too, they are told either way.
    """
    for guess in (RIGHT, WRONG):
        case_id = hall.open_case("A14", **PERSON, danger=danger)
        said = {
            text: outcome(lambda t=text, c=case_id: hall.convene(c, place=t, by=CHAIR))
            for text in (guess, "集会所")
        }
        assert said[guess] == said["集会所"], guess
        if danger == "no":
            assert said[guess] == "taken"


def test_without_a_case_only_what_one_reads_answers(hall: TownHall) -> None:
    """A liaison meeting by a chair who reads no case: no name is told from another."""
    hall.open_case("A14", **PERSON)
    liaison: dict[str, Any] = {"kind": "regular", "bases": ["liaison"]}
    assert outcome(lambda: hall.convene(place=RIGHT, by=CHAIR, **liaison)) == "taken"
    assert outcome(lambda: hall.convene(place=WRONG, by=CHAIR, **liaison)) == "taken"
    told = outcome(lambda: hall.convene(place=RIGHT, by=COORDINATOR, **liaison))
    assert told == {("place", "guard.name")}, "who reads the case is told"


@pytest.fixture
def closed_to_the_chair(hall: TownHall) -> str:
    """A meeting whose chair has not confirmed the secrecy duty: none of its cases opens."""
    meeting_id = hall.convene(hall.open_case("A14", **PERSON), chair=CHAIR)
    hall.fix(meeting_id)
    return meeting_id


def test_who_has_not_confirmed_the_duty_learns_no_name_by_moving_or_cancelling(
    hall: TownHall, closed_to_the_chair: str
) -> None:
    """The reasons are taken like any others; after the confirmation the chair is told."""
    meeting_id, desk = closed_to_the_chair, hall.desk

    def move(reason: str, day: str) -> object:
        command = MoveMeeting(meeting_id, f"令和8年12月{day}日", "14:00", reason)
        return outcome(lambda: desk.handle(command, CHAIR))

    assert move("架空さんの希望で", "22") == move("見本さんの希望で", "23") == "taken"
    hall.swear(meeting_id, CHAIR)
    assert move("架空さんの希望で", "24") == {("reason", "guard.name")}
    told = outcome(lambda: desk.handle(CancelMeeting(meeting_id, "架空さん入院"), CHAIR))
    assert told == {("reason", "guard.name")}


def test_a_record_writer_learns_no_name_of_a_case_that_is_closed_to_them(hall: TownHall) -> None:
    """Restricted since: hint, saving and the look at the card are the same for any guess.

    Another case is on the agenda: of a meeting on it alone they would write no record at all.
    """
    case_id = hall.open_case("A14", **PERSON)
    meeting_id = hall.convene(case_id, hall.open_case("A14"), chair=CHAIR)
    hall.fix(meeting_id)
    hall.swear(meeting_id, CHAIR)
    hall.edit(case_id, danger="yes")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        assert case.is_restricted
        case.named_member_ids = [m for m in case.named_member_ids if m != CHAIR]
        unit.commit()
    hall.clock.move(days=20, hours=5)
    seen = set()
    for guess in ("架空さんの件", "見本さんの件"):
        assert hall.desk.ask(CheckSummary(meeting_id, guess), CHAIR) == ()
        record = hall.meeting(meeting_id).record
        save = SaveRecord(meeting_id, record.version if record else 0, {}, {}, summary=guess)
        assert outcome(lambda s=save: hall.desk.handle(s, CHAIR)) == "taken"
        shown = hall.desk.ask(WriteRecord(meeting_id), CHAIR).summary["summary"]
        seen.add(str(shown).replace(guess[:2], "…"))
    assert len(seen) == 1, "the preview masks a right guess and leaves a wrong one"
    told = hall.desk.ask(CheckSummary(meeting_id, "架空さんの件"), COORDINATOR)
    assert [e.key for e in told] == ["guard.name"], "who reads the case is told"
