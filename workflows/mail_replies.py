"""A reply by mail reaches who asked, as heard: read on a page, entered by them with one press.

It never counts as an agency's word by itself: whoever knows an address can write in its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.cases.model import Case
from workflows.characters import without_marks
from workflows.desk import Command, Query, handles
from workflows.directory.labels import folded
from workflows.directory.model import Member
from workflows.errors import NotFound
from workflows.guard_shown import words_of
from workflows.mail_reply import MailReply
from workflows.meetings.model import Meeting, MeetingState
from workflows.notices import Fact
from workflows.people import contains_my_number
from workflows.permissions import Action, Standing
from workflows.ports import Delivery
from workflows.returned import UNDELIVERED, who_asked
from workflows.sign_in import MAIL
from workflows.work import Work, new_id

LONGEST: Final = 2000  # characters of what somebody wrote
# [ours] A program that answers itself, or somebody who floods us, fills no document: of one member
# so many are kept, and of others none the fewer.
MOST_A_DAY: Final = 10
MOST: Final = 50
_WORDS: Final = ("comes", "absent")  # what is never let go for something newer
# Who writes back to these writes to nobody: the first tells of such a mail, the other of none.
_OF_OURSELVES: Final = frozenset({UNDELIVERED, "mail_replied"})


@dataclass(frozen=True)
class KeepMailReply(Command[bool]):
    """Store a mail reply to a notice or calendar entry and tell whoever asked; False if nobody is
    to read it.

    The notice is the one with `notice_id`; without one, the entry is that of `entry_meeting_id`.
    `starts_at` is the date that `word` is about.
    """

    notice_id: str
    entry_meeting_id: str
    sender: str
    word: str
    starts_at: datetime | None
    text: str


@handles(KeepMailReply, Action.KEEP_TIME)
def keep_mail_reply(command: KeepMailReply, work: Work) -> bool:
    answered = work.uow.outbox.get(command.notice_id) if command.notice_id else None
    if answered and (answered.via != MAIL or answered.key in _OF_OURSELVES):
        return False
    if answered:
        said = work.uow.outbox.said(answered.notice_id)
        member = work.uow.directory.member(answered.member_id)
        about = answered.meeting_id or str(said.facts.get("entry", "")) if said else ""
        case = work.uow.cases.get(answered.case_id, change=True) if answered.case_id else None
        meeting = work.uow.meetings.get(about, change=True) if about and not case else None
    else:
        case = None
        of_entry = command.entry_meeting_id
        meeting = work.uow.meetings.get(of_entry, change=True) if of_entry else None
        member = _invited(command.sender, meeting, work) if meeting else None
    subject = case or meeting
    if subject is None or member is None:
        return False
    agency_id = _agency_asked(answered, case, meeting, member, work) if answered else ""
    reply = _reply(command, member, agency_id or member.agency_id, meeting, work)
    reply.answers = answered.key if answered else ""
    more = _make_room(subject, reply, work)
    subject.mail_replies.append(reply)
    facts: dict[str, Fact] = {
        "agency": work.agency_name(reply.agency_id),
        "word": reply.word,
        "more": more,
    }
    # Of what is more than is kept who asked hears once a day, and of each word on each date.
    said_of = f"{member.id}:{subject.id}:{reply.word}:{reply.slot_id}"
    once = f"{said_of}:{work.today.isoformat()}" if more else reply.id
    if case:
        item = (answered.promise or "").rpartition(":")[2] if answered else ""
        to = [m for m in who_asked(case, item, work) if m.id != member.id]
        work.record("mail_replied", case=case, member=member.id)
        work.tell("mail_replied", to, once=once, facts=facts, case=case)
    elif meeting:
        to = [m for m in work.organiser(meeting) if m.id != member.id]
        work.record("mail_replied", meeting=meeting, member=member.id)
        to = to or work.coordinators()
        work.tell("mail_replied", to, once=once, facts=facts, meeting=meeting)
    return True


def _invited(sender: str, meeting: Meeting, work: Work) -> Member | None:
    """Whose address it is, of those who are asked to come; None when it is not one person's."""
    invited = {i.agency_id for i in meeting.invites}
    runners = {m.id for m in work.runners(meeting)}
    found = [
        m
        for m in work.active_members()
        if m.email
        and folded(m.email) == folded(sender)
        and (m.agency_id in invited or m.id in runners)
    ]
    return found[0] if len(found) == 1 else None


def _agency_asked(
    answered: Delivery, case: Case | None, meeting: Meeting | None, member: Member, work: Work
) -> str:
    """For which agency the member was asked: they may be with another by now."""
    item = (answered.promise or "").rpartition(":")[2]
    referral = case.referral(item) if case else None
    if referral:
        return referral.agency_id
    if meeting and meeting.invite(item):
        return item
    subject = case or meeting
    owed = work.uow.promises.open(subject_id=subject.id) if subject else []
    found = next((p.agency_id for p in owed if p.key == answered.promise), None)
    return found or member.agency_id


def _make_room(subject: Case | Meeting, new: MailReply, work: Work) -> bool:
    """Whether the member wrote more than is kept; their oldest then gives way, one dealt with or
    from a stranger's address first, never the last 承諾 or 辞退 on a date."""

    def day(reply: MailReply) -> date:
        return reply.at.astimezone(work.now.tzinfo).date()

    def said_again(r: MailReply) -> bool:
        return (r.word, r.slot_id, r.own_address) == (new.word, new.slot_id, new.own_address)

    theirs = [r for r in subject.mail_replies if r.member_id == new.member_id]
    is_over = len(theirs) >= MOST or sum(day(r) == work.today for r in theirs) >= MOST_A_DAY
    yielding = [r for r in theirs if r.word not in _WORDS or said_again(r)]
    if is_over and yielding:
        gone = min(yielding, key=lambda r: (r.handled_by is None, r.own_address, r.at))
        subject.mail_replies.remove(gone)
    return is_over


def _reply(
    command: KeepMailReply, member: Member, agency_id: str, meeting: Meeting | None, work: Work
) -> MailReply:
    text = without_marks(command.text)[:LONGEST].strip()
    kept = not contains_my_number(text)
    slot = meeting.fixed_slot if meeting else None
    is_of_it = slot is not None and slot.starts_at == command.starts_at
    own = bool(member.email) and folded(member.email) == folded(command.sender)
    return MailReply(
        id=new_id(),
        at=work.now,
        member_id=member.id,
        agency_id=agency_id,
        answers="",
        word=command.word,
        slot_id=slot.id if slot and is_of_it else "",
        text=text if kept else "",
        own_address=own,
        sender="" if own else command.sender[:254],
        kept=kept,
    )


# -- reading --------------------------------------------------------------------------------------


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

    @property
    def is_open(self) -> bool:
        return not self.handled_by and not self.entered


@dataclass(frozen=True)
class GetMailRepliesOfCase(Query[tuple[MailReplyView, ...]]):
    """For who may ask agencies about it, newest first; nothing for others."""

    case_id: str


@dataclass(frozen=True)
class GetMailRepliesOfMeeting(Query[tuple[MailReplyView, ...]]):
    """For who runs it, newest first. What cases say that the reader may not read is masked."""

    meeting_id: str


@dataclass(frozen=True)
class CountMailRepliesOfCase(Query[tuple[int, int]]):
    """How many wait and how many came; (0, 0) for those who do not read them."""

    case_id: str


@dataclass(frozen=True)
class CountMailRepliesOfMeeting(Query[tuple[int, int]]):
    """The same of a meeting."""

    meeting_id: str


@handles(GetMailRepliesOfCase, Action.READ_CASE)
def get_mail_replies_of_case(query: GetMailRepliesOfCase, work: Work) -> tuple[MailReplyView, ...]:
    case = work.uow.cases.get(query.case_id)
    if case is None or not work.may(Action.REFER, case).allowed:
        return ()
    return _of_case(case, work)


@handles(GetMailRepliesOfMeeting, Action.RUN_MEETING)
def get_mail_replies_of_meeting(
    query: GetMailRepliesOfMeeting, work: Work
) -> tuple[MailReplyView, ...]:
    meeting = work.uow.meetings.get(query.meeting_id)
    if meeting is None:
        return ()
    if meeting.mail_replies:
        work.record("mail_replies_read", meeting=meeting)
    return _of_meeting(meeting, work)


@handles(CountMailRepliesOfCase, Action.SEE_CASE)
def count_mail_replies_of_case(query: CountMailRepliesOfCase, work: Work) -> tuple[int, int]:
    case = work.uow.cases.get(query.case_id)
    reads = case is not None and all(
        work.may(action, case).allowed for action in (Action.READ_CASE, Action.REFER)
    )
    return _counted(_of_case(case, work)) if case and reads else (0, 0)


@handles(CountMailRepliesOfMeeting, Action.SEE_MEETING)
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
        found.append(_seen(reply, work, entered=entered, waiting=waiting))
    return tuple(found)


def _of_meeting(meeting: Meeting, work: Work) -> tuple[MailReplyView, ...]:
    may_enter = Standing.ORGANISER in work.standings(meeting) and (
        meeting.state is MeetingState.FIXED and not meeting.is_over(work.now)
    )
    shown = words_of(meeting, work)
    found = []
    for reply in reversed(meeting.mail_replies):
        invite = meeting.invite(reply.agency_id)
        is_of_date = bool(reply.slot_id) and reply.slot_id == meeting.fixed_slot_id
        one = _seen(
            reply,
            work,
            entered=meeting.answered_since(reply.agency_id, reply.at),
            may_enter=may_enter and is_of_date and invite is not None,
            is_of_date=is_of_date,
            text=shown.of(reply.text),
        )
        found.append(one)
    return tuple(found)


def _seen(
    reply: MailReply,
    work: Work,
    *,
    entered: bool,
    may_enter: bool = False,
    is_of_date: bool = False,
    waiting: str = "",
    text: str | None = None,
) -> MailReplyView:
    return MailReplyView(
        id=reply.id,
        at=reply.at,
        agency_id=reply.agency_id,
        agency=work.agency_name(reply.agency_id),
        name=work.member_name(reply.member_id),
        answers=reply.answers,
        word=reply.word,
        text=reply.text if text is None else text,
        kept=reply.kept,
        own_address=reply.own_address,
        sender=reply.sender,
        is_of_date=is_of_date,
        slot_id=reply.slot_id,
        may_enter=may_enter and reply.word in ("comes", "absent"),
        entered=entered,
        handled_by=work.member_name(reply.handled_by) if reply.handled_by else "",
        handled_at=reply.handled_at,
        waiting_referral=waiting,
    )


# -- done with ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MarkMailReplyOfCase(Command[None]):
    """Say that a reply was dealt with; or, not `handled`, that it was not."""

    case_id: str
    reply_id: str
    handled: bool


@dataclass(frozen=True)
class MarkMailReplyOfMeeting(Command[None]):
    """The same of a meeting."""

    meeting_id: str
    reply_id: str
    handled: bool


@handles(MarkMailReplyOfCase, Action.REFER)
def mark_mail_reply_of_case(command: MarkMailReplyOfCase, work: Work) -> None:
    case = work.case(command.case_id)
    _mark(case, command.reply_id, work, handled=command.handled)
    work.record("mail_reply_handled", case=case, handled=command.handled)


@handles(MarkMailReplyOfMeeting, Action.RUN_MEETING)
def mark_mail_reply_of_meeting(command: MarkMailReplyOfMeeting, work: Work) -> None:
    meeting = work.meeting(command.meeting_id)
    _mark(meeting, command.reply_id, work, handled=command.handled)
    work.record("mail_reply_handled", meeting=meeting, handled=command.handled)


def _mark(subject: Case | Meeting, reply_id: str, work: Work, *, handled: bool) -> None:
    reply = next((r for r in subject.mail_replies if r.id == reply_id), None)
    if reply is None:
        raise NotFound("not_found.mail_reply")
    reply.handled_by = work.me.id if handled else None
    reply.handled_at = work.now if handled else None
