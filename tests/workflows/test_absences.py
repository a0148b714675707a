"""A member is away: who stands in, from the first day to the last; what they hear and may do."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.words.notice_heads import MAILED
from storage.tables import meetings, outbox
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from tests.support.web import TEXTS, ticks_of
from workflows.absences.enter import EndAbsence, SaveAbsence
from workflows.absences.views import GetAbsences, GetColleagues
from workflows.cases.name_members import NameMember
from workflows.core.errors import Conflict, Invalid, NotAllowed, Refused
from workflows.core.permissions import Caller
from workflows.inbox.inbox import GetInbox, ToDo
from workflows.inbox.news import GetNewsOfNotice, NewsState
from workflows.japanese.dates import TOKYO, show_date
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.meetings.run import CloseAnswers, RemindUnanswered
from workflows.meetings.views import GetMeeting
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit
from workflows.model.directory import Absence
from workflows.model.notice import IN_PLACE_OF
from workflows.model.promise import PromiseKind
from workflows.promises.ladder import MANY_REMINDERS
from workflows.reminders.combine import MOST_ONE_BY_ONE, CombineReminders
from workflows.reminders.remind_tomorrow import RemindTomorrow

COLLEAGUE = "M27"  # of ELDERLY's agency, and not its window
HELPER = "M24"  # of the coordinator's agency, without any office


def at(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


def away(  # noqa: PLR0917 -- who, from when, until when, who stands in, who says so
    hall: TownHall, member: str, first: date, last: date, deputy: str = "", by: str = ""
) -> str:
    command = SaveAbsence(member, show_date(first), show_date(last), deputy)
    return hall.desk.handle(command, by or member)


def absence(hall: TownHall, member_id: str) -> Absence:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found.absences[0]


def to_do(hall: TownHall, member_id: str, kind: PromiseKind) -> list[ToDo]:
    view = hall.desk.ask(GetInbox(), member_id)
    return [t for t in (*view.to_do, *view.later) if t.kind is kind]


def keys(hall: TownHall, member_id: str) -> list[str]:
    """What came into an inbox, the first first."""
    return [i.notice.key for i in reversed(hall.mail(member_id))]


def test_what_somebody_holds_is_their_deputys_from_the_first_day_to_the_last(
    any_hall: TownHall,
) -> None:
    """By the town's calendar day, to the minute, over a holiday; the trail says who did it for
    whom, and afterwards all is as it was."""
    hall = any_hall
    meeting = hall.convene(hall.open_case("A14"))
    first, last = date(2026, 11, 24), date(2026, 12, 4)
    away(hall, COORDINATOR, first, last, HELPER)

    def may(member_id: str) -> bool:
        found = [t for t in to_do(hall, member_id, PromiseKind.FIX_DATE) if t.meeting_id == meeting]
        try:
            hall.desk.handle(RemindUnanswered(meeting), member_id)
        except NotAllowed:
            assert not found
            return False
        except Refused:
            pass  # nobody is left to be reminded: for a reason of the meeting
        assert found
        return True

    for moment, expected in (
        (at(11, 23, 23, 59), False),
        (at(11, 24, 0, 0), True),
        (at(12, 4, 23, 59), True),
        (at(12, 5, 0, 0), False),
    ):
        hall.clock.set(moment)
        assert may(HELPER) is expected, moment
        assert to_do(hall, COORDINATOR, PromiseKind.FIX_DATE), "who is away keeps everything"
    hall.clock.set(at(12, 4))
    hall.desk.handle(CloseAnswers(meeting), HELPER)
    with hall.database.open() as unit:
        done = [e for e in unit.events.of_meeting(meeting) if e.actor_id == HELPER]
    assert {e.facts.get(IN_PLACE_OF) for e in done} == {COORDINATOR}
    assert "answers_closed" in {e.kind for e in done}
    (line,) = to_do(hall, HELPER, PromiseKind.FIX_DATE)
    assert (line.in_place_of, line.away_until) == ("縁側 つむぎ", last)
    story = hall.desk.ask(GetMeeting(meeting), COORDINATOR).story
    assert "縁側 つむぎ" in {told.facts.get(IN_PLACE_OF) for told in story}


def test_what_is_told_is_told_the_deputy_too_and_the_absent_is_not_rung(hall: TownHall) -> None:
    """A referral that comes meanwhile and every reminder reach both inboxes; the mail of a reminder
    goes to the deputy alone, who sees for whom."""
    ticks = mailing(hall)
    away(hall, ELDERLY, date(2026, 11, 20), date(2026, 12, 4), COLLEAGUE)
    ticks.tick()
    hall.clock.move(minutes=1)
    case_id = hall.open_case("A14")
    for days in (0, 5, 2):
        hall.clock.move(days=days)
        ticks.tick()
    assert keys(hall, ELDERLY) == ["referral_asked", "reply_reminder", "reply_reminder"]
    assert keys(hall, COLLEAGUE) == ["absence_begun", *keys(hall, ELDERLY)]
    assert mailed(hall, ELDERLY) == ["referral_asked"]
    assert mailed(hall, COLLEAGUE) == keys(hall, COLLEAGUE)
    copy = hall.mail(COLLEAGUE)[0].notice
    assert copy.facts[IN_PLACE_OF] == "日向坂 ゆるり"
    assert TEXTS.card(copy).body.startswith("（日向坂 ゆるりさんの代わりに）")
    assert states(hall, COLLEAGUE) == {}
    hall.clock.move(minutes=1)
    other = hall.open_case("A14")
    ticks.tick()
    hall.reply(case_id, "A14", by=COLLEAGUE, lead="yes")
    assert set(states(hall, COLLEAGUE).values()) == {NewsState.DONE}
    newest = hall.mail(COLLEAGUE)[0].notice
    assert newest.case_id == other
    now = hall.desk.ask(GetNewsOfNotice(newest), Caller.CLOCK)
    assert now.look_again_at == at(12, 2, 17, 15) + timedelta(microseconds=1)
    hall.clock.set(at(12, 7))
    assert states(hall, COLLEAGUE)[newest.id] is NewsState.BACK
    later = hall.open_case("A14")
    ticks.tick()
    assert later in {i.notice.case_id for i in hall.mail(ELDERLY)}
    assert later not in {i.notice.case_id for i in hall.mail(COLLEAGUE)}, "it is over"


def states(hall: TownHall, member_id: str) -> dict[str, NewsState]:
    return dict(hall.desk.ask(GetInbox(), member_id).states)


def mailing(hall: TownHall) -> Ticks:
    """Time, with a way by mail on which nothing leaves yet: what waits there can be seen."""
    return Ticks(hall.desk, OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox((), MAILED)))


def mailed(hall: TownHall, member_id: str) -> list[str]:
    with hall.database.engine.connect() as connection:
        query = select(outbox.c.key).where(outbox.c.member_id == member_id, outbox.c.via == "mail")
        return list(connection.execute(query.order_by(outbox.c.created_at, outbox.c.id)).scalars())


def test_many_reminders_of_who_is_away_become_one_card_for_each(hall: TownHall) -> None:
    """Each is given to the deputy before it is counted; the absent has one in the inbox, unrung."""
    for _ in range(MOST_ONE_BY_ONE + 1):
        hall.open_case("A14")
    ticks = mailing(hall)
    ticks.tick()
    away(hall, ELDERLY, date(2026, 11, 25), date(2026, 11, 25), COLLEAGUE)
    hall.clock.set(at(11, 25, 8, 30))
    ticks.tick()
    assert Counter(keys(hall, ELDERLY))[MANY_REMINDERS] == 1
    assert MANY_REMINDERS not in mailed(hall, ELDERLY)
    assert sorted(keys(hall, COLLEAGUE)) == ["absence_begun", MANY_REMINDERS]
    assert MANY_REMINDERS in mailed(hall, COLLEAGUE)


def test_an_absence_entered_after_a_reminder_was_written_counts_when_it_is_sent(
    hall: TownHall,
) -> None:
    """It waits over a weekend in the outbox; and one that is changed meanwhile counts as it is."""
    hall.clock.set(at(11, 27, 18))  # a Friday, the office is closed
    hall.open_case("A14")
    hall.clock.set(at(11, 29))
    first = hall.notices(ELDERLY, "referral_asked")[0]
    assert first.not_before == at(11, 30, 8, 30)
    away(hall, ELDERLY, date(2026, 11, 30), date(2026, 12, 2), COLLEAGUE)
    assert not keys(hall, COLLEAGUE)
    hall.clock.set(at(11, 30, 8, 30))
    ticks_of(hall).tick()
    assert sorted(keys(hall, COLLEAGUE)) == ["absence_begun", "referral_asked"]
    hall.open_case("A14")
    one = absence(hall, ELDERLY)
    hall.desk.handle(EndAbsence(ELDERLY, one.id), ELDERLY)
    ticks_of(hall).tick()
    assert keys(hall, COLLEAGUE).count("referral_asked") == 1, "who is back hears alone"
    assert keys(hall, ELDERLY).count("referral_asked") == 2


def test_the_deputy_hears_of_it_on_the_first_open_morning_and_of_changes(hall: TownHall) -> None:
    """Not at midnight, nor on a holiday: over the year's end, with 29 February as the last day.
    Once; and whoever was told hears that it lasts longer, or is over."""
    hall.clock.set(at(12, 28))
    meeting = hall.convene(hall.open_case("A14"))
    hall.clock.set(at(12, 28, 12))
    key = away(hall, COORDINATOR, date(2026, 12, 29), date(2027, 1, 6), HELPER)
    ticks = ticks_of(hall)
    for moment in (at(12, 29, 0), at(12, 30), at(1, 3, 23, year=2027), at(1, 4, 8, 29, year=2027)):
        hall.clock.set(moment)
        ticks.tick()
        assert not keys(hall, HELPER), moment
        assert to_do(hall, HELPER, PromiseKind.FIX_DATE)[0].meeting_id == meeting
        if moment == at(12, 30):  # what is counted on the morning itself
            hall.convene(hall.open_case("A14"), days_ahead=(30, 31))
    hall.clock.set(at(1, 4, 8, 30, year=2027))
    ticks.tick()
    hall.clock.set(at(1, 5, 9, year=2027))
    ticks.tick()
    told = [i.notice for i in hall.mail(HELPER) if i.notice.key == "absence_begun"]
    assert [(n.facts["until"], n.facts["count"], n.facts["named"]) for n in told] == [
        ("2027-01-06", 2, True)
    ]
    assert not [n for n in told if n.case_id or n.meeting_id]
    one = absence(hall, COORDINATOR)
    assert one.id == key
    longer = SaveAbsence(
        COORDINATOR, "令和8年12月29日", "令和9年2月28日", HELPER, one.id, stamp_of(hall)
    )
    hall.desk.handle(longer, COORDINATOR)
    with pytest.raises(Conflict):
        hall.desk.handle(longer, COORDINATOR)
    hall.clock.move(minutes=1)
    ticks.tick()
    assert changed(hall) == ["2027-02-28"]
    hall.clock.move(minutes=1)
    hall.desk.handle(EndAbsence(COORDINATOR, one.id), COORDINATOR)
    hall.clock.move(minutes=1)
    ticks.tick()
    assert changed(hall) == ["2027-02-28", ""]
    assert not to_do(hall, HELPER, PromiseKind.FIX_DATE)
    assert absence(hall, COORDINATOR).until_on == date(2027, 1, 4)


def stamp_of(hall: TownHall, member_id: str = COORDINATOR) -> str:
    return hall.desk.ask(GetAbsences(member_id), member_id).lines[0].stamp


def changed(hall: TownHall) -> list[object]:
    items = [i.notice for i in reversed(hall.mail(HELPER)) if i.notice.key == "absence_changed"]
    return [n.facts["until"] for n in items]


def test_a_leap_day_is_a_last_day_like_another(hall: TownHall) -> None:
    hall.clock.set(at(2, 25, year=2028))
    hall.convene(hall.open_case("A14"))
    away(hall, COORDINATOR, date(2028, 2, 28), date(2028, 2, 29), HELPER)
    for moment, stands_in in (
        (at(2, 29, 23, 59, year=2028), 1),
        (at(3, 1, 0, 0, year=2028), 0),
    ):
        hall.clock.set(moment)
        assert len(to_do(hall, HELPER, PromiseKind.FIX_DATE)) == stands_in


def test_without_a_deputy_who_is_there_the_agencys_contacts_stand_in(hall: TownHall) -> None:
    """None by name; one who is away as well; one who left meanwhile. No chain: the deputy of the
    deputy does not come by it. Who is back has it alone again."""
    hall.has_left("M59")
    meeting = hall.convene(hall.open_case("A14"), by=OTHER_COORDINATOR)  # of 福祉総務課
    window, second_window, plain, other = "M02", CLERK, MANAGER, ADMINISTRATOR
    today = date(2026, 11, 20)

    has_left: list[str] = []

    def stand_in() -> set[str]:
        people = (window, second_window, other, "M61", *([] if has_left else [plain]))
        return {m for m in people if to_do(hall, m, PromiseKind.FIX_DATE)}

    key = away(hall, OTHER_COORDINATOR, today, today + timedelta(days=30))
    assert stand_in() == {window, second_window}
    one = hall.desk.ask(GetAbsences(OTHER_COORDINATOR), OTHER_COORDINATOR).lines[0]
    same = ("令和8年11月20日", show_date(one.until_on))
    hall.desk.handle(
        SaveAbsence(OTHER_COORDINATOR, *same, plain, key, one.stamp), OTHER_COORDINATOR
    )
    assert stand_in() == {plain}
    away(hall, plain, today, today, other)
    assert stand_in() == {window, second_window}, "no chain"
    away(hall, window, today, today)
    assert stand_in() == {second_window}
    hall.clock.move(days=1)
    assert stand_in() == {plain}
    hall.has_left(plain)
    has_left.append(plain)
    assert stand_in() == {window, second_window}
    ticks_of(hall).tick()
    before = Counter(keys(hall, window))
    hall.clock.set(at(11, 24, 9))
    ticks_of(hall).tick()
    assert (Counter(keys(hall, window)) - before)["absence_begun"] == 1, "on the next open morning"
    assert hall.mail(window)[0].notice.facts["named"] is False
    hall.clock.set(at(12, 21))
    assert stand_in() == set()
    assert meeting


def test_two_do_not_stand_in_for_each_other_and_nobody_comes_by_a_case_by_it(
    hall: TownHall,
) -> None:
    """Who enters it for a colleague is not the deputy, does not hold as a window either, and a
    deputy does not lengthen it themselves; an outsider enters nothing."""
    today, later = date(2026, 11, 20), date(2026, 11, 30)
    meeting = hall.convene(hall.open_case("A14"), by=OTHER_COORDINATOR)

    def refused(member: str, by: str, deputy: str = "", first: date = today) -> str:
        with pytest.raises(Refused) as wrong:
            away(hall, member, first, later, deputy, by=by)
        error = wrong.value
        return error.errors[0].key if isinstance(error, Invalid) else error.key

    assert refused(OTHER_COORDINATOR, "M02", "M02") == "absence.not_yourself"
    assert refused(OTHER_COORDINATOR, DISABILITY) == "denied.absence"
    assert refused(OTHER_COORDINATOR, CHAIR) == "denied.absence", "a colleague without the office"
    assert refused(OTHER_COORDINATOR, ADMINISTRATOR, COORDINATOR) == "absence.not_a_colleague"
    assert refused(ELDERLY, ELDERLY, ELDERLY) == "absence.own_deputy"
    away(hall, OTHER_COORDINATOR, today, later, by="M02")
    assert not to_do(hall, "M02", PromiseKind.FIX_DATE), "by whose hand it is"
    assert to_do(hall, CLERK, PromiseKind.FIX_DATE)[0].meeting_id == meeting
    assert refused(OTHER_COORDINATOR, OTHER_COORDINATOR) == "absence.overlaps"
    away(hall, ELDERLY, today, later, COLLEAGUE)
    assert refused(COLLEAGUE, COLLEAGUE, ELDERLY, later) == "absence.each_other"
    one = hall.desk.ask(GetAbsences(ELDERLY), ELDERLY).lines[0]
    for deputy in (COLLEAGUE, ""):
        longer = SaveAbsence(ELDERLY, "11/20", "12/24", deputy, one.id, one.stamp)
        with pytest.raises(NotAllowed):
            hall.desk.handle(longer, COLLEAGUE)  # no window: only their own
    key = away(hall, CHAIR, today, later, "M02")
    view = hall.desk.ask(GetAbsences(CHAIR), "M02")
    for until, deputy in (("12/24", "M02"), ("11/25", CLERK)):
        command = SaveAbsence(CHAIR, "11/20", until, deputy, key, view.lines[0].stamp)
        with pytest.raises(Invalid) as wrong:
            hall.desk.handle(command, "M02")
        assert wrong.value.errors[0].key == "absence.not_by_deputy"
    shorter = SaveAbsence(CHAIR, "11/20", "11/25", "M02", key, view.lines[0].stamp)
    hall.desk.handle(shorter, "M02")
    assert absence(hall, CHAIR).entered_by == CHAIR


def test_who_stands_in_for_a_window_does_not_inherit_what_that_window_may_not(
    hall: TownHall,
) -> None:
    """Whoever ended a colleague comes by nothing by it, and names nobody who does; another window's
    deputy inherits as that window does."""
    meeting = hall.convene(hall.open_case("A14"), by=OTHER_COORDINATOR)
    hall.has_left(OTHER_COORDINATOR)
    with hall.database.open() as unit:
        left = unit.directory.member(OTHER_COORDINATOR)
        assert left
        unit.directory.save_members([replace(left, ended_by="M02")])
        unit.commit()
    today = date(2026, 11, 20)
    away(hall, "M02", today, today, MANAGER)
    for member_id in ("M02", MANAGER):
        assert not to_do(hall, member_id, PromiseKind.FIX_DATE)
    away(hall, CLERK, today, today, ADMINISTRATOR)
    for member_id in (CLERK, ADMINISTRATOR):
        assert to_do(hall, member_id, PromiseKind.FIX_DATE)[0].meeting_id == meeting


def test_of_what_is_done_already_nobody_hears_that_nobody_stands_in(hall: TownHall) -> None:
    """The reminder was written, and what it reminds of was done before the morning on which it was
    to come."""
    secret = hall.open_case("A14", danger="yes", danger_plan="会わない。", hidden_address="yes")
    hall.clock.move(days=5)
    hall.keep_promises()
    assert hall.notices(ELDERLY, "reply_reminder")
    away(hall, ELDERLY, date(2026, 11, 25), date(2026, 12, 20), COLLEAGUE)
    hall.enter_reply(secret, by=COORDINATOR)
    hall.desk.handle(CombineReminders(), Caller.CLOCK)
    assert not hall.notices(COORDINATOR, "nobody_stands_in")


def test_who_stands_in_no_more_is_not_reminded_of_what_they_put_off(hall: TownHall) -> None:
    """Asked for on the last day: on the next morning it is the absent one's again."""
    meeting = hall.convene(hall.open_case("A14"))
    away(hall, COORDINATOR, date(2026, 11, 20), date(2026, 11, 30), HELPER)
    hall.clock.set(at(11, 30))
    ticks_of(hall).tick()
    (fix,) = to_do(hall, HELPER, PromiseKind.FIX_DATE)
    assert fix.meeting_id == meeting
    hall.desk.handle(RemindTomorrow(fix.key), HELPER)
    hall.desk.handle(RemindTomorrow(fix.key), COORDINATOR)
    before = {m: keys(hall, m).count("fix_date") for m in (HELPER, COORDINATOR)}
    hall.clock.set(at(12, 1, 8, 30))
    ticks_of(hall).tick()
    told = {m: keys(hall, m).count("fix_date") - before[m] for m in before}
    assert (told[HELPER], told[COORDINATOR] > 0) == (0, True)


def test_an_absence_that_is_put_earlier_is_looked_at_like_a_new_one(hall: TownHall) -> None:
    """Then, too, two do not stand in for each other."""
    days = date(2026, 12, 10), date(2026, 12, 15)
    away(hall, COLLEAGUE, date(2026, 12, 5), date(2026, 12, 8), ELDERLY)
    key = away(hall, ELDERLY, *days, COLLEAGUE)
    one = hall.desk.ask(GetAbsences(ELDERLY), ELDERLY).lines[0]
    earlier = SaveAbsence(ELDERLY, "12/7", "12/15", COLLEAGUE, key, one.stamp)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(earlier, ELDERLY)
    assert wrong.value.errors[0].key == "absence.each_other"
    later = replace(earlier, from_on="12/11")
    hall.desk.handle(later, ELDERLY)


@pytest.mark.parametrize("how", ["away", "left"])
def test_who_keeps_a_deputy_from_standing_in_comes_by_nothing_by_it(
    hall: TownHall, how: str
) -> None:
    """Where the deputy is no deputy the windows are: but for the one who entered that the deputy is
    away, or wrote their last day."""
    meeting = hall.convene(hall.open_case("A14"), by=OTHER_COORDINATOR)  # of 福祉総務課
    today, later = date(2026, 11, 20), date(2026, 11, 30)
    away(hall, OTHER_COORDINATOR, today, later, MANAGER)
    if how == "away":
        away(hall, MANAGER, today, later, by="M02")
    else:
        hall.has_left(MANAGER)
        with hall.database.open() as unit:
            left = unit.directory.member(MANAGER)
            assert left
            unit.directory.save_members([replace(left, ended_by="M02")])
            unit.commit()
    assert not to_do(hall, "M02", PromiseKind.FIX_DATE)
    assert to_do(hall, CLERK, PromiseKind.FIX_DATE)[0].meeting_id == meeting


def test_what_is_wrong_is_said_beside_its_field(hall: TownHall) -> None:
    """And nothing is kept of it; an absence has a last day, within a year."""

    def wrong(first: str, last: str, absence_id: str = "", stamp: str = "") -> dict[str, str]:
        with pytest.raises(Invalid) as found:
            hall.desk.handle(SaveAbsence(ELDERLY, first, last, "", absence_id, stamp), ELDERLY)
        return {e.field: e.key for e in found.value.errors}

    assert wrong("", "") == {"from_on": "form.required", "until_on": "form.required"}
    assert wrong("きのう", "11/30") == {"from_on": "date.unreadable"}
    assert wrong("令和8年11月19日", "11/30") == {"from_on": "absence.past"}
    assert wrong("令和7年11月20日", "11/30") == {"from_on": "absence.past"}, "not too long as well"
    assert wrong("11/30", "11/29") == {"until_on": "absence.backwards"}
    assert wrong("令和10年11月30日", "令和10年12月1日") == {"from_on": "absence.too_far"}
    assert wrong("11/20", "令和9年11月21日") == {"until_on": "absence.too_long"}
    assert hall.desk.ask(GetAbsences(ELDERLY), ELDERLY).lines == ()
    key = away(hall, ELDERLY, date(2026, 11, 20), date(2027, 11, 20))
    one = hall.desk.ask(GetAbsences(ELDERLY), ELDERLY).lines[0]
    assert wrong("11/21", "11/30", key, one.stamp) == {"from_on": "absence.begun"}
    hall.clock.move(days=2)
    assert wrong("11/20", "11/21", key, one.stamp) == {"until_on": "absence.over_already"}
    coming = away(hall, COLLEAGUE, date(2026, 12, 1), date(2026, 12, 1))
    assert hall.desk.handle(EndAbsence(COLLEAGUE, coming), COLLEAGUE) is False
    with pytest.raises(Refused):
        hall.desk.handle(EndAbsence(COLLEAGUE, coming), COLLEAGUE)
    colleagues = hall.desk.ask(GetColleagues(), COLLEAGUE)
    assert ([c.member_id for c in colleagues.away], colleagues.may_enter) == ([ELDERLY], False)


def test_of_a_restricted_case_the_deputy_hears_only_where_they_are_named(hall: TownHall) -> None:
    """Else the named among the coordinators hear, once, that nobody stands in; and no number is
    shown to anybody else."""
    away(hall, ELDERLY, date(2026, 11, 20), date(2026, 12, 20), COLLEAGUE)
    ticks = ticks_of(hall)
    ticks.tick()
    secret = hall.open_case("A14", danger="yes", danger_plan="会わない。", hidden_address="yes")
    for days in (0, 5, 2, 3, 5, 5):
        hall.clock.move(days=days)
        ticks.tick()
    assert set(keys(hall, COLLEAGUE)) == {"absence_begun"}
    assert keys(hall, COORDINATOR).count("nobody_stands_in") == 1
    (told,) = [i.notice for i in hall.mail(COORDINATOR) if i.notice.key == "nobody_stands_in"]
    assert (told.case_id, told.facts["name"]) == (secret, "日向坂 ゆるり")
    for member_id in (OTHER_COORDINATOR, COLLEAGUE, MANAGER):
        assert "nobody_stands_in" not in keys(hall, member_id)
    hall.desk.handle(NameMember(secret, COLLEAGUE, True), COORDINATOR)
    before = len(keys(hall, COLLEAGUE))
    hall.clock.move(days=8)
    ticks.tick()
    assert "reply_reminder" in keys(hall, COLLEAGUE)[before:]


def test_no_notice_of_who_is_away_names_another_restricted_case_to_their_deputy(
    hall: TownHall,
) -> None:
    """Their agency attends for another case, and does not hear the restricted one any more: its
    number was known to the named alone."""
    secret = hall.open_case("A14", danger="yes", danger_plan="会わない。", hidden_address="yes")
    meeting = hall.convene(secret, hall.open_case("A14"))
    number = hall.case(secret).number
    away(hall, ELDERLY, date(2026, 11, 20), date(2026, 12, 20), COLLEAGUE)
    ticks = ticks_of(hall)
    ticks.tick()
    edit = HearingEdit(number, remove=("A14",))
    hall.desk.handle(ChooseWhoHears(meeting, (edit,)), COORDINATOR)
    ticks.tick()
    assert "case_not_heard" in keys(hall, ELDERLY)
    assert "case_not_heard" not in keys(hall, COLLEAGUE)
    assert number not in str([i.notice for i in hall.mail(COLLEAGUE)])


def test_news_of_a_meeting_that_cannot_be_read_comes_to_who_is_away_alone_all_the_same(
    hall: TownHall,
) -> None:
    """That nobody stands in cannot be said of it; its receiver has it."""
    with hall.database.open() as unit:
        others = [m.id for m in unit.directory.members() if m.agency_id == "A14"]
    hall.has_left(*(m for m in others if m != ELDERLY))
    away(hall, ELDERLY, date(2026, 11, 20), date(2026, 12, 20))
    meeting = hall.convene(hall.open_case("A14"))
    with hall.database.engine.begin() as connection:
        connection.execute(update(meetings).where(meetings.c.id == meeting).values(content="x"))
    ticks_of(hall).tick()
    assert {"referral_asked", "dates_asked"} <= set(keys(hall, ELDERLY))


def test_whose_other_case_it_is_is_told_to_no_deputy_without_the_office(hall: TownHall) -> None:
    """Of two cases of one person coordinators hear; their deputy reads one of them alone."""
    away(hall, COORDINATOR, date(2026, 11, 20), date(2026, 12, 20), HELPER)
    person = {"name": "山川 花子", "kana": "ヤマカワ ハナコ", "birth_date": "昭和20年1月2日"}
    other = hall.case(hall.open_case("A14", by=DISABILITY, **person)).number
    hall.open_case("A13", by=DISABILITY, **person)
    ticks_of(hall).tick()
    assert "same_person" in keys(hall, COORDINATOR)
    assert other not in str([i.notice for i in hall.mail(HELPER)])


def test_a_coordinator_away_leaves_no_district_unheard(hall: TownHall) -> None:
    """While all coordinators of a district are away, the others hear what goes to them; what goes
    to an office does not go to a deputy without it."""
    today, later = date(2026, 11, 20), date(2026, 12, 20)
    for member_id in (COORDINATOR, OTHER_COORDINATOR):
        away(hall, member_id, today, later, HELPER if member_id == COORDINATOR else MANAGER)
    hall.open_case("A14", by=DISABILITY)
    ticks = ticks_of(hall)
    for days in (0, 5, 2, 3, 1):
        hall.clock.move(days=days)
        ticks.tick()
    assert "reply_overdue" in keys(hall, "M22")
    assert "reply_overdue" not in keys(hall, HELPER)
    hall.open_case("A14")  # by their own agency: as its writer they hear, as a coordinator not
    for days in (4, 2, 1, 3):
        hall.clock.move(days=days)
        ticks.tick()
    own = [i.notice for i in hall.mail(COORDINATOR) if i.notice.key == "reply_overdue"]
    assert {n.facts["rung"] for n in own} == {"writer", "coordinator"}
    heard = [i.notice for i in hall.mail(HELPER) if i.notice.key == "reply_overdue"]
    assert {n.facts["rung"] for n in heard} == {"writer"}


def test_what_is_over_is_forgotten_and_leaves_with_its_member(hall: TownHall) -> None:
    """A month after its last day; and at once when the member is here no more."""
    for member_id in (ELDERLY, COORDINATOR):
        away(hall, member_id, date(2026, 11, 20), date(2026, 11, 20))
    away(hall, DISABILITY, date(2026, 11, 20), date(2027, 11, 1))

    def kept() -> set[str]:
        with hall.database.open() as unit:
            return {m.id for m in unit.directory.members() if m.absences}

    hall.has_left(COORDINATOR)
    hall.desk.handle(DoChore(Chore.ABSENCES), Caller.CLOCK)
    assert kept() == {ELDERLY, DISABILITY}
    for days, left in ((30, {ELDERLY, DISABILITY}), (1, {DISABILITY})):
        hall.clock.move(days=days)
        hall.desk.handle(DoChore(Chore.ABSENCES), Caller.CLOCK)
        assert kept() == left, days


def test_what_goes_to_an_office_is_no_reason_to_say_that_nobody_stands_in(hall: TownHall) -> None:
    """The other coordinators hear the same themselves, and for what the absent wrote there is a
    deputy; of a restricted case the named hear that there is none."""
    away(hall, COORDINATOR, date(2026, 11, 20), date(2026, 12, 20), HELPER)
    hall.open_case("A14")
    ticks = ticks_of(hall)
    for days in (0, 5, 2, 3, 1):
        hall.clock.move(days=days)
        ticks.tick()
    own = [i.notice for i in hall.mail(COORDINATOR) if i.notice.key == "reply_overdue"]
    assert "coordinator" in {n.facts["rung"] for n in own}
    assert "reply_overdue" in keys(hall, OTHER_COORDINATOR)
    for member_id in (OTHER_COORDINATOR, "M22", "M23", HELPER):
        assert "nobody_stands_in" not in keys(hall, member_id), member_id


def test_news_of_an_absence_says_what_became_of_it(hall: TownHall) -> None:
    """That somebody stands in is old news once the days are others, and over once they are back."""
    away(hall, COORDINATOR, date(2026, 11, 20), date(2026, 12, 20), HELPER)
    ticks = ticks_of(hall)
    ticks.tick()
    begun = hall.mail(HELPER)[0].notice
    assert states(hall, HELPER) == {}
    now = hall.desk.ask(GetNewsOfNotice(begun), Caller.CLOCK)
    assert now.look_again_at == at(12, 21, 0)
    key = absence(hall, COORDINATOR).id
    hall.clock.move(minutes=1)
    longer = SaveAbsence(COORDINATOR, "11/20", "12/24", HELPER, key, stamp_of(hall))
    hall.desk.handle(longer, COORDINATOR)
    ticks.tick()
    assert states(hall, HELPER) == {begun.id: NewsState.REPLACED}
    hall.clock.move(minutes=1)
    hall.desk.handle(EndAbsence(COORDINATOR, key), COORDINATOR)
    ticks.tick()
    ended, longer_now, _ = (i.notice for i in hall.mail(HELPER))
    assert states(hall, HELPER) == {begun.id: NewsState.BACK, longer_now.id: NewsState.REPLACED}
    assert ended.facts["until"] == ""


def test_what_a_deputy_puts_off_is_said_again_as_done_for_somebody(hall: TownHall) -> None:
    hall.convene(hall.open_case("A14"))
    away(hall, COORDINATOR, date(2026, 11, 20), date(2026, 11, 24), HELPER)
    (line,) = to_do(hall, HELPER, PromiseKind.FIX_DATE)
    hall.desk.handle(RemindTomorrow(line.key), HELPER)
    hall.clock.set(at(11, 24))
    ticks_of(hall).tick()
    again = next(i.notice for i in hall.mail(HELPER) if i.notice.promise == line.key)
    assert again.facts[IN_PLACE_OF] == "縁側 つむぎ"
    hall.clock.set(at(11, 25))
    assert states(hall, HELPER)[again.id] is NewsState.BACK


def test_an_agency_without_another_contact_is_not_said_to_have_one(hall: TownHall) -> None:
    """Neither its only contact's own absence, nor one that they enter for a colleague."""
    today, later = date(2026, 11, 20), date(2026, 11, 30)
    away(hall, ELDERLY, today, later, COLLEAGUE)
    view = hall.desk.ask(GetAbsences(ELDERLY), ELDERLY)
    assert (view.contact_stands_in, view.lines[0].contact_stands_in) == (False, False)
    away(hall, COLLEAGUE, later, later, by=ELDERLY)
    assert not hall.desk.ask(GetAbsences(COLLEAGUE), ELDERLY).contact_stands_in
    own = hall.desk.ask(GetAbsences(COLLEAGUE), COLLEAGUE)
    assert (own.contact_stands_in, own.lines[0].contact_stands_in) == (True, False)
