"""会議の部屋: a private channel for one meeting, brought to how it should be, whatever happened.

Nothing is remembered of what was tried: each time it is looked at what Slack has, so that a room
whose making was not answered is found, and not made again. It is called by a case number or a day.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.slack.api import ErrorKind, SlackRefused
from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.meetings.meeting_words import called, given, numbers, span
from handlers.slack.meetings.record_room import record_in_room
from handlers.slack.sending.redrawing import reconciled
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import escape
from handlers.slack.ui.drawing import Drawing, Message, drawn_by
from workflows.core.errors import NotFound
from workflows.core.permissions import Caller
from workflows.core.ports import Post
from workflows.meetings.record import ROOM_MATTER
from workflows.meetings.room import (
    AbandonRoom,
    CloseRoom,
    GetRoom,
    GetRoomCard,
    NoteRoom,
    Room,
)
from workflows.model.meeting import MeetingState

log = logging.getLogger(__name__)

SOON: Final = timedelta(minutes=1)
PAGE: Final = 200  # channels, members or messages that one call brings
SAID: Final = "tsunagu_room_closing"  # the mark of the message that says that it will be closed
# Somebody closed it, or it is nowhere any more.
CLOSED: Final = frozenset(
    {"is_archived", "channel_not_found", "already_archived", "not_in_channel"}
)
# The town's Slack does not let us; somebody there has to decide otherwise.
FORBIDDEN: Final = frozenset({"restricted_action", "not_authorized"})
NOT_OURS: Final = "cannot_keep"  # our own word: whoever should leave cannot be taken out


@reconciled("room")
def updated_room(door: SlackDoor, post: Post, now: datetime) -> Post | None:
    """The room made, with whoever belongs in it, or closed. None: there is none any more."""
    meeting_id = post.meeting_id or ""
    try:
        room = door.desk.ask(GetRoom(meeting_id, SLACK), Caller.CLOCK)
    except NotFound:
        _archive(door, post.place, post)
        return None
    if room.is_over:
        _close(door, post, room)
        return None
    us = str(door.outgoing.call("auth.test")["user_id"])
    place = post.place or _found(door, room, us) or _made(door, room)
    if not place:
        return None
    try:
        _with_its_people(door, place, room, us)
    except SlackRefused as refused:
        if refused.code == NOT_OURS:
            door.desk.handle(AbandonRoom(meeting_id, SLACK), Caller.CLOCK)
        elif refused.code not in CLOSED:  # by hand, which is as good
            raise
        door.desk.handle(CloseRoom(meeting_id, SLACK), Caller.CLOCK)
        return None
    door.desk.handle(NoteRoom(meeting_id, SLACK, place), Caller.CLOCK)
    return replace(post, place=place, external_id=place)


# -- making it ------------------------------------------------------------------------------------


def _found(door: SlackDoor, room: Room, us: str) -> str:
    """A room of this meeting that is there already: its making was begun and not answered."""
    cursor = ""
    while True:
        answer = door.outgoing.call(
            "conversations.list",
            types="private_channel",
            exclude_archived=True,
            limit=PAGE,
            cursor=cursor,
        )
        for channel in answer["channels"]:
            ours = channel.get("creator", us) == us
            if ours and room.mark in str(channel.get("name", "")).split("-"):
                return str(channel["id"])
        cursor = str(answer.get("response_metadata", {}).get("next_cursor", ""))
        if not cursor:
            return ""


def _made(door: SlackDoor, room: Room) -> str:
    """The new channel; "" when the town's Slack does not allow one: then who convened is told."""
    for name in (room.name, *(f"{room.name}-{n}" for n in range(2, 10))):
        try:
            answer = door.outgoing.call("conversations.create", name=name, is_private=True)
        except SlackRefused as refused:
            if refused.code == "name_taken":  # by one that was closed
                continue
            if refused.kind is not ErrorKind.NEVER:
                raise
            log.warning("slack_room_refused meeting=%s error=%s", room.meeting_id, refused.code)
            break
        return str(answer["channel"]["id"])
    door.desk.handle(AbandonRoom(room.meeting_id, SLACK), Caller.CLOCK)
    return ""


# -- who is in it ---------------------------------------------------------------------------------


def _with_its_people(door: SlackDoor, place: str, room: Room, us: str) -> None:
    """Invite who is missing; who belongs there no more is taken out first."""
    if door.outgoing.call("conversations.info", channel=place)["channel"].get("is_archived"):
        raise SlackRefused(ErrorKind.NEVER, "is_archived")
    inside = _members(door, place)
    wanted = set(room.people)
    for user in sorted(inside - wanted - {us}):
        _take_out(door, place, user, room)
    missing = sorted(wanted - inside)
    if missing:
        _invite(door, place, missing)


def _members(door: SlackDoor, place: str) -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        answer = door.outgoing.call(
            "conversations.members", channel=place, limit=PAGE, cursor=cursor
        )
        found |= set(answer["members"])
        cursor = str(answer.get("response_metadata", {}).get("next_cursor", ""))
        if not cursor:
            return found


def _take_out(door: SlackDoor, place: str, user: str, room: Room) -> None:
    try:
        door.outgoing.call("conversations.kick", channel=place, user=user)
    except SlackRefused as refused:
        if refused.kind is not ErrorKind.NEVER or refused.code in CLOSED - {"not_in_channel"}:
            raise
        if refused.code in FORBIDDEN:
            # They would read on: a room that we cannot keep closed is closed for all.
            log.error("slack_room_not_closed meeting=%s error=%s", room.meeting_id, refused.code)
            door.outgoing.call("conversations.archive", channel=place)
            raise SlackRefused(ErrorKind.NEVER, NOT_OURS) from None
        log.info("slack_room_not_left meeting=%s error=%s", room.meeting_id, refused.code)


def _invite(door: SlackDoor, place: str, users: list[str]) -> None:
    """One who cannot come (deactivated, a guest) spoils it for nobody else."""
    try:
        door.outgoing.call("conversations.invite", channel=place, users=",".join(users), force=True)
    except SlackRefused as refused:
        if refused.kind is not ErrorKind.NEVER or refused.code in CLOSED:
            raise
        log.info("slack_room_not_joined error=%s", refused.code)


# -- closing it -----------------------------------------------------------------------------------


def _close(door: SlackDoor, post: Post, room: Room) -> None:
    """Say that it ends, then archive it, when nothing is left to be said in it."""
    place = post.place or _found(door, room, str(door.outgoing.call("auth.test")["user_id"]))
    if not place:
        door.desk.handle(CloseRoom(room.meeting_id, SLACK), Caller.CLOCK)
        return
    if not room.is_silent:
        raise SlackRefused(ErrorKind.LATER, "not_silent_yet", SOON)
    try:
        if not _has_said(door, place):
            told = door.say("slack_meeting.room.closing", cancelled=room.is_cancelled)
            door.outgoing.call(
                "chat.postMessage",
                channel=place,
                text=escape(told),
                blocks=[blocks.section(told)],
                metadata={"event_type": SAID, "event_payload": {}},
            )
    except SlackRefused as refused:
        if refused.kind is not ErrorKind.NEVER:
            raise
        log.info("slack_room_ends_unsaid meeting=%s error=%s", room.meeting_id, refused.code)
    _archive(door, place, post)
    door.desk.handle(CloseRoom(room.meeting_id, SLACK), Caller.CLOCK)


def _has_said(door: SlackDoor, place: str) -> bool:
    """Whether it stands there already: the last attempt may have ended between the two."""
    try:
        answer = door.outgoing.call(
            "conversations.history", channel=place, limit=PAGE, include_all_metadata=True
        )
    except SlackRefused as refused:
        if refused.code != "missing_scope":
            raise
        return False
    found: list[dict[str, Any]] = answer["messages"]
    return any(m.get("metadata", {}).get("event_type") == SAID for m in found)


def _archive(door: SlackDoor, place: str, post: Post) -> None:
    if not place:
        return
    try:
        door.outgoing.call("conversations.archive", channel=place)
    except SlackRefused as refused:
        if refused.code in CLOSED:
            return
        if refused.code not in FORBIDDEN:
            raise
        log.warning("slack_room_left_open post=%s error=%s", post.id, refused.code)


# -- what stands in it ----------------------------------------------------------------------------


@drawn_by(kind="room_card")
def room_card(drawing: Drawing) -> Message | None:
    """The meeting as anybody may know it: whoever presses is asked for their own right."""
    door = drawing.door
    if drawing.post.matter.startswith(ROOM_MATTER):
        return record_in_room(drawing)
    try:
        line = drawing.ask(GetRoomCard(drawing.post.meeting_id or ""))
    except NotFound:
        return None
    title = called(door, line)
    when = span(door, line.starts_at, line.ends_at) if line.starts_at and line.ends_at else ""
    over = line.ends_at is not None and line.ends_at <= drawing.now
    state = door.say("slack_meeting.room.state", state=str(line.state), over=over)
    pairs = [
        (door.say("slack_meeting.fact.when"), when),
        (door.say("slack_meeting.fact.cases"), numbers(line)),
        (door.say("slack_meeting.fact.organiser"), line.organiser),
        (door.say("slack_meeting.fact.chair"), line.chair),
    ]
    ways = ["open_meeting"]
    if line.state is MeetingState.FIXED and not over:
        ways.append("calendar")
    elements = [
        blocks.button(door.say(f"slack_meeting.button.{verb}"), verb, door.token(verb, line.id))
        for verb in ways
    ]
    drawn = [
        blocks.section(title, strong=True),
        blocks.section(state),
        *blocks.facts(given(pairs)),
        blocks.context(door.say("slack_meeting.room.manners")),
        blocks.buttons(elements),
    ]
    return Message(f"{title}　{state}", tuple(drawn))
