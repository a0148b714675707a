"""A real town behind the real server: the hall's database, the clock of the test, a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bot
from handlers.settings import load_settings
from tests.support.product import free_port
from tests.support.town import TownHall
from tests.support.web import TOWN_SETTINGS, web_app


@contextmanager
def served_town(hall: TownHall, **settings: str) -> Iterator[str]:
    """Answers at the address it gives, until the block ends."""
    port = str(free_port())
    url = f"http://localhost:{port}"
    given = {**TOWN_SETTINGS, "PUBLIC_URL": url, "PORT": port, **settings}
    app = web_app(hall, town=True, **given)
    server = bot.listening(app, load_settings(Path("/nowhere"), given))
    closing = threading.Event()

    def serve() -> None:
        try:
            server.run()
        except OSError:  # its sockets were closed under it, which is how it is told to end
            if not closing.is_set():
                raise

    thread = threading.Thread(target=serve, name="served town", daemon=True)
    thread.start()
    try:
        yield url
    finally:
        closing.set()
        server.close()
        thread.join(timeout=10)
