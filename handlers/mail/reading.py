"""Reads the headers and texts of a mail that a stranger wrote: bounded, and nothing breaks us."""

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from html import unescape
from typing import Final

from workflows.japanese.mail_address import as_kept

LARGEST: Final = 1024 * 1024  # far above a report, which may carry the whole mail
MOST_PARTS: Final = 200  # [ours] a mail of people has a dozen
_TEXT_LONGEST: Final = 200_000
_HEADER_LONGEST: Final = 8_000
_TAG: Final = re.compile(r"<[/!]?[A-Za-z-][^<>]{0,2000}>")
# A letter by its number, with more digits than any letter has: nothing can read it.
_NO_LETTER: Final = re.compile(r"&#[xX]?[0-9A-Fa-f]{8,};?")
_MOST_COMMENTS: Final = 20  # each within another costs the reader of an address one more call
# As many lines that may begin a part: each of them costs time and memory.
_DASHES: Final = re.compile(rb"(?m)^--")
_MOST_DASHES: Final = 2_000


def parsed(content: bytes) -> Message | None:
    """The mail; None of one that is made to break a reader."""
    content = content[:LARGEST]
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    dashes = _DASHES.finditer(content)
    too_many = next((m for n, m in enumerate(dashes, 1) if n > _MOST_DASHES), None)
    if too_many:
        content = content[: too_many.start()]
    try:
        # The library's newer way to read headers breaks on some that strangers write.
        mail = message_from_bytes(content, policy=compat32)
        if sum(1 for _ in mail.walk()) > MOST_PARTS:
            return None
    except RecursionError:  # parts within parts, deeper than in any mail that is meant to be read
        return None
    return mail


def header(part: Message, name: str) -> str:
    """The value of a header, undecoded and on one line; bounded. Letters that nobody encoded are
    read as UTF-8."""
    found = (value for key, value in part.raw_items() if key.lower() == name.lower())
    raw = str(next(found, ""))[:_HEADER_LONGEST].encode("utf-8", "surrogateescape")
    return " ".join(raw.decode("utf-8", "replace").split())


def decoded(part: Message, name: str) -> str:
    """The value of a header with its encoded words decoded; "" where that fails."""
    try:
        pieces = decode_header(header(part, name))
    except (ValueError, LookupError):
        return ""
    return "".join(
        _read(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def address(written: str) -> str:
    """The e-mail address that a header's text names, as the directory keeps it; "" of one that is
    made to break a reader."""
    if written.count("(") > _MOST_COMMENTS:
        return ""
    return as_kept(parseaddr(written)[1])


def texts(parts: Iterable[Message]) -> Iterator[str]:
    """Yield the text of each part: plain ones as they are, those in HTML without their tags."""
    for part in parts:
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if kind == "text/plain":
            yield text_of(part)
        elif kind == "text/html":
            yield unescape(_NO_LETTER.sub(" ", _TAG.sub(" ", text_of(part))))


def text_of(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    return _read(raw[:_TEXT_LONGEST], str(part.get_param("charset", "") or ""))


def _read(raw: bytes, charset: str | None) -> str:
    """In its charset, or in one that reads anything when there is no such one."""
    if charset in (None, "", "us-ascii") and b"\x1b$" in raw:
        charset = "iso-2022-jp"  # of servers that do not say so
    try:
        text = raw.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        text = raw.decode("utf-8", "replace")
    # Some charsets make halves of letters, which nothing can store.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")
