"""One cell of a list to one value, or to an error beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.directory.labels import Labels, LabelWords, folded
from workflows.directory.tables import Row, RowError
from workflows.forms import LONGEST_TEXT
from workflows.japanese.characters import (
    as_typed,
    composed,
    has_control,
    lost_letters,
    one_width,
    trimmed,
)
from workflows.japanese.dates import NotADate, is_no_end, parse_date
from workflows.japanese.kana import as_katakana
from workflows.japanese.mail_address import LONGEST, as_kept, as_sent
from workflows.japanese.my_number import contains_my_number
from workflows.model.directory import Town

NAME_LENGTH: Final = 40
KANA_LENGTH: Final = 60
ADDRESS_LENGTH: Final = 120
PHONE_LENGTH: Final = 40

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,19}")
_BETWEEN: Final = re.compile(r"[、,;/\n]")


@dataclass
class Cells:
    """The cells of one row by what they mean; collects what is wrong with them."""

    row: Row
    columns: Mapping[str, str]
    errors: list[RowError]
    warnings: list[RowError]

    def error(self, what: str, key: str, **facts: object) -> None:
        self.errors.append(RowError(self.row.number, self.columns[what], key, facts))

    def warning(self, what: str, key: str, **facts: object) -> None:
        self.warnings.append(RowError(self.row.number, self.columns[what], key, facts))

    def text(self, what: str, longest: int, *, required: bool = False) -> str:
        """As typed, without the blanks around it: a name keeps its own characters."""
        typed = self.row.cells[self.columns[what]]
        value = composed(as_typed(typed)) if len(typed) <= LONGEST_TEXT else typed
        if required and not value:
            self.error(what, "lists.required", column=self.columns[what])
        if len(value) > longest:
            self.error(what, "lists.too_long", longest=longest, length=len(value))
            return value[
                :longest
            ]  # an error keeps it from being saved: it is not looked at further
        if has_control(value):
            self.error(what, "form.control")
        if contains_my_number(value):
            self.error(what, "form.my_number")
        return value

    def line(self, what: str, longest: int, *, required: bool = False) -> str:
        value = self.text(what, longest, required=required)
        if "\n" in value or "\t" in value:
            self.error(what, "lists.line_break")
        return value

    def name(self, what: str) -> str:
        """A name, with what shows that a letter of it was lost pointed out."""
        value = self.line(what, NAME_LENGTH, required=True)
        if lost := lost_letters(value, name=True):
            self.warning(what, "lists.letters", letters=lost)
        return value

    def plain(self, what: str, longest: int, *, required: bool = False) -> str:
        """In half-width letters and digits, for what is a code and no name."""
        return one_width(self.line(what, longest, required=required)).strip()

    def code(self, what: str) -> str:
        value = self.plain(what, LONGEST, required=True)
        if value and not _CODE.fullmatch(value):
            self.error(what, "lists.bad_code", value=value)
        return value

    def kana(self, what: str) -> str:
        value = self.line(what, KANA_LENGTH, required=True)
        kana = as_katakana(value) if value else ""
        if kana is None:
            self.error(what, "lists.not_kana", value=value)
            return ""
        return kana

    def email(self, what: str) -> str:
        value = self.plain(what, LONGEST)
        if value and not as_sent(value):
            self.error(what, "lists.bad_email", value=value)
        return as_kept(value)

    def phone(self, what: str) -> str:
        value = self.plain(what, PHONE_LENGTH)
        if value and not any(sign.isdigit() for sign in value):
            self.error(what, "lists.bad_phone", value=value)
        elif re.fullmatch(r"[1-9][0-9]{8,9}", value):
            # Excel reads a number without hyphens as a sum and drops its leading zero.
            self.warnings.append(
                RowError(self.row.number, self.columns[what], "lists.lost_zero", {"value": value})
            )
        return value

    def day(self, what: str, today: date) -> date | None:
        value = self.text(what, NAME_LENGTH)
        if not value:
            return None
        try:
            return parse_date(value, today=today)
        except NotADate as wrong:
            self.error(what, wrong.key, **wrong.facts)
            return None

    def period(self, today: date) -> tuple[date | None, date | None]:
        start, end = self.day("active_from", today), self._last_day(today)
        if start and end and end < start:
            self.error("active_until", "lists.ends_before_start")
        return start, end

    def _last_day(self, today: date) -> date | None:
        """The last day of work; 9999-12-31, other programs' "no end", is none."""
        typed = trimmed(self.row.cells[self.columns["active_until"]])
        return None if is_no_end(typed) else self.day("active_until", today)

    def flag(self, what: str, labels: Labels) -> bool:
        value = folded(self.text(what, NAME_LENGTH))
        if value in map(folded, labels.flags["yes"]):
            return True
        if value and value not in map(folded, labels.flags["no"]):
            self.error(
                what,
                "lists.not_yes_no",
                value=value,
                yes=labels.flags["yes"][0],
                no=labels.flags["no"][0],
            )
        return False

    def choice(self, what: str, words: LabelWords, key: str) -> str | None:
        value = self.text(what, KANA_LENGTH, required=True)
        code = _by_word(words).get(folded(value))
        if value and code is None:
            known = "、".join(listed[0] for listed in words.values())
            self.error(what, key, value=value, known=known)
        return code

    def choices(
        self, what: str, words: LabelWords, key: str, *, required: bool = False
    ) -> tuple[str, ...]:
        """Codes in the order given, each once; several are parted by 、 ・ ; or ／."""
        value = self.text(what, 2000, required=required)
        known = _by_word(words)
        codes: list[str] = []
        for word in _parted(value, known):
            code = known.get(folded(word))
            if code is None:
                names = "、".join(listed[0] for listed in words.values())
                self.error(what, key, value=word, known=names)
            elif code not in codes:
                codes.append(code)
        return tuple(codes)

    def districts(self, town: Town, *, whole_town: tuple[str, ...] = ()) -> tuple[str, ...]:
        """District ids by name or id; a word for the whole town stands for none in particular."""
        value = self.text("district_ids", 2000)
        if folded(value) in map(folded, whole_town):
            return ()
        words = {d.id: (d.name, d.id) for d in town.districts}
        return self.choices("district_ids", words, "lists.unknown_district")


def _by_word(words: LabelWords) -> dict[str, str]:
    return {folded(word): code for code, listed in words.items() for word in listed}


def _parted(value: str, known: Mapping[str, str]) -> list[str]:
    """The words of a cell; a word that has ・ in itself stays whole when it is known."""
    words: list[str] = []
    for piece in _BETWEEN.split(one_width(value)):
        parts = piece.split("・")
        while parts:
            joined = ("・".join(parts[:end]) for end in range(len(parts), 1, -1))
            word = next((word for word in joined if folded(word) in known), parts[0])
            words.append(word.strip())
            parts = parts[word.count("・") + 1 :]
    return [word for word in words if word]
