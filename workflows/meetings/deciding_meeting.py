"""The meeting at which something was decided, as a page names it: its kind and its day."""

from dataclasses import dataclass
from datetime import date

from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.dates import TOKYO


@dataclass(frozen=True)
class DecidingMeeting:
    """A meeting by what it is called (a code) and its day; `id` is empty where the reader may not
    know of it."""

    called: str
    on: date | None
    id: str = ""


def deciding_meeting(meeting_id: str, work: Work) -> DecidingMeeting | None:
    """How to name the meeting with this id; None for one that is gone."""
    row = work.uow.meetings.row(meeting_id) if meeting_id else None
    if row is None:
        return None
    knows = work.may(Action.SEE_MEETING, row).allowed
    on = row.starts_at.astimezone(TOKYO).date() if row.starts_at else None
    return DecidingMeeting(row.called, on, row.id if knows else "")
