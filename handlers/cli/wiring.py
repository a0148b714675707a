"""What the commands below `audit`, `broken` and `mail` need of bot.py: a town opened for them."""

from contextlib import AbstractContextManager
from typing import Protocol

from handlers.settings import Settings
from workflows.desk import Desk


class HasDesk(Protocol):
    """A database opened for one command."""

    @property
    def desk(self) -> Desk: ...


class OpensTown(Protocol):
    def open(self, settings: Settings) -> AbstractContextManager[HasDesk]: ...
