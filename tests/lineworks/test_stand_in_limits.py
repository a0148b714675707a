"""The stand-in for LINE WORKS takes what stands in its tables to the letter, and nothing beyond."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.lineworks import schema
from tests.lineworks.limits import (
    FLEX_BYTES,
    faults_in,
    faults_in_event,
    faults_in_menu,
    faults_in_room,
    weight,
)
from tests.lineworks.made import (
    box,
    bubble,
    button_template,
    carousel,
    column,
    copied,
    element,
    event,
    flex,
    flex_button,
    link,
    list_template,
    menu,
    message,
    pictures,
    postback,
    quick,
    text,
    words,
)
from tests.lineworks.pieces import Json

LIMITS: dict[str, tuple[Callable[[int], Json], int]] = {
    "text": (lambda n: text("あ" * n), 2000),
    "contentText": (lambda n: button_template(words="あ" * n), 1000),
    "buttons": (lambda n: button_template(*[link()] * n), 10),
    "elements of a list": (lambda n: list_template(*[element()] * n), 4),
    "title of an element": (lambda n: list_template(element("あ" * n)), 1000),
    "rows under a list": (lambda n: list_template(actions=[[link()]] * n), 2),
    "buttons in a row under a list": (lambda n: list_template(actions=[[link()] * n]), 2),
    "columns": (lambda n: carousel(*[column()] * n), 10),
    "buttons of a column": (lambda n: carousel(column(*[postback()] * n)), 3),
    "title of a column": (lambda n: carousel(column(title="あ" * n)), 40),
    "text of a column": (lambda n: carousel(column(words="あ" * n)), 120),
    "text beneath a title": (lambda n: carousel(column(words="あ" * n, title="題")), 60),
    "text beneath a picture": (lambda n: carousel(column(words="あ" * n, fileId="f")), 60),
    "pictures": (lambda n: pictures(*[postback()] * n), 10),
    "label": (lambda n: button_template(link("あ" * n)), 20),
    "label in a list": (lambda n: list_template(element(action=link("あ" * n))), 20),
    "label in a carousel": (lambda n: carousel(column(postback("あ" * n))), 20),
    "label of a picture": (lambda n: pictures(postback("あ" * n)), 12),
    "label of a quick reply": (lambda n: text("はい", quick("あ" * n, said="○")), 20),
    "postback data": (lambda n: carousel(column(postback(data="x" * n))), 300),
    "displayText": (lambda n: text("はい", quick(said="あ" * n)), 300),
    "text of a message action": (lambda n: carousel(column(message(text="あ" * n))), 300),
    "postback of a message action": (lambda n: button_template(message(postback="x" * n)), 1000),
    "an address": (lambda n: button_template(link(uri=f"https://{'x' * (n - 8)}")), 1000),
    "quick replies": (lambda n: text("はい", *[quick()] * n), 13),
    "altText": (lambda n: flex(alt="あ" * n), 400),
    "bubbles": (lambda n: flex(*[bubble()] * n), 10),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_messages_is_kept_to_the_letter(name: str) -> None:
    make, most = LIMITS[name]
    assert faults_in(make(most)) == []
    assert faults_in(make(most + 1)) != []


OTHERS: dict[str, tuple[Callable[[Any], list[str]], Callable[[int], Json], int]] = {
    "buttons of the menu": (faults_in_menu, lambda n: menu(*[message()] * n), 4),
    "a label of the menu": (faults_in_menu, lambda n: menu(message("あ" * n)), 20),
    "members of a room": (faults_in_room, lambda n: {"members": [f"u{x}" for x in range(n)]}, 100),
    "the title of a room": (faults_in_room, lambda n: {"members": ["u"], "title": "あ" * n}, 1000),
    "the memo of an event": (faults_in_event, lambda n: event(description="あ" * n), 5000),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_limit_of_other_bodies_is_kept_to_the_letter(name: str) -> None:
    look, make, most = OTHERS[name]
    assert look(make(most)) == []
    assert look(make(most + 1)) != []


def test_letters_are_counted_the_stricter_way() -> None:
    """𠮷, of whom there are many, is one letter to a reader and two to JavaScript."""
    assert faults_in(button_template(link("𠮷" * 10))) == []
    assert faults_in(button_template(link("𠮷" * 11))) != []


def test_a_flex_message_weighs_at_most_15_kb() -> None:
    missing = FLEX_BYTES - weight(bubble(words("")))
    assert faults_in(flex(bubble(words("x" * missing)))) == []
    assert faults_in(flex(bubble(words("x" * (missing + 1))))) != []


RIGHT: dict[str, Json] = {
    "a text with each quick reply": text(
        "はい",
        quick(),
        message(text="はい"),
        link(),
        copied(),
        {"type": "camera", "label": "撮る"},
        {"type": "cameraRoll", "label": "選ぶ"},
        {"type": "location", "label": "場所"},
    ),
    "buttons": button_template(message(postback="faq"), link(), copied()),
    "buttons with a quick reply": button_template()
    | {"quickReply": text("", quick())["quickReply"]},
    "a list": list_template(
        element(subtitle="高", action=message()),
        coverData={"title": "一覧", "subtitle": "3件"},
        actions=[[message(), link()], [copied()]],
    ),
    "a carousel": carousel(
        column(postback(displayText="○"), link(), title="1"),
        column(message(text="はい"), copied(), title="2"),
    ),
    "a tap on a column": carousel(column(defaultAction={"type": "postback", "data": "t=1"})),
    "pictures": pictures(postback(), message(text="はい"), link(), copied()),
    "a bubble": flex(bubble(words(), flex_button(), box(words(), layout="baseline"), size="kilo")),
    "bubbles": flex(bubble(size="mega"), bubble()),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_the_documents_show_is_taken(name: str) -> None:
    assert faults_in(RIGHT[name]) == []


WRONG: dict[str, Any] = {
    "nothing": None,
    "an unknown type": {"type": "poll"},
    "no type": {"text": "はい"},
    "an empty text": text(""),
    "a property that is not known": text("はい", color="red"),
    "a postback in button_template": button_template(postback()),
    "a postback in a list": list_template(element(action=postback())),
    "a postback under a list": list_template(actions=[[postback()]]),
    "a camera in a carousel": carousel(column({"type": "camera", "label": "撮る"})),
    "a quick postback that says nothing": text("はい", postback()),
    "a quick message without text": text("はい", message()),
    "a message in a carousel without text": carousel(column(message())),
    "a button without a label": button_template({"type": "uri", "uri": "https://x.jp"}),
    "an empty label": button_template(link("")),
    "an address of no web page": button_template(link(uri="tel:0312345678")),
    "a picture that is not sent safely": carousel(column(originalContentUrl="http://x.jp/a.png")),
    "no button": {"type": "button_template", "contentText": "はい", "actions": []},
    "no column": {"type": "carousel", "columns": []},
    "no quick reply": text() | {"quickReply": {"items": []}},
    "columns with different numbers of buttons": carousel(column(), column(*[postback()] * 2)),
    "columns with and without a title": carousel(column(title="1"), column()),
    "columns with and without a picture": carousel(column(fileId="1"), column()),
    "a column without text": carousel({"actions": [postback()]}),
    "bubbles of different widths": flex(bubble(size="kilo"), bubble(size="mega")),
    "a width that LINE alone knows": flex(bubble(size="deca")),
    "a postback in flex": flex(bubble(flex_button(postback()))),
    "a message in flex": flex(bubble(flex_button(message()))),
    "an unknown part of flex": flex(bubble({"type": "video", "url": "https://x.jp"})),
    "a button on a base line": flex(bubble(box(flex_button(), layout="baseline"))),
    "an empty text in flex": flex(bubble(words(""))),
    "a body that is no box": flex({"type": "bubble", "body": words()}),
    "a flex message without words for the list": {"type": "flex", "contents": bubble()},
    "words instead of an object": "はい",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_contents_are_refused(name: str) -> None:
    assert faults_in(WRONG[name]) != []


WRONG_BODIES: dict[str, tuple[Callable[[Any], list[str]], Any]] = {
    "a postback in the menu": (faults_in_menu, menu(postback())),
    "an empty menu": (faults_in_menu, {"content": {"actions": []}}),
    "a room for nobody": (faults_in_room, {"members": []}),
    "somebody twice in a room": (faults_in_room, {"members": ["u", "u"]}),
    "an event with an offset": (
        faults_in_event,
        event(start={"dateTime": "2026-12-01T14:00:00+09:00", "timeZone": "Asia/Tokyo"}),
    ),
    "an event without a time zone": (
        faults_in_event,
        event(start={"dateTime": "2026-12-01T14:00:00"}),
    ),
    "an event for some": (faults_in_event, event(visibility="SECRET")),
    "an attendee without an address": (faults_in_event, event(attendees=[{"name": "田中"}])),
}


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_other_wrong_bodies_are_refused(name: str) -> None:
    look, body = WRONG_BODIES[name]
    assert look(body) != []


def test_a_refusal_points_at_the_place() -> None:
    faults = faults_in(carousel(column(), column(postback("あ" * 21))))
    assert faults == ["is longer than 20 letters: 21 [/columns/1/actions/0/label]"]


def test_the_schemas_are_schemas() -> None:
    every = [*schema.MESSAGES.values(), schema.MENU, schema.ROOM, schema.EVENTS]
    assert {one["$schema"] for one in every} == {"https://json-schema.org/draft/2020-12/schema"}
    Draft202012Validator.check_schema({"$defs": schema.DEFINITIONS})
    for one in every:
        Draft202012Validator.check_schema({k: v for k, v in one.items() if k != "$defs"})
