"""A mail as it is written: text and HTML of the same card, and the meeting for the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handlers.words.notice_heads import heads
from handlers.words.texts import Texts
from handlers.words.words import TEMPLATES
from workflows.delivery.receiver import Receiver
from workflows.model.card import Card
from workflows.model.notice import DEADLINES, LATE, Notice

FOLDER: Final = "mail"
CALENDAR_FILE: Final = "invite.ics"
LANGUAGE: Final = "ja"

_HEADERS: Final = HeaderRegistry()
# Else a long one is cut up and encoded. (What is said of the type knows the base class alone.)
_HEADERS.map_to_type("References", MessageIDHeader)  # type: ignore[arg-type]
# As mails cross the wire. RFC 2047, 2: a line with an encoded word has at most 76 characters, so
# that the word itself has at most 75; the library's own 78 are two too many.
POLICY: Final = SMTP.clone(max_line_length=76, header_factory=_HEADERS)


@dataclass(frozen=True)
class MailButton:
    """One button: where it leads, as a whole address."""

    label: str
    address: str
    primary: bool = False


@dataclass(frozen=True)
class MailCalendarEntry:
    """A meeting for the calendar: the file, its METHOD, and what the mail says about it."""

    content: str
    method: str
    said: str


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail; `name` is in ASCII."""

    content: bytes
    name: str


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
        to: str,
        notice: Notice,
        card: Card,
        *,
        buttons: Sequence[MailButton],
        entry: MailCalendarEntry | None,
        closing: str,
        now: datetime,
        attached: Attached | None = None,
    ) -> EmailMessage:
        """`to` is the receiver's address as a server takes it (`mail_address.as_sent`)."""
        mail = EmailMessage(policy=POLICY)
        mail["Subject"] = self._texts.say("mail.subject", title=card.title, **_when(notice))
        mail["From"] = Address(
            self._texts.say("mail.from", town=receiver.town), addr_spec=self._sender
        )
        mail["To"] = to  # as text: the library's Address loses the quotes that a server needs
        mail["Date"] = now
        # The same for every attempt, so that a mail that went twice can be seen to be one; and by
        # it a mail that comes back is known.
        domain = self._sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{notice.id}@{domain}>"
        if notice.meeting_id:
            # Programs that sort mails by threads keep those of a meeting together.
            mail["References"] = f"<meeting-{notice.meeting_id}@{domain}>"
        # Nobody's absence note answers it: for all, and for those who look only at their own.
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        said = entry.said if entry else ""
        text = self._text(receiver, card, buttons, said, closing)
        mail.set_content(text, charset="utf-8", cte="base64")
        html = self._env.get_template("notice.html").render(
            receiver=receiver, card=card, buttons=buttons, entry=said, closing=closing
        )
        mail.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
        _say_language(mail)
        if entry:
            _add_entry(mail, entry)
        if attached:
            mail.add_attachment(
                attached.content,
                maintype="application",
                subtype="octet-stream",
                filename=attached.name,
            )
        if entry or attached:
            mail["Content-Language"] = LANGUAGE
        return mail

    def _text(
        self,
        receiver: Receiver,
        card: Card,
        buttons: Sequence[MailButton],
        entry: str,
        closing: str,
    ) -> str:
        say = self._texts.say
        facts = "\n".join(say("mail.fact", heading=h, value=v) for h, v in card.facts)
        parts = [
            card.title,
            say("mail.greeting", name=receiver.name),
            card.body,
            facts,
            entry,
            *(say("mail.action", label=b.label, address=b.address) for b in buttons),
            closing,
        ]
        return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _when(notice: Notice) -> dict[str, object]:
    """What the subject says beside the title: the day of the meeting or the one by which something
    is to be done, and the cases of a meeting. A title about a case names it itself."""
    facts = notice.facts
    head = heads().get(notice.key)
    of_meeting = head is not None and (head.calendar or head.subject_day == "meeting")
    at = facts.get("starts_at") if of_meeting else None
    return {
        "at": at,
        "by": next((facts[name] for name in DEADLINES if facts.get(name)), None),
        "late": bool(facts.get(LATE)),
        "numbers": None if facts.get("number") else facts.get("numbers"),
    }


def _say_language(mail: EmailMessage) -> None:
    """Of the mail and of each text (RFC 3282). Last: whatever is set as content, and every further
    part, takes away what a mail said of its content before."""
    for part in mail.walk():
        part["Content-Language"] = LANGUAGE


def _add_entry(mail: EmailMessage, entry: MailCalendarEntry) -> None:
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
