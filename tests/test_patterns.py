"""No regex of the product takes more steps than the text it looks at is long."""

from typing import Final

import pytest

from tests.attack.kinds import Kind
from tests.support.patterns import Found, faults, patterns
from workflows.guard.mentions import RecordNames
from workflows.guard.scan import address_pattern
from workflows.japanese.characters import HYPHENS, KANJI_NUMBER, marks_in_a_row
from workflows.japanese.romaji import CANONICAL

pytestmark = pytest.mark.attack(Kind.TEXT_BOMBS)

FOUND: Final = list(patterns())
WRITTEN: Final = [one for one in FOUND if isinstance(one, Found)]

# Made when they are used, each with what it is made into.
MADE: Final[dict[str, list[str]]] = {
    "workflows/japanese/characters.py: f'({one}{{{MOST_MARKS}}}){one}+'": [
        marks_in_a_row().pattern
    ],
    "workflows/japanese/characters.py: f'{whole}(?={follower})'": [
        f"(?<!{KANJI_NUMBER.removesuffix('+')}){KANJI_NUMBER}+(?=[年月日時分])"
    ],
    "workflows/japanese/romaji.py: pattern": [pattern.pattern for pattern, _ in CANONICAL],
    "workflows/guard/scan.py: address_pattern(part, first, second)": [
        address_pattern("北1条西", "12", "3"),
        address_pattern("中央", "123", ""),
    ],
    "workflows/guard/mentions.py: f\"(?<![A-Za-zＡ-Ｚａ-ｚ\\\\d請]){''.join(one)}(?!\\\\d)\"": [
        RecordNames("R8-0001", frozenset()).spelt.pattern
    ],
}


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.where[:70])
def test_no_pattern_shares_out_a_text_in_many_ways(one: Found) -> None:
    assert not faults(one.pattern, one.flags, scans=one.scans)


def test_what_is_made_when_it_is_used_is_listed_and_none_either() -> None:
    assert {one for one in FOUND if isinstance(one, str)} == set(MADE)
    assert not [p for made in MADE.values() for p in made if faults(p)]


@pytest.mark.parametrize(
    "slow",
    [r"(a+)+b", r"(?:a|b+)*c", r"\s*\s*x", r"\d+\d{4,}", r"\s*\t\s*", r"\d+(?:-\d+)*$", r"(.*)*x",
     r"\w+\s*[a-z]*\w+;", f"[{HYPHENS}]*-+", r"(?:\d+-?)+;", r"<[^>]*[^|]*>"],
)  # fmt: skip
def test_a_slow_pattern_is_found(slow: str) -> None:
    assert faults(slow)


@pytest.mark.parametrize(
    "fast",
    [r"(?:-\d+)+", r"\d++\d{4}", r"[a-z]+(?:['\-][a-z]+)*", r"(?<!\d)0+(?=\d)",
     r"\s+", r"^\s*\+\s*81"],
)  # fmt: skip
def test_a_pattern_of_one_pass_is_none(fast: str) -> None:
    assert not faults(fast)
