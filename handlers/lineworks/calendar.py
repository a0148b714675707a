"""The fixed meeting in its members' LINE WORKS calendars: moved and removed with the meeting.

What is wanted there is a row of `posts`, put up when the news of the date was sent, or for whom it
concerns since (workflows/meetings/entries.py). Every change of the meeting makes it due, and it is
drawn from how the meeting stands then; nobody is notified by LINE WORKS, as the news is told by a
card. Nothing personal: what a calendar file holds, without who else comes.
"""

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from handlers.chat.post_upkeep import PostUpkeep
from handlers.chat.posts import OpenPostsUnit, Posts
from handlers.lineworks.api import ErrorKind, LineworksRefused
from handlers.lineworks.cards import plain_card
from handlers.lineworks.door import LINEWORKS, Content, Drawing, LineworksDoor, drawn_by
from handlers.runtime.pause import Pause
from handlers.words.notice_heads import drawn_as, heads
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.permissions import Caller
from workflows.core.ports import GONE, ClaimedPost, Post
from workflows.japanese.dates import TOKYO
from workflows.meetings.answer_views import Appointment, GetAppointment
from workflows.meetings.entries import ENTRY, UpdateCalendarEntries, entry

log = logging.getLogger(__name__)

NEWS: Final = frozenset(key for key, head in heads().items() if head.calendar == "put")
EVERY: Final = timedelta(minutes=5)  # whom the meetings concern is looked at anew
NOT_FOUND: Final = 404
SILENT: Final = {"sendNotification": "false"}


def entry_wanted(drawing: Drawing, user: str) -> Post | None:
    """What is to stand in a member's calendar now that this news was sent to them."""
    notice = drawing.notice
    if not drawing.door.lineworks.calendar or notice.key not in NEWS or not notice.meeting_id:
        return None
    return entry(LINEWORKS, user, drawing.member_id, notice.meeting_id, drawing.now)


@drawn_by(*drawn_as("attendance"))
def dated_card(drawing: Drawing) -> Content:
    """Where the meeting comes into calendars and goes from them by itself, nobody is given the file
    that would put it there a second time."""
    door, card = drawing.door, drawing.card
    by_hand = [action for action in card.actions if action.verb == "calendar"]
    if not door.lineworks.calendar or not by_hand:
        return plain_card(door, card)
    others = tuple(action for action in card.actions if action not in by_hand)
    told = "" if drawing.notice.key == "meeting_soon" else door.say("lineworks.calendar.by_itself")
    return plain_card(door, replace(card, actions=others), told)


class Calendars:
    """No transaction is open while LINE WORKS is called."""

    def __init__(self, door: LineworksDoor, open_unit: OpenPostsUnit) -> None:
        self._door, self._open = door, open_unit
        self._rows = PostUpkeep(LINEWORKS, open_unit)
        self._pause = Pause()  # between two looks

    def step(self) -> bool:
        """Bring one entry that is due up to date; whether there was one."""
        if not self._door.lineworks.calendar:
            return False  # we may not go there (any more)
        now = self._door.desk.now()
        if self._pause.is_over(now):
            self._door.desk.handle(UpdateCalendarEntries(LINEWORKS), Caller.CLOCK)
            self._pause.begin(now, EVERY)
        with self._open() as unit:
            claimed = unit.posts.claim(now, self._rows.worker, LINEWORKS)
            first = claimed is None or self._is_first(unit.posts, claimed.post)
            unit.commit()
        if claimed is None:
            return False
        try:
            after = self._up_to_date(claimed) if first else None
        except LineworksRefused as refused:
            self._refused(claimed, refused, now)
            return True
        self._rows.keep(claimed, after, now)
        return True

    @staticmethod
    def _is_first(posts: Posts, post: Post) -> bool:
        """A meeting that was moved is told again; its entry is there already, and due itself."""
        if post.kind != ENTRY or post.external_id:
            return True
        wanted = posts.find(
            LINEWORKS, kind=ENTRY, place=post.place, meeting_id=post.meeting_id or ""
        )
        return wanted[0].id == post.id and not any(one.external_id for one in wanted)

    def _up_to_date(self, claimed: ClaimedPost) -> Post | None:
        """The entry as it is then; None when none is to be there. Raises LineworksRefused."""
        post = claimed.post
        meeting = self._appointment(post)
        if meeting is None or meeting.cancelled:
            self._remove(post, claimed.attempt)
            return None
        component = self._component(meeting)
        shown = sha256(json.dumps(component, sort_keys=True).encode()).hexdigest()
        if post.external_id and post.shown == shown:
            return post
        # After an attempt of which nobody knows how it ended, it may be there under our own id.
        known = post.external_id or (post.id if claimed.attempt > 1 else "")
        return replace(post, external_id=self._put(post, known, component), shown=shown)

    def _appointment(self, post: Post) -> Appointment | None:
        """The meeting as its reader may know of it; None when it is not for them (any more)."""
        if post.kind == GONE or not post.member_id:
            return None
        try:
            query = GetAppointment(post.meeting_id or "")
            return self._door.desk.ask(query, post.member_id, door=LINEWORKS)
        except (NotAllowed, NotFound):
            return None

    def _component(self, meeting: Appointment) -> Content:
        say, place = self._door.say, meeting.place or meeting.online_url
        about = [say("calendar.description", kind=meeting.kind, moved_from=meeting.moved_from)]
        if meeting.place and meeting.online_url:  # there is no field of its own for it
            about.append(meeting.online_url)
        component: Content = {
            "summary": say("calendar.summary", kind=meeting.kind, numbers=meeting.numbers),
            "description": "\n".join(about),
            "start": _local(meeting.starts_at),
            "end": _local(meeting.ends_at),
            "visibility": "PRIVATE",
        }
        if place:
            component["location"] = place
        return component

    def _put(self, post: Post, known: str, component: Content) -> str:
        """The id of the entry. One that its owner has removed is made anew."""
        call, user = self._door.outgoing.call, post.place
        named = component | {"eventId": known or post.id}
        body = {"eventComponents": [named], "sendNotification": False}
        if known:
            try:
                call("events.change", user=user, event=known, body=body)
            except LineworksRefused as refused:
                if refused.status != NOT_FOUND:
                    raise
            else:
                return known
        answer = call("events.create", user=user, body=body)
        made = answer.get("eventComponents") or [{}]
        return str(made[0].get("eventId") or post.id)

    def _remove(self, post: Post, attempt: int) -> None:
        known = post.external_id or (post.id if attempt > 1 else "")
        if not known:
            return
        try:
            self._door.outgoing.call("events.remove", user=post.place, event=known, query=SILENT)
        except LineworksRefused as refused:
            if refused.status != NOT_FOUND:
                raise

    def _refused(self, claimed: ClaimedPost, refused: LineworksRefused, now: datetime) -> None:
        post, code = claimed.post, refused.code
        log.info("lineworks_calendar_waits post=%s error=%s", post.id, code)
        if refused.kind is ErrorKind.NEVER:
            log.error("lineworks_calendar_refused post=%s error=%s", post.id, code)
        self._rows.refused(claimed, refused, now)


def _local(at: datetime) -> Content:
    """LINE WORKS wants local time and refuses an offset."""
    return {
        "dateTime": at.astimezone(TOKYO).strftime("%Y-%m-%dT%H:%M:%S"),
        "timeZone": "Asia/Tokyo",
    }
