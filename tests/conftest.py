"""Fixtures for every test; a missing browser or PostgreSQL is a failure when CI asks for all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.town import TownHall, open_town_hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[TownHall]:
    """The fictional town on SQLite, Friday 20 November 2026, 10:00."""
    opened = open_town_hall(tmp_path)
    yield opened
    opened.database.close()
