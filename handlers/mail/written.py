"""A mail as it is written: text and HTML of the same card, and the meeting for the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handlers.texts import Texts
from handlers.words import TEMPLATES
from workflows.cards import Card
from workflows.notices import Notice
from workflows.receivers import Receiver

FOLDER: Final = "mail"
CALENDAR_FILE: Final = "invite.ics"


@dataclass(frozen=True)
class Button:
    """One button: where it leads, as a whole address."""

    label: str
    address: str
    primary: bool = False


@dataclass(frozen=True)
class Entry:
    """A meeting for the calendar: the file, and its METHOD."""

    content: str
    method: str


class Writer:
    """Writes mails that come from `sender`. A town's own `mail/notice.html` goes before ours."""

    def __init__(self, texts: Texts, sender: str, town_folder: Path | None = None) -> None:
        self._texts, self._sender = texts, sender
        folders = [f for f in (town_folder, TEMPLATES) if f is not None]
        env = Environment(
            loader=FileSystemLoader([folder / FOLDER for folder in folders]),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        texts.register(env)
        self._env = env

    def write(
        self,
        receiver: Receiver,
        notice: Notice,
        card: Card,
        *,
        buttons: Sequence[Button],
        entry: Entry | None,
        now: datetime,
    ) -> EmailMessage:
        """Raises ValueError or MessageError when the address is none."""
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = self._texts.say("mail.subject", title=card.title)
        mail["From"] = Address(self._texts.say("mail.from"), addr_spec=self._sender)
        mail["To"] = Address(addr_spec=receiver.email)
        mail["Date"] = now
        # The same for every attempt, so that a mail that went twice can be seen to be one; and by
        # it a mail that comes back is known.
        mail["Message-ID"] = f"<{notice.id}@{self._sender.rpartition('@')[2]}>"
        # Nobody's absence note answers it: for all, and for those who look only at their own.
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Content-Language"] = "ja"
        text = self._text(receiver, card, buttons, with_entry=entry is not None)
        mail.set_content(text, charset="utf-8", cte="base64")
        html = self._env.get_template("notice.html").render(
            receiver=receiver, card=card, buttons=buttons, with_entry=entry is not None
        )
        mail.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
        if entry:
            _add_entry(mail, entry)
        return mail

    def _text(
        self, receiver: Receiver, card: Card, buttons: Sequence[Button], *, with_entry: bool
    ) -> str:
        say = self._texts.say
        facts = "\n".join(say("mail.fact", heading=h, value=v) for h, v in card.facts)
        parts = [
            say("mail.greeting", name=receiver.name),
            card.body,
            facts,
            say("mail.entry") if with_entry else "",
            *(say("mail.action", label=b.label, address=b.address) for b in buttons),
            say("mail.closing"),
        ]
        return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _add_entry(mail: EmailMessage, entry: Entry) -> None:
    """As one more way to show the mail, from which Outlook, Google and Apple offer the entry; and
    as a file, for those that look at files alone (RFC 6047)."""
    mail.add_alternative(
        entry.content,
        subtype="calendar",
        charset="utf-8",
        cte="base64",
        params={"method": entry.method},
    )
    mail.add_attachment(
        entry.content.encode(),
        maintype="application",
        subtype="ics",
        filename=CALENDAR_FILE,
    )
