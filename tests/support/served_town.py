"""A real town behind the real server: the hall's database, the clock of the test, a free port."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bot
from handlers.settings import load_settings
from tests.support.product import free_port
from tests.support.server import running
from tests.support.town import TownHall
from tests.support.web import TOWN_SETTINGS, web_app


@contextmanager
def served_town(hall: TownHall, **settings: str) -> Iterator[str]:
    """Answers at the address it gives, until the block ends."""
    port = str(free_port())
    url = f"http://localhost:{port}"
    given = {**TOWN_SETTINGS, "PUBLIC_URL": url, "PORT": port, **settings}
    app = web_app(hall, town=True, **given)
    with running(bot.listening(app, load_settings(Path("/nowhere"), given))):
        yield url
