"""Mattermost's part of a running bot, put together."""

from collections.abc import Callable

from flask import Flask

import handlers.mattermost.register_all  # noqa: F401 - what may be pressed registers itself
from handlers.chat.health import Health, HealthCounters
from handlers.chat.platform import ChatServices
from handlers.mattermost.answering import Answers
from handlers.mattermost.api import Api
from handlers.mattermost.channel import MattermostChannel
from handlers.mattermost.direct_messages import DirectMessages
from handlers.mattermost.door import MattermostDoor
from handlers.mattermost.greeting import greet
from handlers.mattermost.incoming import Incoming, mount
from handlers.mattermost.people import MattermostDirectorySync
from handlers.mattermost.redrawing import Redrawing
from handlers.mattermost.runner import Runner
from handlers.settings.mattermost import MattermostSettings


class MattermostRuntime:
    """Everything that speaks with Mattermost. No connection is made until there is reason to."""

    def __init__(self, services: ChatServices, mattermost: MattermostSettings) -> None:
        open_unit = services.database.open
        self.door = MattermostDoor(
            **services.door_fields(),
            mattermost=mattermost,
            api=Api(mattermost),
        )
        self.door.outgoing.pace.processes = services.processes
        self.book = HealthCounters()
        answers, messages = Answers(self.door, greet), DirectMessages(self.door)
        redrawing = Redrawing(open_unit, self.door, messages)
        self.runner = Runner(self.door, open_unit, answers, messages, redrawing)
        self._incoming = Incoming(self.door, open_unit, answers, self.runner, self.book)
        self.channel = MattermostChannel(self.door, messages)
        # What the clock does besides sending, each on a thread of its own (clock/ticks.py).
        self.background_jobs: dict[str, Callable[[], bool]] = {
            "mattermost_presses": self.runner.step,
            "mattermost_cards": redrawing.draw_next,
            "mattermost_people": MattermostDirectorySync(self.door).step,
        }

    def mount(self, app: Flask) -> None:
        mount(app, self._incoming)

    def start(self) -> None:
        """It calls us, and is called when there is reason to."""

    def health(self) -> Health:
        return self.book.read(self.door.api.error(), None)

    def stop(self) -> None:
        """Take nothing new, and wait until what was begun is done."""
        self.runner.stop()
