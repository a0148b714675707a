"""What somebody reads and can press in a message, whichever type it is of."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.lineworks.pieces import Json


@dataclass(frozen=True)
class Button:
    """Something to press. `beside` are the words it stands with: its column, its row, its bubble;
    `quick` is a quick reply, which goes away with the next message."""

    action: Json
    beside: str
    quick: bool = False

    @property
    def label(self) -> str:
        return str(self.action.get("label", ""))


@dataclass(frozen=True)
class Part:
    """Lines of text with the buttons under them, as they are seen together."""

    lines: tuple[str, ...]
    actions: tuple[Json, ...] = ()


def parts(content: Json) -> list[Part]:
    """A message, in the order in which it is read."""
    match content["type"]:
        case "text":
            return [Part((content["text"],))]
        case "button_template":
            return [Part((content["contentText"],), (*content["actions"],))]
        case "list_template":
            return _list(content)
        case "carousel":
            return [_column(column) for column in content["columns"]]
        case "image_carousel":
            actions = [column["action"] for column in content["columns"] if "action" in column]
            return [Part((), (action,)) for action in actions]
        case "flex":
            inner = content["contents"]
            bubbles = inner["contents"] if inner["type"] == "carousel" else [inner]
            return [_bubble(bubble) for bubble in bubbles]
        case kind:
            return [Part((f"({kind})",))]  # a picture or a file that a person sent


def _list(content: Json) -> list[Part]:
    cover = content.get("coverData", {})
    rows = [content.get("actions", [])]
    bottom = [action for row in rows for line in row for action in line]
    return [
        Part(_words(cover, "title", "subtitle")),
        *(
            Part(_words(one, "title", "subtitle"), (one["action"],) if "action" in one else ())
            for one in content["elements"]
        ),
        Part((), tuple(bottom)),
    ]


def _column(column: Json) -> Part:
    """A tap on the column itself is its `defaultAction`: nothing is written on it."""
    return Part(_words(column, "title", "text"), tuple(column["actions"]))


def _words(thing: Json, *names: str) -> tuple[str, ...]:
    return tuple(str(thing[name]) for name in names if name in thing)


def _bubble(bubble: Json) -> Part:
    blocks = [bubble[name] for name in ("header", "hero", "body", "footer") if name in bubble]
    lines = [text for block in blocks for text in _texts(block)]
    actions = [action for block in blocks for action in _pressed(block)]
    if "action" in bubble:
        actions.append(bubble["action"])
    return Part(tuple(lines), tuple(actions))


def _texts(component: Json) -> Iterator[str]:
    inner = component.get("contents", [])
    if component["type"] == "text":
        yield "".join(span["text"] for span in inner) if inner else component["text"]
        return
    for one in inner:
        yield from _texts(one)


def _pressed(component: Json) -> Iterator[Json]:
    if "action" in component:
        yield component["action"]
    if component["type"] == "box":
        for one in component["contents"]:
            yield from _pressed(one)


def quick_replies(content: Json) -> list[Json]:
    items = content.get("quickReply", {}).get("items", [])
    return [item["action"] for item in items]


def buttons(content: Json, *, newest: bool = True) -> list[Button]:
    """Everything to press in a message; quick replies only while it is the newest."""
    found = [
        Button(action, "\n".join(part.lines)) for part in parts(content) for action in part.actions
    ]
    if newest:
        words = "\n".join(line for part in parts(content) for line in part.lines)
        found += [Button(action, words, quick=True) for action in quick_replies(content)]
    return found


def as_text(content: Json, *, newest: bool = True) -> str:
    """A message as somebody reads it, its buttons as [label]."""
    lines: list[str] = []
    for part in parts(content):
        lines += part.lines
        if part.actions:
            lines.append(_row(part.actions))
    if newest and (quick := quick_replies(content)):
        lines.append(_row(tuple(quick)))
    return "\n".join(lines)


def _row(actions: tuple[Json, ...]) -> str:
    return " ".join(f"[{action.get('label', '')}]" for action in actions)
