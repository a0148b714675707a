"""The ladder: whom the clock tells, in which order, when, and when no more."""

from datetime import datetime, timedelta

import pytest

from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall, holiday_name
from workflows.cases.roles import TickRole
from workflows.core.permissions import Caller
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.model.promise import Promise, PromiseKind
from workflows.promises.ladder import LADDERS, OFTEN, next_at, rung_at, rungs_at
from workflows.reminders.keep_promises import KeepNextPromise, PlanDigest

COORDINATORS = {COORDINATOR, OTHER_COORDINATOR}
MANAGERS = {MANAGER, "M25"}
WRITER = OUTSIDER  # writes in these tests, so that writer and coordinator are two people


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


@pytest.fixture
def case_id(hall: TownHall) -> str:
    """Asked on Friday 20 November at 10; to be answered by Thursday the 26th, 17:15."""
    return hall.open_case("A14", by=WRITER)


def deliver_all(hall: TownHall) -> None:
    """Take everything out of the outbox, as the delivery does."""
    with hall.database.open() as unit:
        now = hall.clock.at.replace(year=2099)
        while (claimed := unit.outbox.claim(now, "test")) is not None:
            unit.outbox.settle(claimed.notice.id, "test", claimed.attempt, "sent", hall.clock.at)
        unit.commit()


def steps(hall: TownHall, until: datetime, *keys: str) -> list[tuple[datetime, str, set[str]]]:
    """What the promises alone make the clock say until then."""
    found: list[tuple[datetime, str, set[str]]] = []
    while True:
        deliver_all(hall)
        with hall.database.open() as unit:
            due = unit.promises.next_due()
        if due is None or due > until:
            break
        hall.clock.set(max(due, hall.clock.at))
        assert hall.desk.handle(KeepNextPromise(), Caller.CLOCK)
        told = hall.notices()
        found += [
            (hall.clock.at, key, {n.member_id for n in told if n.key == key})
            for key in sorted({n.key for n in told if not keys or n.key in keys})
        ]
    hall.clock.set(until)
    return found


REPLY = ("reply_reminder", "reply_overdue")


def test_first_the_agency_then_the_writer_the_coordinator_the_manager(
    hall: TownHall, case_id: str
) -> None:
    """docs/rules.md 19: before its day has passed, and when it has; then one after the other."""
    assert steps(hall, at(1, 9, month=12), *REPLY) == [
        (at(25, 8, 30), "reply_reminder", {ELDERLY}),
        (at(27, 8, 30), "reply_reminder", {ELDERLY}),
        (at(27, 13), "reply_overdue", {WRITER}),
        (at(30, 8, 30), "reply_overdue", COORDINATORS),
        (at(1, 8, 30, month=12), "reply_overdue", MANAGERS),
    ]


def test_what_nobody_answers_comes_again_every_week(hall: TownHall, case_id: str) -> None:
    """After the last rung nothing falls silent: agency and coordinators hear every five open days,
    and after two months the coordinators every ten, for as long as it is owed."""
    steps(hall, at(1, 9, month=12), *REPLY)
    assert steps(hall, at(15, 9, month=12), *REPLY) == [
        (at(8, 8, 30, month=12), "reply_overdue", COORDINATORS),
        (at(8, 8, 30, month=12), "reply_reminder", {ELDERLY}),
        (at(15, 8, 30, month=12), "reply_overdue", COORDINATORS),
        (at(15, 8, 30, month=12), "reply_reminder", {ELDERLY}),
    ]
    often = steps(hall, datetime(2027, 2, 8, 9, tzinfo=TOKYO), *REPLY)
    assert sum(key == "reply_reminder" for _, key, _ in often) == OFTEN - 2
    year = steps(hall, datetime(2027, 12, 1, 9, tzinfo=TOKYO), *REPLY)
    assert {key for _, key, _ in year} == {"reply_overdue"}
    assert all(who == COORDINATORS for _, _, who in year)
    assert 17 <= len(year) <= 24, "a year later it is still asked for, no more often than is read"
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    assert steps(hall, datetime(2027, 12, 20, 9, tzinfo=TOKYO), *REPLY) == []


def test_what_fell_silent_before_this_version_is_asked_for_again(
    hall: TownHall, case_id: str
) -> None:
    """Rows whose ladder ended with its last rung, as they lie in a database of before."""
    with hall.database.open() as unit:
        (held,) = [p for p in unit.promises.open() if p.kind is PromiseKind.REPLY]
        unit.promises.stepped(held.key, 4, None)
        unit.commit()
    hall.clock.set(at(10, 9, month=12))
    hall.desk.handle(PlanDigest(), Caller.CLOCK)
    told = steps(hall, at(17, 9, month=12), *REPLY)
    assert [who for _, _, who in told] == [COORDINATORS, {ELDERLY}]


ENDS_BY_ITSELF = {
    PromiseKind.ANSWER_DATES,  # the organiser's FIX_DATE comes again instead
    PromiseKind.ATTEND,  # over when the meeting begins
    PromiseKind.MEETING_SOON,
    PromiseKind.DIGEST,
}


@pytest.mark.parametrize("kind", [k for k in PromiseKind if k not in ENDS_BY_ITSELF])
@pytest.mark.parametrize("years", [0, 3])
@pytest.mark.parametrize("urgent", [False, True])
def test_no_promise_falls_silent(kind: PromiseKind, years: int, *, urgent: bool) -> None:
    """Whatever was said last, and however long ago: there is a next time, within three weeks."""
    since = at(20, 10)
    promise = Promise(kind, "c", "i", since, at(24, 17, 15), "A14", case_id="c", urgent=urgent)
    now = at(24, 18).replace(year=2026 + years)
    days = OpenDays(holiday_name)
    for step in range(1, 300):
        then = next_at(promise, step, now, days)
        assert then is not None
        assert now < then <= now + timedelta(days=21)
        assert rungs_at(kind, step, urgent=urgent)
        now = then


@pytest.mark.parametrize("kind", list(LADDERS))
def test_nothing_is_reminded_of_for_the_first_time_when_its_time_is_over(kind: PromiseKind) -> None:
    """The first reminder leaves the office hours of a day to do it in; and none comes at the very
    deadline, at closing: it would be read on the next morning."""
    days = OpenDays(holiday_name)
    for asked, due in (
        (at(20, 10), at(26, 17, 15)),
        (at(24, 16), at(25, 17, 15)),  # 至急
        (at(20, 9), at(20, 17, 15)),
    ):
        promise = Promise(kind, "c", "i", asked, due, "A14", case_id="c")
        times = [rung_at(promise, step, days) for step in range(len(LADDERS[kind]))]
        assert all(t is not None and t != due for t in times)
        if kind is not PromiseKind.RECORD and times:  # asked at once, when the meeting has ended
            assert times[0] is not None
            assert times[0] < due


def test_nobody_who_has_answered_is_reminded(hall: TownHall, case_id: str) -> None:
    """The answer ends the ladder, on whatever rung it stands."""
    assert steps(hall, at(27, 12), *REPLY)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    assert steps(hall, at(15, 12, month=12), *REPLY) == []


def test_each_agency_has_its_own_ladder(hall: TownHall) -> None:
    """One that answered is left alone, the other is not."""
    case_id = hall.open_case("A14", "A17", by=WRITER)
    hall.reply(case_id, "A17", by=DISABILITY)
    told = steps(hall, at(26, 18), *REPLY)
    assert told == [(at(25, 8, 30), "reply_reminder", {ELDERLY})]


def test_what_is_asked_for_tomorrow_is_reminded_of_tomorrow_morning(hall: TownHall) -> None:
    """至急: asked on Tuesday at 10, due on Wednesday at closing; not reminded while it is new."""
    hall.clock.set(at(24, 10))
    hall.open_case("A14", by=WRITER, urgency="urgent")
    told = steps(hall, at(26, 18), *REPLY)
    assert told == [
        (at(25, 8, 30), "reply_reminder", {ELDERLY}),
        (at(26, 8, 30), "reply_reminder", {ELDERLY}),
        (at(26, 13), "reply_overdue", {WRITER}),
    ]


def test_a_reminder_names_numbers_and_days_and_no_person(hall: TownHall, case_id: str) -> None:
    """What a passer-by may read: number, agency, by when."""
    hall.clock.set(at(25, 8, 30))
    hall.keep_promises()
    (notice,) = hall.notices(ELDERLY, "reply_reminder")
    assert notice.facts["number"] == "R8-0001"
    assert notice.facts["due_at"] == at(26, 17, 15).isoformat()
    assert "心配" not in str(notice)


def test_an_emergency_climbs_by_the_hour_through_night_and_weekend(hall: TownHall) -> None:
    """緊急 does not wait for Monday."""
    hall.clock.set(at(21, 20))  # Saturday evening
    hall.open_case("A14", by=WRITER, urgency="emergency")
    assert steps(hall, at(22, 8), *REPLY) == [
        (at(21, 21), "reply_reminder", {ELDERLY}),
        (at(21, 22), "reply_reminder", {ELDERLY}),
        (at(21, 23), "reply_overdue", {WRITER}),
        (at(22, 0), "reply_overdue", COORDINATORS),
        (at(22, 1), "reply_overdue", MANAGERS),
    ]
    assert [when for when, _, _ in steps(hall, at(24, 9), "reply_reminder")] == [
        at(22, 8, 30),
        at(23, 8, 30),
        at(24, 8, 30),
    ], "every morning, holidays too"


def test_notices_keep_quiet_hours_and_an_emergency_does_not(hall: TownHall) -> None:
    """Asked on Saturday: an ordinary notice goes on Tuesday at opening (Monday is a holiday)."""
    hall.clock.set(at(21, 20))
    hall.open_case("A14")
    hall.open_case("A17", urgency="emergency")
    (quiet,) = hall.notices(ELDERLY, "referral_asked")
    (loud,) = hall.notices(DISABILITY, "referral_asked")
    assert quiet.not_before == at(24, 8, 30)
    assert loud.not_before == at(21, 20)


def test_after_a_long_stop_the_rungs_come_one_an_open_day(hall: TownHall, case_id: str) -> None:
    """A server that stood still for a month does not tell the manager before the agency."""
    hall.clock.set(at(21, 12, month=12))
    assert steps(hall, at(28, 12, month=12), *REPLY) == [
        (at(21, 12, month=12), "reply_reminder", {ELDERLY}),
        (at(22, 8, 30, month=12), "reply_overdue", {WRITER}),
        (at(23, 8, 30, month=12), "reply_overdue", COORDINATORS),
        (at(24, 8, 30, month=12), "reply_overdue", MANAGERS),
    ], "the reminder that comes before it is let go"


def test_a_writer_who_left_is_followed_by_the_window_of_their_agency(hall: TownHall) -> None:
    """人事異動 does not let a reminder fall into a hole."""
    hall.open_case("A14", by="M27")  # of 地域包括; its window is M26
    hall.has_left("M27")
    told = steps(hall, at(27, 14), *REPLY)
    assert told[2] == (at(27, 13), "reply_overdue", {ELDERLY})


def test_an_agency_that_nobody_answers_for_is_the_coordinators(
    hall: TownHall, case_id: str
) -> None:
    """All of an agency's people have left: its reminder goes to the coordinators at once."""
    hall.has_left("M26", "M27")
    told = steps(hall, at(26, 18), *REPLY)
    assert told == [(at(25, 8, 30), "reply_reminder", COORDINATORS)]


def test_after_the_acceptance_a_lead_is_asked_for(hall: TownHall, case_id: str) -> None:
    """An acceptance without a lead: one open day, then writer's agency, coordinators, managers."""
    hall.reply(case_id, "A14", by=ELDERLY)
    assert steps(hall, at(4, 9, month=12), "name_lead") == [
        (at(24, 8, 30), "name_lead", {WRITER}),
        (at(26, 8, 30), "name_lead", COORDINATORS),
        (at(30, 8, 30), "name_lead", MANAGERS),
    ]


@pytest.fixture
def supported(hall: TownHall, case_id: str) -> str:
    """Led by 地域包括 under a plan until 31 May; its first check is on Monday 21 December."""
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.plan(case_id, by=ELDERLY, ends_on="令和9年5月31日")
    return case_id


FOLLOW_UP = ("follow_up_ask", "follow_up_reminder", "follow_up_overdue")


def test_a_check_that_nobody_answers_goes_up_the_ladder(hall: TownHall, supported: str) -> None:
    """Asked in the morning; reminded; then the writer, the coordinators, the managers."""
    assert steps(hall, at(28, 17, 30, month=12), *FOLLOW_UP) == [
        (at(21, 8, 30, month=12), "follow_up_ask", {ELDERLY}),
        (at(22, 8, 30, month=12), "follow_up_reminder", {ELDERLY}),
        (at(23, 8, 30, month=12), "follow_up_overdue", {WRITER}),
        (at(24, 8, 30, month=12), "follow_up_overdue", COORDINATORS),
        (at(28, 8, 30, month=12), "follow_up_overdue", MANAGERS),
    ]
    hall.check_on(supported, by=ELDERLY)
    assert steps(hall, at(31, 12, month=12), *FOLLOW_UP) == []


def test_a_watched_case_is_asked_about_and_climbs_just_as_well(
    hall: TownHall, supported: str
) -> None:
    """見守り is not forgotten: the same check, the same ladder."""
    hall.close(supported, "watching", by=ELDERLY)
    told = steps(hall, at(28, 17, 30, month=12), *FOLLOW_UP)
    assert [who for _, _, who in told] == [{ELDERLY}, {ELDERLY}, {WRITER}, COORDINATORS, MANAGERS]


def test_a_plan_review_that_is_left_lying_goes_up_the_ladder(
    hall: TownHall, supported: str
) -> None:
    """30 days ahead (1 May, so the 6th): lead, coordinators, managers; a new plan ends it."""
    review = steps(hall, datetime(2027, 5, 21, 9, 0, tzinfo=TOKYO), "plan_review")
    assert review == [
        (datetime(2027, 5, 6, 8, 30, tzinfo=TOKYO), "plan_review", {ELDERLY}),
        (datetime(2027, 5, 13, 8, 30, tzinfo=TOKYO), "plan_review", COORDINATORS),
        (datetime(2027, 5, 20, 8, 30, tzinfo=TOKYO), "plan_review", MANAGERS),
    ]
    (owed,) = hall.promises(supported, PromiseKind.PLAN_REVIEW)
    assert owed.is_overdue(hall.clock.at)
    hall.plan(supported, by=ELDERLY, ends_on="令和9年11月30日")
    (owed,) = hall.promises(supported, PromiseKind.PLAN_REVIEW)
    assert not owed.is_overdue(hall.clock.at)


@pytest.mark.parametrize("kind", [k for k in PromiseKind if k is not PromiseKind.DIGEST])
def test_every_kind_of_promise_is_on_a_ladder_that_climbs(kind: PromiseKind) -> None:
    """No promise is kept by nobody, and no rung comes before the one below it."""
    rungs = LADDERS[kind]
    assert rungs
    order = [(r.after, not r.at_since, r.at_noon) for r in rungs]
    assert order == sorted(order)


def test_the_clock_comes_late_and_still_keeps_each_promise_once(any_hall: TownHall) -> None:
    """Two ticks, two processes: one reminder."""
    any_hall.open_case("A14")
    other = any_hall.another_desk()
    any_hall.clock.set(at(25, 8, 30) + timedelta(seconds=3))
    kept = [any_hall.keep_promises(), other.keep_promises(), any_hall.keep_promises()]
    assert kept[1:] == [0, 0]
    assert len(any_hall.notices(ELDERLY, "reply_reminder")) == 1
    other.database.close()


def test_a_role_that_is_not_done_is_chased_until_it_is(hall: TownHall, case_id: str) -> None:
    """Two open days ahead; then overdue: the agency, the coordinators, the managers."""
    meeting_id = hall.convene(case_id)
    hall.fix(meeting_id)
    hall.clock.set(at(10, 15, 30, month=12))
    hall.save_record(
        meeting_id, roles=[{"agency": "A14", "task": "訪問する", "due_on": "令和9年1月15日"}]
    )
    hall.confirm_record(meeting_id)

    def january(day: int) -> datetime:
        return datetime(2027, 1, day, 8, 30, tzinfo=TOKYO)

    assert steps(hall, january(22) + timedelta(hours=1), "role_soon", "role_overdue") == [
        (january(13), "role_soon", {ELDERLY}),
        (january(18), "role_overdue", {ELDERLY}),
        (january(20), "role_overdue", COORDINATORS),
        (january(22), "role_overdue", MANAGERS),
    ]
    (role,) = hall.case(case_id).roles
    hall.desk.handle(TickRole(case_id, role.id), ELDERLY)
    assert hall.promises(case_id, PromiseKind.ROLE) == []


# -- nobody is asked to enquire of themselves -----------------------------------------------------


def test_the_late_agency_is_not_asked_about_itself(hall: TownHall) -> None:
    """On a restricted case, where whoever is named stands in for coordinators and managers."""
    hall.open_case("A14", by=WRITER, danger="yes")
    told = steps(hall, at(20, 9, month=12), "reply_overdue")
    asked = {m for _, _, who in told for m in who}
    assert not asked & {ELDERLY, "M27"}
    assert asked == {WRITER}


def test_nobody_gets_two_cards_of_one_promise_at_one_moment(hall: TownHall) -> None:
    """An emergency asked of an agency whose coordinator wrote it."""
    hall.open_case("A13", by=COORDINATOR, urgency="emergency")
    for day in range(1, 8):
        hall.clock.set(at(day, 9, month=12))
        deliver_all(hall)
        hall.keep_promises()
        seen = [(n.member_id, n.promise, n.created_at) for n in hall.notices() if n.promise]
        assert len(seen) == len(set(seen))


def test_the_organiser_hears_which_required_agency_never_answered(hall: TownHall) -> None:
    """Before the meeting, with its date and cases; of an optional one nobody asks them."""
    case_id = hall.open_case("A14", "A17")
    meeting_id = hall.convene(case_id, required=["A14"], optional=["A17"], days_ahead=(30, 31))
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    told: list[tuple[str, object]] = []
    while True:
        deliver_all(hall)
        with hall.database.open() as unit:
            due = unit.promises.next_due()
        if due is None or due >= slot.starts_at:
            break
        hall.clock.set(max(due, hall.clock.at))
        hall.keep_promises()
        for n in hall.notices(COORDINATOR, "attend_reminder"):
            told.append((str(n.facts["agency"]), n.facts["numbers"]))
            assert n.facts["starts_at"]
    assert told == [(hall.agency_name("A14"), [hall.case(case_id).number])]


def test_the_news_of_a_date_names_the_deadline_of_attendance(hall: TownHall) -> None:
    """The same as what is promised."""
    meeting_id = hall.convene(hall.open_case("A14"), required=["A14"], days_ahead=(30, 31))
    hall.fix(meeting_id)
    (owed,) = hall.promises(meeting_id, PromiseKind.ATTEND)
    (told,) = hall.notices(ELDERLY, "meeting_fixed")
    assert told.facts["attend_by"] == owed.due_at.isoformat()
