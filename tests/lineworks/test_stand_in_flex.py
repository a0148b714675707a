"""A flex message goes through LINE's own models and comes back, or it is told what does not."""

from typing import Any

import pytest

from tests.lineworks.flex import flex_faults, lost
from tests.lineworks.made import box, bubble, flex_button, link, postback, words
from tests.lineworks.pieces import Json

ICON: Json = {"type": "icon", "url": "https://example.jp/i.png", "size": "sm"}
RICH = bubble(
    words("会議の日程", weight="bold", size="lg", wrap=True, color="#333333", margin="md"),
    {"type": "separator", "margin": "lg"},
    box(ICON, words("12月1日", flex=2), {"type": "filler"}, layout="baseline", spacing="sm"),
    box(flex_button(link("開く")), layout="horizontal", paddingAll="10px"),
    {"type": "text", "contents": [{"type": "span", "text": "高", "weight": "bold"}]},
    size="kilo",
    direction="ltr",
    styles={"footer": {"separator": True, "backgroundColor": "#eeeeee"}},
    footer=box(flex_button(link("一覧")), layout="vertical"),
)


@pytest.mark.parametrize("contents", [RICH, {"type": "carousel", "contents": [RICH, RICH]}])
def test_what_line_knows_comes_back_as_it_went_in(contents: Json) -> None:
    assert flex_faults(contents) == []


LOST: dict[str, tuple[Any, str]] = {
    "a property that is not known": (
        bubble(words(emoji=True)),
        "does not survive [/body/contents/0/emoji]",
    ),
    "a property in the wrong place": (
        bubble(words()) | {"altText": "はい"},
        "does not survive [/altText]",
    ),
    "one inside a carousel": (
        {"type": "carousel", "contents": [bubble(), bubble(words(bold=True))]},
        "does not survive [/contents/1/body/contents/0/bold]",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_what_gets_lost_is_named_with_its_place(name: str) -> None:
    contents, fault = LOST[name]
    assert flex_faults(contents) == [fault]


REFUSED: dict[str, Any] = {
    "a container that is not known": {"type": "sheet"},
    "no type": {"body": box()},
    "a component that is not known": bubble({"type": "poll"}),
    "a weight that is not known": bubble(words(weight="heavy")),
    "a number where words belong": bubble(words(margin=4)),
    "a box without a layout": {"type": "bubble", "body": {"type": "box", "contents": []}},
    "a button without an action": bubble({"type": "button"}),
    "an action that is not known": bubble(flex_button({"type": "copy", "label": "写す"})),
    "data that is too long": bubble(flex_button(postback(data="x" * 301))),
    "words instead of a bubble": "はい",
    "nothing": None,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_models_refuse_is_told(name: str) -> None:
    assert "LINE's models refuse this" in flex_faults(REFUSED[name])[0]


def test_what_comes_back_changed_is_told_too() -> None:
    """LINE's models refuse rather than change; should they begin to, it is seen."""
    assert lost({"flex": 1}, {"flex": 1, "type": "text"}, "/body") == [
        "came from nowhere [/body/type]"
    ]
    assert lost([{"size": "md"}], [{"size": "lg"}], "") == ["'md' became 'lg' [/0/size]"]
    assert lost([1, 2], [1], "/contents") == ["[1, 2] became [1] [/contents]"]
