"""What an agency said, or a case had, before it was taken off a meeting: for who may read it yet.

Whoever runs the meeting reads all of it, an agency its own.
"""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.permissions import RUNS_MEETING, Action
from workflows.core.work import Work
from workflows.guard.shown import MaskedTexts
from workflows.meetings.parts import may_read_former_part
from workflows.model.meeting import Attendance, FormerAnswers, Meeting


@dataclass(frozen=True)
class FormerAnswer:
    """An answer to one date; `starts_at` is None when the date is offered no more."""

    starts_at: datetime | None
    symbol: str
    comment: str


@dataclass(frozen=True)
class FormerAgency:
    """What an agency had said before it was taken off, at that instant; `attendance` was its word
    on the fixed date."""

    agency: str
    at: datetime
    who: str
    answers: tuple[FormerAnswer, ...]
    attendance: Attendance | None


def former_agencies(meeting: Meeting, words: MaskedTexts, work: Work) -> tuple[FormerAgency, ...]:
    """What agencies said that were taken off the invitation since, the newest first."""
    runs = work.may(Action.RUN_MEETING, meeting).allowed
    kept = [f for f in meeting.former_answers if runs or f.agency_id == work.me.agency_id]
    return tuple(_seen(meeting, one, words, work) for one in reversed(kept))


def _seen(meeting: Meeting, one: FormerAnswers, words: MaskedTexts, work: Work) -> FormerAgency:
    said = list(one.answers.items())
    slots = {slot_id: meeting.slot(slot_id) for slot_id, _ in said}
    found = [
        FormerAnswer(
            slot.starts_at if (slot := slots[slot_id]) else None,
            str(a.symbol),
            words.of(a.comment, a.by),
        )
        for slot_id, a in said
    ]
    return FormerAgency(
        agency=work.agency_name(one.agency_id, one.at),
        at=one.at,
        who=next((words.of(a.who, a.by) for _, a in said if a.who), ""),
        answers=tuple(sorted(found, key=lambda a: (a.starts_at is None, a.starts_at or one.at))),
        attendance=words.of_attendance(one.attendance) if one.attendance else None,
    )


def former_cases(meeting: Meeting, work: Work) -> tuple[str, ...]:
    """The numbers of cases that were taken off the agenda, of which something is kept that the
    asker may read."""
    if not work.may(Action.READ_RECORD, meeting).allowed:
        return ()
    gone = dict.fromkeys(i.case_id for i in meeting.taken_off if meeting.item(i.case_id) is None)
    rows = [row for row in map(work.uow.cases.row, gone) if row]
    return tuple(
        row.number
        for row in rows
        if may_read_former_part(meeting, row, work)
        and readable_former_agencies(meeting, row.id, work)
    )


def readable_former_agencies(meeting: Meeting, case_id: str, work: Work) -> tuple[str, ...]:
    """The agencies whose sheets on a case that was taken off the agenda are for the asker."""
    written = meeting.preparations.get(case_id, {})
    runs = bool(work.standings(meeting) & RUNS_MEETING)
    return tuple(a for a in written if runs or a == work.me.agency_id)
