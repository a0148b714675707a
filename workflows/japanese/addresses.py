"""Addresses in one spelling, however a register, a form or a neighbour writes them."""

import re
from collections.abc import Iterator
from typing import Final

from workflows.japanese.characters import (
    HYPHENS,
    KANJI_NUMBER,
    kanji_as_digits,
    kanji_numbers_before,
    modern_kanji,
    one_width,
    without_invisible,
    without_marks,
    without_selectors,
)

_PREFECTURE: Final = re.compile(r"^(?:北海道|東京都|(?:京都|大阪)府|[^市区町村郡0-9]{2,3}県)")
# 郡山市, 郡上市 and 大和郡山市 are no 郡.
_COUNTY: Final = re.compile(r"^[^市区町村郡0-9]{1,4}郡(?!山市|上市)(?=[^0-9]{1,5}[町村])")
_PART: Final = (
    "丁目|番地[のノ]?|番(?![町丁])|号室?|地割|の(?=[0-9])|ノ(?=[0-9])|(?<=[0-9])[Ff](?![A-Za-z])"
)
_AFTER_A_NUMBER: Final = f"(?:{_PART}|丁(?=[0-9])|条|線(?=[東西南北0-9])|-|ー[0-9])"
_IN_A_NUMBER: Final = f"(?<=-){KANJI_NUMBER}"
_SHORT: Final = f"{KANJI_NUMBER[:-1]}{{1,6}}"
_IN_KANJI: Final = re.compile(f"{_SHORT}(?:[ノー-]{_SHORT}){{1,4}}(?![一-龠])")  # 三ノ二ノ一
_AFTER_NO: Final = f"(?<=[0-9])ノ({KANJI_NUMBER})(?![一-龠])"  # 3-2ノ一

# 北1条西2-3 counts its streets from the middle of the town: part of the name, not of the number.
_GRID: Final = re.compile(r"([東西南北]\d+)(?:条(?:通り?)?)?(?=[東西南北]\d)")
_STREETS: Final = re.compile(r"(?<=[0-9])条(?:通り?)(?=[0-9])")
# The number of the house, without the building after it: 高橋町3-2-1 of 高橋町3-2-1コーポ梅101.
_HOUSE: Final = re.compile(
    r"(?:.*?[東西南北]\d++条[東西南北]\d+(?:-\d+)*|.*?(?<!\d)\d++条\d+(?:-\d+)*"
    r"|.*?(?<!\d)\d++(?:-\d+)+|\D*\d+)"
)
LONGEST: Final = 120  # characters of what is typed that are compared: no field takes more
_ROOM: Final = re.compile(r"(?<=\d)-\d{3,4}$")
_LEAST_BEFORE_A_ROOM: Final = 2  # numbers: of 3-101 nobody knows whether 101 is a room


def normalized_address(address: str) -> str:
    """An address in one spelling to be compared: 三丁目２番１号 and 3-2-1, 髙 and 高 are the same,
    with or without 山梨県.

    北一条西二丁目, 北1西2 and 北１条西２ are one as well. "" for an empty one.
    """
    plain = without_selectors(one_width(without_marks(without_invisible(address[:LONGEST]))))
    text = modern_kanji(plain).strip().upper()
    text = re.sub(r"(?<=[0-9])\s+(?=[0-9])", "-", text)  # 3-2-1 101 is no 3-2-1101
    text = re.sub(f"[{HYPHENS}]", "-", re.sub(r"\s", "", text))
    text = re.sub(r"^〒?[0-9]{3}-?[0-9]{4}(?=[^0-9-])", "", text)
    text = _COUNTY.sub("", _PREFECTURE.sub("", text)).replace("大字", "").replace("ヶ", "ケ")
    text = re.sub(r"(?<=[一-龠])[のノ之](?=[一-龠])", "ノ", text)
    text = re.sub(r"(?<=[一-龠])[がガケ](?=[一-龠])", "ケ", text)
    text = kanji_numbers_before(_IN_KANJI.sub(_joined_digits, text), _AFTER_A_NUMBER)
    text = re.sub(f"(?<=[東西南北]){KANJI_NUMBER}(?=[東西南北][0-9])", _digits, text)
    text = re.sub(_IN_A_NUMBER, _digits, text)
    text = re.sub(r"第(?=[0-9]+(?:地割|丁目|-))", "", text)
    text = re.sub(f"(?<=[0-9])(?:{_PART}|丁(?=[0-9])|[-ー]+)", "-", text)
    text = re.sub(_IN_A_NUMBER, _digits, re.sub("-+", "-", text))  # 二番地一
    text = re.sub(_AFTER_NO, lambda m: f"-{kanji_as_digits(m[1])}", text)
    text = _STREETS.sub("条", _GRID.sub(r"\1条", text))
    return re.sub(r"-(?![0-9])", "", text)


def up_to_house_number(place: str) -> str:
    """The address up to the number of the house, of one in the spelling of `normalized_address`.

    A building and a room are written or left out: 3-2-1コーポ梅101 and 3-2-1-101 are at 3-2-1.
    "" where there is no number: that is a district.
    """
    found = _HOUSE.match(place)
    if found is None:
        return ""
    house = found[0]
    number = re.match(r"\d+(?:-\d+)*", house[::-1])
    if number and number[0].count("-") >= _LEAST_BEFORE_A_ROOM:
        house = _ROOM.sub("", house)
    return house


def with_and_without_town(town: str, place: str) -> Iterator[str]:
    """Yield a normalized address without and with the name of its town in front."""
    name = normalized_address(town)
    bare = place.removeprefix(name) if name else place
    if bare:
        yield bare
        if name:
            yield f"{name}{bare}"


def _joined_digits(found: re.Match[str]) -> str:
    return "-".join(kanji_as_digits(number) for number in re.split("[ノー-]", found[0]))


def _digits(found: re.Match[str]) -> str:
    return kanji_as_digits(found[0])
