"""The Bolt app: every request verified by Bolt, then handed to the runner. Made without a network.

Signatures are checked by Bolt over HTTP; over Socket Mode the connection itself is ours. Over HTTP
presses and commands do not come as far as this (`early_ack.py`).
"""

import logging
import re
from collections.abc import Callable
from typing import Any, Final

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from handlers.slack.door import SlackDoor
from handlers.slack.requests import commands
from handlers.slack.requests.request_gate import RequestGate, status_of
from handlers.slack.requests.runner import SlackRunner

ANY: Final = re.compile(".*", re.DOTALL)


def create_slack_app(door: SlackDoor, runner: SlackRunner, ours: RequestGate) -> App:
    """Bolt with one listener a kind of request; what is done about it is registered by verb."""
    slack = door.slack

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        # Prepared: Bolt would ask Slack before it acknowledges.
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=slack.bot_token,
            bot_id=ours.identity.known.bot,
            bot_user_id=ours.identity.known.bot_user,
        )

    def only_ours(body: dict[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's name
        if body.get("type") == "url_verification":
            return next()
        if status := ours.reject_status(body):
            return BoltResponse(status=status, body="")
        return next()

    app = App(
        name="tsunagu",  # else it looks through the stack for one
        logger=_silent(),
        signing_secret=slack.signing_secret or "socket",
        authorize=authorize,
        before_authorize=only_ours,
        client=WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[]),
        request_verification_enabled=not slack.is_socket,
        # The runner acknowledges first and has threads of its own.
        process_before_response=True,
    )

    def action(ack: Any, body: dict[str, Any]) -> None:
        runner.action(ack, body)

    def submission(ack: Any, body: dict[str, Any]) -> None:
        runner.submission(ack, body)

    def closed(ack: Any, body: dict[str, Any]) -> None:
        runner.closed(ack, body)

    def command(ack: Any, body: dict[str, Any]) -> None:
        runner.opening(ack, body, *commands.read_command(body))

    def shortcut(ack: Any, body: dict[str, Any]) -> None:
        runner.opening(ack, body, *commands.read_shortcut(body))

    def unknown(ack: Any) -> None:
        ack()  # else Slack would send it again and again

    def failed(error: Exception) -> BoltResponse:
        return BoltResponse(status=status_of(error), body="")

    app.action(ANY)(action)
    app.view_submission(ANY)(submission)
    app.view_closed(ANY)(closed)
    app.command(ANY)(command)
    app.shortcut(ANY)(shortcut)
    for name, react in commands.EVENTS.items():
        app.event(name)(_listener(name, react, door, runner))
    app.event(ANY)(unknown)
    app.error(failed)
    return app


def _listener(name: str, react: commands.React, door: SlackDoor, runner: SlackRunner) -> Any:
    matters = commands.IS_RELEVANT.get(name)

    def listener(ack: Any, body: dict[str, Any]) -> None:
        if matters and not matters(body["event"]):
            ack()  # nothing follows from it: nothing is kept
            return
        runner.event(ack, body, lambda: react(door, runner, body))

    return listener


def _silent() -> logging.Logger:
    """Bolt's own log: its warnings quote bodies."""
    quiet = logging.getLogger("tsunagu.bolt")
    quiet.setLevel(logging.CRITICAL + 1)
    return quiet
