"""Answers of a form in words, what its selects offer, and two people's answers put together."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from handlers.web.door import ask, shown, texts, today
from workflows.dates import show_date, show_instant
from workflows.directory.people import GetOptions
from workflows.forms import Field, FieldType, Form, Raw, Value, check

Option = tuple[str, str, str]
Names = Mapping[str, str]


def options() -> dict[str, list[Option]]:
    """What fields of a type offer: (value, label, group); groups of agencies in words."""
    found = ask(GetOptions())
    agencies = [(a, name, texts().label("agency_kind", kind)) for a, name, kind in found.agencies]
    return {
        "agency": agencies,
        "agencies": agencies,
        "member": list(found.members),
        "district": list(found.districts),
    }


@dataclass(frozen=True)
class Answer:
    """One answered question; rows have their headings in `columns`."""

    label: str
    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class AnsweredSection:
    title: str
    answers: tuple[Answer, ...]


def in_words(form: Form, values: Mapping[str, Value], names: Names) -> list[AnsweredSection]:
    """The answers that were given, by section; sections without one are left out."""
    found = []
    for section in form.sections:
        answers = [
            answer_of(f, values[f.id], names)
            for f in form.in_section(section.id)
            if values.get(f.id) not in (None, "", [])
        ]
        if answers:
            found.append(AnsweredSection(section.title, tuple(answers)))
    return found


def answer_of(one: Field, value: Value, names: Names) -> Answer:
    if one.type is FieldType.ROWS:
        rows = tuple(
            tuple(words(c, row.get(c.id, ""), names) for c in one.columns)
            for row in cast(list[dict[str, str]], value)
        )
        text = "／".join("　".join(w for w in row if w) for row in rows)
        return Answer(one.label, text, tuple(c.label for c in one.columns), rows)
    return Answer(one.label, words(one, value, names))


def words(one: Field, value: Any, names: Names) -> str:
    """A stored answer as a person reads it."""
    if value is None or value in ("", []):
        return ""
    match one.type:
        case FieldType.DATE:
            return show_date(date.fromisoformat(value))
        case FieldType.INSTANT:
            return show_instant(datetime.fromisoformat(value))
        case FieldType.YES_NO:
            return texts().label("yes_no", "yes" if value is True else "no")
        case FieldType.CHOICE:
            return _choice(one, str(value))
        case FieldType.CHOICES:
            return "、".join(_choice(one, v) for v in value)
        case FieldType.AGENCY | FieldType.MEMBER | FieldType.DISTRICT:
            return names.get(str(value), "—")
        case FieldType.AGENCIES:
            return "、".join(names.get(v, "—") for v in value)
        case _:
            return str(value)


def _choice(one: Field, value: str) -> str:
    """A town may have taken a choice away that older sheets still hold: then its code is shown."""
    return next((c.label for c in one.choices if c.value == value), value)


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
    form: Form, opened: str, typed: Raw, current: Mapping[str, Value], names: Names
) -> Merged:
    """Typed answers laid over what somebody else saved meanwhile.

    An answer that the writer did not touch gives way to the new one; one that both changed stays
    as typed, and is named as a difference.
    """
    try:
        before = dict(json.loads(opened))
    except (ValueError, TypeError):
        before = {}
    checked = check(form, typed, today=today())
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
            yours = answer_of(one, mine, names).text if mine is not None else ""
            if one.id in wrong:
                yours = str(typed.get(one.id, ""))
            told = answer_of(one, theirs, names).text if theirs is not None else ""
            differing.append(Difference(one.label, told, yours))
    return Merged(raw, tuple(taken), tuple(differing))
