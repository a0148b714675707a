"""A text in one spelling, with the way back: where each character of it stands in the original."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from workflows.japanese.characters import (
    HYPHENS,
    is_invisible,
    modern_kanji,
    one_width,
    repeated_kana,
    to_katakana,
)

Span = tuple[int, int]
Pair = tuple[str, Span]

_VOICED: Final = {"ﾞ": "\u3099", "゛": "\u3099", "ﾟ": "\u309a", "゜": "\u309a"}
_DASH: Final = re.compile(f"[{HYPHENS}]")
_KANA: Final = re.compile(r"[ァ-ヺー]+")
_BLANK: Final = frozenset(" ")
_BETWEEN_NAMES: Final = frozenset(" ・･=._·•'’`")
_LARGE: Final = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_SAME_SOUND: Final = str.maketrans("ヂヅヲヱヰ之", "ジズオエイノ")  # 井之上 and 井の上
_V_SOUND: Final = {"ア": "バ", "イ": "ビ", "エ": "ベ", "オ": "ボ"}
_V_KANA: Final = {"ヷ": "バ", "ヸ": "ビ", "ヹ": "ベ", "ヺ": "ボ"}

_KANJI: Final = re.compile(r"[㐀-鿿々\U00020000-\U0003ffff]")

_VOWELS: Final = {
    kana: vowel
    for vowel, row in {
        "ア": "アカサタナハマヤラワガザダバパ",
        "イ": "イキシチニヒミリギジビピ",
        "ウ": "ウクスツヌフムユルグズブプ",
        "エ": "エケセテネヘメレゲゼデベペ",
        "オ": "オコソトノホモヨロゴゾドボポ",
    }.items()
    for kana in row
}
_LONG: Final = {"ア": "アー", "イ": "イー", "ウ": "ウー", "エ": "エイー", "オ": "オウー"}
_MOST_VARIANTS: Final = 81


@dataclass(frozen=True)
class SpelledText:
    """`spans[n]` is the place, in the original, of the nth character of `text`."""

    text: str
    spans: tuple[Span, ...]

    def place(self, start: int, end: int) -> Span:
        """The place in the original of `text[start:end]`."""
        return self.spans[start][0], self.spans[end - 1][1]

    def finds(self, wanted: str) -> Iterator[Span]:
        """Where in `text` it stands."""
        at = self.text.find(wanted)
        while wanted and at >= 0:
            yield at, at + len(wanted)
            at = self.text.find(wanted, at + 1)


def plain(text: str) -> SpelledText:
    """One width, small letters without accents; nothing invisible; every blank one space."""
    return _spelt(_plain(text))


def tight(text: SpelledText) -> SpelledText:
    """The same without blanks, but for those that part two numbers."""
    return _spelt(_joined(_pairs(text), _BLANK))


def sound(text: SpelledText) -> SpelledText:
    """As names are compared: no blanks or dots, kanji in one form, kana in one script and size.

    ヴァ and バ, ヂ and ジ, ヲ and オ are one; a dash after kana is a long vowel.
    """
    return _spelt(_sounds(list(_joined(_pairs(text), _BETWEEN_NAMES))))


def sound_of(text: str) -> str:
    return sound(plain(text)).text


def is_kana(text: str) -> bool:
    return bool(_KANA.fullmatch(text))


def long_vowels(kana: str) -> set[str]:
    """The ways to write its long vowels: サトウ and サトー, オオノ and オーノ; itself too."""
    choices = list(_ways(kana))
    count = 1
    for ways in choices:
        count *= len(ways)
        if count > _MOST_VARIANTS:
            return {kana, "".join("ー" if len(ways) > 1 else ways for ways in choices)}
    return {"".join(ways) for ways in product(*choices)}


def _ways(kana: str) -> Iterator[str]:
    """For each letter what may stand there: it depends on the vowel heard last before it."""
    long = ""
    for letter in kana:
        yield long if letter in long else letter
        long = _LONG[_VOWELS[letter]] if letter in _VOWELS else long


def _pairs(text: SpelledText) -> list[Pair]:
    return list(zip(text.text, text.spans, strict=True))


def _joined(pairs: list[Pair], dropped: frozenset[str]) -> Iterator[Pair]:
    """Without what parts words; of what parts two numbers one dash stays."""
    last = ""
    waiting: Pair | None = None
    for c, span in pairs:
        if c in dropped:
            waiting = ("-", span)
            continue
        figures = last.isdecimal() or c.isdecimal()  # 五 十 嵐 is a name, 3 2 are two numbers
        if waiting and figures and last.isnumeric() and c.isnumeric():
            yield waiting
        waiting, last = None, c
        yield c, span


def _spelt(pairs: Iterable[Pair]) -> SpelledText:
    found = list(pairs)
    return SpelledText("".join(c for c, _ in found), tuple(s for _, s in found))


def _plain(text: str) -> Iterator[Pair]:
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and (text[end] in _VOICED or _is_mark(text[end])):
            end += 1
        cluster = text[at] + "".join(_VOICED.get(c, c) for c in text[at + 1 : end])
        for c in one_width(cluster).casefold():
            for kept in _bare(c):
                yield kept, (at, end)
        at = end


def _bare(c: str) -> str:
    if c.isspace():
        return " "
    if _is_mark(c) or is_invisible(c) or unicodedata.category(c) in ("Cf", "Cc", "Cs"):
        return ""
    digit = unicodedata.digit(c, None)
    if digit is not None:
        return str(digit)  # ❶, ٣: NFKC leaves them
    letter = unicodedata.normalize("NFD", c)[0]
    return letter if letter.isascii() and letter.isalpha() else c


def _is_mark(c: str) -> bool:
    return unicodedata.category(c) in ("Mn", "Me")


def _folded(c: str) -> str:
    return to_katakana(modern_kanji(c)).translate(_LARGE).translate(_SAME_SOUND)


def _sounds(pairs: list[Pair]) -> Iterator[Pair]:
    folded = [(_folded(c), span) for c, span in pairs]
    last, skip = "", False
    for (c, span), (after, its) in zip(folded, [*folded[1:], ("", (0, 0))], strict=False):
        if skip:
            skip = False
            continue
        out, place = c, span
        if c == "ヴ" and after in _V_SOUND:
            out, place, skip = _V_SOUND[after], (span[0], its[1]), True
        elif c == "ヴ":
            out = "ビ" if after == "ユ" else "ブ"
        elif c in "々ヽ" and last:
            out = last
        elif c == "ヾ" and last:
            out = repeated_kana(last + c)[1:]
        elif c in _V_KANA:
            out = _V_KANA[c]
        elif _DASH.match(c):
            out = "ー" if is_kana(last) else "-"
        elif c == "ガ" and _KANJI.match(last) and _KANJI.match(after):
            out = "ケ"  # 霞が関 and 霞ヶ関
        last = out
        yield out, place
