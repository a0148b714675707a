"""A town that has a chat beside the pages: what is the same whichever platform it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask import Flask

from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import OutboxSender
from handlers.settings import Settings
from handlers.web.server.navigation import link
from tests.support.town import TownHall
from tests.support.web import TownSeat
from workflows.core.ports import Account
from workflows.model.card import CardButton
from workflows.model.directory import Member

SECRET = b"only for tests"


@dataclass
class ChatTown(TownHall):
    """The town's hands, and what speaks with the platform. `app` is the whole Flask application,
    `part` the platform's part of the running bot."""

    platform: ClassVar[str]
    prefix: ClassVar[str]  # what stands before a member's id in their id there

    settings: Settings
    part: Any
    delivery: OutboxSender
    ticks: Ticks
    app: Flask
    _seats: dict[str, TownSeat] = field(default_factory=dict, kw_only=True)

    def web(self, member_id: str) -> TownSeat:
        """This member at a browser, signed in."""
        if member_id not in self._seats:
            self._seats[member_id] = TownSeat(self.app)
            self._seats[member_id].sign_in(self, member_id)
        return self._seats[member_id]

    def settle(self) -> None:
        """Wait until what the platform's people began is done."""
        assert self.part.runner.idle(), f"something in {self.platform}'s door goes on and on"

    def tick(self) -> None:
        """What time does: promises are kept, notices sent every way, what came in worked off."""
        self.settle()
        self.ticks.tick_everything()

    def link(self, *member_ids: str) -> None:
        """Make these members known as their users of the platform."""
        now = self.desk.now()
        with self.database.open() as unit:
            for one in member_ids:
                user = self.prefix + one
                unit.accounts.save(Account(self.platform, user, one, "linked", one, now))
            unit.commit()


def active_members(hall: TownHall) -> list[Member]:
    """Everybody who works in the town today."""
    today = hall.desk.now().date()
    with hall.database.open() as unit:
        return [m for m in unit.directory.members() if m.is_active(today)]


def page_of(settings: Settings) -> Callable[[CardButton], str]:
    """Where a card's button leads on the pages, as bot.py wires it."""
    return lambda action: settings.page_address + link(action)
