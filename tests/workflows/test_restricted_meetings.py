"""A meeting on restricted cases alone: its place and time are for the named, the invited and those
who run it; where it stands beside others, its line is not there for whoever is not named."""

from typing import Any

import pytest

from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.spoilt import make_unreadable
from tests.support.town import TownHall
from workflows.cases.name_members import NameMember
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.delivery.unreached import GetUnreachedOfMeeting
from workflows.digest.look import GetDigest
from workflows.directory.holdings import GetMemberHoldings
from workflows.inbox.inbox import GetInbox
from workflows.maintenance.broken_records import CheckReadable
from workflows.meetings.announced_place import GetAnnouncedPlace
from workflows.meetings.answer_views import GetAppointment, GetAskedDates
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.fix_date import CancelMeeting, FixDate
from workflows.meetings.joinable import GetJoinableMeetings
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.register import GetMeetings
from workflows.meetings.room import GetRoom, GetRoomCard, OpenRoom
from workflows.meetings.run import InviteAgency
from workflows.meetings.views import GetMeeting
from workflows.meetings.who_hears import ChooseWhoHears, GetHearing, HearingEdit
from workflows.outside.answer_links import GetAnswerTarget, MakeAnswerLink

PLACE = "女性相談室 201"
COLLEAGUE = "M27"  # of the invited A14, named on no case
OVERSEE = (OTHER_COORDINATOR, MANAGER)
NUMBER, OTHER_NUMBER = "R8-0001", "R8-0002"


@pytest.fixture
def secret(hall: TownHall) -> str:
    """A restricted case; a manager and a coordinator of the town are not named on it."""
    return hall.open_case("A14", danger="yes")


@pytest.fixture
def meeting_id(hall: TownHall, secret: str) -> str:
    """A fixed meeting on it alone."""
    found = hall.convene(secret, place=PLACE)
    for agency, member in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(found, agency, by=member)
    hall.fix(found)
    return found


@pytest.fixture
def mixed(hall: TownHall, secret: str) -> str:
    """A fixed meeting on it and on one that is not restricted."""
    other = hall.open_case("A14")
    found = hall.convene(secret, other, place=PLACE)
    for agency, member in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(found, agency, by=member)
    hall.fix(found)
    return found


def tries(hall: TownHall, meeting_id: str, member_id: str) -> dict[str, bool]:
    """Whether each thing about the meeting is there for somebody."""
    slot = hall.meeting(meeting_id).slots[0].id
    asks: tuple[Query[Any], ...] = (
        GetMeeting(meeting_id),
        GetAppointment(meeting_id),
        GetAnnouncedPlace(meeting_id),
        GetHearing(meeting_id),
        GetUnreachedOfMeeting(meeting_id),
    )
    does: tuple[Command[Any], ...] = (
        FixDate(meeting_id, slot),
        PutOnAgenda(meeting_id, ("R8-0002",)),
        CancelMeeting(meeting_id, "取りやめます。"),
        OpenRoom(meeting_id, "slack"),
        ConfirmSecrecy(meeting_id),
    )
    found = {}
    for message in (*asks, *does):
        try:
            if isinstance(message, Query):
                hall.desk.ask(message, member_id)
            elif isinstance(message, Command):
                hall.desk.handle(message, member_id)
        except NotFound:
            found[type(message).__name__] = False
        except Refused:
            found[type(message).__name__] = True
        else:
            found[type(message).__name__] = True
    return found


@pytest.mark.parametrize("member_id", OVERSEE)
def test_for_who_only_oversees_there_is_no_such_meeting(
    hall: TownHall, meeting_id: str, member_id: str
) -> None:
    """Neither page, list, calendar nor any deed; nothing lies in their inbox."""
    assert set(tries(hall, meeting_id, member_id).values()) == {False}
    register = hall.desk.ask(GetMeetings(everybodys=True), member_id)
    assert (register.coming, register.over) == ((), ())
    hall.clock.move(days=40)
    hall.keep_promises()
    inbox = hall.desk.ask(GetInbox(), member_id)
    assert PLACE not in str(inbox)
    assert not [n for n in inbox.news if n.notice.meeting_id == meeting_id]
    assert not [t for t in (*inbox.to_do, *inbox.later) if t.meeting_id == meeting_id]


def test_named_invited_and_running_see_where_and_when(hall: TownHall, meeting_id: str) -> None:
    """Whoever comes has to know; a colleague of an invited agency may come instead, and is not
    told on which case. A coordinator who is named sees it as any other."""
    for member_id in (COORDINATOR, CHAIR, ELDERLY, COLLEAGUE):
        assert hall.desk.ask(GetMeeting(meeting_id), member_id).line.place == PLACE
    assert hall.desk.ask(GetMeeting(meeting_id), ELDERLY).line.numbers == (NUMBER,)
    for_colleague = hall.desk.ask(GetMeeting(meeting_id), COLLEAGUE)
    assert (for_colleague.line.numbers, for_colleague.line.others) == ((), 0)
    assert for_colleague.cases == ()
    assert NUMBER not in str(hall.desk.ask(GetAskedDates(meeting_id), COLLEAGUE))
    assert NUMBER not in str(hall.desk.ask(GetAppointment(meeting_id), COLLEAGUE))
    hall.desk.handle(
        NameMember(hall.meeting(meeting_id).agenda[0].case_id, OTHER_COORDINATOR, True), COORDINATOR
    )
    assert hall.desk.ask(GetMeeting(meeting_id), OTHER_COORDINATOR).may_run
    (line,) = hall.desk.ask(GetMeetings(everybodys=True), OTHER_COORDINATOR).coming
    assert (line.place, line.numbers) == (PLACE, (NUMBER,))


def test_its_secrecy_is_confirmed_by_the_named_alone(hall: TownHall, meeting_id: str) -> None:
    with pytest.raises(Refused) as why:
        hall.desk.handle(ConfirmSecrecy(meeting_id), COLLEAGUE)
    assert why.value.key == "denied.restricted"
    assert not hall.desk.ask(GetMeeting(meeting_id), COLLEAGUE).must_confirm_secrecy
    hall.desk.handle(ConfirmSecrecy(meeting_id), ELDERLY)


def test_of_a_mixed_agenda_the_restricted_line_is_not_there(hall: TownHall, mixed: str) -> None:
    """The meeting is, with place and time; neither number nor count says that there is more."""
    for member_id in OVERSEE:
        seen = hall.desk.ask(GetMeeting(mixed), member_id)
        assert (seen.line.numbers, seen.line.others) == ((OTHER_NUMBER,), 0)
        assert seen.line.place == PLACE
        assert NUMBER not in str(seen)
        assert NUMBER not in str(hall.desk.ask(GetAppointment(mixed), member_id))
        assert NUMBER not in str(hall.desk.ask(GetMeetings(everybodys=True), member_id))
    story = hall.desk.ask(GetMeeting(mixed), OTHER_COORDINATOR).story
    assert [e.facts["number"] for e in story if e.kind == "put_on_agenda"] == [OTHER_NUMBER]
    assert NUMBER not in str(hall.desk.ask(GetHearing(mixed), OTHER_COORDINATOR))
    change = HearingEdit(NUMBER, remove=("A13",))
    with pytest.raises(NotFound):
        hall.desk.handle(ChooseWhoHears(mixed, (change,)), OTHER_COORDINATOR)
    hall.desk.handle(InviteAgency(mixed, "A17", True), OTHER_COORDINATOR)
    assert hall.meeting(mixed).agenda[0].agency_ids == ["A13", "A14"]
    named = hall.desk.ask(GetMeeting(mixed), ELDERLY)
    assert set(named.line.numbers) == {NUMBER, OTHER_NUMBER}


def test_no_news_of_a_mixed_meeting_tells_the_number_to_who_is_not_named(
    hall: TownHall, mixed: str
) -> None:
    hall.clock.move(days=60)
    hall.keep_promises()
    told = [n for n in hall.notices() if n.meeting_id == mixed and NUMBER in str(n.facts)]
    named = set(hall.case(hall.meeting(mixed).agenda[0].case_id).named_member_ids)
    assert told
    assert {n.member_id for n in told} <= named


def test_a_clash_with_it_says_taken_alone(hall: TownHall, meeting_id: str) -> None:
    """Whoever plans another meeting learns that the time is not free: not with whom, nor since
    when."""
    hall.open_case("A14", by=OTHER_COORDINATOR)
    mine = hall.convene(
        hall_case(hall, OTHER_NUMBER),
        by=OTHER_COORDINATOR,
        required=("A13",),
        days_ahead=(20,),
        starts="14:30",
    )
    hall.answer(mine, "A13", by=COORDINATOR)
    slot = hall.meeting(mine).slots[0]
    (date,) = hall.desk.ask(GetMeeting(mine), OTHER_COORDINATOR).dates
    assert date.clashes == (slot.starts_at,)
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(FixDate(mine, slot.id, "", slot.starts_at.isoformat()), OTHER_COORDINATOR)
    (clash,) = [e for e in refused.value.errors if e.key.startswith("fix.clash")]
    assert clash.key == "fix.clash_taken"
    assert "A13" not in str(clash.facts)
    assert "社会福祉協議会" not in str(clash.facts)
    hall.desk.handle(NameMember(hall_case(hall, NUMBER), OTHER_COORDINATOR, True), COORDINATOR)
    (date,) = hall.desk.ask(GetMeeting(mine), OTHER_COORDINATOR).dates
    assert date.clashes != (slot.starts_at,)


def hall_case(hall: TownHall, number: str) -> str:
    with hall.database.open() as unit:
        found = unit.cases.id_of(number)
    assert found
    return found


def test_it_is_not_offered_to_be_joined(hall: TownHall, meeting_id: str) -> None:
    hall.open_case("A14", by=OTHER_COORDINATOR)
    asked = GetJoinableMeetings((OTHER_NUMBER,), ("A13", "A14"))
    assert hall.desk.ask(asked, OTHER_COORDINATOR) == ()
    hall.desk.handle(NameMember(hall_case(hall, NUMBER), OTHER_COORDINATOR, True), COORDINATOR)
    assert [s.place for s in hall.desk.ask(asked, OTHER_COORDINATOR)] == [PLACE]


def test_a_room_is_not_called_by_its_number(hall: TownHall, meeting_id: str) -> None:
    room = hall.desk.ask(GetRoom(meeting_id, "slack"), Caller.CLOCK)
    assert NUMBER.lower() not in room.name
    assert hall.desk.ask(GetRoomCard(meeting_id), Caller.CLOCK).numbers == ()


def test_by_an_answer_link_its_number_is_not_told(hall: TownHall, meeting_id: str) -> None:
    link = hall.desk.handle(MakeAnswerLink(ELDERLY, poll=meeting_id), Caller.CLOCK)
    assert hall.desk.ask(GetAnswerTarget(link), Caller.DOOR).meeting_id == meeting_id
    assert NUMBER not in str(hall.desk.ask(GetAskedDates(meeting_id), ELDERLY, door="link"))
    assert NUMBER in str(hall.desk.ask(GetAskedDates(meeting_id), ELDERLY))


def test_the_digest_says_neither_place_nor_time_of_it(
    hall: TownHall, secret: str, mixed: str
) -> None:
    """Managers know its number among those who wait; of a meeting nothing leads there."""
    alone = hall.convene(secret, place=PLACE, days_ahead=(22,))
    waiting = hall.convene(secret, place=PLACE, days_ahead=(24,))
    for agency, member in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(alone, agency, by=member)
    hall.fix(alone)
    hall.clock.move(days=20)
    content = hall.desk.ask(GetDigest(), MANAGER).content
    this_week = content["this_week"]
    assert isinstance(this_week, list)
    assert alone not in str(content)
    assert waiting not in str(content)
    for line in this_week:
        assert NUMBER not in line["numbers"]


def test_what_somebody_holds_there_is_shown_without_its_time(
    hall: TownHall, meeting_id: str
) -> None:
    """The administrator sees that there is something to hand over, and not when it is."""
    held = hall.desk.ask(GetMemberHoldings(CHAIR), ADMINISTRATOR)
    assert [h.due for h in held if h.what == "chair"] == [None]
    held = hall.desk.ask(GetMemberHoldings(COORDINATOR), ADMINISTRATOR)
    assert {h.due for h in held if h.what == "organiser"} == {None}


def test_a_restriction_that_comes_later_counts_at_once(hall: TownHall, meeting_id: str) -> None:
    """It is asked anew each time; what was told before lies in no inbox any more."""
    case_id = hall.open_case("A14")
    later = hall.convene(case_id, place=PLACE, days_ahead=(23,))
    assert hall.desk.ask(GetMeeting(later), MANAGER).line.place == PLACE
    hall.edit(case_id, danger="yes")
    with pytest.raises(NotFound):
        hall.desk.ask(GetMeeting(later), MANAGER)
    news = hall.desk.ask(GetInbox(), OTHER_COORDINATOR).news
    assert not [n for n in news if n.notice.meeting_id == later]


def test_one_that_does_not_open_is_told_to_no_more_people(hall: TownHall, meeting_id: str) -> None:
    """Administrators mend it; coordinators and managers hear of it as little as before."""
    make_unreadable(hall, meeting_id, "content")
    with pytest.raises(NotFound):
        hall.desk.ask(GetMeeting(meeting_id), MANAGER)
    hall.desk.handle(CheckReadable((meeting_id,)), Caller.CLOCK)
    told = hall.told("record_broken")
    assert ADMINISTRATOR in told
    assert not told & {OTHER_COORDINATOR, MANAGER}
    register = hall.desk.ask(GetMeetings(everybodys=True), OTHER_COORDINATOR)
    assert (register.coming, register.over) == ((), ())
