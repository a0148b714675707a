"""Before a notice goes out: may its receiver still be told, and is the news still true?"""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.core_desk import CORE_DESK
from workflows.cases.find_case import GetMyReply, get_my_reply
from workflows.cases.whose_sheet import OF_WRONG_PERSON
from workflows.desk import Query, handles
from workflows.directory.here import member_here
from workflows.errors import NotFound
from workflows.meetings.outcome import ALL_ANSWERED, outcome_stands
from workflows.notices import Notice, is_overtaken
from workflows.permissions import Action, Standing
from workflows.sign_in import SIGN_IN_LINK, is_link_over
from workflows.work import Work

_BEFORE_IT_BEGINS = frozenset({"attend_reminder", "meeting_soon"})


@dataclass(frozen=True)
class WhyNotSend(Query[str]):
    """Answers with the reason for dropping the notice, or nothing."""

    notice: Notice


@handles(WhyNotSend, Action.KEEP_TIME)
def why_not_send(query: WhyNotSend, work: Work) -> str:
    notice = query.notice
    receiver = member_here(work.uow.directory, notice.member_id, work.today)
    if receiver is None:
        return "receiver_left"
    if notice.promise and not work.uow.promises.holds(notice.promise):
        return "kept_meanwhile"
    if notice.key == SIGN_IN_LINK and is_link_over(str(notice.facts["token"]), work):
        return "link_over"
    as_receiver = work.as_member(receiver)
    if notice.case_id:
        case = work.uow.cases.row(notice.case_id)
        if case is None:
            return "gone"
        told = Standing.MANAGER in as_receiver.standings(case) or _is_own_reply(notice, as_receiver)
        told = told or notice.key in OF_WRONG_PERSON
        told = told or (notice.key == CORE_DESK and receiver in as_receiver.core_desk())
        if not told and not as_receiver.may(Action.SEE_CASE, case).allowed:
            return "may_not_be_told"
    if notice.meeting_id:
        meeting = work.uow.meetings.row(notice.meeting_id)
        if meeting is None:
            return "gone"
        if is_overtaken(notice, meeting.sequence):
            return "overtaken"
        if notice.key == ALL_ANSWERED and not outcome_stands(notice, work):
            return "overtaken"
        if notice.key in _BEFORE_IT_BEGINS and meeting.starts_at and meeting.starts_at <= work.now:
            return "too_late"
        if not notice.case_id and not as_receiver.may(Action.SEE_MEETING, meeting).allowed:
            return "may_not_be_told"
    return ""


def _is_own_reply(notice: Notice, as_receiver: Work) -> bool:
    """Who passed a referral on sees the case no more, but is told what was entered for them."""
    if notice.key != "reply_entered":
        return False
    number, item = str(notice.facts["number"]), str(notice.facts["item"])
    try:
        get_my_reply(GetMyReply(number, item), as_receiver)
    except NotFound:
        return False
    return True


@dataclass(frozen=True)
class NextDue(Query[datetime | None]):
    """The next moment at which the clock has something to do."""


@handles(NextDue, Action.KEEP_TIME)
def next_due(query: NextDue, work: Work) -> datetime | None:
    times = [work.uow.promises.next_due(), work.uow.outbox.next_try()]
    return min((t for t in times if t), default=None)


@dataclass(frozen=True)
class GetNoticeTime(Query[datetime]):
    """The next moment at which an ordinary notice may go: now, in office hours of an open day."""


@handles(GetNoticeTime, Action.KEEP_TIME)
def get_notice_time(query: GetNoticeTime, work: Work) -> datetime:
    return work.days.notice_time(work.now)
