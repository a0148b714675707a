"""The pieces that the schemas of schema.py are made of: texts, lists, objects, and actions.

`actions`' table of what may stand where is LINE WORKS's (bot-actionobject): a postback in carousels
and quick replies alone, cameras in quick replies alone.
"""

from typing import Any, Final

Json = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
LABEL, IMAGE_LABEL = 20, 12


def text(most: int, least: int = 1, **more: Any) -> Json:
    return {"type": "string", "minLength": least, "maxLength": most} | more


def some(items: Json, most: int, least: int = 1) -> Json:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def thing(needed: Json, optional: Json | None = None, **more: Any) -> Json:
    """An object with these properties and no others."""
    known = needed | (optional or {})
    closed = {"type": "object", "required": [*needed], "additionalProperties": False}
    return closed | {"properties": known} | more


def of_kind(kinds: dict[str, Json]) -> Json:
    """One of several kinds, told apart by `type`, so that a fault names its own place."""
    known = {"type": "object", "required": ["type"], "properties": {"type": {"enum": [*kinds]}}}
    cases = [
        {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": kind}
        for name, kind in kinds.items()
    ]
    return known | {"allOf": cases}


LINK = text(1000, pattern="^https?://")
PICTURE = text(1000, pattern="^https://")


def _action(kind: str, label: Json, needed: Json, optional: Json | None = None) -> Json:
    return thing({"type": {"const": kind}, "label": label} | needed, optional)


def actions(place: str, kinds: tuple[str, ...], most: int = LABEL) -> Json:
    """The actions that may stand at a place, as definitions: `<place>` and one for each kind.

    The text of a message action is its label in button_template, list_template and the menu;
    elsewhere it must be given.
    """
    label = text(most)
    said = {"text": text(300)}
    silent = place in {"button", "list", "menu"}
    shown = {"displayText": text(300)}
    quick = place == "quick"
    every = {
        "postback": _action(
            "postback",
            label,
            {"data": text(300)} | (shown if quick else {}),
            {} if quick else shown,
        ),
        "message": _action(
            "message",
            label,
            {} if silent else said,
            {"postback": text(1000)} | (said if silent else {}),
        ),
        "uri": _action("uri", label, {"uri": LINK}),
        "copy": _action("copy", label, {"copyText": text(1000)}),
        "camera": _action("camera", label, {}),
        "cameraRoll": _action("cameraRoll", label, {}),
        "location": _action("location", label, {}),
    }
    found = {f"{place}-{kind}": every[kind] for kind in kinds}
    refs = {kind: {"$ref": f"#/$defs/{place}-{kind}"} for kind in kinds}
    return found | {place: of_kind(refs)}


def without_label(kinds: Json) -> Json:
    """The same actions as something to press that has no words of its own."""
    return {
        name: one
        if "allOf" in one
        else one | {"required": [n for n in one["required"] if n != "label"]}
        for name, one in kinds.items()
    }


PLAIN = ("message", "uri", "copy")
FULL = ("postback", *PLAIN)
CAMERA = ("camera", "cameraRoll", "location")
