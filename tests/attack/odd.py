"""Values that nobody means and somebody sends."""

import random
from typing import Final

LONG: Final = 20_001  # one more than any text may have

ODD: Final = (
    "", " ", "　", "0", "-1", "1e9", "NaN", "true", "null", "[]", "{}", "9" * 400, "-" * 400,
    "2026-02-30", "令和99年13月40日", "25:99", "0000-00-00", "9999-12-31", "明日", "R8-0000",
    "R8-99999999", "'", '"', "';--", "<script>alert(1)</script>", "{{7*7}}", "{% raw %}", "${7*7}",
    "%00", "%s%n", "..", "../../etc/passwd", "\\", "\r\nSet-Cookie: a=b", "javascript:alert(1)",
    "//evil.example", "https://evil.example/", "a@b", "<!channel>", "=1+1", "@here",
    "\0", "\x7f", "\u3164", "\u2800", "\u200b", "\u202e", "\ufeff", "\U0001f469\u200d\U0001f469",
    "𠮷", "が゙゙゙", "ﾊﾟ", "①", "㍻", "Ⅳ", "A14", "M01", "M999", "none", "on",
    "一" * LONG, "\u0301\u0316" * 5_000, " \t" * 5_000, "あ" * 1_000,
)  # fmt: skip


def odd(dice: random.Random) -> str:
    """One of them, or some letters of everywhere."""
    if dice.random() < 0.8:
        return dice.choice(ODD)
    places = (
        range(0x20, 0x7F),
        range(0x80, 0x2000),
        range(0x3000, 0xD800),
        range(0x10000, 0x11000),
    )
    return "".join(chr(dice.choice(dice.choice(places))) for _ in range(dice.randint(1, 30)))
