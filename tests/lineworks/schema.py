"""What LINE WORKS takes, as JSON Schema (draft 2020-12): contents, the menu, rooms and events.

`MESSAGES["carousel"]` is the schema of one type of message; `MENU`, `ROOM` and `EVENTS` are those
of the other bodies. What a schema cannot say stands in limits.py, which is the way to ask.
Independent of the product. Only what is documented may stand in a body (translations, `i18n…`, are
left out, as nobody here sends them). Where documents differ, the narrower number stands: a label of
the menu has 20 letters (LINE WORKS writes 1,000), a flex message 15 KB (30 KB outside Japan).
Source: developers.worksmobile.com, Bot API 2.0 and Calendar API 2.0.
"""

from typing import Final

from tests.lineworks.pieces import (
    CAMERA,
    DRAFT,
    FULL,
    IMAGE_LABEL,
    PICTURE,
    PLAIN,
    Json,
    actions,
    of_kind,
    some,
    text,
    thing,
    without_label,
)

BOXED = ("box", "button", "image", "text", "separator", "filler")
IN_LINE = ("icon", "text", "filler")


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _component(kind: str, needed: Json, **more: Json) -> Json:
    """A part of a flex message. How it looks is left to flex.py, its links and words are not."""
    known = {"type": {"const": kind}, "action": _ref("flex")} | needed | more
    return {"type": "object", "required": ["type", *needed], "properties": known}


def _box() -> Json:
    inside = {
        "horizontal": of_kind({kind: _ref(f"flex-{kind}") for kind in BOXED}),
        "vertical": of_kind({kind: _ref(f"flex-{kind}") for kind in BOXED}),
        "baseline": of_kind({kind: _ref(f"flex-{kind}") for kind in IN_LINE}),
    }
    several = {"type": "array", "items": {"type": "object"}}
    box = _component("box", {"layout": {"enum": [*inside]}, "contents": several})
    return box | {
        "allOf": [
            {
                "if": {"properties": {"layout": {"const": layout}}, "required": ["layout"]},
                "then": {"properties": {"contents": {"items": allowed}}},
            }
            for layout, allowed in inside.items()
        ]
    }


def _flex() -> Json:
    """The parts of a flex message. Only `uri` actions: what others do there is not known."""
    words = {"type": "string", "minLength": 1}
    spans = some(_ref("flex-span"), 100)
    blocks = {
        "size": {"enum": ["nano", "micro", "kilo", "mega", "giga"]},
        "direction": {"enum": ["ltr", "rtl"]},
        "header": _ref("flex-box"),
        "hero": of_kind({"box": _ref("flex-box"), "image": _ref("flex-image")}),
        "body": _ref("flex-box"),
        "footer": _ref("flex-box"),
        "styles": {"type": "object"},
        "action": _ref("flex"),
    }
    return {
        **actions("flex", ("uri",)),
        "flex-box": _box(),
        "flex-button": _component("button", {"action": _ref("flex")}),
        "flex-image": _component("image", {"url": PICTURE}),
        "flex-icon": _component("icon", {"url": PICTURE}),
        "flex-text": _component("text", {}, text=words, contents=spans)
        | {"anyOf": [{"required": ["text"]}, {"required": ["contents"]}]},
        "flex-span": _component("span", {"text": words}),
        "flex-separator": _component("separator", {}),
        "flex-filler": _component("filler", {}),
        "bubble": thing({"type": {"const": "bubble"}}, blocks),
        "bubbles": thing({"type": {"const": "carousel"}, "contents": some(_ref("bubble"), 10)}),
        "flex-contents": of_kind({"bubble": _ref("bubble"), "carousel": _ref("bubbles")}),
    }


DEFINITIONS: Final[Json] = {
    **actions("button", PLAIN),
    **actions("list", PLAIN),
    **actions("menu", PLAIN),
    **actions("column", FULL),
    **without_label(actions("area", FULL)),
    **actions("picture", FULL, IMAGE_LABEL),
    **actions("quick", FULL + CAMERA),
    **_flex(),
    "quick-item": thing(
        {"action": _ref("quick")}, {"imageUrl": PICTURE, "imageResourceId": text(1000)}
    ),
    "quick-reply": thing({"items": some(_ref("quick-item"), 13)}),
    "element": thing(
        {"title": text(1000)},
        {
            "subtitle": text(1000),
            "originalContentUrl": PICTURE,
            "fileId": text(1000),
            "action": _ref("list"),
        },
    ),
    "cover": thing(
        {},
        {
            "title": text(1000),
            "subtitle": text(1000),
            "backgroundImageUrl": PICTURE,
            "backgroundFileId": text(1000),
        },
    ),
    # How many buttons a column takes is not written down; three is what the sibling LINE takes.
    "column-of-carousel": thing(
        {"text": text(120), "actions": some(_ref("column"), 3)},
        {
            "title": text(40),
            "originalContentUrl": PICTURE,
            "fileId": text(1000),
            "defaultAction": _ref("area"),
        },
    )
    | {
        "if": {
            "anyOf": [
                {"required": ["title"]},
                {"required": ["originalContentUrl"]},
                {"required": ["fileId"]},
            ]
        },
        "then": {"properties": {"text": {"maxLength": 60}}},
    },
}


def _document(root: Json) -> Json:
    return {"$schema": DRAFT, "$defs": DEFINITIONS} | root


def _message(kind: str, needed: Json, optional: Json | None = None) -> Json:
    """One type of message; a quick reply may stand under each."""
    more = {"quickReply": _ref("quick-reply")} | (optional or {})
    return _document(thing({"type": {"const": kind}} | needed, more))


_RATIO = {
    "imageAspectRatio": {"enum": ["rectangle", "square"]},
    "imageSize": {"enum": ["cover", "contain"]},
}

MESSAGES: Final[dict[str, Json]] = {
    "text": _message("text", {"text": text(2000)}),
    "button_template": _message(
        "button_template", {"contentText": text(1000), "actions": some(_ref("button"), 10)}
    ),
    "list_template": _message(
        "list_template",
        {"elements": some(_ref("element"), 4)},
        {"coverData": _ref("cover"), "actions": some(some(_ref("list"), 2), 2)},
    ),
    "carousel": _message("carousel", {"columns": some(_ref("column-of-carousel"), 10)}, _RATIO),
    "image_carousel": _message(
        "image_carousel",
        {
            "columns": some(
                thing(
                    {},
                    {
                        "originalContentUrl": PICTURE,
                        "fileId": text(1000),
                        "action": _ref("picture"),
                    },
                    oneOf=[{"required": ["originalContentUrl"]}, {"required": ["fileId"]}],
                ),
                10,
            )
        },
    ),
    "flex": _message("flex", {"altText": text(400), "contents": _ref("flex-contents")}),
}

MENU: Final = _document(thing({"content": thing({"actions": some(_ref("menu"), 4)})}))

ROOM: Final = _document(
    thing({"members": some(text(255), 100) | {"uniqueItems": True}}, {"title": text(1000)})
)

_MOMENT = thing(
    {},
    {
        # Local time: an offset is refused.
        "dateTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"},
        "timeZone": text(64),
        "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    },
    oneOf=[{"required": ["dateTime", "timeZone"]}, {"required": ["date"]}],
)

EVENTS: Final = _document(
    thing(
        {
            "eventComponents": some(
                thing(
                    {"summary": text(1000), "start": _MOMENT},
                    {
                        "eventId": text(255),
                        "description": text(5000, 0),
                        "location": text(1000, 0),
                        "end": _MOMENT,
                        "transparency": {"enum": ["OPAQUE", "TRANSPARENT"]},
                        "visibility": {"enum": ["PUBLIC", "PRIVATE"]},
                        "sequence": {"type": "integer", "minimum": 0},
                        "attendees": some(
                            {"type": "object", "required": ["email"]}, most=500, least=0
                        ),
                        "categoryId": text(255),
                        "reminders": {"type": "array"},
                    },
                ),
                1,
            )
        },
        {"sendNotification": {"type": "boolean"}},
    )
)
