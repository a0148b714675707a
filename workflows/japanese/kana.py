"""Kana: one spelling to keep, and the order of the fifty sounds (五十音) to list by."""

import re
import unicodedata
from typing import Final

from workflows.japanese.characters import HYPHENS, few_marks, joined_voicing, one_width, to_katakana

_KATAKANA: Final = re.compile(r"[ァ-ヺー・ヽヾ ]+")
# What people type for the long vowel mark: センタ-, センタ―.
_DASHES: Final = dict.fromkeys(map(ord, HYPHENS), "ー")
_SMALL: Final = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_VOWELS: Final = {
    vowel: frozenset(row)
    for vowel, row in {
        "ア": "アカサタナハマヤラワ",
        "イ": "イキシチニヒミリヰ",
        "ウ": "ウクスツヌフムユル",
        "エ": "エケセテネヘメレヱ",
        "オ": "オコソトノホモヨロヲ",
    }.items()
}


def as_katakana(text: str) -> str | None:
    """The reading in full-width katakana, or None when it is no kana.

    Hiragana and half-width kana are accepted, and a dash where the long vowel mark belongs.
    """
    kana = " ".join(to_katakana(one_width(joined_voicing(text))).translate(_DASHES).split())
    return kana if _KATAKANA.fullmatch(kana) else None


def fifty_sounds(kana: str) -> tuple[str, str]:
    """A key to sort by: voicing, small letters and long vowels count only between equals."""
    plain = unicodedata.normalize("NFD", few_marks(kana))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    sounds: list[str] = []
    for sound in plain.translate(_SMALL):
        if sound == "ー" and sounds:
            sounds.append(next((v for v, row in _VOWELS.items() if sounds[-1] in row), sound))
        elif sound not in "・ \u3000":
            sounds.append(sound)
    return "".join(sounds), kana
