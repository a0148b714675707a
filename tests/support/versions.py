"""A program newer than this one: it has one more migration, and carries up what is of today."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Connection, Table, select

import storage.revisions
from storage.compatibility import compatibility_of_program
from storage.revisions import MIGRATIONS
from storage.row_texts import row_version_of_program
from storage.tables import place

NEWER = "9001"
_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{before}", None, None
{more}

def upgrade() -> None:
    op.add_column("seen", sa.Column("extra_{revision}", sa.String(3), nullable=True))
    op.add_column("cases", sa.Column("extra_{revision}", sa.String(3), nullable=True))
"""
_REMEMBERED = (
    storage.revisions._files,
    storage.revisions.known_revisions,
    storage.revisions.newest_revision,
    storage.revisions.oldest_writer,
    storage.revisions._scripts,
    compatibility_of_program,
    row_version_of_program,
)


def add_migration(folder: Path, revision: str, *, after: str, more: str = "") -> None:
    """One more migration in `folder`, to which ours are copied first."""
    if not folder.exists():
        shutil.copytree(MIGRATIONS, folder)
    made = _MIGRATION.format(revision=revision, before=after, more=more)
    (folder / "versions" / f"{revision}_newer.py").write_text(made)


@contextmanager
def newer_program(folder: Path) -> Iterator[None]:
    """This process is a newer program while the block lasts: its last migration is NEWER."""
    add_migration(folder / "migrations", NEWER, after=storage.revisions.newest_revision())
    with patch.object(storage.revisions, "MIGRATIONS", folder / "migrations"):
        _forget()
        try:
            yield
        finally:
            storage.revisions.MIGRATIONS = MIGRATIONS
            _forget()


def _forget() -> None:
    for known in _REMEMBERED:
        known.cache_clear()


def place_in_row(connection: Connection, table: Table, column: str, key: object) -> str:
    """The place for which a value in this row is sealed now."""
    (primary,) = table.primary_key.columns
    version = 0
    if "version" in table.c:
        query = select(table.c.version).where(primary == key)
        version = connection.execute(query).scalar_one()
    return place(table, column, key, version)
