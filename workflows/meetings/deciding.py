"""The meeting that decided something, by what it is called and its day."""

from dataclasses import dataclass
from datetime import date

from workflows.dates import TOKYO
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class DecidedAt:
    """A meeting by what it is called (a code) and its day; `id` is empty where the reader may not
    know of it."""

    called: str
    on: date | None
    id: str = ""


def decided_at(meeting_id: str, work: Work) -> DecidedAt | None:
    """None for a meeting that is gone."""
    row = work.uow.meetings.row(meeting_id) if meeting_id else None
    if row is None:
        return None
    knows = work.may(Action.SEE_MEETING, row).allowed
    on = row.starts_at.astimezone(TOKYO).date() if row.starts_at else None
    return DecidedAt(row.called, on, row.id if knows else "")
