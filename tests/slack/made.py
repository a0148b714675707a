"""Blocks and views for the tests of the stand-in itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack.limits import Json
from tests.slack.server import StandIn
from tests.support.clock import MovedClock


def words(text: str = "はい", kind: str = "plain_text") -> Json:
    return {"type": kind, "text": text}


def button(text: str = "押す", **more: Any) -> Json:
    return {"type": "button", "action_id": "press", "text": words(text)} | more


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements)} | more


def section(text: str = "はい", **more: Any) -> Json:
    return {"type": "section", "text": words(text, "mrkdwn")} | more


def option(text: str = "高", value: str = "") -> Json:
    return {"text": words(text), "value": value or text}


def select(*options: Json, **more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": list(options)} | more


def field(element: Json | None = None, **more: Any) -> Json:
    given = element or {"type": "plain_text_input", "action_id": "type"}
    return {"type": "input", "block_id": "b", "label": words("氏名"), "element": given} | more


def modal(*blocks: Json, **more: Any) -> Json:
    view = {"type": "modal", "title": words("題"), "submit": words("送る"), "callback_id": "form"}
    return view | {"blocks": list(blocks) or [field()]} | more


def many(most: int) -> list[Json]:
    return [option(f"選択{n}", str(n)) for n in range(most)]


def refused(call: Callable[..., Any], **args: Any) -> str:
    """The word that Slack refused with."""
    with pytest.raises(SlackApiError) as why:
        call(**args)
    return str(why.value.response["error"])


@contextmanager
def workspace(clock: MovedClock) -> Iterator[StandIn]:
    """Two people, a bot and somebody who left; a channel of the app's and two that it is not in."""
    with StandIn(clock.now) as slack:
        slack.add_user("U21", "tanaka", "田中", email="m21@example.jp")
        slack.add_user("U30", "sato", "佐藤", email="m30@example.jp")
        slack.add_user("UBOT", "other", is_bot=True)
        slack.add_user("UGONE", "left", email="gone@example.jp", deleted=True)
        slack.add_channel("C1", "renkei", members=["U21"])
        slack.add_channel("CFAR", "yoso", members=["U21"], bot=False)
        slack.add_channel("GFAR", "himitsu", members=["U21"], bot=False)
        yield slack


def client_of(slack: StandIn, timeout: float = 5) -> WebClient:
    """Slack's own client, which repeats nothing by itself."""
    # Its type says whole seconds; the socket below takes any.
    return WebClient(slack.bot_token, base_url=slack.api, timeout=timeout, retry_handlers=[])  # type: ignore[arg-type]
