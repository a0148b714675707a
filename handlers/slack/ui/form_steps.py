"""A long form in steps: whole sections that fit one modal, and in which step an error stands."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from handlers.slack.door import Here
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.forms import MOST_BLOCKS, today_of
from handlers.words.form_words import label_of, numbers_in
from handlers.words.texts import Texts
from workflows.forms import Field, FieldError, FieldType, Form, Raw, Section, check

COMFORTABLE: Final = 22  # blocks of a step, each table with one row
_MOST_FIELDS: Final = 40  # of one section, before it is cut


def steps_of(form: Form) -> tuple[Form, ...]:
    """The form in parts, each a form of its own; how it is parted depends on the form alone."""
    steps: list[Form] = []
    for part in _sections(form):
        last = steps[-1] if steps else None
        both = last and replace(
            last, sections=(*last.sections, *part.sections), fields=(*last.fields, *part.fields)
        )
        if both and _begun(both) <= COMFORTABLE and _full(both) <= MOST_BLOCKS:
            steps[-1] = both
        else:
            steps.append(part)
    return tuple(steps) or (form,)


def _sections(form: Form) -> Iterable[Form]:
    for section in form.sections:
        fields = form.in_section(section.id)
        for at in range(0, len(fields), _MOST_FIELDS):
            yield Form(form.id, form.title, (section,), fields[at : at + _MOST_FIELDS])


def _begun(form: Form) -> int:
    """Blocks with one row in every table."""
    return _headings(form) + sum(4 + len(f.columns) if _is_table(f) else 1 for f in form.fields)


def _full(form: Form) -> int:
    """Blocks with every row in every table."""
    rows = sum((1 + len(f.columns)) * f.max_rows for f in form.fields if _is_table(f))
    return _headings(form) + len(form.fields) + 4 + rows


def _headings(form: Form) -> int:
    return sum(2 if section.note else 1 for section in form.sections)


def _is_table(one: Field) -> bool:
    return one.type is FieldType.ROWS


def with_step_number(step: Form, number: int, of: int, texts: Texts) -> Form:
    """The step with 「2/3」 in its first heading."""
    if of == 1:
        return step
    first, *rest = step.sections
    title = texts.say("slack_sheet.form.step", step=number + 1, of=of, title=first.title)
    return replace(step, sections=(Section(first.id, title, first.note), *rest))


# -- errors ---------------------------------------------------------------------------------------


def wrong_in(here: Here, form: Form, step: Form, raw: Raw) -> tuple[FieldError, ...]:
    """What is wrong in this step, as far as the whole form tells by now."""
    found = (*check(form, raw, today=today_of(here)).errors, *numbers_in(raw))
    return tuple(e for e in errors_by_question(form, found) if step.has(_field(e)))


def errors_by_question(form: Form, errors: Iterable[FieldError]) -> list[FieldError]:
    """Errors by the question at which they stand: those of a whole table at its first cell."""
    found: dict[str, FieldError] = {}
    for error in errors:
        name = error.field
        if form.has(name) and _is_table(form.field(name)):
            name = f"{name}.0.{form.field(name).columns[0].id}"
        found.setdefault(name, replace(error, field=name))
    return list(found.values())


def first_with_error(steps: Sequence[Form], errors: Iterable[FieldError]) -> int | None:
    """The number of the first step in which one of these errors stands."""
    names = {_field(e) for e in errors}
    return next((n for n, s in enumerate(steps) if any(f.id in names for f in s.fields)), None)


def sentences(errors: Iterable[FieldError], texts: Texts) -> dict[str, str]:
    return {e.field: texts.say(e.key, **e.facts) for e in errors}


def complaint(form: Form, errors: Iterable[FieldError], texts: Texts) -> list[Block]:
    """On top of a step to which an error leads back: which questions it is about."""
    labels = list(dict.fromkeys(label_of(form, e.field, texts) for e in errors))
    told = texts.say("slack_sheet.form.complaint", labels=labels)
    return [blocks.section(told, strong=True)]


def _field(error: FieldError) -> str:
    return error.field.partition(".")[0]
