"""Where a benchmark works: a fresh town on SQLite, and one on PostgreSQL as a town runs it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from tests.support.postgres import NoPostgres, PostgresServer, which_postgres
from tests.support.town import KEYS, TOWN, TownHall, open_town_hall

SQLITE, POSTGRES = "SQLite", "PostgreSQL"


@dataclass
class Place:
    """One town. `folder` holds its keys, and its database where that is a file."""

    name: str
    folder: Path
    hall: TownHall
    url: str

    @property
    def keys_file(self) -> Path:
        return self.folder / KEYS

    def as_town(self) -> None:
        """Hand it over to a real process: a real town, whose clock is this machine's."""
        self.hall.clock.set(datetime.now(UTC))
        with self.hall.database.engine.begin() as connection:
            connection.execute(text("UPDATE about SET value = 'town' WHERE name = 'kind'"))


class Places:
    """Makes towns, on every database that there is here. PostgreSQL writes to the disk as it does
    for a town: with fsync, as SQLite does."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tsunagu-bench-", dir=_on_a_disk()))
        self._count = 0
        try:
            self.postgres: PostgresServer | None = PostgresServer(durable=True)
        except NoPostgres:
            self.postgres = None

    def close(self) -> None:
        if self.postgres:
            self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def described(self) -> str:
        return which_postgres()

    @property
    def names(self) -> tuple[str, ...]:
        return (SQLITE, POSTGRES) if self.postgres else (SQLITE,)

    @contextmanager
    def town(self, name: str) -> Iterator[Place]:
        """The fictional town in a fresh database, until the block ends."""
        self._count += 1
        folder = self.folder / str(self._count)
        folder.mkdir()
        url = f"sqlite:///{folder / TOWN}"
        if name == POSTGRES:
            assert self.postgres
            url = self.postgres.new_database()
        hall = open_town_hall(folder, url)
        try:
            yield Place(name, folder, hall, url)
        finally:
            hall.database.close()


def _on_a_disk() -> str | None:
    """The usual place is memory on many machines; what a commit costs is asked of a disk."""
    return "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108 - a folder of our own in it
