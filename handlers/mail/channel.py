"""A notice as a mail: the card in plain words, its buttons as addresses, a greeting on top.

Whoever is reached by mail alone need not sign in to answer: the button with which an agency
answers is a link of their own. Everything else leads to the pages.
"""

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Final, Protocol

from handlers.delivery.sending import Result, SendOutcome
from handlers.mail.smtp import LOGIN, OURS, TLS
from handlers.mail.written import Attached, MailButton, MailCalendarEntry, Writer
from handlers.words.calendar_file import calendar_file
from handlers.words.notice_heads import heads
from handlers.words.texts import Texts
from handlers.words.verbs import BY_LINK
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.delivery.channel_trouble import ReportTrouble
from workflows.delivery.receiver import Receiver
from workflows.desk import Desk
from workflows.japanese.dates import TOKYO
from workflows.japanese.mail_address import as_sent
from workflows.meetings.answer_views import Appointment, CalendarAttendee, GetAppointment
from workflows.model.card import Card, CardButton
from workflows.model.notice import CHECKPOINT, Notice
from workflows.outside.answer_links import MakeAnswerLink
from workflows.outside.requesting_agency import GetRequestingAgency
from workflows.restore.decisions import BY_MAIL, GetMailedDecisions
from workflows.sign_in.sign_in import MAIL, SIGN_IN_LINK

FOLDER: Final = "mail_folder"
AT_ONCE: Final = frozenset({LOGIN, TLS, OURS, FOLDER})  # nothing goes until somebody mends it
CLOCK: Final = str(Caller.CLOCK)


class MailTransport(Protocol):
    """What takes a finished mail away: an SMTP server, or a folder."""

    def take(self, mail: EmailMessage, now: datetime) -> Result: ...


class MailChannel:
    """`sender` is the address mails come from, `replies_are_read` whether what is sent back there
    reaches who asked, `page_of` where a card's button leads on the pages,
    `answer_address` where a link leads by which one answers without signing in, by its id."""

    def __init__(
        self,
        *,
        desk: Desk,
        post: MailTransport,
        texts: Texts,
        writer: Writer,
        sender: str,
        page_of: Callable[[CardButton], str],
        answer_address: Callable[[str], str],
        replies_are_read: bool = False,
    ) -> None:
        self._desk, self._post, self._texts = desk, post, texts
        self._writer, self._sender = writer, sender
        self._page_of, self._answer_address = page_of, answer_address
        self._replies_are_read = replies_are_read

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        to = as_sent(receiver.email)
        if not to:
            return Result(SendOutcome.DEAD, "bad_address" if receiver.email else "no_address")
        try:
            entry = self._entry(receiver, notice, now)
            closing = self._closing(receiver, notice, card)
            buttons = [
                MailButton(a.label, self._address(receiver, notice, a), a.primary)
                for a in card.actions
                if not (entry and a.verb == "calendar")  # the file goes with the mail
            ]
        except Refused:  # between the last look at it and this one
            return Result(SendOutcome.DEAD, "may_not_be_told")
        mail = self._writer.write(
            receiver,
            to,
            notice,
            card,
            buttons=buttons,
            entry=entry,
            closing=closing,
            now=now,
            attached=self._attached(notice, now),
        )
        result = self._post.take(mail, now)
        cause = result.error.partition(":")[0]
        if (
            cause in AT_ONCE
        ):  # whoever can mend the way for all; what comes back by itself: channel_states.py
            self._desk.handle(ReportTrouble(MAIL, cause), Caller.CLOCK)
        return result

    def _address(self, receiver: Receiver, notice: Notice, action: CardButton) -> str:
        match action.verb:
            case "answer_dates" | "attend" if notice.meeting_id:
                give = MakeAnswerLink(receiver.member_id, poll=notice.meeting_id)
            case "reply" if notice.case_id and action.item:
                give = MakeAnswerLink(receiver.member_id, case=notice.case_id, referral=action.item)
            case _:
                return self._page_of(action)
        link = self._desk.handle(give, Caller.CLOCK)
        # None for a restricted case: a page that shows nothing of it leads nowhere.
        return self._answer_address(link) if link else self._page_of(action)

    def _closing(self, receiver: Receiver, notice: Notice, card: Card) -> str:
        """Whom to telephone, and whether anybody reads a reply; where one answers instead."""
        if notice.key == SIGN_IN_LINK:
            return self._texts.say("mail.closing.sign_in")
        if notice.key == CHECKPOINT:
            return self._texts.say("mail.closing.checkpoint", line=notice.facts["line"])
        asker = None
        meeting = notice.meeting_id or str(notice.facts.get("entry", ""))
        if meeting or notice.case_id:
            of_referral = str(notice.facts.get("item") or (notice.promise or "").rpartition(":")[2])
            about = GetRequestingAgency(
                receiver.member_id, meeting, notice.case_id or "", of_referral
            )
            asker = self._desk.ask(about, Caller.CLOCK)
        return self._texts.say(
            "mail.closing.notice",
            agency=asker.agency if asker else "",
            phone=asker.phone if asker else "",
            replies=self._replies_are_read and bool(meeting or notice.case_id),
            answers=any(action.verb in BY_LINK for action in card.actions),
        )

    def _entry(self, receiver: Receiver, notice: Notice, now: datetime) -> MailCalendarEntry | None:
        """The meeting for this reader's calendar, if there is one to put in or take out."""
        head = heads().get(notice.key)
        match head.calendar if head else "":
            case "take_out":
                found = _taken_out(receiver, notice)
            case "put" | "cancel" if notice.meeting_id:
                query = GetAppointment(notice.meeting_id)
                found = self._desk.ask(query, receiver.member_id, door=CLOCK)
            case _:
                return None
        if found is None:  # cancelled before there was a date
            return None
        method, about = ("CANCEL", "take_out") if found.ends_here else ("REQUEST", "put")
        if about == "put" and notice.facts.get("invited"):
            about = "attend"
        content = calendar_file(found, self._sender, self._texts, now).decode()
        return MailCalendarEntry(content, method, self._texts.say(f"mail.entry.{about}"))

    def _attached(self, notice: Notice, now: datetime) -> Attached | None:
        """The file that goes along: the sealed lines of what a restore must not undo, as it stands
        now; or the checkpoint that the mail is about."""
        if notice.key == CHECKPOINT:
            line = f"{notice.facts['line']}\n".encode()
            return Attached(line, f"tsunagu-checkpoint-{now.astimezone(TOKYO):%Y%m%d}.jsonl")
        if notice.key != BY_MAIL:
            return None
        lines = self._desk.ask(GetMailedDecisions(), Caller.CLOCK)
        content = "".join(f"{line}\n" for line in lines).encode()
        return Attached(content, f"tsunagu-decisions-{now.astimezone(TOKYO):%Y%m%d}.jsonl")


def _taken_out(receiver: Receiver, notice: Notice) -> Appointment | None:
    """The meeting as it stands in the calendar of who need not come: they may look at it no more,
    so the news itself says what is needed. None when it never stood there."""
    facts = notice.facts
    if not facts.get("entry") or not facts["starts_at"]:
        return None
    numbers = facts["numbers"]
    return Appointment(
        meeting_id=str(facts["entry"]),
        kind=str(facts["kind"]),
        numbers=tuple(map(str, numbers)) if isinstance(numbers, list) else (),
        place="",
        online_url="",
        starts_at=datetime.fromisoformat(str(facts["starts_at"])),
        ends_at=datetime.fromisoformat(str(facts["ends_at"])),
        sequence=int(str(facts["entry_number"])),
        cancelled=False,
        changed_at=datetime.fromisoformat(str(facts["changed_at"])),
        town=receiver.town,
        reader=CalendarAttendee(receiver.name, receiver.email, required=True),
        taken_off=True,
    )
