"""What a form is: sections, fields and choices as plain frozen data, without any platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from workflows.japanese.dates import LONGEST as LONGEST_DATE


class FieldType(StrEnum):
    """What kind of answer a field takes; each door draws each kind in its own way."""

    TEXT = "text"
    KANA = "kana"
    LONG = "long"
    TEL = "tel"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    ROWS = "rows"
    AGENCY = "agency"
    AGENCIES = "agencies"
    MEMBER = "member"
    DISTRICT = "district"


FREE_TEXT: Final = frozenset({FieldType.TEXT, FieldType.KANA, FieldType.LONG, FieldType.TEL})
MULTI_VALUE_TYPES: Final = frozenset({FieldType.CHOICES, FieldType.AGENCIES, FieldType.ROWS})
CHOICE_TYPES: Final = frozenset(
    set(FieldType) - FREE_TEXT - {FieldType.DATE, FieldType.INSTANT, FieldType.ROWS}
)
# [ours] In characters: far above the longest text that a form asks for, and above an id, a code or
# a choice.
LONGEST_TEXT: Final = 20_000
LONGEST_CHOICE: Final = 200
MOST_CHOSEN: Final = 1_000  # agencies or choices of one field, and rows as they were typed
# Letters, marks and halves of kana that one letter may be typed with, and line breaks of two.
_TYPED_FOR_ONE: Final = 3
ANY_ANSWER: Final = "*"  # in `required_when`: whatever the other field's answer is


@dataclass(frozen=True)
class Choice:
    """One thing to choose. `value` is stored, `label` is read.

    `fields` are the 分野 codes that this matter suggests inviting. A `core` choice is one that
    a town may relabel but not remove, because code decides by it.
    """

    value: str
    label: str
    note: str = ""
    fields: tuple[str, ...] = ()
    core: bool = True


@dataclass(frozen=True)
class Field:
    """One question of a form.

    `required_when` maps other field ids to the answers that make this one required (any of them
    does; "*" is any answer). `max` counts characters for text, entries for choices and agencies.
    `klass` is N not personal, S staff, P personal, H sensitive; `chat` says whether a chat
    message may show the answer. `not_future` dates may not lie after today; `not_before` is the
    id of a date field that this date may not precede; `years_back` and `years_ahead` are how far
    a date may lie behind and ahead of today: no plan ends in the year 9999. What is
    typed where `gives_reason` has words: a mere sign is no reason. A field that is not `core` may
    be hidden by a town; `open_choices` may be added to and removed from.
    """

    id: str
    label: str
    type: FieldType
    section: str
    required: bool = False
    required_when: Mapping[str, tuple[str, ...]] = with_default(default_factory=dict, hash=False)
    max: int | None = None
    klass: str = "H"
    chat: bool = False
    choices: tuple[Choice, ...] = ()
    columns: tuple["Field", ...] = ()
    max_rows: int = 0
    guideline: str = ""
    core: bool = True
    example: str = ""
    not_future: bool = False
    not_before: str = ""
    years_back: int = 130
    years_ahead: int = 10
    gives_reason: bool = False
    open_choices: bool = False
    retired: tuple[Choice, ...] = ()  # what a town offers no more: older documents hold it

    @property
    def most_typed(self) -> int:
        """How many characters an answer can be typed with, before anything of it is read."""
        if self.type in FREE_TEXT:
            return (self.max or LONGEST_TEXT) * _TYPED_FOR_ONE
        dated = self.type in (FieldType.DATE, FieldType.INSTANT)
        return LONGEST_DATE * _TYPED_FOR_ONE if dated else LONGEST_CHOICE

    def label_of(self, value: str) -> str:
        """What a stored choice is called, also one that is offered no more; else the code."""
        known = (c.label for c in (*self.choices, *self.retired) if c.value == value)
        return next(known, value)

    def choice(self, value: str) -> Choice:
        """The choice with that value. Raises KeyError when there is none."""
        for choice in self.choices:
            if choice.value == value:
                return choice
        raise KeyError(f"{self.id}={value}")

    def column(self, column_id: str) -> "Field":
        """The column of a rows field. Raises KeyError when there is none."""
        for column in self.columns:
            if column.id == column_id:
                return column
        raise KeyError(f"{self.id}.{column_id}")


@dataclass(frozen=True)
class Section:
    """A part of a form with its heading."""

    id: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Form:
    """A form: its fields stand in the order in which they are asked."""

    id: str
    title: str
    sections: tuple[Section, ...]
    fields: tuple[Field, ...]
    retired: tuple[Field, ...] = ()  # what a town asks no more: older documents hold answers

    def field(self, field_id: str) -> Field:
        """The field with that id. Raises KeyError when there is none (a town may hide some)."""
        for field in self.fields:
            if field.id == field_id:
                return field
        raise KeyError(f"{self.id}.{field_id}")

    def has(self, field_id: str) -> bool:
        """Whether this town's form asks that field."""
        return any(field.id == field_id for field in self.fields)

    def in_section(self, section_id: str) -> tuple[Field, ...]:
        """The section's fields in their order; empty when a town has moved them all away."""
        return tuple(field for field in self.fields if field.section == section_id)


@dataclass(frozen=True)
class FormBook:
    """Every form of one town, by id."""

    forms: Mapping[str, Form]

    def form(self, form_id: str) -> Form:
        """The form with that id, such as "sheet". Raises KeyError when there is none."""
        return self.forms[form_id]


# Bools only so that stored values may be checked again.
Raw = Mapping[str, str | bool | Sequence[str] | Sequence[Mapping[str, str]]]
Value = str | bool | list[str] | list[dict[str, str]]


@dataclass(frozen=True)
class FieldError:
    """What is wrong beside one field: a message key and its facts.

    `field` is the field's id, or "household.2.name" for a cell (rows counted from 0 as typed).
    """

    field: str
    key: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Checked:
    """Answers in their stored shape, and what is wrong with the others.

    Dates are ISO strings, instants ISO with offset, yes_no bool, a missing answer has no key.
    """

    values: dict[str, Value]
    errors: tuple[FieldError, ...]


class BadForm(ValueError):
    """A form's description that cannot be used: which form, which field, and why.

    `key` and `facts` are for a sentence; `sentence` is that sentence once a door has made it.
    """

    def __init__(
        self,
        key: str,
        *,
        form: str,
        field: str = "",
        facts: Mapping[str, object] = MappingProxyType({}),
        sentence: str = "",
    ) -> None:
        super().__init__(sentence or f"{key} {form} {field} {dict(facts)}")
        self.key = key
        self.form = form
        self.field = field
        self.facts = facts
        self.sentence = sentence
