"""町の設定: name, districts and closed days after init, by the administrators alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from tests.support.people import CHAIR, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import ticks_of
from tests.workflows.test_requests import recorded
from workflows.core.errors import Conflict, Invalid, NotAllowed
from workflows.core.permissions import Caller
from workflows.directory.edit_town import GetTownToEdit, SaveTown, TownSaveResult, TownToEdit
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import TOKYO
from workflows.meetings.run import CloseAnswers, ReopenAnswers
from workflows.model.directory import Town
from workflows.model.promise import PromiseKind
from workflows.reminders.open_days_changed import GetCalendarChange, RecalculateDueTimes
from workflows.reminders.remind_tomorrow import RemindTomorrow

ADMINISTRATOR = "M05"


def look(hall: TownHall) -> TownToEdit:
    return hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)


def as_it_is(hall: TownHall) -> SaveTown:
    """The town sent back as it stands on the page."""
    view = look(hall)
    return SaveTown(
        view.town.name,
        view.town.kana,
        tuple((d.id, d.name, d.kana) for d in view.town.districts),
        tuple(d.isoformat() for d in sorted(view.town.closed_days)),
        view.stamp,
    )


def save(hall: TownHall, by: str = ADMINISTRATOR, **changes: Any) -> TownSaveResult:
    return hall.desk.handle(replace(as_it_is(hall), **changes), by)


def town(hall: TownHall) -> Town:
    return look(hall).town


def refused(hall: TownHall, **changes: Any) -> list[tuple[str, str, Mapping[str, object]]]:
    before = town(hall)
    with pytest.raises(Invalid) as wrong:
        save(hall, **changes)
    assert town(hall) == before
    return [(e.field, e.key, e.facts) for e in wrong.value.errors]


def test_a_district_is_renamed_and_its_agencies_go_with_it(any_hall: TownHall) -> None:
    """The code stays, so that whoever serves it still does; a new one gets a code of its own."""
    first, *rest = as_it_is(any_hall).districts
    new = ("", "みなと圏域", "みなとけんいき")
    assert save(
        any_hall, districts=((first[0], "ひなた圏域", "ヒナタケンイキ"), *rest, new)
    ).changed
    districts = town(any_hall).districts
    assert (districts[0].id, districts[0].name) == (first[0], "ひなた圏域")
    assert (districts[-1].name, districts[-1].kana) == ("みなと圏域", "ミナトケンイキ")
    assert districts[-1].id not in {d.id for d in districts[:-1]}


def test_a_district_in_use_is_not_removed(hall: TownHall) -> None:
    """Agencies, members or cases that stand on it are counted in the refusal."""
    hall.open_case("A14", district="D01")
    first, *rest = as_it_is(hall).districts
    ((field, key, facts),) = refused(hall, districts=tuple(rest))
    assert (field, key) == ("districts", "town.district_in_use")
    assert facts["name"] == first[1]
    assert facts["cases"] == 1
    assert int(str(facts["agencies"])) > 0


def test_a_district_that_nobody_uses_goes(hall: TownHall) -> None:
    """One added by mistake can be taken away again."""
    before = as_it_is(hall).districts
    save(hall, districts=(*before, ("", "まちがい圏域", "マチガイケンイキ")))
    save(hall, districts=before)
    assert len(town(hall).districts) == len(before)


def test_closed_days_are_typed_in_any_usual_way(hall: TownHall) -> None:
    """One a line; a wrong line is named by its number and changes nothing."""
    save(hall, closed_days=("令和8年12月4日", "", "R9.1.12", "2027/3/1"))
    days = frozenset({date(2026, 12, 4), date(2027, 1, 12), date(2027, 3, 1)})
    assert town(hall).closed_days == days
    told = refused(hall, closed_days=("令和8年12月4日", "", "12月32日"))
    assert [field for field, _, _ in told] == ["closed_days.3"]


def test_a_closed_day_counts_from_then_on(hall: TownHall) -> None:
    """A reply that was due on it in a new case is due on the next open day."""
    on = hall.clock.at
    first = hall.case(hall.open_case("A14")).referrals[0].reply_by
    save(hall, closed_days=(first.date().isoformat(),))
    second = hall.case(hall.open_case("A14")).referrals[0].reply_by
    assert hall.clock.at == on
    assert second.date() > first.date()


def test_a_meeting_on_a_day_that_is_now_closed_is_named(hall: TownHall) -> None:
    """It is not moved; the administrator is told."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot
    day = slot.starts_at.date()
    saved = save(hall, closed_days=(day.isoformat(),))
    assert saved.on_closed_days == ((meeting_id, day),)


def test_whoever_runs_a_meeting_hears_of_a_day_that_closed_under_it(hall: TownHall) -> None:
    """A date that is fixed, one that is only offered, and the deadline for answers, each said."""
    fixed, offered = (hall.convene(hall.open_case("A14")) for _ in range(2))
    hall.fix(fixed)
    day = hall.meeting(fixed).slots[0].starts_at.date()
    answer_by = hall.meeting(offered).answer_by.date()
    save(hall, closed_days=(day.isoformat(), answer_by.isoformat()))
    told = {n.meeting_id: n for n in hall.notices(key="date_closed")}
    assert {n.member_id for n in hall.notices(key="date_closed")} == {COORDINATOR, CHAIR}
    assert told[fixed].facts["fixed"] is True
    assert told[fixed].facts["dates"] == told[offered].facts["dates"]
    assert told[fixed].facts["answer_by"] == ""
    assert str(told[offered].facts["answer_by"]).startswith(answer_by.isoformat())
    save(hall, name="つなぎ野町")
    assert len(hall.notices(key="date_closed")) == 4, "nothing closed by a new name"


def test_what_is_owed_follows_the_calendar(hall: TownHall) -> None:
    """Closed: due on the next open day, with the deadlines that were told; opened again: derived
    promises come back. The clock goes through what is open once, not with every request."""
    case_id = hall.open_case("A14", danger="yes")  # one that few may see is followed all the same
    meeting_id = hall.convene(hall.open_case("A14"))
    ticks = ticks_of(hall)
    ticks.tick()
    assert hall.case(case_id).referrals[0].reply_by.date() == date(2026, 11, 26)
    assert hall.meeting(meeting_id).answer_by.date() == date(2026, 11, 27)
    (fix,) = hall.promises(meeting_id, PromiseKind.FIX_DATE)
    assert fix.due_at.date() == date(2026, 11, 30)
    save(hall, closed_days=("2026-11-26", "2026-11-27", "2026-11-30"))
    ticks.tick()
    assert hall.case(case_id).referrals[0].reply_by.date() == date(2026, 12, 1)
    assert hall.meeting(meeting_id).answer_by.date() == date(2026, 12, 1)
    (reply,) = hall.promises(case_id, PromiseKind.REPLY)
    (fix,) = hall.promises(meeting_id, PromiseKind.FIX_DATE)
    assert (reply.due_at.date(), fix.due_at.date()) == (date(2026, 12, 1), date(2026, 12, 2))
    save(hall, closed_days=("2026-11-26", "2026-11-27", "2026-11-30", "2026-12-02"))
    ticks.tick()
    (fix,) = hall.promises(meeting_id, PromiseKind.FIX_DATE)
    assert fix.due_at.date() == date(2026, 12, 3)
    known = hall.desk.ask(GetCalendarChange(), Caller.CLOCK).stamp
    assert hall.desk.ask(GetCalendarChange(known), Caller.CLOCK).keys == ()


def test_a_deadline_for_answers_comes_back_when_its_day_opens_again(hall: TownHall) -> None:
    """To what was chosen, by whatever way it went, and nobody hears twice; a deadline that was
    chosen meanwhile stays."""
    meeting_id = hall.convene(hall.open_case("A14"))
    ticks = ticks_of(hall)
    ticks.tick()
    chosen = hall.meeting(meeting_id).answer_by
    assert chosen.date() == date(2026, 11, 27)
    for closed, day in (
        (("2026-11-27",), date(2026, 11, 30)),
        (("2026-11-27", "2026-11-30"), date(2026, 12, 1)),
        ((), chosen.date()),
        (("2026-11-27",), date(2026, 11, 30)),
        ((), chosen.date()),
    ):
        save(hall, closed_days=closed)
        ticks.tick()
        assert hall.meeting(meeting_id).answer_by.date() == day, closed
        (answer, *_) = hall.promises(meeting_id, PromiseKind.ANSWER_DATES)
        assert answer.due_at == hall.meeting(meeting_id).answer_by
    assert hall.meeting(meeting_id).answer_by == chosen
    told = [n for n in hall.notices(COORDINATOR, "date_closed") if n.facts["answer_by"]]
    assert len(told) == len({str(n.facts["answer_by"]) for n in told})
    save(hall, closed_days=("2026-11-27",))
    ticks.tick()
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    hall.desk.handle(ReopenAnswers(meeting_id, "12月2日"), COORDINATOR)
    save(hall, closed_days=())
    ticks.tick()
    assert hall.meeting(meeting_id).answer_by.date() == date(2026, 12, 2)


def test_an_emergency_and_a_date_typed_on_a_week_end_stay_where_they_are(hall: TownHall) -> None:
    """緊急 is answered on closed days too, and a deadline before the first date is not pushed past
    it; what the calendar itself closes was known when it was typed."""
    urgent = hall.open_case("A14", urgency="emergency")
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(8,))  # the day after the deadline
    before = hall.case(urgent).referrals[0].reply_by, hall.meeting(meeting_id).answer_by
    save(hall, closed_days=(before[0].date().isoformat(), before[1].date().isoformat()))
    ticks_of(hall).tick()
    after = hall.case(urgent).referrals[0].reply_by, hall.meeting(meeting_id).answer_by
    assert after == before


def test_a_town_opens_a_day_that_the_calendar_closes(hall: TownHall) -> None:
    """A holiday that the law moved: deadlines count it, meetings there are usual."""
    first = hall.case(hall.open_case("A14")).referrals[0].reply_by.date()
    save(hall, opened_days=("令和8年11月23日（月）", "", "R8.12.29"))
    assert town(hall).opened_days == frozenset({date(2026, 11, 23), date(2026, 12, 29)})
    assert hall.case(hall.open_case("A14")).referrals[0].reply_by.date() < first
    assert save(hall).changed is False, "left out, they stay"
    told = refused(hall, closed_days=("R8.12.29",))
    assert [(field, key) for field, key, _ in told] == [("opened_days", "town.closed_and_opened")]
    told = refused(hall, opened_days=("", "9999-12-31"))
    assert [(field, key) for field, key, _ in told] == [("opened_days.2", "date.too_late")]


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"name": " "}, "name", "form.required"),
        ({"kana": "漢字"}, "kana", "form.kana"),
        ({"name": "あ" * 41}, "name", "form.too_long"),
        ({"closed_days": ("2026-12-04",) * 201}, "closed_days", "town.too_many"),
        ({"opened_days": ("2026-12-05",) * 201}, "opened_days", "town.too_many"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    hall: TownHall, changes: dict[str, Any], field: str, key: str
) -> None:
    """And nothing is saved."""
    assert [(f, k) for f, k, _ in refused(hall, **changes)] == [(field, key)]


def test_two_districts_do_not_share_a_name_and_one_must_be_there(hall: TownHall) -> None:
    """A case has to lie somewhere, and the place has to be told from the others."""
    same = ("", as_it_is(hall).districts[0][1], "オナジケンイキ")
    told = refused(hall, districts=(*as_it_is(hall).districts, same))
    assert [key for _, key, _ in told] == ["set_up.district_twice"]
    assert "set_up.no_district" in [key for _, key, _ in refused(hall, districts=())]


def test_nobody_else_changes_the_town(hall: TownHall) -> None:
    """A coordinator and a manager neither see the page nor save it."""
    command = replace(as_it_is(hall), name="べつの市")
    for other in (COORDINATOR, MANAGER):
        with pytest.raises(NotAllowed):
            hall.desk.ask(GetTownToEdit(), other)
        with pytest.raises(NotAllowed):
            hall.desk.handle(command, other)
    assert town(hall).name != "べつの市"


def test_two_administrators_do_not_write_over_each_other(hall: TownHall) -> None:
    """The later one is told; saving without a change writes nothing down."""
    late = replace(as_it_is(hall), kana="ベツノシ")
    assert not save(hall).changed
    assert save(hall, name="つなぎ野町").changed
    with pytest.raises(Conflict):
        hall.desk.handle(late, "M61")
    with hall.database.open() as unit:
        found = unit.connection.exec_driver_sql("select kind from trail").scalars().all()
    assert list(found).count("town_saved") == 1


def test_a_day_closed_and_opened_again_leaves_the_reply_due_as_asked(hall: TownHall) -> None:
    """However often: the deadline is drawn from the one that was asked for."""
    case_id = hall.open_case("A14")
    asked = hall.referral(case_id, "A14").reply_by

    def close(*days: date) -> None:
        with hall.database.open() as unit:
            unit.directory.save_town(replace(unit.directory.town(), closed_days=frozenset(days)))
            unit.commit()
        hall.desk.handle(RecalculateDueTimes(f"case:{case_id}"), Caller.CLOCK)

    for _ in range(2):
        close(asked.date())
        later = hall.referral(case_id, "A14").reply_by
        assert later > asked
        close(later.date())
        assert hall.referral(case_id, "A14").reply_by == asked
        close()
        assert hall.referral(case_id, "A14").reply_by == asked


def test_a_day_closed_moves_what_is_owed_on_a_suspended_case_and_on_a_request(
    hall: TownHall,
) -> None:
    """The ask whether it is still needed goes to the next open day; a request is answered a day
    earlier, because its day is by law."""
    case_id, request_id = hall.open_case("A14"), recorded(hall)
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.close(case_id, "suspended")
    hall.ask_whether_needed(case_id)

    def due(subject_id: str, kind: PromiseKind) -> datetime:
        (promise,) = hall.promises(subject_id, kind)
        return promise.due_at

    asked = due(case_id, PromiseKind.STILL_NEEDED)
    answered = due(request_id, PromiseKind.ANSWER_REQUEST)
    closed = frozenset({asked.date(), answered.date()})
    with hall.database.open() as unit:
        unit.directory.save_town(replace(unit.directory.town(), closed_days=closed))
        unit.commit()
    for key in hall.desk.ask(GetCalendarChange(), Caller.CLOCK).keys:
        hall.desk.handle(RecalculateDueTimes(key), Caller.CLOCK)
    assert due(case_id, PromiseKind.STILL_NEEDED) > asked
    assert due(request_id, PromiseKind.ANSWER_REQUEST) < answered


def test_what_was_to_come_on_a_day_that_closed_comes_on_the_next_open_morning(
    any_hall: TownHall,
) -> None:
    """Whatever waits for the office to open, also a reminder that somebody asked for; what is
    urgent waits for nothing."""
    hall = any_hall

    def at(day: int, hour: int = 8, minute: int = 30) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)

    ticks = ticks_of(hall)
    asked = hall.open_case("A14")
    ticks.tick()
    (promise,) = hall.promises(asked, PromiseKind.REPLY)
    assert hall.desk.handle(RemindTomorrow(promise.key), ELDERLY) == at(24)
    hall.clock.set(at(20, 18))
    ordinary, urgent = hall.open_case("A14"), hall.open_case("A14", urgency="emergency")
    save(hall, closed_days=("2026-11-24",))

    def came() -> list[tuple[str, str | None]]:
        ticks.tick()
        return sorted((i.notice.key, i.notice.case_id) for i in hall.mail(ELDERLY))

    before = sorted([("referral_asked", asked), ("referral_asked", urgent)])
    assert came() == before
    (line,) = [t for t in hall.desk.ask(GetInbox(), ELDERLY).to_do if t.key == promise.key]
    assert line.remind_at == at(25)
    hall.clock.set(at(24, 12))
    assert [one for one in came() if one not in before and one[1] != urgent] == []
    hall.clock.set(at(25))
    assert {("reply_reminder", asked), ("referral_asked", ordinary)} <= set(came())
