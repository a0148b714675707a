"""Before a notice goes out: may its receiver still be told, and is the news still true?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflows.core.active_members import active_member
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.restore_gate import WAITS, lets_in
from workflows.core.work import Work
from workflows.delivery.channel_trouble import TROUBLE, outage_is_over
from workflows.delivery.hidden_numbers import may_name_hidden_case, without_hidden
from workflows.delivery.stand_ins import is_shared, is_told_of_another_absence
from workflows.meetings.date_outcome import ALL_ANSWERED, date_outcome_stands
from workflows.model.notice import CHECKPOINT, Notice, is_overtaken
from workflows.promises.ladder import ASKED_FOR_TOMORROW, names_old_deadline
from workflows.promises.own import is_own
from workflows.sign_in.sign_in import SIGN_IN_LINK, is_link_over

AWAY: Final = "receiver_away"
_BEFORE_IT_BEGINS = frozenset({"attend_reminder", "meeting_soon"})


@dataclass(frozen=True)
class GetDropReason(Query[str]):
    """Answers with the reason for dropping the notice, or nothing; with WAITS it is not dropped,
    but goes once what a restore left undone is settled. Of one that `is_sent` now also with AWAY:
    then it goes, and who stands in for its receiver hears it too (stand_ins.py)."""

    notice: Notice
    is_sent: bool = False


@handles(GetDropReason, Action.KEEP_TIME, code="get_drop_reason")
def get_drop_reason(query: GetDropReason, work: Work) -> str:
    notice = query.notice
    if notice.key == CHECKPOINT:
        return ""
    receiver = active_member(work.uow.directory, notice.member_id, work.today)
    if receiver is None:
        return "receiver_left"
    if not lets_in(receiver, work.uow):
        return WAITS
    if notice.promise:
        due_at = work.uow.promises.due_times([notice.promise]).get(notice.promise)
        if due_at is None:
            return "kept_meanwhile"
        if names_old_deadline(notice, due_at):
            return "overtaken"
    if is_told_of_another_absence(notice, work):
        return "overtaken"
    if notice.key == TROUBLE and outage_is_over(notice.facts, work):
        return "overtaken"
    if notice.key == SIGN_IN_LINK and is_link_over(str(notice.facts["token"]), work):
        return "link_over"
    as_receiver = work.as_member(receiver)
    is_put_off = ASKED_FOR_TOMORROW in notice.dedupe_key  # maybe while they stood in for somebody
    if notice.promise and is_put_off and not is_own(notice.promise, as_receiver):
        return "overtaken"
    if notice.case_id:
        case = work.uow.cases.row(notice.case_id)
        if case is None:
            return "gone"
        told = may_name_hidden_case(notice, case, as_receiver)
        if not told and not as_receiver.may(Action.SEE_CASE, case).allowed:
            return "may_not_be_told"
    if notice.meeting_id:
        meeting = work.uow.meetings.row(notice.meeting_id)
        if meeting is None:
            return "gone"
        if is_overtaken(notice, meeting.sequence):
            return "overtaken"
        if notice.key == ALL_ANSWERED and not date_outcome_stands(notice, work):
            return "overtaken"
        if notice.key in _BEFORE_IT_BEGINS and meeting.starts_at and meeting.starts_at <= work.now:
            return "too_late"
        if not notice.case_id and not as_receiver.may(Action.SEE_MEETING, meeting).allowed:
            return "may_not_be_told"
    if not without_hidden([notice], as_receiver):
        return "may_not_be_told"
    is_away = query.is_sent and receiver.absence_on(work.today) and is_shared(notice)
    return AWAY if is_away else ""


@dataclass(frozen=True)
class GetNextDue(Query[datetime | None]):
    """The next moment at which the clock has something to do."""


@handles(GetNextDue, Action.KEEP_TIME, code="get_next_due")
def get_next_due(query: GetNextDue, work: Work) -> datetime | None:
    times = [work.uow.promises.next_due(), work.uow.outbox.next_try()]
    return min((t for t in times if t), default=None)


@dataclass(frozen=True)
class GetNoticeTime(Query[datetime]):
    """The next moment at which an ordinary notice may go: now, in office hours of an open day."""


@handles(GetNoticeTime, Action.KEEP_TIME, code="get_notice_time")
def get_notice_time(query: GetNoticeTime, work: Work) -> datetime:
    return work.days.notice_time(work.now)
