"""In whose calendars a fixed meeting is to stand: with whoever would be told of its date today.

Everybody who is told of a date gets an entry with that news. Here those are found who came later
(linked since, moved to an agency that is invited), and those who are not concerned any more.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from workflows.chat.accounts import LINKED
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.ports import GONE, Post
from workflows.core.work import Work, new_id
from workflows.model.directory import Member
from workflows.model.meeting import MeetingState
from workflows.model.meeting_row import MeetingRow

ENTRY: Final = "calendar"  # of a row of posts: a meeting in a member's calendar


def entry(platform: str, user: str, member_id: str, meeting_id: str, now: datetime) -> Post:
    """One that is to be put up in the calendar of a platform's user."""
    return Post(
        id=new_id(),
        platform=platform,
        kind=ENTRY,
        place=user,
        member_id=member_id,
        matter=f"{ENTRY}:{meeting_id}",
        created_at=now,
        meeting_id=meeting_id,
    )


@dataclass(frozen=True)
class UpdateCalendarEntries(Command[None]):
    """For each coming meeting with a date: put up the entries that are missing on this platform,
    and have those taken away that are with somebody whom it does not concern any more.

    A second time it changes nothing.
    """

    platform: str


@handles(UpdateCalendarEntries, Action.KEEP_TIME, code="update_calendar_entries")
def update_calendar_entries(command: UpdateCalendarEntries, work: Work) -> None:
    accounts = work.uow.accounts.all(command.platform)
    users = {a.member_id: a.external_id for a in accounts if a.member_id and a.state == LINKED}
    posts = work.uow.posts
    for meeting in work.uow.meetings.rows():
        if not _is_coming(meeting, work):
            continue
        concerned = {m.id for m in _concerned(meeting, work)}
        there = posts.find(command.platform, kind=ENTRY, meeting_id=meeting.id)
        for post in there:
            if post.member_id not in concerned:
                gone = replace(post, kind=GONE, member_id="", matter="", meeting_id=None)
                posts.put(replace(gone, created_at=work.now))
        for member_id in sorted(concerned & users.keys() - {post.member_id for post in there}):
            user = users[member_id]
            posts.put(entry(command.platform, user, member_id, meeting.id, work.now))


def _is_coming(meeting: MeetingRow, work: Work) -> bool:
    ends_at = meeting.ends_at
    return meeting.state is MeetingState.FIXED and ends_at is not None and ends_at > work.now


def _concerned(meeting: MeetingRow, work: Work) -> list[Member]:
    return [m for a in meeting.agencies for m in work.contacts(a)] + work.runners(meeting)
