"""LINE WORKS's part of a running bot, put together."""

from collections.abc import Callable

import handlers.lineworks.listed  # noqa: F401 - what may be pressed registers itself
from handlers.chat.health import Health, HealthBook
from handlers.chat.rate_window import one_process
from handlers.chat.unit import OpenChatUnit
from handlers.lineworks.api import Api
from handlers.lineworks.calendar import Calendars
from handlers.lineworks.callback import Reception
from handlers.lineworks.channel import LineworksChannel
from handlers.lineworks.door import LineworksDoor
from handlers.lineworks.greeting import greet
from handlers.lineworks.people import Round
from handlers.lineworks.rooms import Change, Rooms
from handlers.lineworks.runner import Runner
from handlers.settings import Settings
from handlers.settings.lineworks import LineworksSettings
from handlers.texts import Texts
from handlers.tokens import Tokens
from workflows.cards import Action
from workflows.desk import Desk
from workflows.forms import FormBook


class LineworksPart:
    """Everything that speaks with LINE WORKS. No connection is made until there is reason to.

    `load` reads and `change` changes a text of ours that is kept for all processes, and
    `processes` says how many there are.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        texts: Texts,
        forms: FormBook,
        settings: Settings,
        lineworks: LineworksSettings,
        secret: bytes,
        page_of: Callable[[Action], str],
        open_unit: OpenChatUnit,
        load: Callable[[], str | None],
        change: Callable[[Change], object],
        processes: Callable[[], int] = one_process,
    ) -> None:
        self.door = LineworksDoor(
            desk=desk,
            texts=texts,
            forms=forms,
            settings=settings,
            lineworks=lineworks,
            api=Api(lineworks, desk.now),
            tokens=Tokens(secret),
            page_of=page_of,
        )
        self.door.outgoing.pace.processes = processes
        self.book = HealthBook()
        self.runner = Runner(self.door, open_unit, Rooms(load, change), greet)
        self.reception = Reception(self.door, open_unit, self.runner, self.book)
        self.channel = LineworksChannel(self.door)
        # What the clock does besides sending, each on a thread of its own (handlers/clock.py).
        self.errands: dict[str, Callable[[], bool]] = {
            "lineworks_callbacks": self.runner.step,
            "lineworks_people": Round(self.door).step,
            "lineworks_calendars": Calendars(self.door, open_unit).step,
        }

    def health(self) -> Health:
        return self.book.read(self.door.api.error(), None)

    def stop(self) -> None:
        """Take nothing new, and wait until what was begun is done."""
        self.runner.stop()
