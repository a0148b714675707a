"""Japanese characters brought to one spelling: widths, kana, kanji numerals, old forms of kanji."""

import re
import unicodedata
from typing import Final

KANJI_DIGITS: Final = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
KANJI_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
KANJI_NUMBER: Final = "[〇零一二三四五六七八九十百千]+"

# Every kind of dash that an input method or a copied text puts where a hyphen is meant; written
# for the brackets of a regex.
HYPHENS: Final = r"\-‐‑‒–—―−﹣－ｰ"

# Variants that registers and people use for one name; each pair is (variants, the form kept).
_OLD_FORMS: Final = (
    ("髙", "高"), ("﨑碕嵜", "崎"), ("邉邊", "辺"), ("齋齊斎", "斉"), ("澤", "沢"), ("廣", "広"),
    ("濵濱", "浜"), ("嶋嶌", "島"), ("國", "国"), ("眞", "真"), ("瀨", "瀬"), ("德", "徳"),
    ("櫻", "桜"), ("𠮷", "吉"), ("壽", "寿"), ("會", "会"), ("惠", "恵"), ("榮", "栄"),
    ("條", "条"), ("龍", "竜"), ("瀧", "滝"), ("藏", "蔵"), ("佛", "仏"), ("彌", "弥"),
    ("圓", "円"), ("學", "学"), ("關", "関"), ("驛", "駅"), ("縣", "県"), ("區", "区"),
    ("靜", "静"), ("豐", "豊"), ("橫", "横"), ("黑", "黒"), ("靑", "青"), ("淸", "清"),
    ("鷗", "鴎"), ("礒", "磯"), ("冨", "富"), ("峯", "峰"), ("嶽", "岳"), ("埜", "野"),
    ("舘", "館"), ("鄕", "郷"), ("悳", "徳"), ("穗", "穂"), ("莊", "荘"), ("萬", "万"),
    ("當", "当"), ("鹽", "塩"), ("槇", "槙"), ("桒", "桑"), ("淵", "渕"),
    ("曾", "曽"), ("薗", "園"), ("籠", "篭"), ("檜", "桧"),
)  # fmt: skip
_TO_KEPT_FORM: Final = {ord(old): kept for olds, kept in _OLD_FORMS for old in olds}
_TO_KATAKANA: Final = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}


def one_width(text: str) -> str:
    """The text with full-width Latin and half-width kana in their usual widths (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def to_katakana(text: str) -> str:
    """Hiragana as katakana; everything else as it was."""
    return text.translate(_TO_KATAKANA)


def modern_kanji(text: str) -> str:
    """Old and variant kanji of names and places in the one form that is compared."""
    return text.translate(_TO_KEPT_FORM)


def without_marks(text: str) -> str:
    """The text without what cannot be seen or stored: control characters (but not line feeds
    and tabs), format characters and lone surrogates. A NUL would be refused by PostgreSQL."""
    return "".join(
        c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )


def kanji_to_int(kanji: str) -> int:
    """The number that kanji numerals below 10,000 write, both ways: 二十三 and 二三 are 23.

    Raises ValueError when there is a character that is no numeral.
    """
    total = digits = 0
    for c in kanji:
        if c in KANJI_DIGITS:
            digits = digits * 10 + KANJI_DIGITS[c]
        elif c in KANJI_UNITS:
            total += (digits or 1) * KANJI_UNITS[c]
            digits = 0
        else:
            raise ValueError(c)
    return total + digits


def kanji_numbers_before(text: str, follower: str) -> str:
    """The text with kanji numerals written as digits wherever `follower` (a regex) comes next."""
    return re.sub(f"{KANJI_NUMBER}(?={follower})", lambda m: str(kanji_to_int(m[0])), text)
