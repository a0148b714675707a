"""Looking for words in bytes, however they may have been written: for what must lie nowhere."""

import base64
import json
import zlib
from collections.abc import Iterable
from urllib.parse import quote

CODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp932", "euc_jp")


def spellings(word: str) -> set[bytes]:
    """A word as files, logs, addresses and cookies may hold it."""
    raw = [word.encode(c) for c in CODINGS]
    escaped = json.dumps(word)[1:-1]
    percent = [quote(bytes_, safe="") for bytes_ in (raw[0], raw[3], raw[4])]
    entities = ["".join(f"&#{form(ord(c))};" for c in word) for form in (str, "x{:x}".format)]
    texts = [escaped, escaped.upper().replace("\\U", "\\u"), *entities, raw[0].hex()]
    texts += [t for p in percent for t in (p, p.lower())]
    return {*raw, *(t.encode() for t in texts), *in_base64(raw[0])}


def in_base64(raw: bytes) -> Iterable[bytes]:
    """What is sure to stand in the base64 of anything that holds `raw`, at each alignment."""
    for before in range(3):
        first, beyond = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + raw + b"\0\0")[first:beyond]


class Search:
    def __init__(self, words: Iterable[str]) -> None:
        self._spellings = [(s, word) for word in words for s in spellings(word)]

    def found(self, data: bytes) -> set[str]:
        """Which of the words lie in there."""
        return {word for spelling, word in self._spellings if spelling in data}


def unpacked(cookie: str) -> bytes:
    """What a signed cookie of Flask would hold, once its packing is taken off; else nothing."""
    value = cookie.partition("=")[2].partition(";")[0].strip('"')
    packed, body = value.startswith("."), value.lstrip(".").partition(".")[0]
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return zlib.decompress(raw) if packed else raw
    except (ValueError, zlib.error):
        return b""
