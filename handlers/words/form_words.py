"""Answers of a form in words, what its selects offer, and two people's answers put together.

For every door alike: what depends on who is here (texts, what there is to choose) is handed in.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, cast

from handlers.words import filters
from handlers.words.texts import Texts
from workflows.cases.drafts import fields_with_my_numbers
from workflows.core.errors import Invalid, Refused
from workflows.core.ports import Draft
from workflows.directory.people import Options
from workflows.forms import ANY_ANSWER, LONGEST_TEXT, Field, FieldError, FieldType, Form, Raw, Value
from workflows.forms import check as check_form
from workflows.forms.shape import FREE_TEXT
from workflows.model.successors import Away

Option = tuple[str, str, str]
NamesById = Mapping[str, str]
_WRITTEN: Final = FREE_TEXT | {FieldType.DATE, FieldType.INSTANT}


def options_of(found: Options, texts: Texts) -> dict[str, list[Option]]:
    """What fields of a type offer: (value, label, group); groups of agencies in words."""
    agencies = [(a, name, texts.label("agency_kind", kind)) for a, name, kind in found.agencies]
    return {
        "agency": agencies,
        "agencies": agencies,
        "member": with_absences(found.members, found.away, texts),
        "district": list(found.districts),
    }


def with_absences(
    members: Iterable[Option], away: Mapping[str, Away], texts: Texts
) -> list[Option]:
    """Members to choose from: beside who is away until when, and who stands in. They may be chosen
    all the same."""
    return [(m, name + absence_words(away.get(m), texts), group) for m, name, group in members]


def absence_words(away: Away | None, texts: Texts) -> str:
    """（12月4日（金）まで不在・代わり 鈴木さん）; "" of who is here."""
    if away is None:
        return ""
    return texts.say("absence.beside", until=away.until, deputy=away.deputy)


# -- answers in words -----------------------------------------------------------------------------


@dataclass(frozen=True)
class AnsweredQuestion:
    """One answered question; rows have their headings in `columns`."""

    label: str
    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class AnsweredSection:
    title: str
    answers: tuple[AnsweredQuestion, ...]


def in_words(
    form: Form,
    values: Mapping[str, Value],
    names: NamesById,
    texts: Texts,
    said_blank: Collection[str] = (),
) -> list[AnsweredSection]:
    """The answers that were given, by section; sections without one are left out.

    Of the fields `said_blank` it is said as well that they were not filled in.
    What was answered to a question that the town asks no more stands in a section at the end.
    """
    blank = AnsweredQuestion("", texts.say("form_words.not_filled_in"))
    found = []
    for section in form.sections:
        answers = tuple(
            replace(blank, label=f.label)
            if values.get(f.id) in (None, "", [])
            else replace(answer_of(f, values[f.id], names, texts), label=_called(f, values, texts))
            for f in form.in_section(section.id)
            if values.get(f.id) not in (None, "", []) or f.id in said_blank
        )
        if answers:
            found.append(AnsweredSection(section.title, answers))
    asked = {f.id: f for f in form.retired}
    before = tuple(
        answer_of(asked.get(i) or _unknown(i), value, names, texts)
        for i, value in values.items()
        if not form.has(i) and value not in (None, "", [])
    )
    if before:
        found.append(AnsweredSection(texts.say("form_words.asked_before"), before))
    return found


def _called(one: Field, values: Mapping[str, Value], texts: Texts) -> str:
    """The field's label; of the day of an answer on consent what that answer makes of it."""
    key = f"form_words.consent_on.{values.get('consent', '')}"
    return texts.say(key) if one.id == "consent_on" and texts.has(key) else one.label


def _unknown(field_id: str) -> Field:
    """A question of which nothing is known any more: its code, and its answer as it stands."""
    return Field(field_id, field_id, FieldType.TEXT, "")


def answer_of(one: Field, value: Value, names: NamesById, texts: Texts) -> AnsweredQuestion:
    if one.type is FieldType.ROWS:
        rows = tuple(
            tuple(words(c, row.get(c.id, ""), names, texts) for c in one.columns)
            for row in cast(list[dict[str, str]], value)
        )
        text = "／".join("　".join(w for w in row if w) for row in rows)
        return AnsweredQuestion(one.label, text, tuple(c.label for c in one.columns), rows)
    return AnsweredQuestion(one.label, words(one, value, names, texts))


def words(one: Field, value: Any, names: NamesById, texts: Texts) -> str:
    """A stored answer as a person reads it."""
    if value is None or value in ("", []):
        return ""
    match one.type:
        case FieldType.DATE:
            return filters.day(value)
        case FieldType.INSTANT:
            return filters.moment(value)
        case FieldType.YES_NO:
            return texts.label("yes_no", {True: "yes", False: "no"}.get(value, value))
        case FieldType.CHOICE:
            return one.label_of(str(value))
        case FieldType.CHOICES:
            return "、".join(one.label_of(v) for v in value)
        case FieldType.AGENCY | FieldType.MEMBER | FieldType.DISTRICT:
            return names.get(str(value), str(value))
        case FieldType.AGENCIES:
            return "、".join(names.get(v, v) for v in value)
        case _:
            return _as_it_stands(value)


def _as_it_stands(value: Any) -> str:
    match value:
        case list():
            return "、".join(map(_as_it_stands, value))
        case dict():
            return "　".join(map(_as_it_stands, value.values()))
        case _:
            return str(value)


def shown(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values as a person would type them: dates and times in Japanese."""
    return {f.id: _shown(f, values[f.id]) for f in form.fields if f.id in values}


def _shown(one: Field, value: Any) -> Any:
    if not value:
        return value
    match one.type:
        case FieldType.DATE:
            return filters.day(value)
        case FieldType.INSTANT:
            return filters.moment(value)
        case FieldType.ROWS:
            return [
                {c.id: _shown(c, row.get(c.id, "")) for c in one.columns if row.get(c.id)}
                for row in value
            ]
        case _:
            return value


# -- what is asked, and what is wrong, in words ---------------------------------------------------


def condition(form: Form, one: Field, texts: Texts) -> str:
    """When a field is required: 「本人同意」が有（書面）のとき必須; nothing without a condition."""
    parts = []
    for other_id, answers in one.required_when.items():
        if form.has(other_id):
            parts.append(_answered_so(form.field(other_id), answers, texts))
    joined = texts.say("form_words.or").join(parts)
    return texts.say("form_words.required_then", when=joined) if parts else ""


def _answered_so(other: Field, answers: tuple[str, ...], texts: Texts) -> str:
    if other.type is FieldType.YES_NO:
        said = [texts.label("yes_no", a) for a in answers if a != ANY_ANSWER]
    else:
        said = [c.label for c in other.choices if c.value in answers]
    if said:
        return texts.say("form_words.answered", field=other.label, answers="・".join(said))
    key = "form_words.written" if other.type in _WRITTEN else "form_words.chosen"
    return texts.say(key, field=other.label)


@dataclass(frozen=True)
class ShownError:
    """An error as a door shows it: beside the field, and named in a summary."""

    field: str
    label: str
    sentence: str


def errors_in_words(
    form: Form | None, wrong: Invalid | Refused | tuple[FieldError, ...], texts: Texts
) -> list[ShownError]:
    """The errors of a refusal in words; a refusal without fields stands at the top."""
    if isinstance(wrong, Refused) and not isinstance(wrong, Invalid):
        return [ShownError("", "", texts.say(wrong.key, **wrong.facts))]
    found = wrong.errors if isinstance(wrong, Invalid) else wrong
    return [
        ShownError(e.field, label_of(form, e.field, texts), texts.say(e.key, **_by_field(form, e)))
        for e in found
    ]


def is_beyond_any_field(error: FieldError) -> bool:
    """Whether a text was too long for any field at all. Such an error was found before the workflow
    looked, and names the field of the command, an entry of a list by its place from 0."""
    return error.key == "form.too_long" and error.facts["max"] == LONGEST_TEXT


def label_or_nothing(key: str, texts: Texts) -> str:
    """The label of a page's field; "" for one that has none (hidden, or not on the page)."""
    return texts.say(key) if texts.has(key) else ""


def _by_field(form: Form | None, error: FieldError) -> Mapping[str, object]:
    """What was too long for any field is said with the bound of its own."""
    parts = error.field.split(".")
    if not is_beyond_any_field(error) or form is None or not form.has(parts[0]):
        return error.facts
    one = form.field(parts[0])
    column = next((c for c in one.columns if c.id == parts[-1]), one)
    return {**error.facts, "max": column.max or error.facts["max"]}


def label_of(form: Form | None, name: str, texts: Texts) -> str:
    """The label of a field, or of a cell in a row (`household.2.name`)."""
    parts = name.split(".")
    if form is not None and form.has(parts[0]):
        one = form.field(parts[0])
        if len(parts) == 3 and parts[1].isdigit():  # noqa: PLR2004 - field, row, cell
            row, cell = int(parts[1]) + 1, one.column(parts[2]).label
            return texts.say("form_words.cell", field=one.label, row=row, cell=cell)
        return one.label
    return label_or_nothing(f"label.page_field.{parts[-1]}", texts)


def numbers_in(raw: Raw) -> tuple[FieldError, ...]:
    """An error for each field whose text no draft keeps: one with a 12-digit number."""
    names = fields_with_my_numbers(raw)
    return tuple(FieldError(name, "form.my_number", {}) for name in names)


# -- begun and not saved --------------------------------------------------------------------------


@dataclass(frozen=True)
class Begun:
    """A form of a case as it is opened: `version` and `opened` (its prints) are what its writer
    has before them; `saved_at` is None when nothing unsaved was found."""

    draft_id: str
    raw: Raw
    opened: str
    version: int
    saved_at: datetime | None = None

    @property
    def kept(self) -> Any:
        """What a draft of it holds."""
        return {"fields": self.raw, "opened": self.opened, "version": self.version}


def begun_of_draft(draft: Draft) -> Begun:
    """What somebody began, as its draft holds it."""
    kept = cast(Mapping[str, Any], draft.raw)
    fields, was = cast(Raw, kept["fields"]), str(kept["opened"])
    return Begun(draft.id, fields, was, int(kept["version"]), draft.saved_at)


# -- two people on one form -----------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    label: str
    theirs: str
    yours: str


@dataclass(frozen=True)
class Merged:
    """`raw` to show again; `taken` are the labels whose new answer was taken over untouched."""

    raw: Raw
    taken: tuple[str, ...]
    differing: tuple[Difference, ...]


def fingerprints(form: Form, values: Mapping[str, Value]) -> str:
    """What the form looked like when it was opened, to tell later what its writer changed."""
    return json.dumps({f.id: _mark(values.get(f.id)) for f in form.fields})


def _mark(value: Value | None) -> str:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2s(plain.encode(), digest_size=6).hexdigest()


def merge(
    form: Form,
    opened: str,
    typed: Raw,
    current: Mapping[str, Value],
    names: NamesById,
    *,
    today: date,
    texts: Texts,
) -> Merged:
    """Typed answers laid over what somebody else saved meanwhile.

    An answer that the writer did not touch gives way to the new one; one that both changed stays
    as typed, and is named as a difference.
    """
    try:
        before = dict(json.loads(opened))
    except (ValueError, TypeError):
        before = {}
    checked = check_form(form, typed, today=today)
    wrong = {e.field.split(".")[0] for e in checked.errors}
    raw: dict[str, Any] = dict(typed)
    taken: list[str] = []
    differing: list[Difference] = []
    new = shown(form, current)
    for one in form.fields:
        mine, theirs = checked.values.get(one.id), current.get(one.id)
        changed_by_them = _mark(theirs) != before.get(one.id)
        if not changed_by_them or (mine == theirs and one.id not in wrong):
            continue
        if one.id not in wrong and _mark(mine) == before.get(one.id):
            raw[one.id] = new.get(one.id, "")
            taken.append(one.label)
        else:
            yours = answer_of(one, mine, names, texts).text if mine is not None else ""
            if one.id in wrong:
                yours = str(typed.get(one.id, ""))
            told = answer_of(one, theirs, names, texts).text if theirs is not None else ""
            differing.append(Difference(one.label, told, yours))
    return Merged(raw, tuple(taken), tuple(differing))
