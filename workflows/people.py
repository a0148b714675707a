"""Finding the same person or household again, and keeping My Numbers out of the record."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from workflows.characters import (
    HYPHENS,
    KANJI_NUMBER,
    kanji_as_digits,
    kanji_numbers_before,
    modern_kanji,
    one_width,
    to_katakana,
    without_marks,
)

_LARGE_KANA: Final = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_SAME_SOUND: Final = (
    ("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴュ", "ビュ"), ("ヴ", "ブ"),
    ("ヂ", "ジ"), ("ヅ", "ズ"), ("ヲ", "オ"), ("ヱ", "エ"), ("ヰ", "イ"),
)  # fmt: skip
_NOT_KANA: Final = re.compile(r"[^ァ-ヺ]")  # spaces, dots, long vowel marks, hyphens, all else
_NOT_SOUND: Final = re.compile(r"[^ァ-ヺー]")
_COLUMNS: Final = {
    "ア": "アカガサザタダナハバパマヤラワ",
    "イ": "イキギシジチニヒビピミリ",
    "ウ": "ウクグスズツヌフブプムユル",
    "エ": "エケゲセゼテデネヘベペメレ",
    "オ": "オコゴソゾトドノホボポモヨロ",
}
_VOWEL: Final = {kana: vowel for vowel, column in _COLUMNS.items() for kana in column}
_LENGTHENS: Final = {("オ", "ウ"): "オ", ("エ", "イ"): "エ"}  # コウ is コオ, ケイ is ケエ
# Which form of a kanji a register prints (葛󠄀, 辻󠄀): no letter of its own.
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LEAST_PHONE_DIGITS: Final = 6

_PREFECTURE: Final = re.compile(r"^(?:北海道|東京都|(?:京都|大阪)府|[^市区町村郡0-9]{2,3}県)")
_PART: Final = "丁目|番地の?|番(?![町丁])|号室?|の(?=[0-9])|ノ(?=[0-9])"
_AFTER_A_NUMBER: Final = f"(?:{_PART}|丁(?=[0-9])|-|ー[0-9])"

# The number of the house, without the building after it: 高橋町3-2-1 of 高橋町3-2-1コーポ梅101.
_HOUSE: Final = re.compile(r".*?\d+(?:-\d+)+|\D*\d+")

_DIGIT_GROUPS: Final = re.compile(rf"\d+(?:[\s{HYPHENS}ー_・.]{{1,3}}\d+)*")
_MY_NUMBER: Final = 12
_GROUP: Final = 4  # a card prints 1234 5678 9012


SAME_PERSON: Final = frozenset({"kana_birth", "kana_phone", "address"})


@dataclass(frozen=True)
class MatchKey:
    """One thing by which a person or household is found again; `value` is in one spelling.

    Those in `SAME_PERSON` say by themselves that it may be the same person or household; the
    others are for a search that asks for them.
    """

    kind: Literal["kana_birth", "kana_phone", "address", "kana", "birth", "phone", "house"]
    value: str


def match_keys(
    kana: str | None, birth_date: date | None, phone: str | None, address: str | None
) -> frozenset[MatchKey]:
    """The keys under which a sheet is found: kana and birth date, kana and telephone, address.

    What is missing gives no key. An address without a number is a district and gives none.
    """
    keys = set()
    name, digits, place = (
        same_kana(kana or ""),
        same_phone(phone or ""),
        same_address(address or ""),
    )
    if name and birth_date:
        keys.add(MatchKey("kana_birth", f"{name}|{birth_date.isoformat()}"))
    if name and len(digits) >= _LEAST_PHONE_DIGITS:
        keys.add(MatchKey("kana_phone", f"{name}|{digits}"))
    if re.search(r"\d", place):
        keys.add(MatchKey("address", place))
    return frozenset(keys)


def search_keys(
    kana: str | None, birth_date: date | None, phone: str | None, address: str | None
) -> frozenset[MatchKey]:
    """The keys by which each of the four is searched for alone: kana, birth, phone, house.

    `house` is the address up to the number of the house: a building is written or left out.
    """
    name, digits = same_sound(kana or ""), same_phone(phone or "")
    house = _HOUSE.match(same_address(address or ""))
    keys = set()
    if name:
        keys.add(MatchKey("kana", name))
    if birth_date:
        keys.add(MatchKey("birth", birth_date.isoformat()))
    if len(digits) >= _LEAST_PHONE_DIGITS:
        keys.add(MatchKey("phone", digits))
    if house:
        keys.add(MatchKey("house", house[0]))
    return frozenset(keys)


def same_sound(kana: str) -> str:
    """A reading as it is heard: like `same_kana`, but a long vowel is kept, in one spelling.

    オーノ, オオノ and オウノ (大野) are one, and オノ (小野) is another; ミスヾ is ミスズ.
    """
    text = re.sub(f"(?<=[ァ-ヺ])[{HYPHENS}]", "ー", to_katakana(one_width(kana)))
    text = re.sub("(.)ヽ", r"\1\1", text)
    text = re.sub("(.)ヾ", lambda m: m[1] + unicodedata.normalize("NFC", m[1] + "\u3099"), text)
    for written, kept in _SAME_SOUND:
        text = text.replace(written, kept)
    sound = ""
    for letter in _NOT_SOUND.sub("", text.translate(_LARGE_KANA)):
        vowel = _VOWEL.get(sound[-1:], "")
        sound += vowel if letter == "ー" else _LENGTHENS.get((vowel, letter), letter)
    return sound


def same_kana(kana: str) -> str:
    """A reading in one spelling: large full-width katakana, no spaces or long vowel marks.

    ゔぁ and バ, ヂ and ジ, ッ and ツ are one.
    """
    text = to_katakana(one_width(kana))
    for written, kept in _SAME_SOUND:
        text = text.replace(written, kept)
    return _NOT_KANA.sub("", text.translate(_LARGE_KANA))


def same_phone(phone: str) -> str:
    """A telephone number as digits; +81 is the 0 before the area code."""
    text = re.sub(r"^\s*\+\s*81[\s\-(]*0?\)?", "0", one_width(phone))
    return re.sub(r"[^0-9]", "", text)


def same_address(address: str) -> str:
    """An address in one spelling: 三丁目２番１号 and 3-2-1, 髙 and 高, with or without 山梨県.

    "" for an empty one.
    """
    plain = _SELECTORS.sub("", one_width(without_marks(address)))
    text = modern_kanji(plain).strip().upper()
    text = re.sub(r"(?<=[0-9])\s+(?=[0-9])", "-", text)  # 3-2-1 101 is no 3-2-1101
    text = re.sub(f"[{HYPHENS}]", "-", re.sub(r"\s", "", text))
    text = re.sub(r"^〒?[0-9]{3}-?[0-9]{4}(?=[^0-9-])", "", text)
    text = _PREFECTURE.sub("", text).replace("大字", "").replace("ヶ", "ケ")
    text = re.sub(r"(?<=[一-龠])[のノ之](?=[一-龠])", "ノ", text)
    text = re.sub(r"(?<=[一-龠])[がガケ](?=[一-龠])", "ケ", text)
    text = kanji_numbers_before(text, _AFTER_A_NUMBER)
    text = re.sub(f"(?<=-){KANJI_NUMBER}", lambda m: kanji_as_digits(m[0]), text)
    text = re.sub(f"(?<=[0-9])(?:{_PART}|丁(?=[0-9])|[-ー]+)", "-", text)
    return re.sub(r"-+(?![0-9])", "", text)


def contains_my_number(text: str) -> bool:
    """Whether there is a 12-digit number, also as 1234-5678-9012, with blanks or full-width.

    Not a telephone (11 digits at most; +81 …) and not a part of a longer string of digits; of a
    16-digit card number's groups only when the check digit says so. Source: rules.md, 8.
    """
    plain = one_width(without_marks(text))
    for run in _DIGIT_GROUPS.finditer(plain):
        if run[0].startswith("81") and plain[max(run.start() - 1, 0)] == "+":
            continue
        groups = re.findall(r"\d+", run[0])
        if any(len(group) == _MY_NUMBER for group in groups):
            return True
        if any(_is_printed_my_number(groups, at) for at in range(len(groups) - 2)):
            return True
    return False


def _is_printed_my_number(groups: list[str], at: int) -> bool:
    three = groups[at : at + 3]
    if any(len(group) != _GROUP for group in three):
        return False
    alone = all(len(g) != _GROUP for g in groups[max(at - 1, 0) : at] + groups[at + 3 : at + 4])
    return alone or _check_digit_fits("".join(three))


def _check_digit_fits(number: str) -> bool:
    """The last digit follows from the others (総務省令 on the individual number, article 5)."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(n) * w for n, w in zip(number, weights, strict=False)) % 11
    return int(number[-1]) == (0 if rest <= 1 else 11 - rest)
