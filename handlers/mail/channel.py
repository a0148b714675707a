"""A notice as a mail: the card in plain words, its buttons as addresses, a greeting on top."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

from handlers.delivery import Outcome, Result
from handlers.texts import Texts
from workflows.cards import Action, Card
from workflows.notices import Notice
from workflows.receivers import Receiver

log = logging.getLogger(__name__)


class Post(Protocol):
    """What takes a finished mail away: an SMTP server, or a folder."""

    def take(self, mail: EmailMessage, now: datetime) -> Result: ...


@dataclass(frozen=True)
class MailChannel:
    """`sender` is the address mails come from, `address_of` where a card's button leads."""

    post: Post
    texts: Texts
    sender: str
    address_of: Callable[[Action], str]

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        if not receiver.email:
            return Result(Outcome.DEAD, "no_address")
        try:
            mail = self._written(receiver, notice, card, now)
        except (ValueError, MessageError):  # its text may quote the address
            return Result(Outcome.DEAD, "bad_address")
        return self.post.take(mail, now)

    def _written(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime
    ) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = self.texts.say("mail.subject", title=card.title)
        mail["From"] = Address(self.texts.say("mail.from"), addr_spec=self.sender)
        mail["To"] = Address(addr_spec=receiver.email)
        mail["Date"] = now
        # The same for every attempt, so that a mail that went twice can be seen to be one.
        mail["Message-ID"] = f"<{notice.id}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # nobody's absence note answers it
        mail.set_content(self._text(receiver, card), charset="utf-8", cte="base64")
        return mail

    def _text(self, receiver: Receiver, card: Card) -> str:
        facts = "\n".join(self.texts.say("mail.fact", heading=h, value=v) for h, v in card.facts)
        actions = [
            self.texts.say("mail.action", label=a.label, address=self.address_of(a))
            for a in card.actions
        ]
        parts = [
            self.texts.say("mail.greeting", name=receiver.name),
            card.body,
            facts,
            *actions,
            self.texts.say("mail.closing"),
        ]
        return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
