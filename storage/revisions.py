"""The versions of a database that this program knows: one for each of its migrations."""

from functools import cache
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory

MIGRATIONS: Final = Path(__file__).parent / "migrations"


@cache
def migrations() -> ScriptDirectory:
    """Our migrations, each read once."""
    return ScriptDirectory(str(MIGRATIONS))


@cache
def known_revisions() -> frozenset[str]:
    return frozenset(s.revision for s in migrations().walk_revisions())


@cache
def newest_revision() -> str | None:
    return migrations().get_current_head()
