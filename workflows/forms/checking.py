"""Answers checked against their form, once, for every door; nothing typed makes it raise.

Each kind of answer has its own small reader below; together they run over 150 lines.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, TypeVar, assert_never

from workflows.forms.shape import (
    ANY_ANSWER,
    CHOICE_TYPES,
    FREE_TEXT,
    LONGEST_TEXT,
    MOST_CHOSEN,
    Checked,
    Field,
    FieldError,
    FieldType,
    Form,
    Raw,
    Value,
)
from workflows.japanese.characters import (
    HYPHENS,
    as_typed,
    composed,
    has_control,
    has_words,
    joined_voicing,
    one_width,
    to_katakana,
)
from workflows.japanese.dates import LATEST, NotADate, parse_date, parse_instant
from workflows.japanese.my_number import contains_my_number

_NONE_KNOWN: Final[Mapping[FieldType, Collection[str]]] = MappingProxyType({})
_YES: Final = frozenset({"yes", "true", "on", "1", "はい"})
_NO: Final = frozenset({"no", "false", "off", "0", "いいえ"})
_KANA: Final = re.compile(r"[ァ-ヺー・ヽヾ　]+")
_Day = TypeVar("_Day", date, datetime)
_TEL: Final = re.compile(r"0\d{9,10}")


class _Wrong(Exception):
    """One answer is not acceptable: a message key and facts."""

    def __init__(self, key: str, facts: Mapping[str, object] = MappingProxyType({})) -> None:
        super().__init__(key)
        self.key, self.facts = key, dict(facts)


def check(
    form: Form,
    raw: Raw,
    *,
    today: date,
    known: Mapping[FieldType, Collection[str]] = _NONE_KNOWN,
) -> Checked:
    """What was typed into a form, in its stored shape, with an error beside each wrong field.

    `known` holds the valid ids for AGENCY (also AGENCIES), MEMBER and DISTRICT; a type that it
    does not mention is not looked up. Length is counted in characters as they are kept, a line
    break as one. Checked answers may be checked again and stay the same.

    Error keys: form.required, form.no_words, form.control, form.one_line,
    form.too_long {max, length}, form.kana, form.tel, form.choice, form.yes_no,
    form.too_many {max}, form.unknown, form.my_number, form.date_future,
    form.date_too_early {first}, form.date_too_late {last}, form.date_order {other}, and the date.*
    keys of `workflows.japanese.dates` {text, hint}.
    Never raises; keys of `raw` that are no field are ignored.
    """
    checking = _Checking(today, known)
    values: dict[str, Value] = {}
    errors: dict[str, list[FieldError]] = {field.id: [] for field in form.fields}
    for field in form.fields:
        try:
            value = checking.value(field, raw.get(field.id), errors[field.id])
        except _Wrong as wrong:
            errors[field.id].append(FieldError(field.id, wrong.key, wrong.facts))
        else:
            if value is not None:
                values[field.id] = value
    for field in form.fields:
        if field.id not in values and not errors[field.id] and _is_required(field, values):
            errors[field.id].append(_missing(field.id, field))
        if field.not_before and _is_earlier(values, field.id, field.not_before):
            other = form.field(field.not_before).label
            errors[field.id].append(FieldError(field.id, "form.date_order", {"other": other}))
            del values[field.id]
    return Checked(values, tuple(error for field in form.fields for error in errors[field.id]))


class _Checking:
    """One run over a form: the day it is, and the ids that exist."""

    def __init__(self, today: date, known: Mapping[FieldType, Collection[str]]) -> None:
        self.today, self.known = today, known

    def value(self, field: Field, typed: object, errors: list[FieldError]) -> Value | None:
        """The stored shape, or None when nothing was answered. Raises _Wrong."""
        match field.type:
            case FieldType.CHOICES:
                answered = set(_many(field, typed))
                if answered - {choice.value for choice in field.choices}:
                    raise _Wrong("form.choice")
                return _few_enough(field, [c.value for c in field.choices if c.value in answered])
            case FieldType.AGENCIES:
                ids = list(dict.fromkeys(_many(field, typed)))
                for agency_id in ids:
                    self.look_up(FieldType.AGENCY, agency_id)
                return _few_enough(field, ids)
            case FieldType.ROWS:
                return self.rows(field, typed, errors)
            case FieldType.YES_NO:
                answer = _one(typed, field).casefold()
                return (_yes_no(answer) == "yes") if answer else None
            case _:
                return self.cell(field, _one(typed, field)) or None

    def rows(
        self, field: Field, typed: object, errors: list[FieldError]
    ) -> list[dict[str, str]] | None:
        """The rows with something in them; a wrong cell has its own error and is left out."""
        kept: list[dict[str, str]] = []
        rows = _list(typed)
        if len(rows) > MOST_CHOSEN:
            raise _Wrong("form.too_many", {"max": field.max_rows or MOST_CHOSEN})
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping) or not any(
                _is_typed(row.get(c.id)) for c in field.columns
            ):
                continue
            cells: dict[str, str] = {}
            for column in field.columns:
                name = f"{field.id}.{number}.{column.id}"
                try:
                    cell = self.cell(column, _one(row.get(column.id), column))
                except _Wrong as wrong:
                    errors.append(FieldError(name, wrong.key, wrong.facts))
                    continue
                if cell:
                    cells[column.id] = cell
                elif column.required:
                    errors.append(_missing(name, column))
            if cells:
                kept.append(cells)
        if field.max_rows and len(kept) > field.max_rows:
            raise _Wrong("form.too_many", {"max": field.max_rows})
        return kept or None

    def cell(self, field: Field, typed: str) -> str:
        """A single answer as text: "" when there is none. Raises _Wrong."""
        if not typed:
            return ""
        if has_control(typed):
            raise _Wrong("form.control")
        if "\n" in typed and field.type is not FieldType.LONG:
            raise _Wrong("form.one_line")
        if field.type in FREE_TEXT and contains_my_number(typed):
            raise _Wrong("form.my_number")
        match field.type:
            case FieldType.TEXT:
                return _short_enough(field, _without_tabs(typed))
            case FieldType.LONG:
                if field.gives_reason and not has_words(typed):
                    raise _Wrong("form.no_words")
                return _short_enough(field, typed)
            case FieldType.KANA:
                return _short_enough(field, _kana(typed))
            case FieldType.TEL:
                return _short_enough(field, _telephone(typed))
            case FieldType.DATE:
                day = self.read(
                    lambda: parse_date(typed, today=self.today, past=field.not_future), field
                )
                return self.in_its_years(field, day).isoformat()
            case FieldType.INSTANT:
                instant = self.read(
                    lambda: parse_instant(typed, today=self.today, past=field.not_future), field
                )
                self.in_its_years(field, instant.date())
                return instant.isoformat()
            case FieldType.CHOICE:
                if typed not in {choice.value for choice in field.choices}:
                    raise _Wrong("form.choice")
                return typed
            case FieldType.YES_NO:
                return _yes_no(typed.casefold())
            case FieldType.AGENCY | FieldType.MEMBER | FieldType.DISTRICT:
                return self.look_up(field.type, typed)
            case FieldType.CHOICES | FieldType.AGENCIES | FieldType.ROWS:
                raise AssertionError(f"{field.type} is no single answer")
            case _:
                assert_never(field.type)

    def look_up(self, kind: FieldType, typed: str) -> str:
        ids = self.known.get(kind)
        if ids is None and kind is FieldType.AGENCY:
            ids = self.known.get(FieldType.AGENCIES)
        if ids is not None and typed not in ids:
            raise _Wrong("form.unknown")
        return typed

    def read(self, reading: Callable[[], _Day], field: Field) -> _Day:
        """What is read; of a day beyond all that are read, the bound of its field is said."""
        try:
            return reading()
        except NotADate as wrong:
            if wrong.key == "date.too_late":
                self.in_its_years(field, LATEST)
            raise _Wrong(wrong.key, wrong.facts) from None

    def in_its_years(self, field: Field, day: date) -> date:
        """A day that can be meant here: how far off it may lie, its field says."""
        if field.not_future and day > self.today:
            raise _Wrong("form.date_future")
        first, last = self.today.year - field.years_back, self.today.year + field.years_ahead
        if day.year < first:
            raise _Wrong("form.date_too_early", {"first": date(first, 1, 1).isoformat()})
        if day.year > last:
            raise _Wrong("form.date_too_late", {"last": date(last, 12, 31).isoformat()})
        return day


def _missing(name: str, field: Field) -> FieldError:
    """What is chosen is asked for in other words than what is written."""
    return FieldError(name, "form.required", {"choose": field.type in CHOICE_TYPES})


def _is_required(field: Field, values: Mapping[str, Value]) -> bool:
    return field.required or any(
        other in values and (ANY_ANSWER in answers or _answers(values[other]) & set(answers))
        for other, answers in field.required_when.items()
    )


def _answers(value: Value) -> set[str]:
    if isinstance(value, bool):
        return {"yes" if value else "no"}
    return {value} if isinstance(value, str) else {v for v in value if isinstance(v, str)}


def _is_earlier(values: Mapping[str, Value], field_id: str, other_id: str) -> bool:
    mine, other = values.get(field_id), values.get(other_id)
    if not isinstance(mine, str) or not isinstance(other, str):
        return False
    return datetime.fromisoformat(mine).date() < datetime.fromisoformat(other).date()


def _list(typed: object) -> Sequence[object]:
    return typed if isinstance(typed, Sequence) and not isinstance(typed, str | bytes) else ()


def _is_typed(typed: object) -> bool:
    """Whether something can be seen of it."""
    if isinstance(typed, str):
        return len(typed) > LONGEST_TEXT or bool(as_typed(typed))
    return isinstance(typed, bool) or bool(_list(typed))


def _one(typed: object, field: Field) -> str:
    """One answer as text: kana and Latin letters in one piece, nothing that cannot be seen, no
    blanks around it; a kanji of a name stays the one it is. Raises _Wrong for what is far too long
    to be looked at."""
    if isinstance(typed, bool):
        return "yes" if typed else "no"
    if not isinstance(typed, str):
        several = _list(typed)
        return _one(several[0], field) if several and isinstance(several[0], str) else ""
    text = as_typed(typed) if len(typed) <= LONGEST_TEXT else typed
    if len(text) > field.most_typed:
        most = field.max if field.type in FREE_TEXT and field.max else field.most_typed
        raise _Wrong("form.too_long", {"max": most, "length": len(text)})
    return composed(text)


def _many(field: Field, typed: object) -> list[str]:
    several = [typed] if isinstance(typed, str) else _list(typed)
    if len(several) > MOST_CHOSEN:
        raise _Wrong("form.too_many", {"max": field.max or MOST_CHOSEN})
    return [answer for one in several if (answer := _one(one, field))]


def _few_enough(field: Field, answers: list[str]) -> list[str] | None:
    if field.max is not None and len(answers) > field.max:
        raise _Wrong("form.too_many", {"max": field.max})
    return answers or None


def _short_enough(field: Field, text: str) -> str:
    if field.max is not None and len(text) > field.max:
        raise _Wrong("form.too_long", {"max": field.max, "length": len(text)})
    return text


def _without_tabs(typed: str) -> str:
    """Each tab, with the blanks around it, as one blank."""
    first, *others = typed.split("\t")
    return " ".join(part for part in (first.rstrip(), *(o.strip() for o in others)) if part)


def _yes_no(answer: str) -> str:
    if answer in _YES:
        return "yes"
    if answer in _NO:
        return "no"
    raise _Wrong("form.yes_no")


def _kana(typed: str) -> str:
    """Full-width katakana with one full-width space between the names."""
    katakana = re.sub(
        f"(?<=[ァ-ヺ])[{HYPHENS}]", "ー", to_katakana(one_width(joined_voicing(typed)))
    )
    kana = re.sub(r"\s+", "　", katakana)
    if not _KANA.fullmatch(kana):
        raise _Wrong("form.kana")
    return kana


def _telephone(typed: str) -> str:
    """Half-width digits and hyphens, with the area code; +81 is its 0."""
    plain = re.sub(f"[{HYPHENS}ー()\\s]+", "-", one_width(typed)).strip("-")
    plain = re.sub(r"^\+81-?(?:0-?)?", "0", plain)
    if not _TEL.fullmatch(plain.replace("-", "")):
        raise _Wrong("form.tel")
    return plain
