"""Slack's part of a running bot, put together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from flask import Flask

import handlers.slack.register_all  # noqa: F401 - what may be pressed registers itself
from handlers.chat.callback_writer import CallbackWriter
from handlers.chat.caller_priority import CallerPriority
from handlers.chat.health import Health, HealthCounters
from handlers.chat.platform import ChatServices
from handlers.settings.slack import SlackSettings
from handlers.slack.api import Api
from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.requests import commands
from handlers.slack.requests.answering import RequestAnswers
from handlers.slack.requests.app import create_slack_app
from handlers.slack.requests.greeting import greet
from handlers.slack.requests.identity import Identity
from handlers.slack.requests.mount import mount
from handlers.slack.requests.people import SlackDirectorySync
from handlers.slack.requests.request_gate import RequestGate
from handlers.slack.requests.request_recovery import RequestRecovery
from handlers.slack.requests.runner import SlackRunner
from handlers.slack.requests.socket import SocketConnection, Watchdog
from handlers.slack.sending.channel import SlackChannel
from handlers.slack.sending.presser_redraw import PresserRedraw
from handlers.slack.sending.redrawing import Redrawing
from workflows.chat.cards_and_home import SetUpBoard
from workflows.core.permissions import Caller

IDENTITY: Final = "slack_identity"  # the name under which it is kept who we are there


class SlackRuntime:
    """Everything that speaks with Slack. Nothing runs and no connection is made until `start`."""

    def __init__(self, services: ChatServices, slack: SlackSettings) -> None:
        self.waited = CallerPriority()
        database = services.database
        open_unit = self.waited.behind(database.open)
        polite = replace(services, desk=services.desk.behind(self.waited.pause_for_callers))
        self.door = SlackDoor(
            **polite.door_fields(),
            slack=slack,
            api=Api(slack.bot_token, slack.api_url),
        )
        self.door.outgoing.pace.processes = services.processes
        self.book = HealthCounters()
        self.identity = Identity(
            self.door,
            lambda: database.recall(IDENTITY),
            lambda text: database.remember_about(IDENTITY, text),
        )
        self.door.lost = self.identity.lost
        redrawing = Redrawing(open_unit, self.door)
        self.runner = SlackRunner(
            self.door,
            RequestAnswers(self.door, greet),
            slack.workers,
            CallbackWriter(database.open_with_priority, uuid4().hex, self.waited),
            PresserRedraw(redrawing, self.door.api),
        )
        self.ours = RequestGate(self.door, self.runner, self.identity, self.book)
        self.app = create_slack_app(self.door, self.runner, self.ours)
        self.channel = SlackChannel(self.door)
        # What the clock does besides sending, each on a thread of its own (clock/ticks.py).
        self.background_jobs: dict[str, Callable[[], bool]] = {
            "slack_presses": RequestRecovery(self.door, self.runner, open_unit, self._react).step,
            "slack_cards": redrawing.draw_next,
            "slack_people": SlackDirectorySync(self.door).step,
        }
        self.line = (
            SocketConnection(
                self.app, Api(slack.app_token, slack.api_url), slack.workers, self.door.report
            )
            if slack.is_socket
            else None
        )
        self._watch = Watchdog(self.look)

    def _react(self, body: dict[str, Any]) -> None:
        """To an event that was kept, again."""
        react = commands.EVENTS.get(str(body.get("event", {}).get("type", "")))
        if react:
            react(self.door, self.runner, body)

    def mount(self, app: Flask) -> None:
        """Over HTTP Slack reaches us under the pages' address; in Socket Mode we reach it."""
        if not self.line:
            mount(app, self)

    def start(self) -> None:
        """Learn who we are, and over Socket Mode connect; go on seeing to it."""
        self.set_up()
        self._watch.start()

    def set_up(self) -> None:
        """What follows from the settings, which change at a start alone: where the board stands."""
        self.door.desk.handle(SetUpBoard(SLACK, self.door.slack.coordinators_channel), Caller.CLOCK)

    def look(self) -> None:
        """What the watch does: whatever is missing is tried again, each after its own pause."""
        now = self.door.desk.now()
        self.identity.look(now)
        if self.line:
            self.line.look(now)

    def health(self) -> Health:
        return self.book.read(self.identity.error, self.line.state() if self.line else None)

    def stop(self) -> None:
        """Take nothing new, and wait until what was begun is done."""
        self._watch.stop()
        if self.line:
            self.line.end()
        self.runner.stop()
