"""What LINE WORKS tells, read: who did what, in whatever shape it comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from workflows.japanese.characters import has_control

BEGUN: Final = "begin"
START: Final = "start"  # what the app's own button under a new talk sends


@dataclass(frozen=True)
class Event:
    """`kind` is LINE WORKS's type. `token` is what the button carried that was pressed, "" when
    something was written (`text`) or happened. `user` and `channel` are "" where it names none."""

    kind: str
    user: str
    channel: str
    text: str
    token: str
    at: str
    received_at: datetime  # by our clock


# A callback comes at once or never; what was taken in is known again for far longer than this.
OLDEST: Final = timedelta(days=1)


def read(told: Mapping[str, Any], received_at: datetime) -> Event:
    """Nothing that is missing or of another shape raises: it counts as not said."""
    source, content = _dict(told.get("source")), _dict(told.get("content"))
    kind, token = _text(told.get("type")), _text(told.get("data"))
    # A quick reply comes back as a postback or within a message.
    token = token or _text(content.get("postback"))
    if kind == "message" and token == START:
        kind, token = BEGUN, ""
    return Event(
        kind=kind,
        user=_id(source.get("userId")),
        channel=_id(source.get("channelId")),
        text=_text(content.get("text")) if content.get("type") == "text" else "",
        token=token,
        at=f"{issued_at(told, received_at).timestamp():.6f}",  # a text that sorts
        received_at=received_at,
    )


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    # Half a letter, which JSON allows, could be written nowhere.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _id(value: object) -> str:
    """An id of theirs; what no id can be is nobody's."""
    text = _text(value)
    return "" if has_control(text) else text


def issued_at(told: Mapping[str, Any], received_at: datetime) -> datetime:
    """When it was, by their clock; by ours where they say nothing that can be read."""
    try:
        at = datetime.fromisoformat(_text(told.get("issuedTime")))
    except ValueError:
        return received_at
    return received_at if at.tzinfo is None else at
