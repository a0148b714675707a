"""An answer as it is seen: what takes a modal's place, where its errors stand, how large it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from handlers.slack.ui.blocks import Block

Body = dict[str, Any]
# Bytes: Slack's own client sends no frame of more than 65,535 over a socket.
MOST_IN_A_FRAME: Final = 60_000


@dataclass(frozen=True)
class ModalResult:
    """An answer as it is seen: `errors` beside fields, or `view` in the modal's place, or neither.

    `sentence` is said instead when there is no modal any more, `missed` when there is and Slack
    does not draw it; "" is the same sentence. `undone` says why nothing was done just now.
    """

    sentence: str
    view: Block | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    missed: str = ""
    undone: str = ""


def errors_by_block(errors: Mapping[str, str], view: Body) -> dict[str, str]:
    """Each sentence at a block that the modal has, for Slack shows none for another."""
    names = {
        b["block_id"].partition("~")[0]: b["block_id"]
        for b in view["blocks"]
        if b.get("type") == "input"
    }
    if not names:
        return {}
    found: dict[str, str] = {}
    last = list(names.values())[-1]
    for name, sentence in errors.items():
        block = names.get(name, last)
        found[block] = f"{found[block]}　{sentence}" if block in found else sentence
    return found


def fits_a_frame(view: Body) -> bool:
    """Whether a view can travel in an acknowledgement over a socket."""
    # As Slack's client writes it: six bytes for each letter that is not of ASCII.
    return len(json.dumps(view)) <= MOST_IN_A_FRAME
