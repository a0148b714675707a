"""Any form as modals: every kind of question, at its largest, read back as it was typed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from handlers.slack.cases.writing import SheetInProgress, memory_of
from handlers.slack.door import MODAL, Modal, SlackDoor
from handlers.slack.ui.form_reading import raw_of
from handlers.slack.ui.form_steps import errors_by_question, steps_of
from handlers.slack.ui.forms import MOST_TYPED, FormContext, Rows, drawn, rows_that_fit
from handlers.slack.ui.modals import typed, view_of
from tests.slack.fields import Values
from tests.slack.limits import faults_in_view, too_large
from tests.slack.product import slack_product
from tests.support.town import FORMS, TownMould
from workflows.forms import Choice, Field, FieldError, FieldType, Form, Section

WIDE = "亜" * 48  # with a number behind it, a name of 50 characters
ROWS = Rows("sheet_row", "sheet_row_gone", "https://tsunagu.example.jp/" + "x" * 200)


def offered(agencies: int = 150, groups: int = 8) -> dict[str, list[tuple[str, str, str]]]:
    """A large town's directory, every name at its longest."""
    named = [(f"A{n:03}", f"{WIDE}{n % 100:02}", f"区分{n % groups:03}") for n in range(agencies)]
    return {
        "agency": named,
        "agencies": named,
        "member": [
            (f"M{n:03}", f"{WIDE}{n % 100:02}", WIDE[:40] + f"{n % groups:03}")
            for n in range(agencies)
        ],
        "district": [(f"D{n:02}", f"{WIDE}{n:02}", "") for n in range(30)],
    }


@pytest.fixture(scope="module")
def door(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackDoor]:
    """One for all of these: nothing is changed by drawing."""
    hall = mould.copy(tmp_path_factory.mktemp("forms"))
    with slack_product(hall, linked=False) as town:
        yield town.part.door
    hall.database.close()


@pytest.fixture
def ask(door: SlackDoor) -> FormContext:
    """What it takes to draw a form in a large town."""
    return FormContext(door, offered(), door.desk.now().date(), ROWS)


def view(door: SlackDoor, blocks: list[Any]) -> dict[str, Any]:
    modal = Modal("亜" * 24, tuple(blocks), callback="x", submit="次へ", memory={"d": "x" * 900})
    return view_of(door, modal)


def largest(one: Field) -> Any:
    """As much as this question takes."""
    match one.type:
        case FieldType.TEXT | FieldType.LONG | FieldType.KANA:
            return "<&>" * 5 + "ア" * ((one.max or 100) - 15)
        case FieldType.TEL:
            return "090-0000-0000"
        case FieldType.DATE:
            return "令和8年11月2日（月）"
        case FieldType.INSTANT:
            return "令和8年11月20日（金）午前10時"
        case FieldType.CHOICE:
            return one.choices[-1].value
        case FieldType.CHOICES:
            return [c.value for c in one.choices]
        case FieldType.YES_NO:
            return "yes"
        case FieldType.AGENCY:
            return "A007"
        case FieldType.AGENCIES:
            return [f"A{n:03}" for n in range(min(one.max or 20, 20))]
        case FieldType.MEMBER:
            return "M007"
        case FieldType.DISTRICT:
            return "D07"
        case FieldType.ROWS:
            return [{c.id: largest(c) for c in one.columns} for _ in range(one.max_rows)]


def filled(form: Form) -> dict[str, Any]:
    return {f.id: largest(f) for f in form.fields}


def as_sent(blocks: list[Any]) -> dict[str, Any]:
    """What Slack sends of these blocks when nobody has changed anything."""
    named = [{"block_id": f"#{n}", **block} for n, block in enumerate(blocks)]
    values = Values()
    values.draw(named)
    return dict(typed(values.as_state()["values"]))


def in_order(answer: Any) -> Any:
    """What several were chosen has no order."""
    several = isinstance(answer, list) and all(isinstance(one, str) for one in answer)
    return sorted(answer) if several else answer


def test_every_form_at_its_largest_is_within_what_slack_takes(ask: FormContext) -> None:
    """Every step of every form, each table full, with an error at every question of the first row.

    150 agencies and 150 members with names of 50 characters.
    """
    for form in FORMS.forms.values():
        steps = steps_of(form)
        assert [f.id for s in steps for f in s.fields] == [
            f.id for s in form.sections for f in form.in_section(s.id)
        ]
        for step in steps:
            raw = filled(step)
            for told in ({}, {f.id: "亜" * 200 for f in step.fields}):
                made = view(ask.door, drawn(replace(ask, errors=told, revision="12"), step, raw))
                assert faults_in_view(made) == [], (form.id, [f.id for f in step.fields])
                assert not too_large(made)


def test_what_was_typed_is_read_back_as_it_was_typed(ask: FormContext) -> None:
    """Every kind of question, also what there is no room for on the screen."""
    for form in FORMS.forms.values():
        for step in steps_of(form):
            raw = filled(step)
            read = raw_of(step, as_sent(drawn(ask, step, raw)), raw)
            assert {k: in_order(v) for k, v in read.items()} == {
                k: in_order(v) for k, v in raw.items()
            }, form.id


def test_nothing_typed_is_nothing_read(ask: FormContext) -> None:
    """Empty questions are empty answers; a first row that nobody filled is an empty row."""
    for form in FORMS.forms.values():
        for step in steps_of(form):
            read = raw_of(step, as_sent(drawn(ask, step, {})), {})
            rows = {f.id for f in step.fields if f.type is FieldType.ROWS}
            assert all(not v for k, v in read.items() if k not in rows)
            assert all(not any(cell for row in read[k] for cell in row.values()) for k in rows)


def one_field(one: Field) -> Form:
    return Form("own", "様式", (Section("s", "項目", "説明"),), (one,))


def choice_field(count: int, type_: FieldType, **more: Any) -> Field:
    choices = tuple(Choice(f"x_{n}", f"{WIDE * 2}{n}", WIDE * 3) for n in range(count))
    return Field("x_own", WIDE, type_, "s", choices=choices, **more)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 99, 100, 101, 350])
def test_as_many_choices_as_a_town_likes(door: SlackDoor, count: int) -> None:
    """As radio buttons or boxes, in a list, or in a list with headings; all can be chosen."""
    ask = FormContext(door, {}, door.desk.now().date())
    for kind in (FieldType.CHOICE, FieldType.CHOICES):
        for required in (True, False):
            form = one_field(choice_field(count, kind, required=required))
            raw = {"x_own": f"x_{count - 1}" if kind is FieldType.CHOICE else [f"x_{count - 1}"]}
            made = drawn(ask, form, raw)
            assert faults_in_view(view(ask.door, made)) == []
            assert raw_of(form, as_sent(made), {}) == raw


def test_what_may_stay_empty_can_be_taken_back(ask: FormContext) -> None:
    """Slack lets nobody empty a radio button or a list: 未記入 is an answer that says nothing."""
    for kind in (FieldType.YES_NO, FieldType.AGENCY, FieldType.CHOICE):
        one = (
            choice_field(3, kind) if kind is FieldType.CHOICE else Field("x_own", "問い", kind, "s")
        )
        form = one_field(one)
        element = drawn(ask, form, {})[-1]["element"]
        groups = element.get("option_groups", [{"options": element.get("options")}])
        empty = [o for g in groups for o in g["options"] if o["text"]["text"] == "未記入"]
        assert len(empty) == 1
        assert raw_of(form, {"x_own": empty[0]["value"]}, {"x_own": "yes"}) == {"x_own": ""}
        must = drawn(ask, one_field(replace(one, required=True)), {})
        assert "未記入" not in str(must)


def test_more_agencies_and_groups_than_one_list_shows_are_all_offered(
    door: SlackDoor,
) -> None:
    """120 agencies with people in each, and groups of more than a hundred."""
    today = door.desk.now().date()
    for count, groups in ((400, 120), (250, 1)):
        ask = FormContext(door, offered(count, groups), today)
        form = one_field(Field("x_own", "担当", FieldType.MEMBER, "s"))
        made = drawn(ask, form, {"x_own": f"M{count - 1}"})
        assert faults_in_view(view(door, made)) == []
        assert raw_of(form, as_sent(made), {}) == {"x_own": f"M{count - 1}"}
        shown = [o["value"] for g in made[-1]["element"]["option_groups"] for o in g["options"]]
        assert len(shown) == count + 1


def test_nobody_to_choose_from_is_said_instead_of_an_empty_list(door: SlackDoor) -> None:
    """Slack refuses a list without an entry."""
    ask = FormContext(door, {}, door.desk.now().date())
    made = drawn(ask, one_field(Field("x_own", "圏域", FieldType.DISTRICT, "s")), {})
    assert faults_in_view(view(ask.door, made)) == []
    assert "選べるものがありません" in str(made)


def test_a_text_too_long_for_slack_stays_and_is_not_asked_here(ask: FormContext) -> None:
    """A town may allow more than Slack's 3000 characters; such a text was written on the page."""
    form = one_field(Field("x_own", "経過", FieldType.LONG, "s", max=5000))
    raw = {"x_own": "あ" * (MOST_TYPED + 1)}
    made = drawn(ask, form, raw)
    assert faults_in_view(view(ask.door, made)) == []
    assert "ページで直してください" in str(made)
    assert raw_of(form, as_sent(made), raw) == raw
    long_for_the_form = {"x_own": "あ" * 50}
    short = one_field(Field("x_own", "経過", FieldType.LONG, "s", max=40))
    assert faults_in_view(view(ask.door, drawn(ask, short, long_for_the_form))) == []


def test_more_rows_than_fit_are_kept_and_written_on_the_page(ask: FormContext) -> None:
    """A table of thirty rows: those on the screen are read, the others stay as they are."""
    form = steps_of(FORMS.form("record"))[0]
    roles = form.field("roles") if form.has("roles") else FORMS.form("record").field("roles")
    step = one_field(replace(roles, section="s"))
    raw = filled(step)
    most = rows_that_fit(ask, step, step.fields[0])
    assert 1 <= most < 30
    made = drawn(ask, step, raw)
    assert "続きはページで書いてください" in str(made)
    assert ROWS.page in str(made)
    sent = as_sent(made)
    sent["roles.0.task"] = "変えた言葉"
    read = raw_of(step, sent, raw)
    assert [r["task"] for r in read["roles"]] == [
        "変えた言葉",
        *(r["task"] for r in raw["roles"][1:]),
    ]


def test_a_day_that_lies_behind_is_typed_and_any_other_is_picked(ask: FormContext) -> None:
    """A birth date by its era; what was typed and is no day stays as it was typed."""
    ahead = one_field(Field("x_own", "次回", FieldType.DATE, "s"))
    behind = one_field(Field("x_own", "生年月日", FieldType.DATE, "s", not_future=True))
    made = drawn(ask, ahead, {"x_own": "令和8年12月21日"})[-1]["element"]
    assert (made["type"], made["initial_date"]) == ("datepicker", "2026-12-21")
    assert drawn(ask, behind, {})[-1]["element"]["type"] == "plain_text_input"
    unread = drawn(ask, ahead, {"x_own": "年末ごろ"})[-1]["element"]
    assert (unread["type"], unread["initial_value"]) == ("plain_text_input", "年末ごろ")


def test_a_window_remembers_no_more_than_slack_keeps_for_it(ask: FormContext) -> None:
    """Without the prints of a very long form what differs is shown side by side all the more."""
    few, many = (json.dumps({f"x_{n}": "0" * 12 for n in range(count)}) for count in (60, 300))
    mine = SheetInProgress("d" * 32, "R8-0012", 9, few, 9, 99, begun=True)
    assert memory_of(mine)["o"] == "0" * 12 * 60
    memory = memory_of(replace(mine, opened=many))
    assert "o" not in memory
    assert len(ask.door.tokens.seal(MODAL, memory)) < 3000


def test_required_on_a_condition_is_said_and_not_enforced_by_slack(ask: FormContext) -> None:
    """Slack would refuse a form in which the condition is not met."""
    [step] = [s for s in steps_of(FORMS.form("sheet")) if s.has("consent_on")]
    made = {b["block_id"]: b for b in drawn(ask, step, {}) if b["type"] == "input"}
    assert made["consent"]["optional"] is False
    assert made["consent_on"]["optional"] is True
    said = made["consent_on"]["hint"]["text"]
    assert said.startswith("「本人同意」が有（書面）・有（口頭）のとき必須です。\n")


def test_errors_stand_where_their_question_is(ask: FormContext) -> None:
    """Those of a whole table at its first cell, one at each question."""
    form = FORMS.form("record")
    found = errors_by_question(
        form,
        [
            FieldError("decisions", "form.required", {}),
            FieldError("decisions.0.text", "form.required", {}),
            FieldError("next_on", "date.unreadable", {"text": "x", "hint": ""}),
        ],
    )
    assert [e.field for e in found] == ["decisions.0.text", "next_on"]
