"""Finding the same person or household again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from workflows.japanese.addresses import (
    LONGEST,
    normalized_address,
    up_to_house_number,
    with_and_without_town,
)
from workflows.japanese.characters import (
    is_unreadable,
    joined_voicing,
    long_vowel_marks,
    modern_kanji,
    one_width,
    repeated_kana,
    to_katakana,
    without_invisible,
    without_marks,
    without_selectors,
)

_LARGE_KANA: Final = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_SAME_SOUND: Final = (
    ("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴュ", "ビュ"), ("ヴ", "ブ"),
    ("ヷ", "バ"), ("ヸ", "ビ"), ("ヹ", "ベ"), ("ヺ", "ボ"),
    ("ヂ", "ジ"), ("ヅ", "ズ"), ("ヲ", "オ"), ("ヱ", "エ"), ("ヰ", "イ"),
)  # fmt: skip
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
_LEAST_PHONE_DIGITS: Final = 6

# What people write into a field for a name and that is none.
NO_NAMES: Final = (
    "本人", "父", "母", "祖父", "祖母", "夫", "妻", "子", "兄", "弟", "姉", "妹", "孫",
    "長男", "長女", "次男", "次女", "二男", "二女", "三男", "三女", "叔父", "叔母",
    "不明", "不詳", "氏名不詳", "匿名", "匿名希望", "未確認", "なし", "無し", "同上",
    "仮名", "旧姓", "通称", "家族", "世帯主", "同居人",
)  # fmt: skip
_NO_NAMES: Final = frozenset(to_katakana(name) for name in NO_NAMES)

# Raise it when a person is spelled into keys in another way: the index is drawn anew then.
KEYS_VERSION: Final = "4"

SearchKeyKind = Literal[
    "kana_birth", "name_birth", "kana_phone", "address", "house_alone",
    "kana", "birth", "phone", "house", "name", "member", "member_kana",
    "was_name", "was_member", "was_member_kana", "was_kana_birth",
]  # fmt: skip
# What says that it is the same person, and what says only that it may be, or one of the household.
SURE: Final = frozenset({"kana_birth", "name_birth"})


@dataclass(frozen=True)
class MatchKey:
    """One thing by which a person or household is found again; `value` is in one spelling."""

    kind: SearchKeyKind
    value: str


@dataclass(frozen=True)
class PersonTyped:
    """What is known of a person, as somebody typed it: "" and None are not known."""

    name: str = ""
    kana: str = ""
    birth_date: date | None = None
    phone: str = ""
    address: str = ""


def index_keys(person: PersonTyped) -> frozenset[MatchKey]:
    """Every key under which a sheet is kept: those of a search, and those of the same person.

    What is missing gives no key. An address without a number is a district and gives none.
    `house` is the address up to the number of the house, `house_alone` the same where no building
    is written.
    """
    place = normalized_address(person.address)
    house = up_to_house_number(place)
    keys = {*_alone(person, [place]), *_pairs(person)}
    if house:
        keys.add(MatchKey("address", place))
        if house == place:
            keys.add(MatchKey("house_alone", house))
    return frozenset(keys)


def member_keys(names: Iterable[str], *, kind: SearchKeyKind | None = None) -> frozenset[MatchKey]:
    """The keys of names alone, each as the person's own and as one of the household, or as one of
    these: for a request of the person, and for no other search."""
    kinds: tuple[SearchKeyKind, ...] = (kind,) if kind else ("name", "member")
    found = {MatchKey(k, name) for k in kinds for name in map(normalized_name, names) if name}
    return frozenset(found)


def kana_keys(readings: Iterable[str], kind: SearchKeyKind = "member_kana") -> frozenset[MatchKey]:
    """The keys of readings of a household: for a request of the person, and for no other search."""
    return frozenset(MatchKey(kind, sound) for sound in map(normalized_kana, readings) if sound)


def former_keys(
    person: PersonTyped, household: Iterable[str], readings: Iterable[str]
) -> frozenset[MatchKey]:
    """The keys of whom a sheet was about by mistake, and of the household written there (names and
    readings): for a request of that person, and for no other search."""
    own = {MatchKey("was_kana_birth", k.value) for k in _pairs(person) if k.kind == "kana_birth"}
    names = member_keys([person.name], kind="was_name")
    others = member_keys(household, kind="was_member")
    return names | others | kana_keys(readings, "was_member_kana") | own


def same_person_keys(person: PersonTyped, town: str = "") -> frozenset[MatchKey]:
    """The keys that another sheet about the same person or household has at least one of.

    Of two that both write a building it must be the same one, or all of a block of flats would be
    one household; where one leaves it out, the house is enough. A reading, a birthday or a
    telephone alone makes nobody the same. `town` may stand in front of the address or not.
    """
    keys = set(_pairs(person))
    for place in with_and_without_town(town, normalized_address(person.address)):
        house = up_to_house_number(place)
        if house == place:
            keys.add(MatchKey("house", house))
        elif house:
            keys |= {MatchKey("address", place), MatchKey("house_alone", house)}
    return frozenset(keys)


def search_keys(person: PersonTyped, town: str = "") -> frozenset[MatchKey]:
    """The keys by which each thing is searched for alone: kana, birth, phone, house."""
    return frozenset(
        _alone(person, with_and_without_town(town, normalized_address(person.address)))
    )


def _alone(person: PersonTyped, places: Iterable[str]) -> Iterator[MatchKey]:
    sound, digits = normalized_kana(person.kana), normalized_phone(person.phone)
    if sound:
        yield MatchKey("kana", sound)
    if person.birth_date:
        yield MatchKey("birth", person.birth_date.isoformat())
    if len(digits) >= _LEAST_PHONE_DIGITS:
        yield MatchKey("phone", digits)
    yield from (MatchKey("house", house) for house in map(up_to_house_number, places) if house)


def _pairs(person: PersonTyped) -> Iterator[MatchKey]:
    sound, digits = normalized_kana(person.kana), normalized_phone(person.phone)
    name = normalized_name(person.name)
    if sound and person.birth_date:
        yield MatchKey("kana_birth", f"{sound}|{person.birth_date.isoformat()}")
    if name and person.birth_date:
        yield MatchKey("name_birth", f"{name}|{person.birth_date.isoformat()}")
    if sound and len(digits) >= _LEAST_PHONE_DIGITS:
        yield MatchKey("kana_phone", f"{sound}|{digits}")


def normalized_name(name: str) -> str:
    """A name in one spelling: 髙橋 and 高橋, 塚 and 塚 (U+FA10), with or without blanks.

    "" for what is no name: 不明, 匿名希望.
    """
    seen = without_marks(without_invisible(name[:LONGEST]))
    plain = without_selectors(modern_kanji(one_width(seen)))
    text = to_katakana(re.sub(r"[\s・･=＝,，.．]", "", plain)).upper()
    return "" if text in _NO_NAMES or any(map(is_unreadable, text)) else text


def normalized_kana(kana: str) -> str:
    """A reading as it is heard, in large katakana without blanks; a long vowel is one spelling.

    オーノ, オオノ and オウノ (大野) are one, and オノ (小野) is another; ミスヾ is ミスズ, カ゛ is
    ガ, ヴァ and ヷ are バ, ヂ is ジ, ッ is ツ.
    """
    text = to_katakana(one_width(joined_voicing(without_invisible(kana[:LONGEST]))))
    text = repeated_kana(long_vowel_marks(text))
    for written, kept in _SAME_SOUND:
        text = text.replace(written, kept)
    sound = ""
    for letter in _NOT_SOUND.sub("", text.translate(_LARGE_KANA)):
        vowel = _VOWEL.get(sound[-1:], "")
        sound += vowel if letter == "ー" else _LENGTHENS.get((vowel, letter), letter)
    return sound


def normalized_phone(phone: str) -> str:
    """A telephone number as digits; +81 is the 0 before the area code."""
    text = re.sub(r"^\s*\+\s*81[\s\-(]*0?\)?", "0", one_width(without_invisible(phone[:LONGEST])))
    return re.sub(r"[^0-9]", "", text)
