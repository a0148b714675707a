"""A town's own changes laid over a form, as far as nothing is lost that the work rests on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast

from workflows.forms.reading import DescriptionReader, read_choice, read_field, whole, words_of
from workflows.forms.shape import Choice, Field, FieldType, Form, Section

TOWN_FIELD_PREFIX: Final = "x_"  # what a town adds begins so, and never meets a later field of ours
_CHANGES: Final = {
    "label", "guideline", "example", "required", "max", "max_rows", "hidden", "section", "choices",
    "columns",
}  # fmt: skip
_FORM_CHANGES: Final = {"title", "order", "section_order", "sections", "fields"}
_WITH_MAX: Final = frozenset(
    {FieldType.TEXT, FieldType.KANA, FieldType.LONG, FieldType.TEL, FieldType.AGENCIES}
)


def overlay(form: Form, changes: Mapping[str, object]) -> Form:
    """The form as a town wants it.

    `changes` holds, each if wanted: title; `sections` {id: {title, note}}; `section_order` and
    `order` (ids that come first, the others follow as they stood); `fields` {id: {label,
    guideline, example, required, max, max_rows, hidden, section, choices, columns {id: {label,
    required, max, example}}}}. `choices` has relabel {value: label}, remove [value], add
    [{value, label, note, fields}]. An id beginning with x_ is the town's own: a whole field
    (label, type …), section or choice.

    Raises BadForm naming the field: a core field cannot be hidden, what we require stays
    required, choices that code decides by stay, own fields are never shown in a chat.
    """
    words = words_of(changes, form=form.id, allowed=_FORM_CHANGES)
    sections = _sections(form, words)
    fields = list(form.fields)
    for field_id, data in words.mapping("fields").items():
        at = next((n for n, field in enumerate(fields) if field.id == field_id), None)
        if at is not None:
            fields[at] = _changed(form.id, fields[at], data)
        else:
            fields.append(_own_field(form.id, field_id, data, sections[-1].id))
    hidden = _hidden(words)
    retired = tuple(field for field in fields if field.id in hidden)
    fields = [field for field in fields if field.id not in hidden]
    ordered = _first(words, "order", [field.id for field in fields])
    by_id = {field.id: field for field in fields}
    changed = Form(
        form.id,
        words.text("title") or form.title,
        sections,
        tuple(by_id[field_id] for field_id in ordered),
        retired,
    )
    whole(changed)
    return changed


def _sections(form: Form, words: DescriptionReader) -> tuple[Section, ...]:
    sections = {section.id: section for section in form.sections}
    for section_id, data in words.mapping("sections").items():
        change = words_of(data, form=form.id, field=section_id, allowed={"title", "note"})
        old = sections.get(section_id)
        if old is None and not section_id.startswith(TOWN_FIELD_PREFIX):
            raise change.bad("form_file.own_prefix", word=section_id)
        sections[section_id] = Section(
            section_id,
            change.text("title", old.title if old else None),
            change.text("note", old.note if old else ""),
        )
    return tuple(sections[name] for name in _first(words, "section_order", list(sections)))


def _first(words: DescriptionReader, word: str, ids: list[str]) -> list[str]:
    """`ids` with those that the change names in front."""
    wanted = list(words.texts(word))
    for name in wanted:
        if name not in ids or wanted.count(name) > 1:
            raise words.bad("form_file.no_such", word=name)
    return wanted + [name for name in ids if name not in wanted]


def _hidden(words: DescriptionReader) -> set[str]:
    return {
        field_id
        for field_id, data in words.mapping("fields").items()
        if isinstance(data, Mapping) and data.get("hidden") is True
    }


def _changed(form_id: str, field: Field, data: object) -> Field:
    words = words_of(data, form=form_id, field=field.id, allowed=_CHANGES)
    if words.yes_no("hidden", False) and field.core:
        raise words.bad("form_file.core_hidden")
    choices = _choices(words, field)
    kept = {choice.value for choice in choices}
    return replace(
        _relabelled(words, field),
        section=words.text("section") or field.section,
        max_rows=_rows(words, field),
        choices=choices,
        retired=tuple(choice for choice in field.choices if choice.value not in kept),
        columns=_columns(words, field),
    )


def _relabelled(words: DescriptionReader, field: Field) -> Field:
    """What may be changed in a field and in a column alike."""
    required = words.yes_no("required", field.required)
    if field.required and not required and field.core:
        raise words.bad("form_file.core_required")
    if "max" in words.data and field.type not in _WITH_MAX:
        raise words.bad("form_file.no_max")
    return replace(
        field,
        label=words.text("label", field.label or None) or field.label,
        guideline=words.text("guideline", field.guideline),
        example=words.text("example", field.example),
        required=required,
        max=words.count("max", field.max) if "max" in words.data else field.max,
    )


def _rows(words: DescriptionReader, field: Field) -> int:
    if "max_rows" not in words.data:
        return field.max_rows
    if field.type is not FieldType.ROWS:
        raise words.bad("form_file.no_max")
    return words.count("max_rows", None) or field.max_rows


def _columns(words: DescriptionReader, field: Field) -> tuple[Field, ...]:
    columns = {column.id: column for column in field.columns}
    for column_id, data in words.mapping("columns").items():
        name = f"{field.id}.{column_id}"
        change = words_of(
            data,
            form=words.form,
            field=name,
            allowed={"label", "required", "max", "example"},
        )
        if column_id not in columns:
            raise change.bad("form_file.no_such", word=column_id)
        columns[column_id] = _relabelled(change, columns[column_id])
    return tuple(columns.values())


def _choices(words: DescriptionReader, field: Field) -> tuple[Choice, ...]:
    change = words_of(
        words.mapping("choices"),
        form=words.form,
        field=field.id,
        allowed={"relabel", "remove", "add"},
    )
    choices = {choice.value: choice for choice in field.choices}
    for value, label in change.mapping("relabel").items():
        if value not in choices or not isinstance(label, str) or not label.strip():
            raise change.bad("form_file.no_such", word=value)
        choices[value] = replace(choices[value], label=label)
    for value in change.texts("remove"):
        if value not in choices:
            raise change.bad("form_file.no_such", word=value)
        if choices[value].core:
            raise change.bad("form_file.core_choice", word=choices[value].label)
        del choices[value]
    for item in change.items("add"):
        choice = read_choice(item, form=words.form, field=field.id, core=False)
        if not field.open_choices:
            raise change.bad("form_file.closed_choices", word=choice.label)
        if not choice.value.startswith(TOWN_FIELD_PREFIX):
            raise change.bad("form_file.own_prefix", word=choice.value)
        if choice.value in choices:
            raise change.bad("form_file.twice", word=choice.value)
        choices[choice.value] = choice
    if field.choices and not choices:
        raise change.bad("form_file.choices")
    return tuple(choices.values())


def _own_field(form_id: str, field_id: str, data: object, usual_section: str) -> Field:
    words = words_of(data, form=form_id, field=field_id, allowed=None)
    if not field_id.startswith(TOWN_FIELD_PREFIX):
        raise words.bad("form_file.no_such", word=field_id)
    described = {**cast(Mapping[str, object], data), "id": field_id, "core": False}
    described.pop("hidden", None)
    field = read_field(described, form=form_id, section=usual_section)
    if field.chat or any(column.chat for column in field.columns):
        raise words.bad("form_file.chat")
    return field
