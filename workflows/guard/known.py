"""What a case's record knows of its people that no message may carry: in every spelling of it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Final

from workflows.forms import Value
from workflows.guard.text import is_kana, long_vowels, plain, sound_of
from workflows.japanese.addresses import normalized_address
from workflows.japanese.characters import one_width, without_invisible
from workflows.japanese.romaji import canonical, romaji, words
from workflows.japanese.same_person import NO_NAMES, normalized_phone
from workflows.model.case import Case
from workflows.model.directory import Town

IDENTIFYING: Final = ("name", "kana", "household", "phone", "birth_date", "address")
LEAST_PHONE: Final = 6
_FULL_PHONE: Final = 9  # digits without the 0 in front
_BOTH_NAMES: Final = 5  # letters from which a reading without a blank is surname and given name
_BLANKS: Final = re.compile(r"[\s・･=＝,，]+")
_ASIDES: Final = re.compile(r"[()（）、/／]")
_COURTESY: Final = re.compile(r"(?<=.)(?:さん|サン|ちゃん|くん|様|さま|氏|君)$")
_FIRST_HOUSE: Final = 100  # [ours] a number that no 丁目 of a town reaches
_NO_NAME: Final = frozenset(map(sound_of, NO_NAMES))
# Kinds of dwelling that name no house.
_ANY_HOUSE: Final = re.compile(
    "(?:[県市町村]営|公営)?(?:住宅|団地|アパート|マンシヨン|ハイツ|コーポ|寮|社宅|官舎|借家)"
)
_TOWN_OF: Final = re.compile(r"^(?:.{1,4}?郡.{1,5}?[町村]|.*[市区])(?=.)")


@dataclass(frozen=True)
class IdentifyingData:
    """Names in the spelling of `guard_text.sound`, telephones as digits without their first 0.

    `whole` is a full name, `parts` a surname or given name; `latin_*` the same in canonical
    romaji. `addresses` are (part of the town, first number, second number or "").
    """

    whole: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    latin_whole: frozenset[str] = frozenset()
    latin_parts: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    local_phones: frozenset[str] = frozenset()
    births: frozenset[date] = frozenset()
    addresses: frozenset[tuple[str, str, str]] = frozenset()
    buildings: frozenset[str] = frozenset()

    @property
    def terms(self) -> int:
        """How many terms a text is searched for."""
        return sum(len(getattr(self, f.name)) for f in fields(self))


def merge_identifying_data(several: Iterable[IdentifyingData]) -> IdentifyingData:
    """What any of these knows."""
    found = list(several)
    return IdentifyingData(
        **{
            f.name: frozenset().union(*(getattr(k, f.name) for k in found))
            for f in fields(IdentifyingData)
        }
    )


def identifying_data_of_sheets(
    sheets: Iterable[Mapping[str, Value]], town: Town | None
) -> IdentifyingData:
    """What the records know whose `identifying_values` these are. `town` tells what of an address
    is the town alone."""
    sound = cache(sound_of)  # a name is looked at many times; nothing is kept of it afterwards
    return merge_identifying_data(_known_of_sheet(sheet, town, sound) for sheet in sheets)


def identifying_values(case: Case) -> list[dict[str, Value]]:
    """Of each sheet of the case, also of whom it was about by mistake, what says who its people
    are, as it is stored."""
    sheets = [case.sheet, *(one.sheet for one in case.wrong_persons)]
    return [{f: sheet[f] for f in IDENTIFYING if f in sheet} for sheet in sheets]


def _known_of_sheet(
    sheet: Mapping[str, Value], town: Town | None, sound: Callable[[str], str]
) -> IdentifyingData:
    names = _NameCollector(sound)
    surname = names.person(_text(sheet, "name"))
    reading = names.person(_text(sheet, "kana"))
    names.add_mixed_script(_text(sheet, "name"), _text(sheet, "kana"))
    household = sheet.get("household")
    for row in household if isinstance(household, list) else []:
        if isinstance(row, dict):
            names.person(str(row.get("name", "")), surname)
            names.person(str(row.get("kana", "")), reading)
            names.add_mixed_script(str(row.get("name", "")), str(row.get("kana", "")), surname)
    phone = normalized_phone(_text(sheet, "phone"))
    born = _text(sheet, "birth_date")
    addresses, buildings = _address(_text(sheet, "address"), town)
    return IdentifyingData(
        whole=frozenset(names.whole),
        parts=frozenset(names.parts),
        latin_whole=frozenset(names.latin_whole),
        latin_parts=frozenset(names.latin_parts),
        phones=frozenset({phone.lstrip("0")} if len(phone) > _FULL_PHONE else ()),
        local_phones=_local(_text(sheet, "phone"), phone),
        births=frozenset({date.fromisoformat(born)} if born else ()),
        addresses=addresses,
        buildings=buildings,
    )


def _text(sheet: Mapping[str, Value], field: str) -> str:
    return str(sheet.get(field, "") or "")


def _local(typed: str, digits: str) -> frozenset[str]:
    """A number without its area code, as neighbours write it."""
    parts = re.split(r"\D+", one_width(typed).strip())
    local = "".join(parts[1:]) if len(parts) > 1 else digits
    return frozenset({local} if len(local) >= LEAST_PHONE else ())


class _NameCollector:
    def __init__(self, sound: Callable[[str], str] = sound_of) -> None:
        self._sound = sound
        self.whole: set[str] = set()
        self.parts: set[str] = set()
        self.latin_whole: set[str] = set()
        self.latin_parts: set[str] = set()

    def person(self, typed: str, surname: str = "") -> str:
        """Remember a person's name, as typed; answers with the surname, if one can be told.

        `surname` is that of their household: theirs too where a given name stands alone.
        """
        first = ""
        for aside in _ASIDES.split(typed):
            several = self._parted(aside)
            if not several:
                continue
            if len(several) == 1 and surname:
                several = self._without_surname(several[0], surname)
            self._native([self._sound(w) for w in several], self._sound(surname))
            kana = any(is_kana(self._sound(w)) for w in several)
            latin = [self._latin_word(w) for w in several]
            self._latin(latin, self._latin_word(surname) if kana else "", written=not kana)
            first = first or (several[0] if len(several) > 1 else "")
        return first

    def add_mixed_script(self, name: str, kana: str, surname: str = "") -> None:
        """Remember 林はなこ and ハヤシ花子: one part as written, the other as it is read."""
        written, read = (
            [self._sound(w) for w in self._parted(name)],
            [self._sound(w) for w in self._parted(kana)],
        )
        if len(written) == 1 and surname:
            written = [self._sound(surname), *written]
        if len(written) > 1 and read:
            self.whole |= long_vowels(written[0] + read[-1])
        if len(written) > 1 and len(read) > 1:
            self.whole |= long_vowels(read[0] + written[-1])

    def _native(self, several: Sequence[str], surname: str) -> None:
        if len(several) == 1:
            (name,) = several
            whole = {surname + name} if surname else set()
            parts = {name, *_guessed(name)}
            if is_kana(name) and len(name) >= _BOTH_NAMES:
                whole.add(name)
        else:
            whole = {"".join(several), "".join(reversed(several)), several[0] + several[-1]}
            parts = set(several)
        for name in whole:
            self.whole |= long_vowels(name)
        for name in parts:
            self.parts |= long_vowels(name)

    def _latin(self, several: Sequence[str], surname: str, *, written: bool) -> None:
        """Of a reading each part too, where a blank parts it."""
        if not all(several):
            return
        if len(several) == 1 and surname:
            several = [surname, *several]
        if len(several) > 1:
            for order in (several, several[::-1], (several[0], several[-1])):
                self.latin_whole.add(canonical("".join(order)))
            self.latin_whole.add(canonical(several[-1] + several[0]))
            self.latin_parts.update(several)
        elif written or len(several[0]) <= _BOTH_NAMES:
            self.latin_parts.add(several[0])
        else:
            self.latin_whole.add(several[0])

    def _parted(self, typed: str) -> list[str]:
        """The names that blanks part, without courtesy titles and what is none."""
        several = [
            _COURTESY.sub("", w) for w in _BLANKS.split(without_invisible(typed).strip()) if w
        ]
        return [w for w in several if _is_name(self._sound(w))]

    def _without_surname(self, name: str, surname: str) -> list[str]:
        """渡辺健 of the household of 渡辺 is 渡辺 and 健."""
        given = self._sound(name).removeprefix(self._sound(surname))
        return [surname, given] if given and given != self._sound(name) else [name]

    def _latin_word(self, word: str) -> str:
        if is_kana(self._sound(word)):
            return romaji(word)
        written = plain(word).text
        found = [w for w, _, _ in words(written)]
        return canonical("".join(found)) if found and "".join(found) == written else ""


def _is_name(heard: str) -> bool:
    """Not nothing, not a word for who it is, and not the A of Aさん."""
    return heard not in _NO_NAME and not (len(heard) < 2 and heard.isascii())  # noqa: PLR2004


def _guessed(name: str) -> set[str]:
    """Where a name of kanji was written without a blank: what may be surname and given name."""
    if is_kana(name) or not 3 <= len(name) <= 6:  # noqa: PLR2004 - 林太郎 … 勅使河原太郎
        return set()
    cuts = (1, 2) if len(name) == 3 else (2, 3)  # noqa: PLR2004
    return {part for cut in cuts for part in (name[:cut], name[cut:]) if len(part) > 1}


def _address(
    typed: str, town: Town | None
) -> tuple[frozenset[tuple[str, str, str]], frozenset[str]]:
    """The part of the town with its numbers, and the building."""
    text = sound_of(normalized_address(typed))
    match = re.match(r"((?:\D*?[東西南北]\d+条)?\D*?)(\d+(?:-\d+)*)(.*)", text)
    if match is None:
        return frozenset(), frozenset()
    part = match[1]
    name = sound_of(town.name) if town else ""
    part = part.removeprefix(name) if name and part != name else _TOWN_OF.sub("", part)
    part = re.sub("^大?字", "", part)
    first, _, others = match[2].partition("-")
    second = others.partition("-")[0]
    rest = re.match(r"[\-ー]?(\D*)", match[3])
    # 上ノ原567番地の8: where houses are counted without streets, the first number is a house.
    is_house = "丁目" not in typed and ("番地" in typed or int(first) >= _FIRST_HOUSE)
    numbers = {second, ""} if is_house else {second}
    house = rest[1].rstrip("-ノ号室棟第") if rest else ""
    named = len(house) > 2 and not _ANY_HOUSE.fullmatch(house)  # noqa: PLR2004 - コー is no name
    return (
        frozenset((part, first, one) for one in numbers if part and first),
        frozenset({house} if named else ()),
    )
