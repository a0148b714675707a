"""NUL, what nobody sees, and line breaks in one line: wherever a text comes in."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import START
from tests.support.people import ADMINISTRATOR, COORDINATOR
from tests.support.town import FORMS, TownHall
from tests.workflows.test_my_number import LABELS, REFUSED, free_texts
from workflows.cases.drafts import GetDraft, SaveDraft
from workflows.cases.refer import Refer
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.forms import Field, FieldType, check
from workflows.japanese.characters import as_typed, has_control

CONTROLS = ("\x00", "\x01", "\x1b", "\x7f", "\x80", "\ud800", "\udfff", "\ufffe", "\U0001ffff")
INVISIBLE = (
    "\u200b", "\u200c\u200d", "\ufeff", "\u2060", "\xad", "\u202e\u2066", "\u3164", "\u115f",
    "\u2800",
    "\ufe0f", "\U000e0020", "　\u200b ", "\u0301",
)  # fmt: skip
BREAKS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")

FIELDS = list(free_texts())
NAMES = [f"{f}.{x.id}{'.' + c.id if c else ''}" for f, x, c in FIELDS]


def errors_of(form_id: str, field: Field, column: Field | None, typed: str) -> set[str]:
    """What is said beside the field about this text."""
    raw: Any = {field.id: [{column.id: typed, "_": "1"}] if column else typed}
    result = check(FORMS.form(form_id), raw, today=START.date())
    name = f"{field.id}.0.{column.id}" if column else field.id
    return {e.key for e in result.errors if e.field == name}


@pytest.mark.parametrize(("form_id", "field", "column"), FIELDS, ids=NAMES)
def test_every_field_of_every_form(form_id: str, field: Field, column: Field | None) -> None:
    """A control character is refused, a break too unless it asks for several lines; nothing seen
    is nothing typed."""
    kind = (column or field).type
    said = partial(errors_of, form_id, field, column)
    plain = {FieldType.TEL: "0312345678", FieldType.KANA: "アイ"}.get(kind, "あい")
    for control in CONTROLS:
        assert said(f"{plain}{control}{plain}") == {"form.control"}, repr(control)
    for broken in BREAKS:
        lines = said(f"{plain}{broken}{plain}")
        assert ("form.one_line" in lines) == (kind is not FieldType.LONG), repr(broken)
        assert not said(f"{plain}{broken}"), "a break behind it is nobody's line"
    required = (column or field).required
    for unseen in INVISIBLE:
        if column is None:
            assert said(unseen) == ({"form.required"} if required else set()), repr(unseen)
        result = check(
            FORMS.form(form_id),
            {field.id: [{column.id: unseen}] if column else unseen},
            today=START.date(),
        )
        assert field.id not in result.values, repr(unseen)


@pytest.mark.parametrize("what", REFUSED)
def test_every_command_refuses_a_control(hall: TownHall, what: str) -> None:
    """Beside the field that holds it, and nothing is kept: PostgreSQL would not take it at all."""
    _, act = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        act(hall, "あ\x00い")
    keys = {e.key for e in refused.value.errors}
    assert "form.control" in keys, keys
    assert all(e.field for e in refused.value.errors)


# Texts of several lines; every other one that a command takes is one line.
LINES = {
    "a sheet", "a request", "a corrected sheet", "another request", "the reason for telling",
    "a reply", "a reply entered", "a plan", "a closure", "a reopening", "a follow-up",
    "a role's outcome", "a meeting's reason", "a case put on", "a reason for a date",
    "a reason for moving", "a reason for cancelling", "a preparation", "a record", "a summary",
    "the sheet of one of a household", "a request for one of a household",
    "why what is about them is told",
    "why it was withdrawn", "a hold", "keeping longer", "an agency's address",
    "with what authority", "how that was checked", "what is asked", "why it is answered later",
    "what was given", "why it was refused",
    "why a judgement is not carried out", "why a referral is taken back",
    "what came of a reassessment", "why a case is still needed", "what comes next in it",
    "why somebody is to read a case", "why a case is restricted no more",
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(set(REFUSED) - LINES))
def test_every_one_line_text_of_a_command_refuses_a_break(hall: TownHall, what: str) -> None:
    """A second line would stand in a list, on a card or in a calendar as something of its own."""
    _, act = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        act(hall, "あ\u2028い")
    assert {e.key for e in refused.value.errors} & {"form.one_line", "lists.line_break"}


@pytest.mark.parametrize("what", ["a reopening", "a reason for moving", "a hold", "who replied"])
def test_a_reason_of_which_nothing_is_seen_is_none(hall: TownHall, what: str) -> None:
    """It is asked for like an empty one."""
    _, act = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        act(hall, "\u200b\u3164")
    assert "form.required" in {e.key for e in refused.value.errors}


def test_a_ground_of_which_nothing_is_seen_is_none(any_hall: TownHall) -> None:
    case_id = any_hall.open_case("A14")
    wanted = ({"agency": "A17", "purpose": "handover", "request": "お願いします。"},)
    with pytest.raises(Invalid) as refused:
        any_hall.desk.handle(Refer(case_id, wanted, "act_106_6", "\u200b"), COORDINATOR)
    assert {e.key for e in refused.value.errors} == {"sheet.basis_needed"}


def test_a_name_in_the_directory_is_one_line_that_is_seen(any_hall: TownHall) -> None:
    """In the page's entry, which a line of a CSV is read like."""
    hall = any_hall
    seen = hall.desk.ask(GetMemberToEdit("M26", LABELS), ADMINISTRATOR)
    for typed, key in (
        ("葉山\nのどか", "lists.line_break"),
        ("葉山\x00", "form.control"),
        ("\u200b", "lists.required"),
    ):
        command = SaveMember({**seen.cells, "name": typed}, seen.stamp, LABELS)
        with pytest.raises(Invalid) as refused:
            hall.desk.handle(command, ADMINISTRATOR)
        assert key in {e.key for e in refused.value.errors}


def test_no_id_holds_a_control_either(any_hall: TownHall) -> None:
    """Whoever sends a page by hand is told so; the database is not asked."""
    with pytest.raises(Invalid) as refused:
        any_hall.desk.ask(GetCase("A\x00"), COORDINATOR)
    assert [(e.field, e.key) for e in refused.value.errors] == [("case_id", "form.control")]


def test_a_draft_is_kept_without_it(any_hall: TownHall) -> None:
    """Somebody is still writing: nothing is lost, and nothing is told yet."""
    draft_id = any_hall.desk.handle(SaveDraft("sheet", {"summary": "途\x00中\ud800"}), COORDINATOR)
    assert any_hall.desk.ask(GetDraft(draft_id), COORDINATOR).raw == {"summary": "途中"}


@given(st.text())
def test_what_was_cleaned_stays_as_it_is(text: str) -> None:
    """Cleaned once more it is the same; it is seen or it is nothing, and breaks are line feeds."""
    once = as_typed(text)
    assert as_typed(once) == once
    assert not set(once) & set("\r\v\f\x85\u2028\u2029\u200b\u202e\ufeff")
    assert once == once.strip()
    breaks = dict.fromkeys(map(ord, "\r\v\f\x1c\x1d\x1e\x85"))
    assert has_control(once) <= has_control(text.translate(breaks))
