"""What became of the news in an inbox since it came: dealt with, replaced or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from workflows.core.active_members import active_member
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import InboxItem
from workflows.core.work import Work
from workflows.delivery.hidden_numbers import may_name_hidden_case
from workflows.delivery.stand_ins import (
    is_told_of_another_absence,
    stands_in_still,
    stands_in_until,
)
from workflows.inbox.news_kinds import is_settled, kind_of
from workflows.inbox.topics import topic_of
from workflows.japanese.dates import TOKYO
from workflows.meetings.date_outcome import ALL_ANSWERED, date_outcome_stands
from workflows.model.case_row import CaseRow
from workflows.model.meeting import MeetingState
from workflows.model.meeting_row import MeetingRow
from workflows.model.notice import Notice, is_overtaken, over_at
from workflows.promises.ladder import REMINDERS


class NewsState(StrEnum):
    DONE = "done"  # what it asks for has been done
    REPLACED = "replaced"  # newer news says how it is now
    OVER = "over"  # the meeting before which it asked or told something has been
    ENDED = "ended"  # the case on which it asked for something has come to its end
    SHUT = "shut"  # the reader may not see the case any more
    WITHDRAWN = "withdrawn"  # cancelled, or the reader is not invited any more
    BACK = "back"  # the reader was told it in somebody's place, and stands in for them no more


URGENT_OPENING: Final = "opened_urgently"


def news_states(news: Sequence[InboxItem], work: Work) -> dict[str, NewsState]:
    """What became of the acting member's news, by notice id; news that still stands is missing.

    `news` is the newest first.
    """
    notices = [item.notice for item in news]
    open_keys = work.uow.promises.held([n.promise for n in notices if n.promise])
    meetings = work.uow.meetings.rows_of({n.meeting_id for n in notices if n.meeting_id})
    cases = work.uow.cases.rows_of({n.case_id for n in notices if n.case_id})
    replaced = _replaced(notices)
    found: dict[str, NewsState] = {}
    for notice in notices:
        meeting = meetings.get(notice.meeting_id or "")
        case = cases.get(notice.case_id or "")
        if meeting and _is_withdrawn(notice, meeting, work):
            found[notice.id] = NewsState.WITHDRAWN
        elif case and _is_shut(notice, case, work):
            found[notice.id] = NewsState.SHUT
        elif meeting and _is_of_the_past(notice, meeting, work):
            found[notice.id] = NewsState.OVER
        elif meeting and _names_another_date(notice, meeting):
            found[notice.id] = NewsState.REPLACED
        elif is_settled(notice, work) or (notice.promise and notice.promise not in open_keys):
            found[notice.id] = NewsState.DONE
        elif case and kind_of(notice.key).with_case and not (case.broken or case.is_open):
            found[notice.id] = NewsState.ENDED
        elif notice.id in replaced or (meeting and not _is_so(notice, meeting, work)):
            found[notice.id] = NewsState.REPLACED
        elif not stands_in_still(notice, work):
            found[notice.id] = NewsState.BACK
        elif is_told_of_another_absence(notice, work):
            found[notice.id] = NewsState.REPLACED
    return found


def _is_shut(notice: Notice, case: CaseRow, work: Work) -> bool:
    """Whether the acting member may not see the case, and is told nothing of it all the same; a
    broken one may be."""
    if case.broken or work.may(Action.SEE_CASE, case).allowed:
        return False
    return not may_name_hidden_case(notice, case, work)


def _is_withdrawn(notice: Notice, meeting: MeetingRow, work: Work) -> bool:
    if meeting.broken:
        return False
    if meeting.state is MeetingState.CANCELLED and is_overtaken(notice, meeting.sequence):
        return True
    return not notice.case_id and not work.may(Action.SEE_MEETING, meeting).allowed


def _is_of_the_past(notice: Notice, meeting: MeetingRow, work: Work) -> bool:
    """Whether the meeting that it asks about has been, or its record stands."""
    over = meeting.ends_at is not None and meeting.ends_at <= work.now
    ended = over or meeting.state is MeetingState.RECORDED
    return kind_of(notice.key).with_meeting and ended


def _names_another_date(notice: Notice, meeting: MeetingRow) -> bool:
    """Whether the meeting was moved since, away from the date that it names."""
    fixed = meeting.state is MeetingState.FIXED and notice.facts.get("starts_at")
    return bool(fixed) and is_overtaken(notice, meeting.sequence)


def _is_so(notice: Notice, meeting: MeetingRow, work: Work) -> bool:
    if notice.key == ALL_ANSWERED and not date_outcome_stands(notice, work):
        return False
    return not is_overtaken(notice, meeting.sequence)


def _replaced(notices: Sequence[Notice]) -> set[str]:
    """The ids of those after which newer news of the same matter came."""
    newest: set[str] = set()
    older: set[str] = set()
    for notice in notices:
        if kind_of(notice.key).newest_of is not None:
            matter = topic_of(notice)
            if matter in newest:
                older.add(notice.id)
            newest.add(matter)
    return older


# -- of one card -----------------------------------------------------------------------------------

# [ours] What ends elsewhere than on its case or meeting is looked at again so often.
LOOK_AGAIN: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class NewsNow:
    """What became of it (None: it stands), and the next moment at which that may be otherwise
    without anything being done about its case or meeting; None when there is none."""

    state: NewsState | None
    look_again_at: datetime | None


@dataclass(frozen=True)
class GetNewsOfNotice(Query[NewsNow]):
    """How one piece of news stands now for its receiver, who is somebody of the directory."""

    notice: Notice


@handles(GetNewsOfNotice, Action.KEEP_TIME, code="get_news_of_notice")
def get_news_of_notice(query: GetNewsOfNotice, work: Work) -> NewsNow:
    notice = query.notice
    receiver = active_member(work.uow.directory, notice.member_id, work.today)
    if receiver is None:
        return NewsNow(NewsState.WITHDRAWN, None)
    state = news_states([InboxItem(notice, work.now, None)], work.as_member(receiver))
    return NewsNow(state.get(notice.id), _look_again_at(notice, state.get(notice.id), work))


def _of_reminder(
    notice: Notice, promise: str, meeting: MeetingRow | None, work: Work
) -> list[datetime]:
    """When the one that its reader asked for comes; before a meeting the end of the day, too, as on
    the last one there is nothing left to ask for."""
    ahead = work.uow.outbox.waiting_reminders([notice.member_id], REMINDERS)
    found = [w.at for w in ahead if w.promise == promise]
    if meeting and meeting.starts_at:
        found.append(datetime.combine(work.today + timedelta(days=1), time(), TOKYO))
    return found


def _look_again_at(notice: Notice, state: NewsState | None, work: Work) -> datetime | None:
    """When a time that it names is over, when its meeting begins and ends, and at the end of each
    day while dates are asked for: a card says how many days are left."""
    moments = [over_at(notice), stands_in_until(notice)]
    meeting = work.uow.meetings.row(notice.meeting_id) if notice.meeting_id else None
    if meeting:
        moments += [meeting.starts_at, meeting.ends_at]
        if meeting.state is MeetingState.COLLECTING:
            moments.append(work.days.at_opening(work.today + timedelta(days=1)))
    if state is None and notice.promise and notice.key in REMINDERS:
        moments += _of_reminder(notice, notice.promise, meeting, work)
    kind = kind_of(notice.key)
    elsewhere = kind.elsewhere or not (notice.case_id or notice.meeting_id)
    if state is None and kind.dealt_with and elsewhere:
        moments.append(work.now + LOOK_AGAIN)
    return min((at for at in moments if at and at > work.now), default=None)
