"""Replies by mail: stored, told to who asked, marked as dealt with; read in mail_reply_views.py.

It never counts as an agency's word by itself: whoever knows an address can write in its name.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflows.core.errors import NotFound
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.ports import DeliveryState
from workflows.core.work import Work, new_id
from workflows.delivery.returned import UNDELIVERED, facts_of_notice, meeting_about, who_asked
from workflows.directory.labels import folded
from workflows.japanese.characters import trimmed, without_marks
from workflows.japanese.my_number import contains_my_number
from workflows.model.case import Case
from workflows.model.directory import Member
from workflows.model.mail_reply import ATTENDANCE_WORDS, MailReply
from workflows.model.meeting import Meeting
from workflows.model.notice import Fact
from workflows.sign_in.sign_in import MAIL

LONGEST: Final = 2000  # characters of what somebody wrote
# [ours] A program that answers itself, or somebody who floods us, fills no document: of one member
# so many are kept, and of others none the fewer.
MOST_A_DAY: Final = 10
MOST: Final = 50
REPLIED: Final = "mail_replied"  # the notice's key, and the event's
# Who writes back to these writes to nobody: each tells of a mail, or of none that arrived.
_OF_OURSELVES: Final = frozenset({UNDELIVERED, REPLIED})


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


@dataclass(frozen=True)
class _Answered:
    """What somebody answers by mail. `key` is that of the notice, "" for an entry in a calendar;
    `item` names what it asked for."""

    subject: Case | Meeting
    member: Member
    agency_id: str
    key: str = ""
    item: str = ""


@handles(KeepMailReply, Action.KEEP_TIME, code="keep_mail_reply")
def keep_mail_reply(command: KeepMailReply, work: Work) -> bool:
    notice = work.uow.outbox.get(command.notice_id) if command.notice_id else None
    answered = _by_notice(notice, work) if notice else _by_entry(command, work)
    if answered is None:
        return False
    subject, member = answered.subject, answered.member
    reply = _reply(command, answered, work)
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
    if isinstance(subject, Case):
        to = [m for m in who_asked(subject, answered.item, work) if m.id != member.id]
        work.record(REPLIED, case=subject, member=member.id)
        work.tell(REPLIED, to, once=once, facts=facts, case=subject)
    else:
        to = [m for m in work.organiser(subject) if m.id != member.id]
        to = to or work.coordinators_of(subject)
        work.record(REPLIED, meeting=subject, member=member.id)
        work.tell(REPLIED, to, once=once, facts=facts, meeting=subject)
    return True


def _by_notice(notice: DeliveryState, work: Work) -> _Answered | None:
    member = work.uow.directory.member(notice.member_id)
    if notice.via != MAIL or notice.key in _OF_OURSELVES or member is None:
        return None
    subject: Case | Meeting | None
    if notice.case_id:
        subject = work.uow.cases.get(notice.case_id, change=True)
    else:
        about = meeting_about(notice, facts_of_notice(notice, work))
        subject = work.uow.meetings.get(about, change=True) if about else None
    if subject is None:
        return None
    item = (notice.promise or "").rpartition(":")[2]
    agency_id = _agency_asked(notice, item, subject, work) or member.agency_id
    return _Answered(subject, member, agency_id, notice.key, item)


def _by_entry(command: KeepMailReply, work: Work) -> _Answered | None:
    about = command.entry_meeting_id
    meeting = work.uow.meetings.get(about, change=True) if about else None
    member = _invited(command.sender, meeting, work) if meeting else None
    return _Answered(meeting, member, member.agency_id) if meeting and member else None


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
    notice: DeliveryState, item: str, subject: Case | Meeting, work: Work
) -> str | None:
    """For which agency the member was asked: they may be with another by now."""
    if isinstance(subject, Case):
        referral = subject.referral(item)
        if referral:
            return referral.agency_id
    elif subject.invite(item):
        return item
    owed = work.uow.promises.open(subject_id=subject.id)
    return next((p.agency_id for p in owed if p.key == notice.promise), None)


def _make_room(subject: Case | Meeting, new: MailReply, work: Work) -> bool:
    """Whether the member wrote more than is kept; their oldest then gives way, one dealt with or
    from a stranger's address first, never the last 承諾 or 辞退 on a date."""

    def day(reply: MailReply) -> date:
        return reply.at.astimezone(work.now.tzinfo).date()

    def said_again(r: MailReply) -> bool:
        return (r.word, r.slot_id, r.own_address) == (new.word, new.slot_id, new.own_address)

    theirs = [r for r in subject.mail_replies if r.member_id == new.member_id]
    is_over = len(theirs) >= MOST or sum(day(r) == work.today for r in theirs) >= MOST_A_DAY
    yielding = [r for r in theirs if r.word not in ATTENDANCE_WORDS or said_again(r)]
    if is_over and yielding:
        gone = min(yielding, key=lambda r: (r.handled_by is None, r.own_address, r.at))
        subject.mail_replies.remove(gone)
    return is_over


def _reply(command: KeepMailReply, answered: _Answered, work: Work) -> MailReply:
    text = trimmed(without_marks(command.text)[:LONGEST])
    kept = not contains_my_number(text)
    slot = answered.subject.fixed_slot if isinstance(answered.subject, Meeting) else None
    is_of_it = slot is not None and slot.starts_at == command.starts_at
    email = answered.member.email
    own = bool(email) and folded(email) == folded(command.sender)
    return MailReply(
        id=new_id(),
        at=work.now,
        member_id=answered.member.id,
        agency_id=answered.agency_id,
        answers=answered.key,
        word=command.word,
        slot_id=slot.id if slot and is_of_it else "",
        text=text if kept else "",
        own_address=own,
        sender="" if own else command.sender[:254],
        kept=kept,
    )


# -- done with ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MarkMailReplyOfCase(Command[None]):
    """Mark a reply as dealt with; or, not `handled`, as still to be dealt with."""

    case_id: str
    reply_id: str
    handled: bool


@dataclass(frozen=True)
class MarkMailReplyOfMeeting(Command[None]):
    """The same of a meeting."""

    meeting_id: str
    reply_id: str
    handled: bool


@handles(MarkMailReplyOfCase, Action.REFER, code="mark_mail_reply_of_case")
def mark_mail_reply_of_case(command: MarkMailReplyOfCase, work: Work) -> None:
    case = work.case(command.case_id)
    _mark(case, command.reply_id, work, handled=command.handled)
    work.record("mail_reply_handled", case=case, handled=command.handled)


@handles(MarkMailReplyOfMeeting, Action.RUN_MEETING, code="mark_mail_reply_of_meeting")
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
