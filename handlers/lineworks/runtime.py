"""LINE WORKS's part of a running bot, put together."""

from collections.abc import Callable
from typing import Final

from flask import Flask

import handlers.lineworks.register_all  # noqa: F401 - what may be pressed registers itself
from handlers.chat.health import Health, HealthCounters
from handlers.chat.platform import ChatServices
from handlers.lineworks.api import Api
from handlers.lineworks.calendar import Calendars
from handlers.lineworks.callback import CallbackReceiver, mount
from handlers.lineworks.channel import LineworksChannel
from handlers.lineworks.door import LineworksDoor
from handlers.lineworks.greeting import greet
from handlers.lineworks.people import LineworksDirectorySync
from handlers.lineworks.rooms import Rooms
from handlers.lineworks.runner import LineworksRunner
from handlers.settings.lineworks import LineworksSettings

ROOMS: Final = "lineworks_rooms"  # the name under which rooms are kept


class LineworksRuntime:
    """Everything that speaks with LINE WORKS. No connection is made until there is reason to."""

    def __init__(self, services: ChatServices, lineworks: LineworksSettings) -> None:
        database = services.database
        self.door = LineworksDoor(
            **services.door_fields(),
            lineworks=lineworks,
            api=Api(lineworks, services.desk.now),
        )
        self.door.outgoing.pace.processes = services.processes
        self.book = HealthCounters()
        rooms = Rooms(
            lambda: database.recall(ROOMS), lambda change: database.change_about(ROOMS, change)
        )
        self.runner = LineworksRunner(self.door, database.open, rooms, greet)
        self.reception = CallbackReceiver(self.door, database.open, self.runner, self.book)
        self.channel = LineworksChannel(self.door)
        # What the clock does besides sending, each on a thread of its own (clock/ticks.py).
        self.background_jobs: dict[str, Callable[[], bool]] = {
            "lineworks_callbacks": self.runner.step,
            "lineworks_people": LineworksDirectorySync(self.door).step,
            "lineworks_calendars": Calendars(self.door, database.open).step,
        }

    def mount(self, app: Flask) -> None:
        mount(app, self.reception)

    def start(self) -> None:
        """It calls us, and is called when there is reason to."""

    def health(self) -> Health:
        return self.book.read(self.door.api.error(), None)

    def stop(self) -> None:
        """Take nothing new, and wait until what was begun is done."""
        self.runner.stop()
