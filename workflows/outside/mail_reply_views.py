"""Replies by mail as who asked reads them: on a page, to be entered with one press."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Standing
from workflows.core.work import Work
from workflows.guard.shown import masked_texts
from workflows.meetings.attended import running_agencies
from workflows.model.case import Case
from workflows.model.mail_reply import ATTENDANCE_WORDS, MailReply
from workflows.model.meeting import Meeting, MeetingState


@dataclass(frozen=True)
class MailReplyView:
    """A reply as who asked reads it. `entered`: the agency's word came since; `may_enter`: it can
    be entered as it stands, by the one who runs the meeting."""

    id: str
    at: datetime
    agency_id: str
    agency: str
    name: str
    answers: str
    word: str
    text: str
    kept: bool
    own_address: bool
    sender: str
    is_of_date: bool
    slot_id: str
    may_enter: bool
    entered: bool
    handled_by: str
    handled_at: datetime | None
    waiting_referral: str = ""
    former: bool = False  # its agency was taken off the invitation

    @property
    def is_open(self) -> bool:
        return not self.handled_by and not self.entered


@dataclass(frozen=True)
class GetMailRepliesOfCase(Query[tuple[MailReplyView, ...]]):
    """The mail replies on a case, newest first; empty for who may not ask agencies about it."""

    case_id: str


@dataclass(frozen=True)
class GetMailRepliesOfMeeting(Query[tuple[MailReplyView, ...]]):
    """The mail replies on a meeting, newest first. What cases say that the reader may not read is
    masked."""

    meeting_id: str


@dataclass(frozen=True)
class CountMailRepliesOfCase(Query[tuple[int, int]]):
    """(how many mail replies wait, how many came); (0, 0) for those who do not read them."""

    case_id: str


@dataclass(frozen=True)
class CountMailRepliesOfMeeting(Query[tuple[int, int]]):
    """The same of a meeting."""

    meeting_id: str


@handles(GetMailRepliesOfCase, Action.READ_CASE, code="get_mail_replies_of_case")
def get_mail_replies_of_case(query: GetMailRepliesOfCase, work: Work) -> tuple[MailReplyView, ...]:
    case = work.uow.cases.get(query.case_id)
    if case is None or not work.may(Action.REFER, case).allowed:
        return ()
    if agencies := sorted({reply.agency_id for reply in case.mail_replies}):
        work.show(case, ShownPart(Part.MAIL, fields=tuple(agencies)))
    return _of_case(case, work)


@handles(GetMailRepliesOfMeeting, Action.RUN_MEETING, code="get_mail_replies_of_meeting")
def get_mail_replies_of_meeting(
    query: GetMailRepliesOfMeeting, work: Work
) -> tuple[MailReplyView, ...]:
    meeting = work.uow.meetings.get(query.meeting_id)
    if meeting is None:
        return ()
    if meeting.mail_replies:
        work.record("mail_replies_read", meeting=meeting)
    return _of_meeting(meeting, work)


@handles(CountMailRepliesOfCase, Action.SEE_CASE, code="count_mail_replies_of_case")
def count_mail_replies_of_case(query: CountMailRepliesOfCase, work: Work) -> tuple[int, int]:
    case = work.uow.cases.get(query.case_id)
    reads = case is not None and all(
        work.may(action, case).allowed for action in (Action.READ_CASE, Action.REFER)
    )
    return _counted(_of_case(case, work)) if case and reads else (0, 0)


@handles(CountMailRepliesOfMeeting, Action.SEE_MEETING, code="count_mail_replies_of_meeting")
def count_mail_replies_of_meeting(query: CountMailRepliesOfMeeting, work: Work) -> tuple[int, int]:
    meeting = work.uow.meetings.get(query.meeting_id)
    if meeting is None or not work.may(Action.RUN_MEETING, meeting).allowed:
        return 0, 0
    return _counted(_of_meeting(meeting, work))


def _counted(seen: Iterable[MailReplyView]) -> tuple[int, int]:
    found = list(seen)
    return sum(reply.is_open for reply in found), len(found)


def _of_case(case: Case, work: Work) -> tuple[MailReplyView, ...]:
    found = []
    for reply in reversed(case.mail_replies):
        theirs = [r for r in case.referrals if r.agency_id == reply.agency_id]
        entered = case.replied_since(reply.agency_id, reply.at)
        waiting = next((r.id for r in theirs if r.waits), "")
        found.append(_seen(reply, work, entered=entered, waiting=waiting, text=reply.text))
    return tuple(found)


def _of_meeting(meeting: Meeting, work: Work) -> tuple[MailReplyView, ...]:
    may_enter = Standing.ORGANISER in work.standings(meeting) and (
        meeting.state is MeetingState.FIXED and not meeting.is_over(work.now)
    )
    shown = masked_texts(meeting, work)
    runs = running_agencies(meeting, work)
    found = []
    for reply in reversed(meeting.mail_replies):
        invite = meeting.invite(reply.agency_id)
        is_of_date = bool(reply.slot_id) and reply.slot_id == meeting.fixed_slot_id
        one = _seen(
            reply,
            work,
            entered=_answered_since(meeting, reply),
            former=invite is None and reply.agency_id not in runs,
            may_enter=may_enter and is_of_date and invite is not None,
            is_of_date=is_of_date,
            text=shown.of(reply.text),
        )
        found.append(one)
    return tuple(found)


def _answered_since(meeting: Meeting, reply: MailReply) -> bool:
    """Also before it was taken off: what was entered then was entered."""
    said = [
        word.at
        for one in meeting.former_answers
        if one.agency_id == reply.agency_id
        for word in (*one.answers.values(), one.attendance)
        if word
    ]
    return meeting.answered_since(reply.agency_id, reply.at) or any(at > reply.at for at in said)


def _seen(
    reply: MailReply,
    work: Work,
    *,
    entered: bool,
    may_enter: bool = False,
    is_of_date: bool = False,
    waiting: str = "",
    text: str = "",
    former: bool = False,
) -> MailReplyView:
    return MailReplyView(
        id=reply.id,
        at=reply.at,
        agency_id=reply.agency_id,
        agency=work.agency_name(reply.agency_id),
        name=work.member_name(reply.member_id),
        answers=reply.answers,
        word=reply.word,
        text=text,
        kept=reply.kept,
        own_address=reply.own_address,
        sender=reply.sender,
        is_of_date=is_of_date,
        slot_id=reply.slot_id,
        may_enter=may_enter and reply.word in ATTENDANCE_WORDS,
        entered=entered,
        handled_by=work.member_name(reply.handled_by) if reply.handled_by else "",
        handled_at=reply.handled_at,
        waiting_referral=waiting,
        former=former,
    )
