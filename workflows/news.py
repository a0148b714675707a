"""What became of the news in an inbox since it came: dealt with, replaced or withdrawn."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from workflows.directory.permission_requests import requests_to_confirm
from workflows.meetings.date_outcome import ALL_ANSWERED, date_outcome_stands
from workflows.meetings.model import MeetingState
from workflows.meetings.requests_to_answer import waiting_on
from workflows.meetings.row import MeetingRow
from workflows.notices import Notice, is_overtaken
from workflows.permissions import Action
from workflows.ports import InboxItem
from workflows.work import Work


class NewsState(StrEnum):
    DONE = "done"  # what it asks for has been done
    REPLACED = "replaced"  # newer news says how it is now
    OVER = "over"  # the meeting before which it asked or told something has been
    SHUT = "shut"  # the reader may not see the case any more
    WITHDRAWN = "withdrawn"  # cancelled, or the reader is not invited any more


AGENDA_REQUEST, URGENT_OPENING = "agenda_request_asked", "opened_urgently"
PERMISSION_REQUEST = "permission_requests_asked"
# What is answered on a page and is nobody's promise: it stands until somebody has answered.
ANSWERED_ON_PAGES = frozenset({AGENDA_REQUEST, URGENT_OPENING, PERMISSION_REQUEST})

# Messages of one matter: of each meeting or case the newest alone says how it is.
_MATTERS: Mapping[str, str] = {
    AGENDA_REQUEST: "agenda request",
    URGENT_OPENING: "urgent opening",
    PERMISSION_REQUEST: "permission requests",
    ALL_ANSWERED: "answers",
    "dates_asked": "dates",
    "dates_asked_again": "dates",
}


# What is said of a date to come: once it is over, nothing of it is to be done.
_BEFORE = frozenset(
    {"attend_reminder", "meeting_fixed", "meeting_moved", "meeting_soon", "case_on_agenda"}
)


def news_states(news: Sequence[InboxItem], work: Work) -> dict[str, NewsState]:
    """What became of the acting member's news, by notice id; news that still stands is missing.

    `news` is the newest first.
    """
    notices = [item.notice for item in news]
    open_keys = work.uow.promises.held([n.promise for n in notices if n.promise])
    meetings = work.uow.meetings.rows_of({n.meeting_id for n in notices if n.meeting_id})
    shut = _shut({n.case_id for n in notices if n.case_id}, work)
    replaced = _replaced(notices)
    answered = _answered(notices, work)
    found: dict[str, NewsState] = {}
    for notice in notices:
        meeting = meetings.get(notice.meeting_id or "")
        if meeting and _is_withdrawn(notice, meeting, work):
            found[notice.id] = NewsState.WITHDRAWN
        elif notice.case_id in shut:
            found[notice.id] = NewsState.SHUT
        elif meeting and notice.key in _BEFORE and _is_over(meeting, work):
            found[notice.id] = NewsState.OVER
        elif notice.id in answered or (notice.promise and notice.promise not in open_keys):
            found[notice.id] = NewsState.DONE
        elif notice.id in replaced or (meeting and not _is_so(notice, meeting, work)):
            found[notice.id] = NewsState.REPLACED
    return found


def _shut(case_ids: set[str], work: Work) -> set[str]:
    """Those cases that are there and that the acting member may not see; a broken one may be."""
    rows = work.uow.cases.rows_of(case_ids).items()
    return {
        case_id
        for case_id, row in rows
        if not (row.broken or work.may(Action.SEE_CASE, row).allowed)
    }


def _answered(notices: Sequence[Notice], work: Work) -> set[str]:
    """The ids of those that ask for an answer which somebody has given, or which ran out."""
    asking = [n for n in notices if n.key in ANSWERED_ON_PAGES]
    rows = work.uow.cases.rows_of({n.case_id for n in asking if n.case_id})
    waits = {
        (URGENT_OPENING if one.urgent else AGENDA_REQUEST, case.id)
        for case, one in waiting_on(rows.values(), work)
    }
    if any(n.key == PERMISSION_REQUEST for n in asking) and requests_to_confirm(work):
        waits.add((PERMISSION_REQUEST, ""))
    return {n.id for n in asking if (n.key, n.case_id or "") not in waits}


def _is_over(meeting: MeetingRow, work: Work) -> bool:
    return meeting.ends_at is not None and meeting.ends_at <= work.now


def _is_withdrawn(notice: Notice, meeting: MeetingRow, work: Work) -> bool:
    if meeting.broken:
        return False
    if meeting.state is MeetingState.CANCELLED and is_overtaken(notice, meeting.sequence):
        return True
    return not notice.case_id and not work.may(Action.SEE_MEETING, meeting).allowed


def _is_so(notice: Notice, meeting: MeetingRow, work: Work) -> bool:
    if notice.key == ALL_ANSWERED and not date_outcome_stands(notice, work):
        return False
    return not is_overtaken(notice, meeting.sequence)


def _replaced(notices: Sequence[Notice]) -> set[str]:
    """The ids of those after which newer news of the same matter came."""
    newest: set[tuple[str, str]] = set()
    older: set[str] = set()
    for notice in notices:
        if matter := _MATTERS.get(notice.key):
            about = (matter, notice.meeting_id or notice.case_id or "")
            if about in newest:
                older.add(notice.id)
            newest.add(about)
    return older
