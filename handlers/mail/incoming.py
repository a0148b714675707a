"""A mail that comes in where ours come from: sent back, somebody's reply, or neither."""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Final
from urllib.parse import unquote

from icalendar import Calendar

from handlers.mail.bounce import Bounce, bounce_of
from handlers.mail.reading import address, decoded, header, parsed, texts
from workflows.core.errors import frames_of
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO
from workflows.japanese.mail_address import as_kept

log = logging.getLogger(__name__)

_NOTICE: Final = re.compile(r"<([0-9a-f]{32})@[^<>\s@]+>")
_THREAD: Final = re.compile(r"<meeting-([0-9a-f]{32})@[^<>\s@]+>")
_UID: Final = re.compile(r"([0-9a-f]{32})@tsunagu")
_WORDS: Final = {"ACCEPTED": "comes", "DECLINED": "absent", "TENTATIVE": "perhaps"}
_CALENDAR_LONGEST: Final = 100_000
# Where the mail that is answered begins, in the words of the usual programs.
_QUOTED: Final = re.compile(
    r"^(-{2,} ?(original message|元のメッセージ|forwarded message).*"
    r"|_{10,}|on .{0,200} wrote:|.{0,200}(のメール|さんは書きました|が書きました)[:：]?"
    r"|(from|差出人|送信者)[:：].{0,200})$",
    re.IGNORECASE | re.MULTILINE,
)
# RFC 3834, and what programs say that are older or do not know it.
_ROBOTS: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_AUTO_HEADERS: Final = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id", "Feedback-ID")
_AUTO_SUBJECT: Final = re.compile(
    r"^(auto(matic)?[ :-]|out of office|自動(返信|応答)|不在(通知|のお知らせ|応答))", re.IGNORECASE
)
_DAEMON: Final = re.compile(r"mailer-daemon|postmaster|no-?reply", re.IGNORECASE)


@dataclass(frozen=True)
class IncomingMailReply:
    """What somebody wrote back. `notice_id` is that of the mail it answers, "" when it names none;
    `meeting_id` the meeting of a calendar's word or of the thread. `word` is comes, absent,
    perhaps or ""; `starts_at` the date it is about."""

    notice_id: str
    meeting_id: str
    sender: str
    word: str
    starts_at: datetime | None
    text: str


def read_incoming(content: bytes, sender: str) -> Bounce | IncomingMailReply | None:
    """Tell a bounce from somebody's reply to a mail of ours; None for what nobody waits for:
    absence notes, our own mails, whatever answers none of them. Our mails come from `sender`.

    Whatever a stranger writes ends here: a mail that breaks its reader is let go, and the log says
    by which kind of error alone.
    """
    try:
        return _read(content, sender)
    except Exception as error:  # noqa: BLE001 - a stranger wrote it
        log.warning("mail_not_read error=%s at=%s", type(error).__name__, frames_of(error))
        return None


def _read(content: bytes, sender: str) -> Bounce | IncomingMailReply | None:
    mail = parsed(content)
    if mail is None:
        return None
    bounce = bounce_of(mail)
    if bounce:
        return bounce
    writer = address(decoded(mail, "From"))
    if not writer or writer.casefold() == sender.casefold():
        return None
    answered = [i for n in ("In-Reply-To", "References") for i in _NOTICE.findall(header(mail, n))]
    notice_id = answered[0] if answered else ""
    said = _calendar_word(mail, writer)
    if said:
        meeting_id, word, starts_at = said
        return IncomingMailReply(notice_id, meeting_id, writer, word, starts_at, _written(mail))
    thread = _THREAD.search(header(mail, "References"))
    if (not notice_id and not thread) or _is_of_a_robot(mail, writer):
        return None
    return IncomingMailReply(
        notice_id, thread[1] if thread else "", writer, "", None, _written(mail)
    )


def _is_of_a_robot(mail: Message, writer: str) -> bool:
    submitted = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or header(mail, "Return-Path") == "<>"
        or header(mail, "Precedence").lower() in _ROBOTS
        or any(name in mail for name in _AUTO_HEADERS)
        or bool(_AUTO_SUBJECT.search(decoded(mail, "Subject")))
        or bool(_DAEMON.search(writer.partition("@")[0]))
        or mail.get_content_type() == "multipart/report"
    )


def _calendar_word(mail: Message, writer: str) -> tuple[str, str, datetime | None] | None:
    """The meeting, the word and the date of a METHOD:REPLY (RFC 5546, 3.2.3) by the writer."""
    for part in mail.walk():
        if part.get_content_type() not in ("text/calendar", "application/ics"):
            continue
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes) or len(raw) > _CALENDAR_LONGEST:
            continue
        try:
            calendar = Calendar.from_ical(raw)
        except (ValueError, IndexError, KeyError, AttributeError, RecursionError):
            continue  # a stranger wrote it
        if str(calendar.get("METHOD", "")).upper() != "REPLY":
            continue
        for event in calendar.walk("VEVENT"):
            meeting = _UID.fullmatch(str(event.get("UID", "")))
            if not meeting:
                continue
            attendees = event.get("ATTENDEE", [])
            for one in attendees if isinstance(attendees, list) else [attendees]:
                who = _mailbox(str(one))
                word = _WORDS.get(str(one.params.get("PARTSTAT", "")).upper(), "")
                if word and who.casefold() == writer.casefold():
                    return meeting[1], word, _start(event.get("DTSTART"))
    return None


def _mailbox(attendee: str) -> str:
    """The address of a mailto: as the directory keeps it (RFC 6068, 2: %xx for odd letters)."""
    return as_kept(unquote(attendee.partition(":")[2] or attendee))


def _start(given: object) -> datetime | None:
    """When the event begins; None of a day alone, and of what is no date at all."""
    try:
        at = getattr(given, "dt", None)
        if not isinstance(at, datetime):
            return None
        return (at if at.tzinfo else at.replace(tzinfo=TOKYO)).astimezone(UTC)
    except (ValueError, OverflowError):  # the calendar library says broken values by these
        return None  # the word stands without its date


def _written(mail: Message) -> str:
    """What the writer says themselves: the first text, without the mail below it."""
    said = next((text for text in texts(mail.walk()) if trimmed(text)), "")
    above = _QUOTED.split(said, maxsplit=1)[0]
    lines = [line.rstrip() for line in above.splitlines() if not line.startswith(">")]
    return "\n".join(lines).strip()
