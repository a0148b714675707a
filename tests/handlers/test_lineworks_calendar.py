"""Fixed meetings in LINE WORKS calendars: with those whom they concern today, and nobody else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from handlers.lineworks.calendar import EVERY
from handlers.lineworks.door import LINEWORKS
from tests.lineworks.product import LineworksTown, LineworksTownWith, user_of
from tests.support.hands import confirm_permission_requests
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY
from workflows.core.permissions import Caller
from workflows.directory.link_account import LinkAccount, UnlinkAccount
from workflows.meetings.entries import ENTRY, UpdateCalendarEntries
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.meetings.run import InviteAgency, UninviteAgency

USER = user_of(ELDERLY)


@pytest.fixture
def town(lineworks_town_with: LineworksTownWith) -> LineworksTown:
    found: LineworksTown = lineworks_town_with(LINEWORKS_CALENDAR="yes")
    return found


def fixed(town: LineworksTown) -> str:
    """A meeting of 社協 and 地域包括 whose date all have heard of, and have in their calendars."""
    meeting_id = town.convene(town.open_case("A14"))
    town.answer(meeting_id, "A13", by=COORDINATOR)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.fix(meeting_id)
    town.tick()
    return meeting_id


def users(town: LineworksTown) -> list[str]:
    """In whose calendars something stands, once each entry."""
    return sorted(one.user for one in town.lineworks.world.events.values())


def later(town: LineworksTown) -> None:
    town.clock.move(seconds=EVERY.total_seconds())
    town.tick()


def moved(town: LineworksTown) -> None:
    with town.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member
        unit.directory.save_members([replace(member, agency_id="A17")])
        unit.commit()


def left(town: LineworksTown) -> None:
    town.has_left(ELDERLY)


def unlinked(town: LineworksTown) -> None:
    town.desk.handle(UnlinkAccount(LINEWORKS, USER), ADMINISTRATOR)


def test_nobody_is_asked_to_put_in_by_hand_what_stands_in_their_calendar(
    town: LineworksTown,
) -> None:
    """Or they would have it twice, and the one of their own would stay when the meeting goes."""
    meeting_id, told = fixed(town), "LINE WORKSのカレンダーには、自動で反映されます"
    member = town.person(ELDERLY)
    assert member.screen_text("").count(told) == 1
    town.desk.handle(CancelMeeting(meeting_id, "都合のため。"), COORDINATOR)
    town.tick()
    assert member.screen_text("").count(told) == 2
    assert {"予定表に入れる", "予定表から消す"} & {*member.buttons()} == set()


def test_without_calendars_the_file_is_offered(lineworks_town: LineworksTown) -> None:
    fixed(lineworks_town)
    member = lineworks_town.person(ELDERLY)
    assert "自動で反映" not in member.screen_text()
    member.press("予定表に入れる")
    assert "予定表に取り込むファイル" in str(member.last().content)


@pytest.mark.parametrize("goes", [moved, left, unlinked])
def test_who_is_not_concerned_any_more_keeps_no_entry(
    town: LineworksTown, goes: Callable[[LineworksTown], None]
) -> None:
    """The meeting itself has not changed; everybody else keeps theirs, and who answers for the
    agency from now on has one."""
    fixed(town)
    others = {one for one in users(town) if one != USER}
    assert others
    goes(town)
    later(town)
    successors = {user_of(m) for m in ("M27",) if goes is not unlinked}
    assert set(users(town)) == others | successors


def test_an_agency_that_is_invited_no_more_keeps_no_entry_and_one_that_is_invited_late_gets_one(
    town: LineworksTown,
) -> None:
    meeting_id = fixed(town)
    town.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    town.tick()
    assert USER not in users(town)
    town.desk.handle(InviteAgency(meeting_id, "A17", required=False), COORDINATOR)
    later(town)
    assert user_of("M30") in users(town)
    assert USER not in users(town)


def test_who_is_linked_after_the_news_of_the_date_has_the_entry_as_well(
    town: LineworksTown,
) -> None:
    unlinked(town)
    meeting_id = fixed(town)
    assert USER not in users(town)
    town.desk.handle(LinkAccount(LINEWORKS, USER, ELDERLY), ADMINISTRATOR)
    confirm_permission_requests(town.desk)
    later(town)
    assert users(town).count(USER) == 1
    town.desk.handle(MoveMeeting(meeting_id, "令和8年12月17日", "14:00", "都合。"), COORDINATOR)
    town.tick()
    (entry,) = [one for one in town.lineworks.world.events.values() if one.user == USER]
    assert entry.component["start"]["dateTime"] == "2026-12-17T14:00:00"


def test_an_entry_is_private_and_lineworks_notifies_nobody(town: LineworksTown) -> None:
    """It was told by a card already: neither when it is put there, nor moved, nor taken out. It
    says what the meeting is, in the town's time, and nobody's name."""
    meeting_id = fixed(town)
    world = town.lineworks.world
    (entry,) = [one for one in world.events.values() if one.user == USER]
    assert entry.component | {"eventId": ""} == {
        "eventId": "",
        "summary": "支援会議（R8-0001）",
        "description": entry.component["description"],
        "location": "庁舎2階 第3会議室",
        "start": {"dateTime": "2026-12-10T14:00:00", "timeZone": "Asia/Tokyo"},
        "end": {"dateTime": "2026-12-10T15:00:00", "timeZone": "Asia/Tokyo"},
        "visibility": "PRIVATE",
    }
    town.desk.handle(MoveMeeting(meeting_id, "令和8年12月17日", "14:00", "都合。"), COORDINATOR)
    town.tick()
    assert len(town.lineworks.called("events.change", user=USER)) == 1
    town.desk.handle(CancelMeeting(meeting_id, "都合。"), COORDINATOR)
    town.tick()
    assert (world.events, world.calendar_notices) == ({}, [])


def test_an_entry_that_may_be_there_already_is_looked_for_before_it_is_made_again(
    town: LineworksTown,
) -> None:
    """Nobody heard how the first attempt ended: it is put right under the id that it was given."""
    town.lineworks.fail("events.create", 500, where={"user": USER}, arrives=True, times=1)
    fixed(town)
    assert USER in users(town)
    for _ in range(3):
        later(town)
    assert users(town).count(USER) == 1
    assert len(town.lineworks.called("events.create", user=USER)) == 1
    assert len(town.lineworks.called("events.change", user=USER)) == 1


def test_a_meeting_that_is_disposed_of_is_in_nobodys_calendar(town: LineworksTown) -> None:
    """However long ago it was: what is let go here is let go there."""
    meeting_id = fixed(town)
    town.clock.move(days=400)
    with town.database.open() as unit:
        unit.purge.notices_of_meeting(meeting_id, town.desk.now())
        unit.commit()
    town.tick()
    assert users(town) == []


def test_switched_off_it_goes_into_no_calendar(town: LineworksTown) -> None:
    """The app has the scope no longer: nothing is asked for that would be refused."""
    meeting_id = fixed(town)
    town.part.door.lineworks = replace(town.part.door.lineworks, calendar=False)
    called = len(town.lineworks.calls)
    town.desk.handle(CancelMeeting(meeting_id, "都合。"), COORDINATOR)
    town.tick()
    assert "events" not in "".join(call.api for call in town.lineworks.calls[called:])


def test_a_second_check_makes_no_calendar_call(town: LineworksTown) -> None:
    """What stands there already is neither wanted nor made again."""
    fixed(town)

    def state() -> tuple[int, set[str]]:
        calls = [call for call in town.lineworks.calls if call.api.startswith("events")]
        with town.database.open() as unit:
            return len(calls), {post.id for post in unit.posts.find(LINEWORKS, kind=ENTRY)}

    before = state()
    for _ in range(3):
        town.desk.handle(UpdateCalendarEntries(LINEWORKS), Caller.CLOCK)
        assert state() == before
        later(town)
    assert state() == before


def test_an_entry_that_its_owner_deleted_is_survived(town: LineworksTown) -> None:
    """It is made anew when the meeting moves; deleted once more, the meeting is cancelled."""
    meeting_id = fixed(town)
    events = town.lineworks.world.events

    def deleted() -> None:
        for one in [key for key, event in events.items() if event.user == USER]:
            del events[one]

    deleted()
    later(town)
    assert USER not in users(town), "who took it out has it out while nothing changes"
    town.desk.handle(MoveMeeting(meeting_id, "令和8年12月17日", "14:00", "都合。"), COORDINATOR)
    town.tick()
    assert users(town).count(USER) == 1
    deleted()
    town.desk.handle(CancelMeeting(meeting_id, "都合。"), COORDINATOR)
    later(town)
    assert events == {}
    assert "lineworks_calendars" not in town.ticks.failing


def test_a_meeting_that_is_over_is_put_into_nobodys_calendar(town: LineworksTown) -> None:
    unlinked(town)
    fixed(town)
    town.clock.move(days=60)
    town.desk.handle(LinkAccount(LINEWORKS, USER, ELDERLY), ADMINISTRATOR)
    confirm_permission_requests(town.desk)
    later(town)
    assert USER not in users(town)
