"""The numbers of Block Kit: what is just allowed, and one step further."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.slack.limits import Json, faults_in, faults_in_view
from tests.slack.made import actions, button, field, many, modal, option, section, select, words

LIMITS: dict[str, tuple[Callable[[int], list[Json]], int]] = {
    "blocks a message": (lambda n: [section()] * n, 50),
    "elements of actions": (
        lambda n: [actions(*(button(action_id=str(x)) for x in range(n)))],
        25,
    ),
    "section text": (lambda n: [section("あ" * n)], 3000),
    "fields": (lambda n: [{"type": "section", "fields": [words()] * n}], 10),
    "a field": (lambda n: [{"type": "section", "fields": [words("あ" * n)]}], 2000),
    "header": (lambda n: [{"type": "header", "text": words("あ" * n)}], 150),
    "context": (lambda n: [{"type": "context", "elements": [words()] * n}], 10),
    "options": (lambda n: [actions(select(*many(n)))], 100),
    "option text": (lambda n: [actions(select(option("あ" * n, "1")))], 75),
    "option value": (lambda n: [actions(select(option("あ", "x" * n)))], 150),
    "button text": (lambda n: [actions(button("あ" * n))], 75),
    "button value": (lambda n: [actions(button(value="x" * n))], 2000),
    "button link": (lambda n: [actions(button(url="x" * n))], 3000),
    "overflow": (lambda n: [actions({"type": "overflow", "options": many(n)})], 5),
    "checkboxes": (lambda n: [actions({"type": "checkboxes", "options": many(n)})], 10),
    "radio buttons": (lambda n: [actions({"type": "radio_buttons", "options": many(n)})], 10),
    "action_id": (lambda n: [actions(button(action_id="x" * n))], 255),
    "block_id": (lambda n: [section(block_id="x" * n)], 255),
    "alt text": (
        lambda n: [{"type": "image", "image_url": "https://x/", "alt_text": "あ" * n}],
        2000,
    ),
    "question of a button": (
        lambda n: [
            actions(
                button(
                    confirm={
                        "title": words(),
                        "text": words("あ" * n),
                        "confirm": words(),
                        "deny": words(),
                    }
                )
            )
        ],
        300,
    ),
    "placeholder": (lambda n: [actions(select(option(), placeholder=words("あ" * n)))], 150),
    "option groups": (
        lambda n: [
            actions(
                {
                    "type": "static_select",
                    "option_groups": [
                        {"label": words("機関"), "options": [option(str(x))]} for x in range(n)
                    ],
                }
            )
        ],
        100,
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_blocks_is_kept_to_the_letter(name: str) -> None:
    make, most = LIMITS[name]
    assert faults_in(make(most)) == []
    assert faults_in(make(most + 1)) != []


VIEW_LIMITS: dict[str, tuple[Callable[[int], Json], int]] = {
    "title": (lambda n: modal(title=words("あ" * n)), 24),
    "submit": (lambda n: modal(submit=words("あ" * n)), 24),
    "close": (lambda n: modal(close=words("あ" * n)), 24),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255),
    "blocks a view": (lambda n: modal(*[section()] * n), 100),
    "label": (lambda n: modal(field(label=words("あ" * n))), 2000),
    "hint": (lambda n: modal(field(hint=words("あ" * n))), 2000),
    "max_length": (lambda n: modal(field({"type": "plain_text_input", "max_length": n})), 3000),
}


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_limit_of_views_is_kept_to_the_letter(name: str) -> None:
    make, most = VIEW_LIMITS[name]
    assert faults_in_view(make(most)) == []
    assert faults_in_view(make(most + 1)) != []


WRONG_BLOCKS: dict[str, list[Any]] = {
    "nothing at all": [],
    "an unknown block": [{"type": "carousel"}],
    "a section without text": [{"type": "section"}],
    "empty text": [section("")],
    "a header that is mrkdwn": [{"type": "header", "text": words(kind="mrkdwn")}],
    "a button that is mrkdwn": [actions(button() | {"text": words(kind="mrkdwn")})],
    "an empty button": [actions(button(""))],
    "no button in actions": [actions()],
    "an input inside actions": [actions({"type": "plain_text_input"})],
    "a select without options": [actions(select())],
    "a choice that is not offered": [actions(select(option(), initial_option=option("低")))],
    "two options of one value": [actions(select(option("高", "1"), option("低", "1")))],
    "an option that is mrkdwn": [actions(select(option() | {"text": words(kind="mrkdwn")}))],
    "an option without value": [actions(select({"text": words()}))],
    "an image without alt text": [{"type": "image", "image_url": "https://x/"}],
    "an image from nowhere": [{"type": "image", "alt_text": "図"}],
    "an empty action_id": [actions(button(action_id=""))],
    "one action_id twice": [actions(button(), button())],
    "one block_id twice": [section(block_id="a"), section(block_id="a")],
    "a colour that is not offered": [actions(button(style="default"))],
    "a property that is not known": [section(color="red")],
    "emoji in mrkdwn": [section() | {"text": words(kind="mrkdwn") | {"emoji": True}}],
    "a date that is none": [actions({"type": "datepicker", "initial_date": "2026-02-40"})],
    "a time that is none": [actions({"type": "timepicker", "initial_time": "9:00"})],
    "a file input in a message": [field({"type": "file_input"})],
    "words instead of a block": ["はい"],
}


@pytest.mark.parametrize("name", WRONG_BLOCKS)
def test_wrong_blocks_are_refused(name: str) -> None:
    assert faults_in(WRONG_BLOCKS[name]) != []


@pytest.mark.parametrize(
    ("kind", "surfaces"),
    [
        ("plain_text_input", {"message", "modal", "home"}),
        ("datetimepicker", {"message", "modal"}),
        ("rich_text_input", {"modal", "home"}),
        ("email_text_input", {"modal"}),
        ("url_text_input", {"modal"}),
        ("file_input", {"modal"}),
    ],
)
def test_a_field_stands_only_where_slack_draws_it(kind: str, surfaces: set[str]) -> None:
    taken = {
        one for one in ("message", "modal", "home") if not faults_in([field({"type": kind})], one)
    }
    assert taken == surfaces


WRONG_VIEWS: dict[str, Json] = {
    "an input without submit": modal(submit=None),
    "no title": modal(title=None),
    "a title that is mrkdwn": modal(title=words(kind="mrkdwn")),
    "a field without label": modal({"type": "input", "element": {"type": "plain_text_input"}}),
    "a button as a field": modal(field(button())),
    "two focused fields": modal(
        *(field({"type": "plain_text_input", "focus_on_load": True}, block_id=x) for x in "ab")
    ),
    "a text longer than its field": modal(
        field({"type": "plain_text_input", "max_length": 2, "initial_value": "三文字"})
    ),
    "an unknown property": modal(color="red"),
    "a home with a title": {"type": "home", "blocks": [], "title": words()},
    "a view of no kind": {"blocks": []},
}


@pytest.mark.parametrize("name", WRONG_VIEWS)
def test_wrong_views_are_refused(name: str) -> None:
    assert faults_in_view(WRONG_VIEWS[name]) != []
