"""会議の部屋: a private channel with the meeting's people, made once and closed at the end."""

from datetime import timedelta

import pytest

from handlers.slack.door import SLACK
from tests.slack.product import SlackTown, user_of
from tests.slack.screen import words_in
from tests.slack.world import BOT_USER, Channel
from tests.support.hands import confirm_permission_requests
from tests.support.people import ADMINISTRATOR, CHAIR, COORDINATOR, ELDERLY, OUTSIDER
from tests.workflows.test_sign_in import LABELS
from workflows.core.errors import NotFound, Refused
from workflows.core.permissions import Caller
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.directory.link_account import LinkAccount, UnlinkAccount
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.room import OpenRoom
from workflows.meetings.run import InviteAgency, UninviteAgency

STARTED = "tsunagu-r8-0001-"


def rooms(town: SlackTown) -> list[Channel]:
    """Channels that the app made."""
    return [c for c in town.slack.world.channels.values() if c.creator == BOT_USER]


def inside(room: Channel) -> set[str]:
    return set(room.members) - {BOT_USER}


def is_closed(room: Channel) -> bool:
    return room.archived


def draw(town: SlackTown) -> None:
    """What is old is brought up to date; no notice goes out."""
    town.settle()
    town.ticks.run_job("slack_cards")


def said_in(town: SlackTown, room: Channel) -> list[str]:
    return ["\n".join(words_in(m["blocks"])) for m in town.slack.messages(room.id)]


def users(*members: str) -> set[str]:
    return {user_of(m) for m in members}


@pytest.fixture
def meeting_id(slack_town: SlackTown) -> str:
    return slack_town.convene(slack_town.open_case())


def opened(town: SlackTown, meeting_id: str) -> Channel:
    town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)
    draw(town)
    (room,) = rooms(town)
    return room


def test_a_room_is_asked_for_on_the_organisers_card_and_made_with_its_people(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """Private, called by the case's number; asked for twice it is one."""
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    shown = next(m for m in person.messages() if "回答状況" in m["text"])
    person.press("会議の部屋をつくる", in_=shown)
    person.press("会議の部屋をつくる", in_=shown)
    assert "もうあります" in person.ephemerals()[-1]["text"]
    slack_town.tick()
    (room,) = rooms(slack_town)
    assert room.is_private
    assert room.name == STARTED + meeting_id[:6]
    assert inside(room) == users(COORDINATOR, ELDERLY, CHAIR)
    slack_town.tick()
    (card,) = said_in(slack_town, room)
    assert "支援会議（R8-0001）" in card
    assert "人の名前や困りごとは書かず" in card
    again = next(m for m in person.messages() if m["ts"] == shown["ts"])
    assert "会議の部屋をつくる" not in "\n".join(words_in(again["blocks"]))
    with slack_town.database.open() as unit:
        kinds = [e.kind for e in unit.events.of_meeting(meeting_id)]
    assert kinds.count("room_opened") == 1


def test_the_room_changes_with_the_meeting_and_who_is_invited(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """Whoever is taken off is taken out; a stranger whom somebody let in as well."""
    room = opened(slack_town, meeting_id)
    slack_town.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    slack_town.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    room.members.append(user_of(OUTSIDER))
    slack_town.fix(meeting_id)
    draw(slack_town)
    assert inside(room) == users(COORDINATOR, "M30", CHAIR)
    assert [text for text in said_in(slack_town, room) if "日程が決まりました" in text]
    assert len(said_in(slack_town, room)) == 1
    slot = slack_town.meeting(meeting_id).fixed_slot
    assert slot is not None
    slack_town.clock.at = slot.ends_at + timedelta(days=1)  # rooms are looked at once a day
    slack_town.desk.handle(DoChore(Chore.CHATS), Caller.CLOCK)
    draw(slack_town)
    (card,) = said_in(slack_town, room)
    assert "会議は終わりました。会議記録は、まだ確定していません。" in card
    assert "予定表に入れる" not in card


def test_the_room_is_closed_when_the_meeting_is_cancelled_and_says_so_before(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """Closing breaks off between the two: it is said once all the same."""
    room = opened(slack_town, meeting_id)
    slack_town.desk.handle(CancelMeeting(meeting_id, "延期するため。"), COORDINATOR)
    slack_town.slack.fail("conversations.archive", status=503, times=1)
    draw(slack_town)
    assert not is_closed(room)
    slack_town.clock.move(minutes=10)
    draw(slack_town)
    assert is_closed(room)
    told = said_in(slack_town, room)
    assert len([t for t in told if "このあと閉じます" in t]) == 1
    with slack_town.database.open() as unit:
        assert not unit.posts.find(SLACK, kind="room")
        assert not unit.posts.find(SLACK, kind="room_card")


def test_a_room_in_which_a_card_was_refused_is_closed_all_the_same(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """What is still to be said there is waited for, and not for ever."""
    slack_town.slack.error("chat.postMessage", "invalid_blocks", times=20)
    room = opened(slack_town, meeting_id)
    slack_town.desk.handle(CancelMeeting(meeting_id, "要らなくなったため。"), COORDINATOR)
    slack_town.clock.move(hours=2)
    draw(slack_town)
    assert is_closed(room)


def test_the_room_is_closed_when_the_record_is_confirmed(
    slack_town: SlackTown, meeting_id: str
) -> None:
    room = opened(slack_town, meeting_id)
    slack_town.fix(meeting_id)
    slot = slack_town.meeting(meeting_id).fixed_slot
    assert slot is not None
    slack_town.clock.set(slot.ends_at)
    slack_town.save_record(meeting_id)
    slack_town.confirm_record(meeting_id)
    for _ in range(3):
        draw(slack_town)
        slack_town.clock.move(minutes=5)
    assert is_closed(room)
    *_, summary, last = said_in(slack_town, room)
    assert "記録が確定しました" in summary
    assert "このあと閉じます" in last
    with pytest.raises(Refused, match=r"room\.over"):
        slack_town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)


def test_a_room_that_somebody_closed_by_hand_stays_closed_and_another_may_be_opened(
    slack_town: SlackTown, meeting_id: str
) -> None:
    room = opened(slack_town, meeting_id)
    slack_town.slack.archive(room.id)
    slack_town.fix(meeting_id)
    draw(slack_town)
    assert is_closed(room)
    with slack_town.database.open() as unit:
        assert not [d for d in unit.outbox.recent() if d.key == "channel_trouble"]
    slack_town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)
    draw(slack_town)
    assert [(c.name, c.archived) for c in rooms(slack_town)] == [
        (STARTED + meeting_id[:6], True),
        (STARTED + meeting_id[:6] + "-2", False),
    ]


def test_a_room_whose_making_was_not_answered_is_found_and_not_made_again(
    slack_town: SlackTown, meeting_id: str
) -> None:
    slack_town.slack.drop("conversations.create", arrives=True, times=1)
    slack_town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)
    draw(slack_town)
    (room,) = rooms(slack_town)
    assert inside(room) == set()
    slack_town.clock.move(minutes=30)
    draw(slack_town)
    assert rooms(slack_town) == [room]
    assert inside(room) == users(COORDINATOR, ELDERLY, CHAIR)


def test_a_town_whose_slack_allows_no_rooms_is_told_to_who_convened(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """The meeting goes on without one, and it can be asked for again."""
    slack_town.slack.error("conversations.create", "restricted_action", times=1)
    slack_town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)
    slack_town.tick()
    assert rooms(slack_town) == []
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    assert [m for m in person.messages() if "部屋をつくれませんでした" in m["text"]]
    assert opened(slack_town, meeting_id).is_private


def test_one_who_cannot_come_in_keeps_nobody_else_out(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """A guest or a deactivated person; whoever is not linked is not asked."""
    slack_town.slack.world.users[user_of(ELDERLY)].is_restricted = True
    room = opened(slack_town, meeting_id)
    assert inside(room) == users(COORDINATOR, CHAIR)


def test_where_nobody_can_be_taken_out_the_room_is_closed_for_all(
    slack_town: SlackTown, meeting_id: str
) -> None:
    room = opened(slack_town, meeting_id)
    slack_town.slack.error("conversations.kick", "restricted_action")
    slack_town.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    slack_town.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    draw(slack_town)
    assert is_closed(room)


def test_a_member_who_left_the_town_is_in_no_room(slack_town: SlackTown, meeting_id: str) -> None:
    room = opened(slack_town, meeting_id)
    slack_town.has_left(ELDERLY)
    slack_town.fix(meeting_id)
    draw(slack_town)
    assert user_of(ELDERLY) not in inside(room)


def test_who_is_parted_from_their_account_is_taken_out_and_comes_back_with_it(
    slack_town: SlackTown, meeting_id: str
) -> None:
    room = opened(slack_town, meeting_id)
    slack_town.desk.handle(UnlinkAccount(SLACK, user_of(ELDERLY)), ADMINISTRATOR)
    draw(slack_town)
    assert user_of(ELDERLY) not in inside(room)
    slack_town.desk.handle(LinkAccount(SLACK, user_of(ELDERLY), ELDERLY), ADMINISTRATOR)
    confirm_permission_requests(slack_town.desk)
    draw(slack_town)
    assert user_of(ELDERLY) in inside(room)


def test_who_moves_to_another_agency_is_out_of_the_room_at_once(
    slack_town: SlackTown, meeting_id: str
) -> None:
    room = opened(slack_town, meeting_id)
    found = slack_town.desk.ask(GetMemberToEdit(ELDERLY, LABELS), ADMINISTRATOR)
    moved = SaveMember({**found.cells, "agency_id": "A27"}, found.stamp, LABELS, True)
    slack_town.desk.handle(moved, ADMINISTRATOR)
    confirm_permission_requests(slack_town.desk)
    draw(slack_town)
    assert user_of(ELDERLY) not in inside(room)


def test_who_left_by_the_calendar_is_out_of_the_room_that_day(
    slack_town: SlackTown, meeting_id: str
) -> None:
    """Nothing about the meeting changes: the rooms are looked through every day."""
    room = opened(slack_town, meeting_id)
    slack_town.has_left(ELDERLY)
    slack_town.clock.move(days=1)
    slack_town.tick()
    assert user_of(ELDERLY) not in inside(room)


@pytest.mark.parametrize("member", [ELDERLY, OUTSIDER])
def test_only_who_runs_the_meeting_opens_its_room(
    slack_town: SlackTown, meeting_id: str, member: str
) -> None:
    with pytest.raises((Refused, NotFound)):
        slack_town.desk.handle(OpenRoom(meeting_id, SLACK), member)
    with slack_town.database.open() as unit:
        assert not unit.posts.find(SLACK, kind="room")


def test_nothing_about_a_person_is_in_a_rooms_name_or_card(slack_town: SlackTown) -> None:
    """Of a restricted case not even its number, which not everybody in the room may know."""
    case_id = slack_town.open_case("A14", name="見本野 太郎", danger="yes")
    meeting_id = slack_town.convene(case_id, title="見守りの会", place="庁舎2階")
    slack_town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)
    draw(slack_town)
    (room,) = rooms(slack_town)
    text = "\n".join([room.name, room.topic, *said_in(slack_town, room)])
    number = slack_town.case(case_id).number
    for word in (number, number.lower(), "見本野", "庁舎2階", "見守りの会"):
        assert word not in text
