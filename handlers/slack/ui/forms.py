"""A form in a modal: its questions drawn as blocks, filled with what was typed so far.

For any form, also one that a town has changed. Slack takes one element a question, so a day that
lies behind is typed (a birth date in the calendar of a picker is hundreds of presses away, and
people know it by its era), and any other day is picked.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final, assert_never

from handlers.slack.door import Here, SlackDoor
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.form_reading import NOTHING, rows_in, text_in, texts_in
from handlers.slack.ui.modals import NAMED, REVISION
from handlers.words.form_words import Option, condition, options_of
from workflows.directory.people import GetOptions
from workflows.forms import Field, FieldType, Form, Raw, Section
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO, NotADate, parse_date

MOST_TYPED: Final = 3000  # characters of a text that Slack takes
MOST_BLOCKS: Final = 88  # of a step, with its rows: room is left for errors and buttons
MOST_BYTES: Final = 180_000  # likewise, of 250 KB: a select in every row repeats all its options


@dataclass(frozen=True)
class Rows:
    """The verbs of the buttons that add a row to a table and take one away; their items are the
    field ("household") and the row ("household.2"). `page` is where more rows can be written."""

    add: str
    remove: str
    page: str = ""


@dataclass(frozen=True)
class FormContext:
    """What drawing a form needs: options by field or by type, and today's date.

    `errors` are sentences by field, to stand beside it; `acts` verbs of questions whose answer
    changes the others; `prefix` stands before every block's name; a new `revision` forces what we
    know into fields over what stands in them.
    """

    door: SlackDoor
    options: Mapping[str, Sequence[Option]]
    today: date
    rows: Rows | None = None
    errors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    acts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    prefix: str = ""
    revision: str = ""

    def name(self, field_name: str) -> str:
        mark = f"{REVISION}{self.revision}" if self.revision else ""
        return f"{self.prefix}{field_name}{mark}"

    def say(self, key: str, /, **facts: object) -> str:
        return self.door.say(f"slack_sheet.form.{key}", **facts)


def form_context(here: Here, rows: Rows | None = None, **more: Any) -> FormContext:
    """What it takes to draw a form for whoever is here; `options` are laid over the usual ones."""
    found = options_of(here.ask(GetOptions()), here.door.texts)
    options = {**found, **more.pop("options", {})}
    return FormContext(here.door, options, today_of(here), rows, **more)


def today_of(here: Here) -> date:
    return here.door.desk.now().astimezone(TOKYO).date()


# -- drawing --------------------------------------------------------------------------------------


def drawn(ask: FormContext, form: Form, raw: Raw) -> list[Block]:
    """The sections of a form with their questions, filled with what was typed so far."""
    found: list[Block] = []
    for section in form.sections:
        found += _section(ask, form, section, raw)
    return found


def _section(ask: FormContext, form: Form, section: Section, raw: Raw) -> list[Block]:
    fields = form.in_section(section.id)
    if not fields:
        return []
    found: list[Block] = [blocks.header(section.title)] if section.title else []
    found += [blocks.context(section.note)] if section.note else []
    for one in fields:
        if one.type is FieldType.ROWS:
            found += _table(ask, form, one, rows_in(raw, one))
        else:
            when = condition(form, one, ask.door.texts)
            value = raw.get(one.id)
            found += _question(ask, one, one.id, value, required=one.required, when=when)
    return found


def _question(
    ask: FormContext, one: Field, name: str, value: object, *, required: bool, when: str = ""
) -> list[Block]:
    """One question, with what is wrong about it above."""
    found = [blocks.section(ask.say("wrong", told=ask.errors[name]))] if name in ask.errors else []
    element = _element(ask, one, value, required)
    if isinstance(element, str):
        return [*found, blocks.section(one.label, strong=True), blocks.section(element)]
    hint = "\n".join(part for part in (when and ask.say("when", when=when), one.guideline) if part)
    block = blocks.input_block(ask.name(name), one.label, element, hint=hint, optional=not required)
    if verb := ask.acts.get(one.id):
        block["dispatch_action"] = True
        block["element"]["action_id"] = NAMED + ask.door.token(verb)
    return [*found, block]


def _element(ask: FormContext, one: Field, value: object, required: bool) -> Block | str:
    """What is filled in; or the sentence that stands there instead."""
    match one.type:
        case FieldType.TEXT | FieldType.KANA | FieldType.TEL | FieldType.LONG | FieldType.INSTANT:
            return _typed(ask, one, text_in(value))
        case FieldType.DATE:
            return _day(ask, one, text_in(value))
        case FieldType.YES_NO:
            yes_no = [(v, ask.door.texts.label("yes_no", v)) for v in ("yes", "no")]
            return inputs.radio(_or_nothing(ask, yes_no, required), text_in(value))
        case FieldType.CHOICE:
            return _one_of(ask, one, text_in(value), required)
        case FieldType.CHOICES:
            return _some_of(one, texts_in(value))
        case FieldType.AGENCY | FieldType.MEMBER | FieldType.DISTRICT | FieldType.AGENCIES:
            return _of_directory(ask, one, value, required)
        case FieldType.ROWS:
            raise AssertionError("rows are drawn as a table")
        case _:
            assert_never(one.type)


def _typed(ask: FormContext, one: Field, text: str) -> Block | str:
    if len(text) > MOST_TYPED:
        return ask.say("too_long", most=MOST_TYPED)
    # Others are shorter once they are in one width, so that only these are held to their length.
    limited = one.type in (FieldType.TEXT, FieldType.LONG) and one.max is not None
    most = max(min(one.max or MOST_TYPED, MOST_TYPED), len(text)) if limited else 0
    lines = one.type is FieldType.LONG
    return inputs.text_input(text, most=most, lines=lines, example=one.example)


def _day(ask: FormContext, one: Field, text: str) -> Block | str:
    """A day that lies behind is typed, and so is one that was typed and cannot be read."""
    if one.not_future:
        return _typed(ask, one, text)
    picker: Block = {"type": "datepicker"}
    if not trimmed(text):
        return picker
    try:
        day = parse_date(text, today=ask.today)
    except NotADate:
        return _typed(ask, one, text)
    return picker | {"initial_date": day.isoformat()}


def _one_of(ask: FormContext, one: Field, value: str, required: bool) -> Block:
    offered = [(c.value, c.label) for c in one.choices]
    notes = {c.value: c.note for c in one.choices if c.note}
    offered = _or_nothing(ask, offered, required)
    if len(offered) <= blocks.FEW:
        return inputs.radio(offered, value, notes)
    if len(offered) <= blocks.OPTIONS:
        return inputs.select(offered, value)
    return inputs.grouped_select(_parts(offered), value)


def _some_of(one: Field, values: Sequence[str]) -> Block:
    offered = [(c.value, c.label) for c in one.choices]
    if len(offered) <= blocks.FEW:
        return inputs.checkboxes(offered, values, {c.value: c.note for c in one.choices if c.note})
    return inputs.grouped_choices(_parts(offered), values, most=one.max or 0)


def _of_directory(ask: FormContext, one: Field, value: object, required: bool) -> Block | str:
    """Agencies, members, districts, under the headings of their groups."""
    offered = ask.options.get(one.id) or ask.options.get(str(one.type)) or ()
    if not offered:
        return ask.say("no_options")
    groups: dict[str, list[inputs.Choice]] = {}
    for code, label, group in offered:
        groups.setdefault(group or one.label, []).append((code, label))
    if sum(-(-len(g) // blocks.OPTIONS) for g in groups.values()) >= blocks.OPTIONS:
        groups = _parts([choice for group in groups.values() for choice in group])
    if one.type is FieldType.AGENCIES:
        return inputs.grouped_choices(groups, texts_in(value), most=one.max or 0)
    if not required:
        nothing = ask.say("nothing")
        groups = {nothing: [(NOTHING, nothing)], **groups}
    return inputs.grouped_select(groups, text_in(value))


def _or_nothing(
    ask: FormContext, offered: list[inputs.Choice], required: bool
) -> list[inputs.Choice]:
    """A radio button cannot be taken back: what may stay empty gets a choice that says so."""
    return offered if required else [*offered, (NOTHING, ask.say("nothing"))]


def _parts(offered: Sequence[inputs.Choice]) -> dict[str, list[inputs.Choice]]:
    """More choices than a select holds, under headings that say from where to where they go."""
    found: dict[str, list[inputs.Choice]] = {}
    for at in range(0, len(offered), blocks.OPTIONS):
        part = list(offered[at : at + blocks.OPTIONS])
        # The numbers make each heading one of its own, however long the names are.
        found[f"{at + 1}-{at + len(part)}　{part[0][1][:25]} - {part[-1][1][:25]}"] = part
    return found


# -- rows -----------------------------------------------------------------------------------------


def _table(ask: FormContext, form: Form, one: Field, rows: list[Mapping[str, str]]) -> list[Block]:
    """Each row as its questions. More rows than fit are kept, and written on the page."""
    found = [blocks.section(one.label, strong=True)]
    if one.guideline and not any(c.guideline for c in one.columns):
        found.append(blocks.context(one.guideline))
    most = rows_that_fit(ask, form, one)
    for number, row in enumerate((rows or [{}])[:most]):
        found += _row(ask, one, number, row)
    hidden = max(0, len(rows) - most)
    buttons = []
    if ask.rows and len(rows) < most:
        token = ask.door.token(ask.rows.add, "", one.id)
        buttons.append(blocks.button(ask.say("add_row"), f"{ask.rows.add}.{one.id}", token))
    elif most < (one.max_rows or most + 1):
        found.append(blocks.context(ask.say("more_rows", most=most, hidden=hidden)))
        if ask.rows and ask.rows.page:
            label, name = ask.say("to_page"), one.id
            buttons.append(blocks.link_button(label, name, ask.rows.page))
    return [*found, blocks.buttons(buttons)] if buttons else found


def _row(ask: FormContext, one: Field, number: int, row: Mapping[str, str]) -> list[Block]:
    beside = None
    if ask.rows:
        name = f"{one.id}.{number}"
        token = ask.door.token(ask.rows.remove, "", name)
        beside = blocks.button(ask.say("remove_row"), f"{ask.rows.remove}.{name}", token)
    found = [blocks.section(ask.say("row", label=one.label, row=number + 1), beside=beside)]
    for column in one.columns:
        # The first row of a table that has to be filled; any other one may stay empty.
        required = one.required and column.required and number == 0
        name = f"{one.id}.{number}.{column.id}"
        # What to write is said at the first row.
        asked = replace(column, guideline="") if number else column
        found += _question(ask, asked, name, row.get(column.id), required=required)
    return found


def rows_that_fit(ask: FormContext, form: Form, one: Field) -> int:
    """How many rows of this table have room beside the rest of the form; at least one."""
    tables = [f for f in form.fields if f.type is FieldType.ROWS]
    rest = len(form.fields) - len(tables) + 2 * len(form.sections) + 4 * len(tables)
    bare = FormContext(ask.door, ask.options, ask.today, ask.rows)
    size = len(json.dumps(_row(bare, one, 0, {}), ensure_ascii=False).encode())
    room = (MOST_BLOCKS - rest) // (1 + len(one.columns)), MOST_BYTES // size
    return max(1, min(one.max_rows or MOST_BLOCKS, *(r // len(tables) for r in room)))
