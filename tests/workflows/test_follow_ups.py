"""見守り: checks at 1, 3 and 6 months, each answer sets the next, 悪化 asks for a reassessment."""

from datetime import date, datetime

import pytest

from tests.support.people import COORDINATOR, ELDERLY, OTHER_COORDINATOR, OUTSIDER
from tests.support.town import TownHall
from workflows.dates import TOKYO
from workflows.errors import Invalid, NotFound, Refused
from workflows.followups.answer import AnswerFollowUp
from workflows.promises import PromiseKind


def waiting(hall: TownHall, case_id: str) -> list[date]:
    return [f.due_on for f in hall.case(case_id).follow_ups if f.waits]


@pytest.fixture
def case_id(hall: TownHall) -> str:
    """Supported since 20 November by 地域包括."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.plan(case_id, by=ELDERLY)
    return case_id


def test_support_is_checked_after_one_three_and_six_months(hall: TownHall, case_id: str) -> None:
    """Each falls on an open day: 20 December is a Sunday, 20 February a Saturday."""
    assert waiting(hall, case_id) == [date(2026, 12, 21), date(2027, 2, 22), date(2027, 5, 20)]


def test_a_check_at_the_turn_of_the_year_moves_past_the_holidays(hall: TownHall) -> None:
    """A check that falls on 29 December is asked on 4 January."""
    hall.clock.set(datetime(2026, 11, 29, 10, 0, tzinfo=TOKYO))
    case_id = hall.open_case("A14")
    hall.plan(case_id)
    assert waiting(hall, case_id)[0] == date(2027, 1, 4)


def test_an_answer_leads_on_to_the_next_check(any_hall: TownHall) -> None:
    """After the last of the three, one every three months: a case is never out of sight."""
    case_id = any_hall.open_case("A14")
    any_hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    any_hall.plan(case_id, by=ELDERLY)
    for _ in range(6):
        due = waiting(any_hall, case_id)[0]
        any_hall.clock.set(datetime(due.year, due.month, due.day, 10, 0, tzinfo=TOKYO))
        any_hall.check_on(case_id, by=ELDERLY)
        assert waiting(any_hall, case_id), "nobody looks again"
        assert waiting(any_hall, case_id)[0] > due
    answered = [f for f in any_hall.case(case_id).follow_ups if not f.waits]
    assert [f.by for f in answered] == [ELDERLY] * 6
    assert waiting(any_hall, case_id) == [date(2028, 5, 22)]


def test_the_answer_may_name_the_next_day(hall: TownHall, case_id: str) -> None:
    """A day that somebody chose comes before the usual one."""
    hall.check_on(case_id, by=ELDERLY, next_on="令和8年12月1日")
    assert waiting(hall, case_id)[0] == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("day", "key"),
    [("令和8年11月20日", "follow_up.past"), ("令和9年11月22日", "follow_up.too_far")],
)
def test_the_next_day_is_ahead_and_within_a_year(
    hall: TownHall, case_id: str, day: str, key: str
) -> None:
    """Today is no next time, and a year is the longest anybody is left unseen."""
    with pytest.raises(Invalid) as wrong:
        hall.check_on(case_id, by=ELDERLY, next_on=day)
    assert [(e.field, e.key) for e in wrong.value.errors] == [("next_on", key)]
    assert hall.case(case_id).follow_ups[0].waits


def test_worse_asks_for_a_reassessment_until_a_meeting_was_held(
    hall: TownHall, case_id: str
) -> None:
    """悪化 goes to the coordinators at once and is owed until the case has been discussed."""
    hall.check_on(case_id, "worse", by=ELDERLY)
    assert hall.told("follow_up_worse") == {COORDINATOR, OTHER_COORDINATOR}
    assert hall.promises(case_id, PromiseKind.REASSESS)
    meeting_id = hall.convene(case_id)
    assert hall.promises(case_id, PromiseKind.REASSESS) == []
    hall.fix(meeting_id)
    begins = hall.meeting(meeting_id).fixed_slot
    assert begins is not None
    hall.clock.set(begins.ends_at)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    assert hall.case(case_id).reassessment_asked_at is None


@pytest.mark.parametrize("result", ["improved", "unchanged", "unreachable"])
def test_only_worse_asks_for_a_reassessment(hall: TownHall, case_id: str, result: str) -> None:
    """Three of the four answers go on as planned."""
    hall.check_on(case_id, result, by=ELDERLY)
    assert hall.promises(case_id, PromiseKind.REASSESS) == []


def test_one_check_is_answered_once_and_by_the_team(hall: TownHall, case_id: str) -> None:
    """A second answer names who gave the first; an outsider sees nothing to answer."""
    first = hall.case(case_id).follow_ups[0].id
    answer = AnswerFollowUp(case_id, first, {"result": "improved"})
    with pytest.raises(NotFound):
        hall.desk.handle(answer, OUTSIDER)
    hall.desk.handle(answer, ELDERLY)
    with pytest.raises(Refused) as again:
        hall.desk.handle(answer, COORDINATOR)
    assert (again.value.key, again.value.facts["by"]) == ("follow_up.already", "日向坂 ゆるり")


def test_a_check_is_asked_on_its_morning_and_not_before(hall: TownHall, case_id: str) -> None:
    """The lead agency is asked at opening on the day."""
    hall.clock.set(datetime(2026, 12, 21, 8, 29, tzinfo=TOKYO))
    hall.keep_promises()
    assert hall.told("follow_up_ask") == set()
    hall.clock.set(datetime(2026, 12, 21, 8, 30, tzinfo=TOKYO))
    hall.keep_promises()
    assert hall.told("follow_up_ask") == {ELDERLY}
