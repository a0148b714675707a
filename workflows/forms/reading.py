"""A form read from plain data, as a YAML file gives it, and refused when it says nonsense."""

from collections.abc import Mapping
from typing import Final, cast

from workflows.forms.shape import (
    FREE_TEXT,
    MULTI_VALUE_TYPES,
    BadForm,
    Choice,
    Field,
    FieldType,
    Form,
    Section,
)

DATA_CLASSES: Final = frozenset({"N", "S", "P", "H"})
_WITH_CHOICES: Final = frozenset({FieldType.CHOICE, FieldType.CHOICES})
_FIELD_WORDS: Final = {
    "id", "label", "type", "section", "required", "required_when", "max", "class", "chat",
    "choices", "columns", "max_rows", "guideline", "core", "example", "not_future", "not_before",
    "years_back", "years_ahead", "open_choices", "gives_reason",
}  # fmt: skip
# A field that gives no limit of its own gets one: nothing is stored without an end.
_USUAL_MAX: Final = {
    FieldType.TEXT: 100,
    FieldType.KANA: 60,
    FieldType.LONG: 800,
    FieldType.TEL: 20,
    FieldType.AGENCIES: 20,
}
_USUAL_ROWS: Final = 10
_LIFE: Final = 130  # years
_USUAL_YEARS: Final = {"years_back": _LIFE, "years_ahead": 10}
LONGEST_NAME: Final = 60  # characters of what a field or a choice goes by


class DescriptionReader:
    """One mapping of the description, read word by word; every complaint names form and field."""

    def __init__(self, data: object, form: str, field: str, allowed: set[str] | None) -> None:
        self.form, self.field = form, field
        if not isinstance(data, Mapping):
            raise self.bad("form_file.not_a_mapping", word=field or form)
        self.data = cast(Mapping[object, object], data)
        for word in self.data:
            if allowed is not None and word not in allowed:
                raise self.bad("form_file.unknown_word", word=str(word))

    def bad(self, key: str, **facts: object) -> BadForm:
        return BadForm(key, form=self.form, field=self.field, facts=facts)

    def text(self, word: str, usual: str | None = "") -> str:
        value = self.data.get(word, usual)
        if not isinstance(value, str) or (usual is None and not value.strip()):
            raise self.bad("form_file.not_text", word=word)
        return value

    def name(self, word: str) -> str:
        """What something goes by: a chat has room for so much of it."""
        value = self.text(word, None)
        if len(value) > LONGEST_NAME:
            raise self.bad("form_file.long_name", word=value, most=LONGEST_NAME)
        return value

    def yes_no(self, word: str, usual: bool) -> bool:
        value = self.data.get(word, usual)
        if not isinstance(value, bool):
            raise self.bad("form_file.not_yes_no", word=word)
        return value

    def count(self, word: str, usual: int | None) -> int | None:
        value = self.data.get(word, usual)
        if value is None and word not in self.data:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.bad("form_file.not_a_count", word=word)
        return value

    def items(self, word: str) -> list[object]:
        value = self.data.get(word, [])
        if not isinstance(value, list):
            raise self.bad("form_file.not_a_list", word=word)
        return cast(list[object], value)

    def texts(self, word: str) -> tuple[str, ...]:
        items = self.items(word)
        if not all(isinstance(item, str) for item in items):
            raise self.bad("form_file.not_text", word=word)
        return tuple(cast(list[str], items))

    def mapping(self, word: str) -> Mapping[str, object]:
        value = self.data.get(word, {})
        if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
            raise self.bad("form_file.not_a_mapping", word=word)
        return cast(Mapping[str, object], value)


def words_of(
    data: object, *, form: str, field: str = "", allowed: set[str] | None
) -> DescriptionReader:
    """The mapping `data`, to be read word by word. Raises BadForm when it has other words."""
    return DescriptionReader(data, form, field, allowed)


def read_choice(data: object, *, form: str, field: str, core: bool) -> Choice:
    """One choice: value, label, note, fields, core. Raises BadForm."""
    words = words_of(
        data, form=form, field=field, allowed={"value", "label", "note", "fields", "core"}
    )
    return Choice(
        value=words.name("value"),
        label=words.text("label", None),
        note=words.text("note"),
        fields=words.texts("fields"),
        core=words.yes_no("core", core),
    )


def read_field(data: object, *, form: str, section: str, inside: str = "") -> Field:
    """One field, or a column when `inside` names the rows field it belongs to. Raises BadForm."""
    name = data.get("id", "?") if isinstance(data, Mapping) else "?"
    words = words_of(
        data, form=form, field=f"{inside}.{name}" if inside else str(name), allowed=_FIELD_WORDS
    )
    type_ = _type(words, a_column=bool(inside))
    open_choices = words.yes_no("open_choices", False)
    choices = tuple(
        read_choice(item, form=form, field=words.field, core=not open_choices)
        for item in words.items("choices")
    )
    columns = tuple(
        read_field(item, form=form, section=section, inside=words.text("id", None))
        for item in words.items("columns")
    )
    if (type_ in _WITH_CHOICES) != bool(choices):
        raise words.bad("form_file.choices")
    if (type_ is FieldType.ROWS) != bool(columns):
        raise words.bad("form_file.columns")
    for twice in _repeated([c.value for c in choices] + [c.id for c in columns]):
        raise words.bad("form_file.twice", word=twice)
    klass = words.text("class", "H")
    if klass not in DATA_CLASSES:
        raise words.bad("form_file.class", word=klass)
    chat = words.yes_no("chat", False)
    if chat and (klass in {"P", "H"} or type_ in FREE_TEXT):
        raise words.bad("form_file.chat")
    return Field(
        id=words.name("id"),
        label=words.text("label", None),
        type=type_,
        section=words.text("section") or section,
        required=words.yes_no("required", False),
        required_when=_conditions(words),
        max=words.count("max", _USUAL_MAX.get(type_)),
        klass=klass,
        chat=chat,
        choices=choices,
        columns=columns,
        max_rows=words.count("max_rows", _USUAL_ROWS if columns else None) or 0,
        guideline=words.text("guideline"),
        core=words.yes_no("core", True),
        example=words.text("example"),
        not_future=words.yes_no("not_future", False),
        not_before=words.text("not_before"),
        years_back=_years(words, "years_back"),
        years_ahead=_years(words, "years_ahead"),
        open_choices=open_choices,
        gives_reason=words.yes_no("gives_reason", False),
    )


def read_form(form_id: str, data: object) -> Form:
    """A whole form: title and sections, each with its fields. Raises BadForm."""
    words = words_of(data, form=form_id, allowed={"title", "sections"})
    sections: list[Section] = []
    fields: list[Field] = []
    for item in words.items("sections"):
        part = words_of(item, form=form_id, allowed={"id", "title", "note", "fields"})
        section = Section(part.text("id", None), part.text("title", None), part.text("note"))
        sections.append(section)
        fields += [
            read_field(field, form=form_id, section=section.id) for field in part.items("fields")
        ]
    form = Form(form_id, words.text("title", None), tuple(sections), tuple(fields))
    whole(form)
    return form


def whole(form: Form) -> None:
    """Raises BadForm when ids stand twice or a field points at something that is not there."""
    sections = [section.id for section in form.sections]
    ids = [field.id for field in form.fields]
    for twice in _repeated(sections) + _repeated(ids):
        raise BadForm("form_file.twice", form=form.id, field=twice, facts={"word": twice})
    for field in form.fields:
        if field.section not in sections:
            raise BadForm(
                "form_file.no_such", form=form.id, field=field.id, facts={"word": field.section}
            )
        pointed_at = [*field.required_when, *([field.not_before] if field.not_before else [])]
        for other in pointed_at:
            if other not in ids:
                raise BadForm(
                    "form_file.no_such", form=form.id, field=field.id, facts={"word": other}
                )


def _type(words: DescriptionReader, *, a_column: bool) -> FieldType:
    name = words.text("type", None)
    try:
        type_ = FieldType(name)
    except ValueError:
        raise words.bad("form_file.type", word=name) from None
    if a_column and type_ in MULTI_VALUE_TYPES:
        raise words.bad("form_file.type", word=name)
    return type_


def _years(words: DescriptionReader, word: str) -> int:
    """How far a date may lie away; more than a life is a slip."""
    years = words.count(word, _USUAL_YEARS[word]) or 0
    if years > _LIFE:
        raise words.bad("form_file.not_a_count", word=word)
    return years


def _conditions(words: DescriptionReader) -> Mapping[str, tuple[str, ...]]:
    conditions: dict[str, tuple[str, ...]] = {}
    for other, answers in words.mapping("required_when").items():
        if not isinstance(answers, list) or not all(isinstance(a, str) for a in answers):
            raise words.bad("form_file.not_a_list", word="required_when")
        conditions[other] = tuple(answers)
    return conditions


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
