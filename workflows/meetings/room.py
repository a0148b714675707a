"""会議の部屋: a closed channel of a chat platform for one meeting, with whoever may see it.

It is asked for here; the platform's own part makes it so (`GetRoom` says how it should be), and
tells how that went. Nothing in it names a person: it is called by a case number or a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.core.errors import Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Post
from workflows.core.work import Work, new_id
from workflows.meetings.views import MeetingLine, line_of, meeting_of
from workflows.model.directory import Member
from workflows.model.meeting import Meeting, MeetingState
from workflows.model.meeting_row import meeting_row

ROOM, ROOM_CARD = "room", "room_card"
ROOM_STAYS_OPEN = timedelta(hours=1)  # that a room which is over stays open to be written in


@dataclass(frozen=True)
class OpenRoom(Command[None]):
    """Have a room made for this meeting on a platform. A meeting has one there at a time."""

    meeting_id: str
    platform: str


@handles(OpenRoom, Action.RUN_MEETING, code="open_room")
def open_room(command: OpenRoom, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live:
        raise Refused("room.over")
    if _room(command.platform, meeting.id, work):
        raise Refused("room.already")
    if not _people(command.platform, meeting, work):
        raise Refused("room.nobody")
    work.uow.posts.put(
        Post(
            id=new_id(),
            platform=command.platform,
            kind=ROOM,
            place="",
            member_id="",
            matter=f"room:{meeting.id}",
            created_at=work.now,
            meeting_id=meeting.id,
        )
    )
    work.record("room_opened", meeting=meeting, platform=command.platform)
    _draw_anew(meeting, work)


@dataclass(frozen=True)
class HasRoom(Query[bool]):
    """Whether the meeting has a room on this platform, or one is being made."""

    meeting_id: str
    platform: str


@handles(HasRoom, Action.SEE_MEETING, code="has_room")
def has_room(query: HasRoom, work: Work) -> bool:
    return _room(query.platform, query.meeting_id, work) is not None


# -- for who makes it so --------------------------------------------------------------------------
# None of these is anybody's but the clock's: the meeting is named by `of_meeting`, and not looked
# up before that is refused.


@dataclass(frozen=True)
class Room:
    """How a room should be. `people` are the platform's ids of who belongs in it; `name` is what
    it is called by, `mark` the part of it that no other room has. `is_over`: it is to be closed;
    `is_silent`: everything has been said there that was to be said."""

    meeting_id: str
    name: str
    mark: str
    people: tuple[str, ...]
    is_over: bool
    is_cancelled: bool
    is_silent: bool


@dataclass(frozen=True)
class GetRoom(Query[Room]):
    """Raises NotFound when the meeting is gone."""

    of_meeting: str
    platform: str


@handles(GetRoom, Action.KEEP_TIME, code="get_room")
def get_room(query: GetRoom, work: Work) -> Room:
    meeting = meeting_of(query.of_meeting, work)
    cards = work.uow.posts.find(query.platform, kind=ROOM_CARD, meeting_id=meeting.id)
    return Room(
        meeting_id=meeting.id,
        name=_name(meeting, work),
        mark=_mark(meeting),
        people=tuple(sorted(_people(query.platform, meeting, work))),
        is_over=not meeting.is_live,
        is_cancelled=meeting.state is MeetingState.CANCELLED,
        is_silent=all(card.external_id for card in cards) or _long_over(meeting, work.now),
    )


def _long_over(meeting: Meeting, now: datetime) -> bool:
    """What is not said in the room by now cannot be said there."""
    record = meeting.record
    ended = meeting.cancelled_at or (record.confirmed_at if record else None)
    return ended is not None and ended + ROOM_STAYS_OPEN <= now


@dataclass(frozen=True)
class GetRoomCard(Query[MeetingLine]):
    """What may stand in a room, whoever reads it there: no place, no name, no word of anybody, and
    of its cases those that all of them hear."""

    of_meeting: str


@handles(GetRoomCard, Action.KEEP_TIME, code="get_room_card")
def get_room_card(query: GetRoomCard, work: Work) -> MeetingLine:
    return line_of(meeting_row(meeting_of(query.of_meeting, work)), work)


@dataclass(frozen=True)
class NoteRoom(Command[None]):
    """The room is there, as `place`: its card is put up. A second time nothing is changed."""

    of_meeting: str
    platform: str
    place: str


@handles(NoteRoom, Action.KEEP_TIME, code="record_room")
def note_room(command: NoteRoom, work: Work) -> None:
    meeting = work.meeting(command.of_meeting)
    room = _room(command.platform, meeting.id, work)
    cards = work.uow.posts.find(
        command.platform, kind=ROOM_CARD, place=command.place, meeting_id=meeting.id
    )
    if room is None or cards:
        return
    work.uow.posts.put(
        Post(
            id=new_id(),
            platform=command.platform,
            kind=ROOM_CARD,
            place=command.place,
            member_id="",
            matter=f"room_card:{meeting.id}",
            created_at=work.now,
            meeting_id=meeting.id,
        )
    )
    work.record("room_made", meeting=meeting, platform=command.platform)


@dataclass(frozen=True)
class AbandonRoom(Command[None]):
    """The platform does not let us make it: whoever convened is told, and may ask again."""

    of_meeting: str
    platform: str


@handles(AbandonRoom, Action.KEEP_TIME, code="abandon_room")
def abandon_room(command: AbandonRoom, work: Work) -> None:
    meeting = work.meeting(command.of_meeting)
    room = _room(command.platform, meeting.id, work)
    if room is None:
        return
    work.uow.posts.remove(room.id)
    work.record("room_refused", meeting=meeting, platform=command.platform)
    work.tell(
        "room_refused",
        work.organiser(meeting),
        once=f"{meeting.id}:{room.id}",
        facts={"kind": meeting.called},
        meeting=meeting,
    )
    _draw_anew(meeting, work)


@dataclass(frozen=True)
class CloseRoom(Command[None]):
    """The room was closed, by us or by hand: nothing of ours stands there any more."""

    of_meeting: str
    platform: str


@handles(CloseRoom, Action.KEEP_TIME, code="close_room")
def close_room(command: CloseRoom, work: Work) -> None:
    meeting = work.meeting(command.of_meeting)
    ours = (ROOM, ROOM_CARD)
    posts = [
        post
        for kind in ours
        for post in work.uow.posts.find(command.platform, kind=kind, meeting_id=meeting.id)
    ]
    for post in posts:
        work.uow.posts.remove(post.id)
    if posts:
        work.record("room_closed", meeting=meeting, platform=command.platform)
        _draw_anew(meeting, work)


def _room(platform: str, meeting_id: str, work: Work) -> Post | None:
    """The room that stands or is being made."""
    found = work.uow.posts.find(platform, kind=ROOM, meeting_id=meeting_id)
    return found[0] if found else None


def _people(platform: str, meeting: Meeting, work: Work) -> set[str]:
    """Who belongs into the room: those who are told about the meeting, and who writes its record;
    of them whoever may see it and is linked there."""
    row = meeting_row(meeting)
    told = [m for invite in meeting.invites for m in work.contacts(invite.agency_id)]
    told += work.runners(meeting)
    if row.writer_id:
        told += work.holder(row.writer_id, row.writer_agency_id)
    linked = [work.uow.accounts.of_member(m.id) for m in told if _may_see(m, meeting, work)]
    return {a.external_id for accounts in linked for a in accounts if a.platform == platform}


def _may_see(member: Member, meeting: Meeting, work: Work) -> bool:
    return work.as_member(member).may(Action.SEE_MEETING, meeting).allowed


def _name(meeting: Meeting, work: Work) -> str:
    """By the number of the first case that all of them hear and that is not restricted, else by
    the day; a bit of its id tells it from every other."""
    number = next((case.number for case in work.agenda_for(None, meeting)[0]), "")
    called = number.lower() if number else f"{_day(meeting):%Y%m%d}"
    return f"tsunagu-{called}-{_mark(meeting)}"


def _mark(meeting: Meeting) -> str:
    return meeting.id[:6]


def _day(meeting: Meeting) -> datetime:
    slot = meeting.fixed_slot
    return slot.starts_at if slot else meeting.created_at


def _draw_anew(meeting: Meeting, work: Work) -> None:
    """Cards that say whether there is a room."""
    work.uow.posts.stale(work.now, subjects=[meeting.id])
