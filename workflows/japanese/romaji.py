"""Names in Latin letters: Hepburn, Kunrei and what people type, brought to one spelling."""

import re
from collections.abc import Iterator
from typing import Final

from workflows.japanese.characters import HYPHENS, one_width, to_katakana

_ROWS: Final = {
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ",
    "h": "ハヒフヘホ", "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ",
    "d": "ダ　　デド", "b": "バビブベボ", "p": "パピプペポ",
}  # fmt: skip
_KANA: Final = {
    **{k: c + v for c, row in _ROWS.items() for k, v in zip(row, "aiueo", strict=True)},
    "ヂ": "zi", "ヅ": "zu", "ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヲ": "o", "ン": "n",
    "ヰ": "i", "ヱ": "e", "ヴ": "bu",
}  # fmt: skip
_GLIDES: Final = {"ャ": "ya", "ュ": "yu", "ョ": "yo"}
_SMALL_VOWELS: Final = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}

# What stands within a name: Jun'ichi, Shin-ichi.
_JOINERS: Final = rf"'’‘ʼ`´{HYPHENS}"
# In this order: what is written in Hepburn, as Kunrei has it; then long vowels as short ones.
CANONICAL: Final = tuple(
    (re.compile(pattern), kept)
    for pattern, kept in (
        (rf"[{_JOINERS}]", ""),
        (r"[tc]ch", "tty"), (r"sh(?=[aueo])", "sy"), (r"ch(?=[aueo])", "ty"),
        (r"shi", "si"), (r"ttyi", "tti"), (r"chi", "ti"), (r"tsu", "tu"), (r"fu", "hu"),
        (r"jy?(?=[aueo])", "zy"), (r"ji", "zi"), (r"dzu|du", "zu"), (r"di", "zi"), (r"v", "b"),
        (r"l", "r"), (r"m(?=[bp])", "n"), (r"wo", "o"),
        (r"o(?:h(?![aiueoy])|[ou]+)", "o"), (r"uu+|uh(?![aiueoy])", "u"), (r"aa+", "a"),
        (r"ii+", "i"), (r"e[ei]+", "e"),
    )
)  # fmt: skip
_WORD: Final = re.compile(rf"[a-z]+(?:[{_JOINERS}][a-z]+)*")


def canonical(word: str) -> str:
    """A word of small Latin letters in one spelling: shinjō, shinjou and sinzyo are one."""
    for pattern, kept in CANONICAL:
        word = pattern.sub(kept, word)
    return word


def words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each Latin word, as written, with its place."""
    for match in _WORD.finditer(text):
        yield match[0], match.start(), match.end()


def romaji(kana: str) -> str:
    """A reading in canonical Latin letters; "" when it holds anything but kana."""
    found, double = "", False
    for c in to_katakana(one_width(kana)):
        if c == "ー":
            continue
        if c == "ッ":
            double = True
            continue
        if c in _GLIDES:
            found = (found.removesuffix("i")) + _GLIDES[c]
        elif c in _SMALL_VOWELS:
            found = (found[:-1] if found else "") + _SMALL_VOWELS[c]
        elif c in _KANA:
            found += (_KANA[c][0] if double else "") + _KANA[c]
        else:
            return ""
        double = False
    return canonical(found)
