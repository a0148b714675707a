"""A mail that a server sent back: which of ours it was, and the kind of error.

Most servers send a report (RFC 3464), some inside another mail; qmail, Exim, mobile carriers and
older gateways write prose with a copy below it. Ours is known by the Message-ID of that copy, or,
where no copy has one (Exchange Online), by what the report says it answers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from handlers.mail.reading import address, decoded, header, parsed, text_of, texts

# "delayed" is no news: the server goes on trying. Some write the second.
FAILED: Final = frozenset({"failed", "failure"})
_STATUS: Final = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
_OURS: Final = re.compile(r"<([0-9a-f]{32})@[^<>\s@]+>")
# A header of the copy, below the prose of a server that attaches nothing. Exchange indents it.
_COPIED: Final = re.compile(
    r"^[ \t>]*Message-ID:[ \t]*(?:\n[ \t]+)?<([0-9a-f]{32})@", re.IGNORECASE | re.MULTILINE
)
_DAEMON: Final = re.compile(
    r"(mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|mdaemon|maildelivery|no-?reply)",
    re.IGNORECASE,
)
_FINAL: Final = re.compile(
    r"permanent (fatal )?error|failed permanently|delivery errors|giv(en|ing) up"
    r"|could ?n[o']t be delivered|not able to deliver"
    r"|n[o']t (been )?able to deliver|unable to deliver|cannot deliver|delivery (has )?failed"
    r"|undeliver(able|ed)|returned to sender|returning message|did not reach|user unknown"
    r"|unknown user|no such (user|mailbox|address)|mailbox (is full|unavailable|not found)"
    r"|exceeded the local limit|delivery problems|recipients? rejected|[^0-9.]55[0-9][ -]"
    r"|送信できません|送信に失敗|配信できません|配送できません|届けることができません"
    r"|見つかりませんでした|いっぱい|一杯|リストにありません|宛先不明|あて先不明",
    re.IGNORECASE,
)
_ONLY_LATE: Final = re.compile(
    r"not yet been delivered|will (continue|keep) (trying|to try)|still trying|has been delayed"
    r"|delivery delayed|warning: (message|could not send)|do not need to resend"
    r"|warning message only|this is just a warning|has been postponed|be(ing)? retried"
    r"|delivery attempts will continue|(will continue|continuing) to attempt"
    r"|再送を続け|遅延しています|再度送信を試み",
    re.IGNORECASE,
)
# The subject of a gateway that writes under a name of its own. Where a person passes such a mail
# on, their program's "Fw:" stands before it.
_RETURNED: Final = re.compile(
    r"(mail |message )?(error|could not be delivered|delivery (failed|failure|error))"
    r"|undeliver|non-?delivery|returned (mail|to sender)|automatically rejected"
    r"|配信不能|送信不能|不達",
    re.IGNORECASE,
)
# Other reports than of delivery: read or not (RFC 8098), complaints (RFC 5965).
_OTHER_REPORTS: Final = frozenset({"disposition-notification", "feedback-report"})


@dataclass(frozen=True)
class Bounce:
    """`status` is the code of RFC 3463 (5.1.1: no such mailbox), or "" when it gives none."""

    notice_id: str
    status: str


def read_bounce(content: bytes) -> Bounce | None:
    """None for whatever is no report that a mail of ours was not delivered."""
    mail = parsed(content)
    return bounce_of(mail) if mail is not None else None


def bounce_of(mail: Message) -> Bounce | None:
    """As read_bounce, of a parsed mail."""
    if _is_of_something_else(mail):
        return None
    parts = list(mail.walk())
    groups = [g for p in parts if _is_status(p) for g in _groups(p)]
    notice_id = next(_returned(mail, parts), "")
    if any(_action(group) for group in groups):
        failed = [group for group in groups if _action(group) in FAILED]
        if not failed:
            return None
        found = _STATUS.search(header(failed[0], "Status"))
        notice_id = notice_id or next(_answered(mail), "")
    else:
        prose = _above("\n".join(texts(parts)))
        if not _is_given_up(mail, prose, brings_it_back=bool(notice_id)):
            return None
        found = _STATUS.search(prose)
        if not notice_id and _is_from_a_daemon(mail):
            notice_id = next(_answered(mail), "")
    return Bounce(notice_id, found[0] if found else "") if notice_id else None


def _is_of_something_else(mail: Message) -> bool:
    """Dovecot says in the form of "it was read" that it rejected a mail."""
    kind = str(mail.get_param("report-type", "")).lower()
    return kind in _OTHER_REPORTS and not _RETURNED.match(decoded(mail, "Subject"))


def _is_given_up(mail: Message, prose: str, *, brings_it_back: bool) -> bool:
    """Of a mail that brings ours back, its writer or its subject is enough: the words in which
    servers say that they gave up are without number."""
    subject = decoded(mail, "Subject")
    said = f"{subject}\n{prose}"
    if _ONLY_LATE.search(said):
        return False
    if brings_it_back and (_is_from_a_daemon(mail) or _RETURNED.match(subject)):
        return True
    return _is_of_a_server(mail) and bool(_FINAL.search(said))


def _is_status(part: Message) -> bool:
    return part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")


def _groups(report: Message) -> list[Message]:
    """What is said of the whole mail, and of each recipient."""
    groups = report.get_payload()
    return [g for g in groups if isinstance(g, Message)] if isinstance(groups, list) else []


def _action(group: Message) -> str:
    return header(group, "Action").partition("(")[0].strip().lower()


def _above(prose: str) -> str:
    """What the server says, without the copy below it, whose words are ours."""
    return _COPIED.split(prose, maxsplit=1)[0]


def _is_of_a_server(mail: Message) -> bool:
    """Whether it was written by a program that carries mail: people get no such notices through."""
    return (
        header(mail, "Return-Path").strip() == "<>"
        or _is_from_a_daemon(mail)
        or header(mail, "Auto-Submitted").lower().startswith("auto-")
        or mail.get_content_type() == "multipart/report"
    )


def _is_from_a_daemon(mail: Message) -> bool:
    if "X-Failed-Recipients" in mail or "X-MS-Exchange-Message-Is-Ndr" in mail:
        return True
    writers = (header(mail, "From"), header(mail, "Return-Path"))
    return any(_DAEMON.search(address(writer).partition("@")[0]) for writer in writers)


def _returned(mail: Message, parts: list[Message]) -> Iterator[str]:
    """The notice's id, from the Message-ID of the mail that is sent back with the report: whole,
    its header alone, or below the prose."""
    for part in parts:
        if part is mail:
            continue  # the report has an id of its own
        if part.get_content_type() in ("text/rfc822-headers", "text/rfc822"):
            yield from _COPIED.findall(text_of(part))
        found = _OURS.fullmatch(header(part, "Message-ID").strip())
        if found:
            yield found[1]
    for text in texts(parts):
        yield from _COPIED.findall(text)


def _answered(mail: Message) -> Iterator[str]:
    """As above, from the report's References; the last named mail is the nearest."""
    for name in ("In-Reply-To", "X-Original-Message-ID", "Original-Message-ID", "References"):
        yield from reversed(_OURS.findall(header(mail, name)))
