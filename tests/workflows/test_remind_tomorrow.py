"""翌開庁日にもう一度; and what a page says that happens next, before the clock does it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.views import GetCase
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import TOKYO
from workflows.meetings.views import GetMeeting
from workflows.model.promise import Promise, PromiseKind
from workflows.promises.ladder import REMINDERS
from workflows.reminders.keep_promises import KeepNextPromise
from workflows.reminders.remind_tomorrow import RemindTomorrow


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


def asked(hall: TownHall, **changes: str) -> tuple[str, Promise]:
    """A case that waits for 地域包括's reply: its id, and the promise."""
    case_id = hall.open_case("A14", by=OUTSIDER, **changes)
    (promise,) = hall.promises(case_id, PromiseKind.REPLY)
    return case_id, promise


def put_off(hall: TownHall, promise: Promise, by: str = ELDERLY) -> datetime:
    return hall.desk.handle(RemindTomorrow(promise.key), by)


def reminded(hall: TownHall, member_id: str, promise: Promise) -> list[datetime]:
    """When reminders of it came into an inbox, the first one first."""
    items = [i for i in hall.mail(member_id) if i.notice.promise == promise.key]
    return sorted(i.delivered_at.astimezone(TOKYO) for i in items if i.notice.key in REMINDERS)


# Opened at; due; put off at; heard again at; and whether the ladder says it then by itself.
TURNS = [
    (at(2026, 12, 25, 10), at(2027, 1, 5, 17, 15), at(2026, 12, 28, 16), at(2027, 1, 4, 8, 30)),
    (at(2027, 3, 29, 10), at(2027, 4, 1, 17, 15), at(2027, 3, 31, 17), at(2027, 4, 1, 8, 30)),
    (at(2028, 2, 25, 10), at(2028, 3, 1, 17, 15), at(2028, 2, 28, 9), at(2028, 2, 29, 8, 30)),
    (at(2028, 2, 26, 10), at(2028, 3, 2, 17, 15), at(2028, 2, 29, 9), at(2028, 3, 1, 8, 30)),
]


def test_it_is_said_again_on_the_next_open_morning_and_once(hall: TownHall) -> None:
    """The closure over the year's end, the last day of a fiscal year, 29 February: to whoever
    asked, and also where the ladder says the same on that morning."""
    for opened, due, when, again in TURNS:
        hall.clock.set(opened)
        case_id, promise = asked(hall)
        assert promise.due_at == due
        ticks_of(hall).tick()
        hall.clock.set(when)
        ticks_of(hall).tick()
        before = reminded(hall, ELDERLY, promise)
        assert put_off(hall, promise) == again
        assert put_off(hall, promise) == again, "a second press is the same wish"
        (line,) = [t for t in hall.desk.ask(GetInbox(), ELDERLY).to_do if t.key == promise.key]
        assert line.remind_at == again
        hall.clock.set(again - timedelta(minutes=1))
        ticks_of(hall).tick()
        assert reminded(hall, ELDERLY, promise) == before
        hall.clock.set(again)
        ticks_of(hall).tick()
        assert reminded(hall, ELDERLY, promise) == [*before, again]
        hall.reply(case_id, "A14", by=ELDERLY, lead="yes")


def test_at_night_an_emergency_goes_on_up_its_ladder_all_the_same(hall: TownHall) -> None:
    """On a Friday at 23:00; whoever puts it off hears on Monday, everybody else as ever."""
    hall.clock.set(at(2026, 11, 27, 23))
    _, promise = asked(hall, urgency="emergency")
    assert promise.due_at == at(2026, 11, 28, 1)
    assert put_off(hall, promise) == at(2026, 11, 30, 8, 30)
    for hour in range(6):
        hall.clock.set(at(2026, 11, 28, hour))
        ticks_of(hall).tick()
    assert reminded(hall, ELDERLY, promise) == [at(2026, 11, 28, h) for h in (0, 1)]
    assert reminded(hall, COORDINATOR, promise) == [at(2026, 11, 28, 3)]
    assert reminded(hall, MANAGER, promise) == [at(2026, 11, 28, 4)]


def test_what_is_kept_meanwhile_is_not_said_and_only_ones_own_is_put_off(hall: TownHall) -> None:
    case_id, promise = asked(hall)
    ticks_of(hall).tick()
    for stranger in (OUTSIDER, COORDINATOR, DISABILITY):
        with pytest.raises(Refused, match=r"remind\.nothing"):
            put_off(hall, promise, by=stranger)
    put_off(hall, promise)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.clock.set(at(2026, 11, 24, 9))
    ticks_of(hall).tick()
    assert reminded(hall, ELDERLY, promise) == []
    with pytest.raises(Refused, match=r"remind\.nothing"):
        put_off(hall, promise)


@pytest.mark.parametrize("count", [1, 6])
def test_a_reminder_never_names_a_time_that_moved_while_it_waited(
    hall: TownHall, count: int
) -> None:
    """One that was asked for, and one of the ladder that waits for the office to open; by itself,
    and among so many that they come as one."""
    promises = [asked(hall)[1] for _ in range(count)]
    late = [asked(hall)[1] for _ in range(count)]
    ticks = ticks_of(hall)
    ticks.tick()
    hall.clock.set(at(2026, 11, 25, 20))  # the server stood still over the day
    for promise in late:
        assert hall.desk.handle(KeepNextPromise(promise.key), Caller.CLOCK)
    for promise in promises:
        put_off(hall, promise)
    with hall.database.open() as unit:
        for promise in [*promises, *late]:
            later = replace(promise, due_at=at(2026, 12, 10, 17, 15))
            unit.promises.replace(promise.subject_id, [(later, at(2026, 12, 9, 8, 30))])
        unit.commit()
    had = len(hall.mail(ELDERLY))
    hall.clock.set(at(2026, 11, 26, 8, 30))
    ticks.tick()
    assert [i.notice.key for i in hall.mail(ELDERLY)][: -had or None] == []
    with hall.database.open() as unit:
        gone = [d.error for d in unit.outbox.recent() if d.key == "reply_reminder"]
    assert gone == ["overtaken"] * 2 * count


CASES = [
    ("normal", at(2026, 12, 25, 10), at(2027, 1, 4, 8, 30)),
    ("normal", at(2027, 3, 29, 10), at(2027, 3, 31, 8, 30)),
    ("urgent", at(2028, 2, 28, 10), at(2028, 2, 29, 8, 30)),
    ("emergency", at(2028, 3, 3, 23), at(2028, 3, 4, 0)),
]


def test_announced_notices_are_the_ones_the_clock_sends(hall: TownHall) -> None:
    """Before each rung the page names all that are to come, and the clock does just that."""
    who = {
        ELDERLY: "debtor",
        OUTSIDER: "writer",
        COORDINATOR: "coordinator",
        OTHER_COORDINATOR: "coordinator",
        MANAGER: "manager",
    }
    for urgency, opened, first in CASES:
        hall.clock.set(opened)
        case_id, promise = asked(hall, urgency=urgency)

        def says(case_id: str = case_id) -> tuple[tuple[datetime, tuple[str, ...]], ...]:
            (found,) = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).upcoming_notices
            assert found.goes_on
            return found.steps

        steps = says()
        assert steps[0][0] == first
        for n, (when, whom) in enumerate(steps):
            assert says() == steps[n:] or n == len(steps) - 1
            hall.clock.set(when)
            assert hall.desk.handle(KeepNextPromise(promise.key), Caller.CLOCK), (when, whom)
            told = {
                who[notice.member_id]
                for notice in hall.notices()
                if notice.promise == promise.key
                and notice.created_at == when
                and notice.key in REMINDERS
                and notice.member_id in who
            }
            assert told == set(whom), (urgency, when)


def test_case_and_meeting_pages_list_upcoming_notices(hall: TownHall) -> None:
    """In words, folded, in the order in which it comes; a meeting's alike agencies together."""
    case_id, _ = asked(hall)
    page = Seat(web_app(hall), COORDINATOR).text("/cases/R8-0001")
    steps = page[page.index('class="what-next"') :]
    words = [
        *("11/25（水）朝", "11/27（金）朝", "<li>昼　シートの作成者へ"),
        *("連携担当者へ", "管理職へ"),
    ]
    found = [steps.find(word) for word in words]
    assert -1 not in found
    assert found == sorted(found)
    meeting_id = hall.convene(case_id)
    (dates, fix) = hall.desk.ask(GetMeeting(meeting_id), COORDINATOR).owed
    assert len(dates.agencies) == 2
    assert [whom for _, whom in dates.next.steps] == [("debtor",), ("debtor",)]
    assert [whom for _, whom in fix.next.steps][:3] == [("debtor",), ("coordinator",), ("manager",)]
    text = Seat(web_app(hall), COORDINATOR).text(f"/meetings/{meeting_id}")
    assert "期限のある約束と、進まないときのお知らせ（2件）" in text
    hall.fix(meeting_id)
    kinds = [o.line.kind for o in hall.desk.ask(GetMeeting(meeting_id), CHAIR).owed]
    assert "attend" in kinds
    assert "meeting_soon" not in kinds


def test_the_inbox_puts_it_off_by_a_plain_form(hall: TownHall) -> None:
    _, promise = asked(hall)
    ticks_of(hall).tick()
    seat = Seat(web_app(hall), ELDERLY)
    assert f'form="put-off-form" name="promise" value="{promise.key}"' in seat.text("/")
    said = seat.send("/inbox/put-off", {"promise": promise.key}, follow=True).text
    assert "令和8年11月24日（火）の朝にもう一度お知らせします。" in said
    assert "期限と、ほかの方へのお知らせは変わりません。" in said
    assert "11/24（火）の朝に再度お知らせ" in said
    assert f'value="{promise.key}"' not in said
    stranger = Seat(web_app(hall), OUTSIDER)
    refused = stranger.send("/inbox/put-off", {"promise": promise.key}, follow=True).text
    assert "いまは担当ではありません" in refused
