"""A mail that a server sent back (RFC 3464): which of ours it was, and the kind of error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Final

LARGEST: Final = 1024 * 1024  # far above a report, which may carry the whole mail
FAILED: Final = "failed"  # "delayed" is no news: the server goes on trying
_STATUS: Final = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")
_OURS: Final = re.compile(r"<([0-9a-f]{32})@[^<>\s@]+>")


@dataclass(frozen=True)
class Bounce:
    """`status` is the code of RFC 3463 (5.1.1: no such mailbox), or "" when it gives none."""

    notice_id: str
    status: str


def read_bounce(content: bytes) -> Bounce | None:
    """None for whatever is no report that a mail of ours was not delivered."""
    try:
        return _read(content[:LARGEST])
    except RecursionError:  # parts within parts, deeper than in any mail that is meant to be read
        return None


def _read(content: bytes) -> Bounce | None:
    # The library's newer way to read headers breaks on some that strangers write.
    mail = message_from_bytes(content, policy=compat32)
    if mail.get_content_type() != "multipart/report":
        return None
    reports = [p for p in mail.walk() if p.get_content_type() == "message/delivery-status"]
    failed = [group for report in reports for group in _groups(report) if _has_failed(group)]
    notice_id = next(_ours(mail), "")
    if not failed or not notice_id:
        return None
    status = _STATUS.search(str(failed[0].get("Status", "")))
    return Bounce(notice_id, status[0] if status else "")


def _groups(report: Message) -> list[Message]:
    """What is said of the whole mail, and of each recipient."""
    groups = report.get_payload()
    return [g for g in groups if isinstance(g, Message)] if isinstance(groups, list) else []


def _has_failed(group: Message) -> bool:
    return str(group.get("Action", "")).strip().lower() == FAILED


def _ours(mail: Message) -> Iterator[str]:
    """The notice's id, from the Message-ID of the mail that is sent back with the report: whole,
    or its header alone."""
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            headers = message_from_bytes(text if isinstance(text, bytes) else b"", policy=compat32)
        elif part is not mail:
            headers = part
        else:
            continue  # the report has an id of its own
        found = _OURS.fullmatch(str(headers.get("Message-ID", "")).strip())
        if found:
            yield found[1]
