"""The guard's eye: finds in any text what the record of a case knows, however it is written."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import Final

from workflows.guard.known import LEAST_PHONE, IdentifyingData
from workflows.guard.latin import latin_names
from workflows.guard.text import SpelledText, is_kana, plain, sound, sound_of, tight
from workflows.guard.titles import COURTESY, HOUSE, LATIN, NO_TITLE, PLACE_AFTER
from workflows.japanese.characters import (
    KANJI_DIGITS,
    KANJI_NUMBER,
    is_invisible,
    kanji_to_int,
    one_width,
)

MASK: Final = "■■"

_LATIN_TITLE: Final = re.compile(LATIN)
_PARTICLES: Final = frozenset("のはがをにへともやで、。")
_AFTER: Final = 3  # characters in which a courtesy title is looked for
# Given names that are words of every day: a person only with a courtesy title.
_WORDS: Final = frozenset(
    map(sound_of, ("希望", "未来", "平和", "大地", "太陽", "正義", "自由", "健康", "日向", "明日"))
)

_DIGIT: Final = f"[0-9{''.join(KANJI_DIGITS)}]"
_WITHIN: Final = re.compile(r"[\s\-‐-―−–—ー_の.)]*")  # what stands within one number
_RUN: Final = re.compile(rf"{_DIGIT}(?:(?:\W|[ー_の]){{0,3}}{_DIGIT})*")

_ERAS: Final = {"令": 2018, "平": 1988, "昭": 1925, "大": 1911, "明": 1867, "r": 2018, "h": 1988,
                "s": 1925, "t": 1911, "m": 1867}  # fmt: skip
_KANJI: Final = f"{KANJI_NUMBER.removesuffix('+')}{{1,4}}"
_NUM: Final = rf"(\d{{1,2}}|元|{_KANJI})"
_SEP: Final = r"[./\-‐‑–—―−・ー]"
_Y: Final = rf"(?:年|{_SEP})"
_M: Final = rf"(?:月|{_SEP})"
_ERA: Final = r"(?:(令和|平成|昭和|大正|明治|令|平|昭|大|明)|(?<![a-z])([rhstm]))"
_YEAR: Final = rf"((?:19|20)\d\d|[{''.join(KANJI_DIGITS)}]{{4}})"
_ERA_DAY: Final = re.compile(rf"{_ERA}[.・]?{_NUM}{_Y}{_NUM}{_M}{_NUM}(?!\d)日?")
_WEST_DAY: Final = re.compile(rf"(?<!\d){_YEAR}{_Y}{_NUM}{_M}{_NUM}(?!\d)日?")
_COMPACT: Final = re.compile(r"(?<![\da-z])(?:((?:19|20)\d\d)|([rhstm])(\d\d))(\d\d)(\d\d)(?!\d)")
_BORN_MONTH: Final = re.compile(rf"(?:{_ERA}{_NUM}|{_YEAR})年(?:{_NUM}月)?生")
_DAY_OF_YEAR: Final = re.compile(
    rf"(?<!\d)(?:\d\d[./年])?(\d{{1,2}}|{_KANJI})[月/.](\d{{1,2}}|{_KANJI})日?"
)
_BIRTH_NEAR: Final = re.compile(r"誕生|生年月日|生まれ|^生|バースデー")

_ADDRESS_SEP: Final = r"(?:丁目|番地ノ?|番丁|番|丁|号|ノ|[\-ー‐–—−,、])"


@dataclass(frozen=True)
class Hit:
    """Something known, found: `text[start:end]`. Kinds: name, phone, address, birth."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Allowed:
    """What may be said although it looks alike: names in the spelling of `guard_text.sound`.

    `names` (agencies, districts, the town, a template's own words) shield what lies in them;
    `people` (members) only what is shorter than they are; `days` are the message's own dates.
    """

    names: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()


NOTHING_ALLOWED: Final = Allowed()


def scan(text: str, known: IdentifyingData, allowed: Allowed = NOTHING_ALLOWED) -> tuple[Hit, ...]:
    """Everything known that stands in the text, in its order; no two overlap."""
    if not text:
        return ()
    places = [n for n, c in enumerate(text) if not _is_invisible_or_format(c)]
    if len(places) == len(text):
        return _apart(_found(text, known, allowed))
    # What nobody sees may stand within a name, or part it from the word before.
    seen = "".join(text[n] for n in places)
    found = [
        Hit(h.kind, places[h.start], places[h.end - 1] + 1) for h in _found(seen, known, allowed)
    ]
    parted = "".join(" " if _is_invisible_or_format(c) else c for c in text)
    return _apart([*found, *_found(parted, known, allowed)])


def _is_invisible_or_format(c: str) -> bool:
    return not c.isascii() and (is_invisible(c) or unicodedata.category(c) == "Cf")


def _found(text: str, known: IdentifyingData, allowed: Allowed) -> list[Hit]:
    spelt = plain(text)
    heard, dense = sound(spelt), tight(spelt)
    shields = _Shields(heard, allowed)
    return [
        *_names(text, heard, known, shields),
        *_latin(text, spelt, known, shields),
        *_phones(spelt, known),
        *_births(dense, known, allowed),
        *_addresses(heard, known, shields),
    ]


def mask(text: str, hits: Iterable[Hit]) -> str:
    """The text with ■■ in place of every hit."""
    for hit in sorted(hits, key=lambda h: h.start, reverse=True):
        text = text[: hit.start] + MASK + text[hit.end :]
    return text


def _apart(found: list[Hit]) -> tuple[Hit, ...]:
    kept: list[Hit] = []
    for hit in sorted(found, key=lambda h: (h.start, -h.end)):
        if kept and hit.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = Hit(last.kind, last.start, max(last.end, hit.end))
        else:
            kept.append(hit)
    return tuple(kept)


# -- names -----------------------------------------------------------------------------------------


def _names(
    text: str, heard: SpelledText, known: IdentifyingData, shields: "_Shields"
) -> Iterator[Hit]:
    for name in known.whole:
        for at in heard.finds(name):
            start, end = heard.place(*at)
            if _is_whole(text, start, end, name) and not shields.cover((start, end), whole=True):
                yield Hit("name", start, end)
    for name in known.parts:
        for at in heard.finds(name):
            start, end = heard.place(*at)
            if _is_part(text, start, end, name) and not shields.cover((start, end)):
                yield Hit("name", start, end)


class _Shields:
    """Where allowed terms stand in a text, in their order: each look is one search by halves."""

    def __init__(self, heard: SpelledText, allowed: Allowed) -> None:
        self._names = _Places(heard, allowed.names)
        self._people = _Places(heard, allowed.people)

    def cover(self, at: tuple[int, int], *, whole: bool = False) -> bool:
        """Whether a name of the town's stands over this place, or, unless it is a `whole` name, the
        name of a member that is longer."""
        start, end = at
        if self._names.furthest(start) >= end:
            return True
        longer = self._people.furthest(start) > end or self._people.furthest(start - 1) >= end
        return longer and not whole


@lru_cache(maxsize=64)  # each town has two, and those of its cards
def _by_beginning(terms: frozenset[str]) -> Mapping[str, Sequence[str]]:
    """The terms by their first two letters."""
    found: dict[str, list[str]] = {}
    for term in terms:
        found.setdefault(term[:2], []).append(term)
    return found


class _Places:
    """Where in the original any of these terms stands."""

    def __init__(self, heard: SpelledText, terms: frozenset[str]) -> None:
        # A town has thousands of names, and a text few places where one of them may begin.
        text, by_beginning = heard.text, _by_beginning(terms)
        beginnings = {*text, *(text[n : n + 2] for n in range(len(text)))}
        likely = (term for begins in beginnings for term in by_beginning.get(begins, ()))
        found = sorted(heard.place(*at) for term in likely for at in heard.finds(term))
        self._starts = [start for start, _ in found]
        self._ends = list(accumulate((end for _, end in found), max))

    def furthest(self, start: int) -> int:
        """The furthest end of those that begin here or before; 0 when none does."""
        count = bisect_right(self._starts, start)
        return self._ends[count - 1] if count else 0


def _is_whole(text: str, start: int, end: int, name: str) -> bool:
    if len(name) > 3 or not (is_kana(name) or len(name) == 2):  # noqa: PLR2004 - 森一, リーアン
        return True
    return _is_called(text, end, (*COURTESY, *HOUSE)) or _stands_alone(text, start, end)


def _is_part(text: str, start: int, end: int, name: str) -> bool:
    """Whether a surname or a given name is meant; the shorter it is, the more must say so."""
    called = _is_called(text, end, (*COURTESY, *(() if name in KANJI_DIGITS else HOUSE)))
    begins = start == 0 or not _same_script(text[start - 1], text[start])
    if len(name) == 1 or (is_kana(name) and len(name) == 2):  # noqa: PLR2004 - 林, モリ
        return called and (begins or text[start - 1] in _PARTICLES)
    if called:
        return True
    if name in _WORDS or PLACE_AFTER.match(one_width(text[end : end + 8])):
        return False
    return not is_kana(name) or _stands_alone(text, start, end)


def _is_called(text: str, end: int, titles: tuple[str, ...]) -> bool:
    after = one_width(text[end : end + _AFTER + 4]).casefold().lstrip(" )・-‐_.")
    if NO_TITLE.match(after):
        return False
    if after.startswith("サン"):
        return not _same_script(after[2:3], "ン")
    return after.startswith(titles) or _LATIN_TITLE.match(after) is not None


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (not _same_script(before, text[start]) or before in _PARTICLES) and (
        not _same_script(text[end - 1], after) or after in _PARTICLES
    )


def _same_script(one: str, other: str) -> bool:
    return _script(one) == _script(other) != ""


def _script(c: str) -> str:
    c = one_width(c)[:1]
    if "ぁ" <= c <= "ゖ":
        return "hiragana"
    if "ァ" <= c <= "ヺ" or c == "ー":
        return "katakana"
    if "㐀" <= c <= "鿿" or c in ("々", "〇") or c >= "\U00020000":
        return "kanji"
    return ""


def _latin(
    text: str, spelt: SpelledText, known: IdentifyingData, shields: _Shields
) -> Iterator[Hit]:
    for found in latin_names(text, spelt, known):
        place = spelt.place(*found)
        if not shields.cover(place):
            yield Hit("name", *place)


# -- numbers ---------------------------------------------------------------------------------------


def _phones(spelt: SpelledText, known: IdentifyingData) -> Iterator[Hit]:
    if not known.phones and not known.local_phones:
        return
    for run in _RUN.finditer(spelt.text):
        at = [run.start() + n for n, c in enumerate(run[0]) if re.match(_DIGIT, c)]
        digits = "".join(str(KANJI_DIGITS.get(spelt.text[n], spelt.text[n])) for n in at)
        if len(digits) < LEAST_PHONE:
            continue
        for number in known.phones:
            end_of_it = number[-8:]
            before = len(number) - len(end_of_it)
            for found in _each(digits, end_of_it):
                first = found - before
                if first < 0 or digits[first:found] != number[:before]:
                    first = found
                first -= first > 0 and digits[first - 1] == "0"
                last = found + len(end_of_it) - 1
                yield Hit("phone", *spelt.place(at[first], at[last] + 1))
        for number in known.local_phones:
            for found in _each(digits, number):
                until = found + len(number)
                if _begins_anew(spelt.text, at, found) and _begins_anew(spelt.text, at, until):
                    yield Hit("phone", *spelt.place(at[found], at[until - 1] + 1))


def _each(digits: str, number: str) -> Iterator[int]:
    """Where a number stands, each time."""
    found = digits.find(number)
    while found >= 0:
        yield found
        found = digits.find(number, found + len(number))


def _begins_anew(text: str, at: list[int], n: int) -> bool:
    """Whether the n-th digit of a run is the first of another number, or there is none."""
    return n in (0, len(at)) or not _WITHIN.fullmatch(text[at[n - 1] + 1 : at[n]])


def _number(text: str | None) -> int:
    if not text:
        return 0
    if text == "元":
        return 1
    return int(text) if text.isdigit() and text.isascii() else kanji_to_int(text)


def _year(era: str | None, letter: str | None, number: str | None, year: str | None) -> int:
    if year:
        return _number(year)
    return _ERAS[(era or letter or "")[0]] + _number(number)


def _births(dense: SpelledText, known: IdentifyingData, allowed: Allowed) -> Iterator[Hit]:
    if not known.births:
        return
    text = dense.text
    days = [
        (*m.span(), (_year(m[1], m[2], m[3], None), _number(m[4]), _number(m[5])))
        for m in _ERA_DAY.finditer(text)
    ]
    days += [
        (*m.span(), (_number(m[1]), _number(m[2]), _number(m[3]))) for m in _WEST_DAY.finditer(text)
    ]
    days += [
        (*m.span(), (_year(None, m[2], m[3], m[1]), int(m[4]), int(m[5])))
        for m in _COMPACT.finditer(text)
    ]
    births = {(d.year, d.month, d.day) for d in known.births}
    own = {(d.year, d.month, d.day) for d in allowed.days}
    for start, end, day in days:
        if day in births and (day not in own or _is_birth(text, start, end)):
            yield Hit("birth", *dense.place(start, end))
    yield from _born(dense, births)


def _born(dense: SpelledText, births: set[tuple[int, int, int]]) -> Iterator[Hit]:
    """A part of a birth date, where the text says that it is one."""
    for m in _BORN_MONTH.finditer(dense.text):
        year, month = _year(m[1], m[2], m[3], m[4]), _number(m[5])
        if any(y == year and month in (0, mm) for y, mm, _ in births):
            yield Hit("birth", *dense.place(m.start(), m.end() - 1))
    for m in _DAY_OF_YEAR.finditer(dense.text):
        day = (_number(m[1]), _number(m[2]))
        if any(day == b[1:] for b in births) and _is_birth(dense.text, *m.span()):
            yield Hit("birth", *dense.place(*m.span()))


def _is_birth(text: str, start: int, end: int) -> bool:
    return bool(
        _BIRTH_NEAR.search(text[max(start - 8, 0) : start]) or _BIRTH_NEAR.match(text, end)
        or text[end : end + 1] == "生"
    )  # fmt: skip


# -- addresses -------------------------------------------------------------------------------------


def _addresses(heard: SpelledText, known: IdentifyingData, shields: _Shields) -> Iterator[Hit]:
    for part, first, second in known.addresses:
        if part in heard.text or any(map(str.isdigit, part)):
            for m in re.finditer(address_pattern(part, first, second), heard.text):
                yield Hit("address", *heard.place(*m.span()))
    for house in known.buildings:
        for at in heard.finds(house):
            place = heard.place(*at)
            if not shields.cover(place):
                yield Hit("address", *place)


def address_pattern(part: str, first: str, second: str) -> str:
    """A regex for a part of a town with its numbers, in every way they are written."""
    pattern = _part(part) + _written(first)
    if second:
        pattern += _ADDRESS_SEP + "{1,2}" + _written(second) + rf"(?!{_DIGIT})"
    else:
        pattern += rf"(?!{_DIGIT}|丁|階|回|月|日|人|名|件|時|年|分)"
    return pattern + rf"(?:{_ADDRESS_SEP}{{1,2}}{_DIGIT}{{1,4}}){{0,2}}(?:番地?|号室?)?"


def _part(name: str) -> str:
    """A regex for a part of a town; one that counts its streets is 北1条西, 北一条西 or 北1西."""
    pieces = re.split(r"(\d+)条", name)
    return "".join(
        rf"{_written(piece)}条?" if piece.isdigit() else re.escape(piece) for piece in pieces
    )


def _written(number: str) -> str:
    """A regex for a number in figures and in kanji: 23, 二三, 二十三."""
    value = int(number)
    row = "〇一二三四五六七八九"
    ways = {str(value), "".join(row[int(c)] for c in str(value))}
    if value < 1000:  # noqa: PLR2004 - house numbers beyond are written in figures
        hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
        spoken = "" if not hundreds else ("百" if hundreds == 1 else row[hundreds] + "百")
        spoken += "" if not tens else ("十" if tens == 1 else row[tens] + "十")
        ways.add(spoken + (row[ones] if ones or value == 0 else ""))
    return "(?:" + "|".join(sorted(ways, key=len, reverse=True)) + ")"
