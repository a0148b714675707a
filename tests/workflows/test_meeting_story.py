"""What a meeting's page tells of what happened to it, in sentences and not in presses."""

import pytest

from tests.support.people import COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from workflows.japanese.dates import show_date
from workflows.meetings.answer import AnswerSlot
from workflows.meetings.run import CloseAnswers, ReopenAnswers
from workflows.meetings.story import ANSWERED, MeetingStoryLine
from workflows.meetings.views import GetMeeting


@pytest.fixture
def meeting_id(hall: TownHall) -> str:
    asked = ("A14", "A17")
    return hall.convene(hall.open_case(*asked), required=asked, days_ahead=(20, 21, 22))


def press(hall: TownHall, meeting_id: str, agency: str, by: str, *, until: int = 3) -> None:
    """One date after the other, as in a chat."""
    for slot in hall.meeting(meeting_id).slots[:until]:
        hall.clock.move(minutes=1)
        hall.desk.handle(AnswerSlot(meeting_id, agency, slot.id, "yes"), by)


def answers_told(hall: TownHall, meeting_id: str) -> list[MeetingStoryLine]:
    story = hall.desk.ask(GetMeeting(meeting_id), COORDINATOR).story
    return [told for told in story if told.kind == ANSWERED]


def test_dates_answered_one_by_one_are_told_once(hall: TownHall, meeting_id: str) -> None:
    """Two agencies at the same time: a line for each, with when the last press came."""
    press(hall, meeting_id, "A14", ELDERLY, until=2)
    press(hall, meeting_id, "A17", DISABILITY)
    last = hall.desk.now()
    told = answers_told(hall, meeting_id)
    assert [str(t.facts["agency"]) for t in told] == [
        hall.agency_name("A17"),
        hall.agency_name("A14"),
    ]
    assert told[0].at == last
    press(hall, meeting_id, "A14", ELDERLY)
    told = answers_told(hall, meeting_id)
    assert [str(t.facts["agency"]) for t in told] == [
        hall.agency_name("A14"),
        hall.agency_name("A17"),
    ]


def test_an_answer_that_was_changed_is_told_beside_the_first(
    hall: TownHall, meeting_id: str
) -> None:
    press(hall, meeting_id, "A14", ELDERLY)
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    assert [t.facts["changed"] for t in answers_told(hall, meeting_id)] == [True, False]


def test_answers_after_something_else_happened_are_told_anew(
    hall: TownHall, meeting_id: str
) -> None:
    """The order of what happened is kept."""
    press(hall, meeting_id, "A14", ELDERLY, until=1)
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    hall.desk.handle(ReopenAnswers(meeting_id, show_date(hall.in_days(5).date())), COORDINATOR)
    press(hall, meeting_id, "A14", ELDERLY)
    assert len(answers_told(hall, meeting_id)) == 2


def test_the_story_names_the_case_to_whoever_knows_of_it(hall: TownHall) -> None:
    """An agency that hears one of two cases reads no number of the other."""
    first, second = hall.open_case("A14", "A17"), hall.open_case("A14", "A17")
    meeting_id = hall.convene(
        first, second, required=["A14", "A17"], hearing={first: ["A14"], second: ["A17"]}
    )

    def named(member_id: str) -> set[object]:
        story = hall.desk.ask(GetMeeting(meeting_id), member_id).story
        return {t.facts["number"] for t in story if t.kind == "put_on_agenda"}

    assert named(COORDINATOR) == {hall.case(first).number, hall.case(second).number}
    assert named(ELDERLY) == {hall.case(first).number, ""}
