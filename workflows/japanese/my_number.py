"""My Number kept out of every text (docs/rules.md 8): twelve digits, however they are written.

Read in one pass over the letters: digits of every script become groups with what stands between
them. Twelve digits in a row, and 4-4-4 as a card prints it, are refused whatever they are; in the
other spacings (a digit in each box, 3-3-3-3, with signs between) the check digit decides, so that
telephones, dates, amounts, times and lists of numbers pass.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from workflows.japanese.characters import HYPHENS, KANJI_DIGITS, is_invisible
from workflows.japanese.text_scans import scan_between_transactions

_DIGITS: Final = 12
_CARD: Final = 4  # a card prints 1234 5678 9012
_SIZES: Final = (1, 3, _CARD)
# Lists of ages and of dates have groups like these: only where nothing but a blank or a hyphen
# divides them.
_SIZES_OF_LISTS: Final = (2, 6)
_WIDEST: Final = 8  # letters between two digits of one number: "  |  ", a line break with blanks

_LETTERS: Final = re.compile("[A-Za-z]+")  # none stands within a number
_HYPHEN: Final = re.compile(f"[{HYPHENS}ー]")
_DOT: Final = re.compile("[・·•‧∙⋅]")
# Signs of a share, an address or a measure; and a circle that stands for a letter of a name.
_NO_SEPARATORS: Final = frozenset("%‰@&°○◯")
_SIGNS_BETWEEN: Final = frozenset("ー")
_PLAIN_BETWEEN: Final = frozenset({" ", "\n", "-"})
_OF_A_CARD: Final = _PLAIN_BETWEEN | {"_", "·", "."}
# A circle that is written where the kanji for nought is meant: 二○二六.
_CIRCLE: Final = re.compile("(?<=[一二三四五六七八九])[○◯]|[○◯](?=[一二三四五六七八九])")

_BETWEEN: Final = "between"
_OTHER: Final = "other"
_KANJI: Final = "kanji"
_KEYCAP: Final = "keycap"
_COVERS: Final = "\u20e3"  # makes a keycap of the digit before it


class _Token(NamedTuple):
    """A digit with its kind (plain, sign, kanji, keycap), or a letter `_BETWEEN`, or `_OTHER`."""

    kind: str
    value: str


@dataclass
class _Group:
    """Digits in a row; `before` is what divides them from those before, in one spelling."""

    digits: str
    kinds: set[str]
    before: str
    is_telephone: bool  # it begins with +81


def contains_my_number(text: str) -> bool:
    """Whether somebody's number, or any 12 digits in a row, stands in the text.

    Not a telephone (11 digits at most; +81 …) and not a part of a longer row of digits.
    """
    if text.isascii() and not any(map(_has_enough_digits, _LETTERS.split(text))):
        return False  # at once: so are all ids of ours
    return scan_between_transactions(
        (contains_my_number, text), lambda: _contains_my_number(text), meanwhile=False
    )


def _has_enough_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= _DIGITS


def _contains_my_number(text: str) -> bool:
    tokens = list(_tokens(text))
    if sum(t.kind not in (_BETWEEN, _OTHER) for t in tokens) < _DIGITS:
        return False
    # ① or ² beside a figure may belong to it, or mark an item or a note: both are looked at.
    return any(_is_in(run) for joined in (True, False) for run in _runs(tokens, joined=joined))


def _tokens(text: str) -> Iterator[_Token]:
    """What each letter is here; marks and what cannot be seen are nothing."""
    last: _Token | None = None
    for letter in _CIRCLE.sub("〇", text):
        if letter == _COVERS and last and last.kind == "plain":
            last = _Token(_KEYCAP, last.value)
            continue
        for token in _read(letter):
            if last:
                yield last
            last = token
    if last:
        yield last


@lru_cache(maxsize=4096)
def _read(letter: str) -> tuple[_Token, ...]:
    """One letter, in its usual width: ⑫ is two digits, ⑴ is a digit in brackets."""
    found = []
    for part in unicodedata.normalize("NFKC", letter):
        category = unicodedata.category(part)
        digit = _digit(part)
        if digit is not None:
            plain = "plain" if unicodedata.category(letter) == "Nd" else "sign"
            is_kanji = category == "Lo" or part in KANJI_DIGITS
            found.append(_Token(_KANJI if is_kanji else plain, str(digit)))
        elif category in ("Mn", "Me", "Cf") or is_invisible(part):
            continue
        elif _divides(part, category):
            found.append(_Token(_BETWEEN, part))
        else:
            found.append(_Token(_OTHER, part))
    return tuple(found)


def _digit(letter: str) -> int | None:
    """The digit that a letter stands for, in any script: also 壱 of deeds and 〡 of markets."""
    number = unicodedata.numeric(letter, None)
    return int(number) if number is not None and number in range(10) else None


def _divides(letter: str, category: str) -> bool:
    """Punctuation, blanks, and signs that are no letters: arrows, boxes, lines of a table."""
    if letter in _NO_SEPARATORS or category == "Sc":
        return False
    return category[0] in "PZS" or letter.isspace() or letter in _SIGNS_BETWEEN


def _runs(tokens: Sequence[_Token], *, joined: bool) -> Iterator[list[_Group]]:
    """Groups with nothing but separators between them; `joined` takes digits of different kinds
    that touch for one group."""
    run: list[_Group] = []
    between = ""
    touches = False
    for kind, value in tokens:
        if kind == _BETWEEN and len(between) < _WIDEST:
            between, touches = between + value, False
            continue
        if kind in (_BETWEEN, _OTHER):
            if run:
                yield run
            run, between, touches = [], value if kind == _BETWEEN else "", False
            continue
        if touches and (joined or kind in run[-1].kinds):
            if len(run[-1].digits) <= _DIGITS:  # how much longer it is makes no difference
                run[-1].digits += value
            run[-1].kinds.add(kind)
        else:
            run.append(_Group(value, {kind}, _in_one_spelling(between), between.endswith("+")))
        between, touches = "", True
    if run:
        yield run


def _in_one_spelling(between: str) -> str:
    """Blanks count where there is nothing else; a line break makes a difference."""
    signs = _DOT.sub("·", _HYPHEN.sub("-", "".join(between.split())))
    ends_line = "\n" in between
    return signs + "\n" if ends_line else signs or (between[:1] and " ")


def _is_in(run: Sequence[_Group]) -> bool:
    for group in run:
        group.is_telephone = group.is_telephone and group.digits.startswith("81")
        is_row = len(group.digits) == _DIGITS and not group.is_telephone
        if is_row and _is_one([group], is_certain=len(group.kinds) == 1):
            return True
    return any(
        _is_in_stretch(stretch, size, is_alone=len(stretch) == len(run))
        for size in (*_SIZES, *_SIZES_OF_LISTS)
        for stretch in _stretches(run, size)
    )


def _stretches(run: Sequence[_Group], size: int) -> Iterator[Sequence[_Group]]:
    """The longest rows of groups of this size."""
    start = 0
    for at in range(len(run) + 1):
        if at < len(run) and len(run[at].digits) == size and not run[at].is_telephone:
            continue
        if (at - start) * size >= _DIGITS:
            yield run[start:at]
        start = at + 1


def _is_in_stretch(stretch: Sequence[_Group], size: int, *, is_alone: bool) -> bool:
    count = _DIGITS // size
    if size in _SIZES_OF_LISTS:
        between = {g.before for g in stretch[1:]}
        is_plain = len(between) == 1 and between <= _PLAIN_BETWEEN
        return is_alone and is_plain and len(stretch) == count and _is_one(stretch)
    if len(stretch) > count and len(stretch) % count == 0:  # of two people, one after another
        each = [stretch[at : at + count] for at in range(0, len(stretch), count)]
        if all(_is_one(one) and not _is_pairs(one) for one in each):
            return True
    return any(_is_window(stretch, at, count) for at in range(len(stretch) - count + 1))


def _is_window(stretch: Sequence[_Group], at: int, count: int) -> bool:
    """Whether the twelve digits from here are a number: one that stands alone, or that other signs
    divide from what is beside it than are within it, or that is written as on a card."""
    window = stretch[at : at + count]
    inside = {g.before for g in window[1:]}
    ends = {g.before for g in (*window[: at > 0], *stretch[at + count : at + count + 1])}
    as_on_card = len(window[0].digits) == _CARD and inside <= _OF_A_CARD
    if _is_pairs(window) or _is_years(window) or (ends & inside and not as_on_card):
        return False
    return _is_one(window, is_certain=as_on_card and len(stretch) == count)


def _is_pairs(window: Sequence[_Group]) -> bool:
    """Whether it reads as six pairs, 5/1、6/2、…: days, times, marks out of five."""
    if len(window) != _DIGITS:
        return False
    inside = [g.before for g in window[1:]]
    within, between = set(inside[::2]), set(inside[1::2])
    return len(within) == len(between) == 1 and within != between


def _is_years(window: Sequence[_Group]) -> bool:
    """Whether it reads as three years, one after another: 2024・2025・2026."""
    years = [g.digits for g in window]
    return (
        len(years) == _DIGITS // _CARD
        and all(year[:2] in ("19", "20") for year in years)
        and years == sorted(set(years))
    )


def _is_one(groups: Sequence[_Group], *, is_certain: bool = False) -> bool:
    """Noughts alone are nobody's number: 〇〇〇〇 stands for a name."""
    number = "".join(g.digits for g in groups)
    if not number.strip("0"):
        return is_certain and all(_KANJI not in g.kinds for g in groups)
    return is_certain or _check_digit_fits(number)


def _check_digit_fits(number: str) -> bool:
    """The last digit follows from the others (総務省令 on the individual number, article 5)."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(n) * w for n, w in zip(number, weights, strict=False)) % 11
    return int(number[-1]) == (0 if rest <= 1 else 11 - rest)
