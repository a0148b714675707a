"""見守り: checks at 1, 3 and 6 months, each answer sets the next, 悪化 asks for a reassessment."""

import itertools
from datetime import date, datetime

import pytest

from tests.support.people import COORDINATOR, ELDERLY, OTHER_COORDINATOR, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.cases.reply import SetLead
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.followups.answer import AnswerFollowUp
from workflows.followups.reassess import EndReassessment
from workflows.japanese.dates import TOKYO
from workflows.model.promise import PromiseKind
from workflows.reminders.open_days_changed import RecalculateDueTimes


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


def test_a_second_worsening_does_not_push_what_is_owed_already(
    hall: TownHall, case_id: str
) -> None:
    """The reassessment stays due when it was; whoever hears of it reads that day."""
    hall.check_on(case_id, "worse", by=ELDERLY)
    (owed,) = hall.promises(case_id, PromiseKind.REASSESS)
    hall.clock.move(days=4)
    hall.check_on(case_id, "worse", by=ELDERLY)
    (still,) = hall.promises(case_id, PromiseKind.REASSESS)
    assert still.due_at == owed.due_at
    due = {n.facts["due_at"] for n in hall.notices(key="follow_up_worse")}
    assert due == {owed.due_at.isoformat()}


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


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, 0, tzinfo=TOKYO)


def keep_until(hall: TownHall, until: datetime) -> None:
    """Let the clock act on every moment at which something is due, until then."""
    while True:
        with hall.database.open() as unit:
            due = unit.promises.next_due()
        if due is None or due > until:
            break
        hall.clock.set(max(due, hall.clock.at))
        hall.keep_promises()
    hall.clock.set(until)


def asked_on(hall: TownHall, *keys: str) -> set[date]:
    return {n.created_at.date() for n in hall.notices() if n.key in keys and n.created_at}


def test_a_check_that_was_missed_silences_no_later_one(hall: TownHall, case_id: str) -> None:
    """Nobody answers for a year: each check is asked for on its day, and somebody hears of it
    every two weeks at least; the one before is in the history as not carried out."""
    keep_until(hall, at(2027, 5, 20))
    assert {date(2026, 12, 21), date(2027, 2, 22), date(2027, 5, 20)} <= asked_on(
        hall, "follow_up_ask"
    )
    first, second, third = hall.case(case_id).follow_ups
    assert [f.missed_at is not None for f in (first, second, third)] == [True, True, False]
    assert (first.missed_for, second.missed_for) == (second.id, third.id)
    assert first.result is None, "missed is not done"
    missed = [e.facts["due_on"] for e in hall.events(case_id) if e.kind == "follow_up_missed"]
    assert missed == ["2026-12-21", "2027-02-22"]
    (owed,) = hall.promises(case_id, PromiseKind.FOLLOW_UP)
    assert owed.item_id == third.id
    keep_until(hall, at(2027, 11, 20))
    told = sorted(asked_on(hall, "follow_up_reminder", "follow_up_overdue"))
    told = [d for d in told if d > date(2027, 5, 20)]
    assert max((b - a).days for a, b in itertools.pairwise(told)) <= 20
    assert (date(2027, 11, 20) - told[-1]).days <= 20


def test_a_late_check_and_the_next_one_are_both_promised(hall: TownHall, case_id: str) -> None:
    """From the day of a check on, the one after it is promised beside it."""
    keep_until(hall, at(2026, 12, 22))
    first, second, _ = hall.case(case_id).follow_ups
    owed = hall.promises(case_id, PromiseKind.FOLLOW_UP)
    assert [p.item_id for p in owed] == [first.id, second.id]


def test_after_a_stop_over_two_checks_the_newer_one_is_asked_for(
    hall: TownHall, case_id: str
) -> None:
    """The server stood still from December to March: one question, and the ladder begins anew."""
    hall.clock.set(at(2027, 3, 1))
    hall.keep_promises()
    first, second, _ = hall.case(case_id).follow_ups
    assert (first.missed_for, second.waits) == (second.id, True)
    hall.keep_promises()
    (asked,) = hall.notices(ELDERLY, "follow_up_ask")
    assert asked.facts["item"] == second.id


def test_an_answer_by_an_old_card_counts_for_the_check_that_is_due(
    hall: TownHall, case_id: str
) -> None:
    """Who opens the reminder of the missed check in March says how it is in March."""
    first, second, _ = hall.case(case_id).follow_ups
    keep_until(hall, at(2027, 2, 23))
    hall.desk.handle(AnswerFollowUp(case_id, first.id, {"result": "unchanged"}), ELDERLY)
    first, second, third = hall.case(case_id).follow_ups
    assert (first.result, str(second.result)) == (None, "unchanged")
    assert third.waits
    with pytest.raises(Refused) as again:
        hall.desk.handle(AnswerFollowUp(case_id, second.id, {"result": "worse"}), ELDERLY)
    assert again.value.key == "follow_up.already"


def test_after_an_answer_the_next_check_is_never_in_the_past(hall: TownHall, case_id: str) -> None:
    """All three days have gone by when somebody answers at last."""
    hall.clock.set(at(2027, 8, 2))
    hall.check_on(case_id, by=ELDERLY)
    assert waiting(hall, case_id) == [date(2027, 11, 2)]


def test_the_day_that_somebody_chose_is_the_next_one(hall: TownHall, case_id: str) -> None:
    """What the series had before that day gives way to it; what comes later stays."""
    hall.clock.set(at(2026, 12, 21))
    hall.check_on(case_id, by=ELDERLY, next_on="令和9年5月6日")
    assert waiting(hall, case_id) == [date(2027, 5, 6), date(2027, 5, 20)]


def test_a_new_lead_begins_without_what_was_late(hall: TownHall, case_id: str) -> None:
    """Naming the lead names the next day; the late check stays in the history as missed."""
    hall.clock.set(at(2026, 12, 24))
    hall.desk.handle(SetLead(case_id, "A13", "令和9年1月12日"), COORDINATOR)
    first = hall.case(case_id).follow_ups[0]
    assert first.missed_at == hall.clock.at
    assert waiting(hall, case_id)[0] == date(2027, 1, 12)


def test_a_case_that_ends_keeps_the_check_that_was_missed(hall: TownHall, case_id: str) -> None:
    """What was still ahead is taken away; what was late was not carried out, and that stays."""
    hall.clock.set(at(2026, 12, 24))
    hall.close(case_id)
    (kept,) = hall.case(case_id).follow_ups
    assert (kept.due_on, kept.missed_at) == (date(2026, 12, 21), hall.clock.at)


def test_improved_ends_the_reassessment_and_unchanged_does_not(
    hall: TownHall, case_id: str
) -> None:
    """[ours] 変わりなし after 悪化 is as bad as before; 改善 is an answer to it."""
    hall.check_on(case_id, "worse", by=ELDERLY)
    hall.check_on(case_id, "unchanged", by=ELDERLY)
    assert hall.promises(case_id, PromiseKind.REASSESS)
    hall.check_on(case_id, "improved", by=ELDERLY)
    assert hall.promises(case_id, PromiseKind.REASSESS) == []
    (ended,) = hall.case(case_id).reassessments
    assert (ended.how, ended.by) == ("improved", ELDERLY)


def test_a_coordinator_says_that_the_reassessment_is_done(hall: TownHall, case_id: str) -> None:
    """Without a meeting: what came of it is written down, and nobody is chased any more."""
    hall.check_on(case_id, "worse", by=ELDERLY)
    with pytest.raises(NotAllowed):
        hall.desk.handle(EndReassessment(case_id, "訪問を増やす。"), ELDERLY)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(EndReassessment(case_id, "  "), COORDINATOR)
    assert [e.field for e in wrong.value.errors] == ["outcome"]
    hall.desk.handle(EndReassessment(case_id, "訪問を増やす。"), COORDINATOR)
    assert hall.promises(case_id, PromiseKind.REASSESS) == []
    (ended,) = hall.case(case_id).reassessments
    assert (ended.how, ended.outcome) == ("review", "訪問を増やす。")
    with pytest.raises(Refused) as again:
        hall.desk.handle(EndReassessment(case_id, "もう一度。"), COORDINATOR)
    assert again.value.key == "reassess.none"


def test_a_check_is_asked_on_its_morning_and_not_before(hall: TownHall, case_id: str) -> None:
    """The lead agency is asked at opening on the day."""
    hall.clock.set(datetime(2026, 12, 21, 8, 29, tzinfo=TOKYO))
    hall.keep_promises()
    assert hall.told("follow_up_ask") == set()
    hall.clock.set(datetime(2026, 12, 21, 8, 30, tzinfo=TOKYO))
    hall.keep_promises()
    assert hall.told("follow_up_ask") == {ELDERLY}


RUNGS = [*(date(2026, 12, d) for d in (21, 22, 23, 24, 28)), date(2027, 1, 8)]


def test_the_page_foresees_that_a_later_check_takes_the_place_of_an_earlier_one(
    hall: TownHall, case_id: str
) -> None:
    """Two days later, and two months later: up to its day the page says what the clock then does,
    and from then on nothing of the earlier one."""
    seat = Seat(web_app(hall), ELDERLY)
    for later, words in (
        (date(2027, 2, 22), "そのあとも、2/22（月）の次の見守りの日まで、くり返しお知らせします。"),
        (date(2026, 12, 23), "12/23（水）からは、次の見守りについてお知らせします。"),
    ):
        with hall.database.open() as unit:
            case = unit.cases.get(case_id, change=True)
            assert case is not None
            case.follow_ups[1].due_on = later
            unit.commit()
        hall.clock.set(at(2026, 12, 18))
        hall.desk.handle(RecalculateDueTimes(f"case:{case_id}"), Caller.CLOCK)
        view = hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY)
        both = zip(view.promises, view.upcoming_notices, strict=True)
        (follows,) = [w for line, w in both if line.kind == PromiseKind.FOLLOW_UP]
        page = seat.text("/cases/R8-0001")
        assert words in page
        assert [when.date() for when, _ in follows.steps] == [d for d in RUNGS if d < later]
        assert follows.ends_on == later
    keep_until(hall, at(2026, 12, 23))
    (first, *_) = hall.case(case_id).follow_ups
    told = [n for n in hall.notices() if n.facts.get("item") == first.id]
    assert {n.created_at.date() for n in told if n.created_at} == set(RUNGS[:2])
