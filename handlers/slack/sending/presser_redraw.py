"""Who pressed sees theirs first: the card below their finger, their other cards, their home page.

The card itself is drawn at the address that came with the press, which no limit of a method holds
up, however many other cards wait to be drawn; the rest by calls that are left for this (pace.py).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.slack.api import Api, SlackRefused
from handlers.slack.sending.redrawing import Redrawing

log = logging.getLogger(__name__)
Body = dict[str, Any]


@dataclass(frozen=True)
class PressedMessage:
    """The message that somebody pressed; none when it was a modal, a home page or a command."""

    api: Api
    pause: Callable[[float], None]
    channel: str = ""
    message: str = ""
    response_url: str = ""

    def answer(self, args: Mapping[str, Any]) -> bool:
        if not self.response_url:
            return False
        shown = {"text": args["text"], "blocks": args["blocks"]}
        try:
            self.api.respond(self.response_url, replace_original=True, **shown)
        except SlackRefused as refused:
            log.info("slack_answer_not_taken error=%s", refused.code)
            return False
        return True


class PresserRedraw:
    """`pause` waits so many seconds, unless all of it is stopping."""

    def __init__(self, redrawing: Redrawing, api: Api) -> None:
        self._redrawing, self._api = redrawing, api

    def draw(self, body: Body, member_id: str, pause: Callable[[float], None]) -> None:
        """Draw what this member looks at as it is after what they did."""
        container = body.get("container") or {}
        is_ours = not container.get("is_ephemeral")
        pressed = PressedMessage(
            self._api,
            pause,
            channel=str(container.get("channel_id") or "") if is_ours else "",
            message=str(container.get("message_ts") or "") if is_ours else "",
            response_url=str(body.get("response_url") or ""),
        )
        self._redrawing.draw_own(member_id, pressed)
