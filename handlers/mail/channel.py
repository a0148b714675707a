"""A notice as a mail: the card in plain words, its buttons as addresses, a greeting on top.

Whoever is reached by mail alone need not sign in to answer: the button with which an agency
answers is a link of their own. Everything else leads to the pages.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from typing import Final, Protocol

from handlers.calendar_file import calendar_file
from handlers.delivery import Outcome, Result
from handlers.mail.mailed import WITH_CALENDAR
from handlers.mail.smtp import CONNECTION, LOGIN, OURS, TLS
from handlers.mail.written import Button, Entry, Writer
from handlers.texts import Texts
from workflows.answer_links import GiveLink
from workflows.cards import Action, Card
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.meetings.answer_views import GetAppointment
from workflows.notices import Notice
from workflows.permissions import Caller
from workflows.receivers import Receiver
from workflows.returned import ReportReturned
from workflows.sign_in import MAIL
from workflows.trouble import ReportTrouble

FOLDER: Final = "mail_folder"
AT_ONCE: Final = frozenset({LOGIN, TLS, OURS, FOLDER})  # nothing goes until somebody mends it
# A line that is down for a moment comes back by itself.
LONG: Final = timedelta(minutes=30)
REFUSED: Final = "mail_recipient"
CLOCK: Final = str(Caller.CLOCK)


class Post(Protocol):
    """What takes a finished mail away: an SMTP server, or a folder."""

    def take(self, mail: EmailMessage, now: datetime) -> Result: ...


class MailChannel:
    """`sender` is the address mails come from, `page_of` where a card's button leads on the pages,
    `answer_address` where a link leads by which one answers without signing in, by its id."""

    def __init__(
        self,
        *,
        desk: Desk,
        post: Post,
        texts: Texts,
        writer: Writer,
        sender: str,
        page_of: Callable[[Action], str],
        answer_address: Callable[[str], str],
    ) -> None:
        self._desk, self._post, self._texts = desk, post, texts
        self._writer, self._sender = writer, sender
        self._page_of, self._answer_address = page_of, answer_address
        self._down_since: datetime | None = None

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        if not receiver.email:
            return Result(Outcome.DEAD, "no_address")
        try:
            entry = self._entry(receiver, notice, now)
            buttons = [
                Button(a.label, self._address(receiver, notice, a), a.primary)
                for a in card.actions
                if not (entry and a.verb == "calendar")  # the file goes with the mail
            ]
        except Refused:  # between the last look at it and this one
            return Result(Outcome.DEAD, "may_not_be_told")
        try:
            mail = self._writer.write(receiver, notice, card, buttons=buttons, entry=entry, now=now)
        except (ValueError, MessageError):  # its text may quote the address
            return Result(Outcome.DEAD, "bad_address")
        result = self._post.take(mail, now)
        self._report(notice, result, now)
        return result

    def _address(self, receiver: Receiver, notice: Notice, action: Action) -> str:
        match action.verb:
            case "answer_dates" if notice.meeting_id:
                give = GiveLink(receiver.member_id, poll=notice.meeting_id)
            case "reply" if notice.case_id and action.item:
                give = GiveLink(receiver.member_id, case=notice.case_id, referral=action.item)
            case _:
                return self._page_of(action)
        link = self._desk.handle(give, Caller.CLOCK)
        # None for a restricted case: a page that shows nothing of it leads nowhere.
        return self._answer_address(link) if link else self._page_of(action)

    def _entry(self, receiver: Receiver, notice: Notice, now: datetime) -> Entry | None:
        """The meeting for this reader's calendar: it names nobody but them, and comes from where
        the mail comes from, as the programs that take it want."""
        if notice.key not in WITH_CALENDAR or not notice.meeting_id:
            return None
        found = self._desk.ask(GetAppointment(notice.meeting_id), receiver.member_id, door=CLOCK)
        if found is None:  # cancelled before there was a date
            return None
        me = next(
            (one for one in found.invited if one[1] == receiver.email),
            (receiver.name, receiver.email, True, "none"),
        )
        own = replace(found, organiser=(self._texts.say("mail.from"), self._sender), invited=(me,))
        content = calendar_file(own, self._texts, now).decode()
        return Entry(content, "CANCEL" if found.cancelled else "REQUEST")

    def _report(self, notice: Notice, result: Result, now: datetime) -> None:
        """Tell those who can mend it. What it was about waits, or is on the deliveries page."""
        cause = result.error.partition(":")[0]
        if cause != CONNECTION:
            self._down_since = None
        elif self._down_since is None:
            self._down_since = now
        down = self._down_since is not None and now - self._down_since >= LONG
        if down or cause in AT_ONCE:
            self._desk.handle(ReportTrouble(MAIL, cause), Caller.CLOCK)
        elif cause == REFUSED and result.outcome is Outcome.DEAD:
            self._desk.handle(ReportReturned(notice.id, result.error), Caller.CLOCK)
