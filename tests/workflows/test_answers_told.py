"""Whoever convened hears how the answers stand whenever all are in and the outcome is another."""

from tests.support.hands import meant
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from tests.support.web import ticks_of
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.japanese.dates import TOKYO, show_date
from workflows.meetings.run import AddDates, InviteAgency


def heard(hall: TownHall) -> list[bool]:
    """Whether no date works, as often as it was told; the first first."""
    found = hall.notices(COORDINATOR, "all_answered")
    return [bool(n.facts["none_works"]) for n in sorted(found, key=lambda n: str(n.created_at))]


def stands(hall: TownHall) -> list[bool]:
    """The same of what was told and is still so."""
    found = hall.notices(COORDINATOR, "all_answered")
    held = [n for n in found if not hall.desk.ask(GetDropReason(n), Caller.CLOCK)]
    return [bool(n.facts["none_works"]) for n in held]


def answer(hall: TownHall, meeting_id: str, agency_id: str, symbol: str, by: str) -> None:
    hall.clock.move(minutes=1)
    hall.answer(meeting_id, agency_id, symbol, by=by)


def test_a_changed_outcome_is_told_each_time_and_the_old_word_is_not_sent(hall: TownHall) -> None:
    """× becomes ○ and × again; saved once more with the same outcome it is no news."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    answer(hall, meeting_id, "A13", "yes", COORDINATOR)
    assert heard(hall) == []
    answer(hall, meeting_id, "A14", "no", ELDERLY)
    assert heard(hall) == [True]
    answer(hall, meeting_id, "A14", "yes", ELDERLY)
    assert heard(hall) == [True, False]
    assert stands(hall) == [False]
    answer(hall, meeting_id, "A14", "yes", ELDERLY)
    answer(hall, meeting_id, "A13", "maybe", COORDINATOR)
    assert heard(hall) == [True, False], "the best date is the same"
    answer(hall, meeting_id, "A14", "no", ELDERLY)
    assert heard(hall) == [True, False, True]
    assert stands(hall) == [True], "the same was told before: once is enough"


def test_a_further_agency_that_answers_is_told(hall: TownHall) -> None:
    """While it has not, the word of before does not stand."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    answer(hall, meeting_id, "A13", "yes", COORDINATOR)
    answer(hall, meeting_id, "A14", "yes", ELDERLY)
    assert heard(hall) == [False]
    hall.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    assert stands(hall) == []
    answer(hall, meeting_id, "A17", "yes", DISABILITY)
    assert heard(hall) == [False, False]
    assert stands(hall) == [False]


def test_added_dates_that_all_answered_are_told(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    answer(hall, meeting_id, "A13", "no", COORDINATOR)
    answer(hall, meeting_id, "A14", "no", ELDERLY)
    day = hall.in_days(25).astimezone(TOKYO).date()
    rows = ({"day": show_date(day), "starts": "14:00"},)
    hall.desk.handle(AddDates(meeting_id, rows, confirmed=meant([day], "14:00")), COORDINATOR)
    assert stands(hall) == [], "dates were added: nobody is asked to add any"
    answer(hall, meeting_id, "A13", "yes", COORDINATOR)
    answer(hall, meeting_id, "A14", "yes", ELDERLY)
    assert heard(hall) == [True, False]
    assert stands(hall) == [False]


def test_who_knew_a_date_is_told_that_date_when_it_moved_twice(hall: TownHall) -> None:
    """Moved twice before anything went out: the first notice, which nobody saw, is not counted."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    ticks_of(hall).tick()
    known = hall.meeting(meeting_id).fixed_slot
    assert known
    hall.move(meeting_id, 24)
    hall.move(meeting_id, 25)
    for member in (ELDERLY, CHAIR):
        told = {str(n.facts["starts_at"]): n for n in hall.notices(member, "meeting_moved")}
        newest = told[hall.meeting(meeting_id).fixed_slot.starts_at.isoformat()]  # type: ignore[union-attr]
        assert newest.facts["moved_from"] == known.starts_at.isoformat()


def test_who_had_heard_of_no_date_is_told_the_date_alone(hall: TownHall) -> None:
    """Fixed and moved before anything went out: there is no date that it was before."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    hall.move(meeting_id, 24)
    (notice,) = hall.notices(ELDERLY, "meeting_moved")
    assert notice.facts["moved_from"] == ""
