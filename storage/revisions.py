"""The versions of the tables: our migrations in their order, and how a database is taken along."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"
_OLDEST_WRITER: Final = re.compile(r'^oldest_writer = (?:revision|"([0-9]{4})")$', re.MULTILINE)


@cache
def _files() -> Mapping[str, Path]:
    """Our migrations by their versions, which their names begin with, in their order."""
    found = sorted((MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    return {path.name.partition("_")[0]: path for path in found}


@cache
def known_revisions() -> frozenset[str]:
    return frozenset(_files())


@cache
def newest_revision() -> str:
    return max(_files())


def later_than(revision: str) -> tuple[str, ...]:
    """The versions that come after this one ("" for an empty database), in their order."""
    order = tuple(_files())
    return order[order.index(revision) + 1 :] if revision else order


@cache
def oldest_writer(revision: str) -> str:
    """The oldest version of a program that may write a database of this version.

    A migration that earlier programs do not bear says so by `oldest_writer = revision`.
    """
    order = tuple(_files())
    said = (_oldest_writer_in(_files()[one]) for one in order[: order.index(revision) + 1])
    return max(order[0], *said)


def _oldest_writer_in(migration: Path) -> str:
    """What a migration says, read without running it; "" where it says nothing."""
    found = _OLDEST_WRITER.search(migration.read_text("utf-8"))
    return (found[1] or migration.name.partition("_")[0]) if found else ""


@cache
def _scripts() -> "ScriptDirectory":
    """Our migrations, each read once."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as in `upgrade`

    return ScriptDirectory(str(MIGRATIONS))


def revision_of(connection: Connection) -> str | None:
    """The version at which a database stands; None for one that is empty, or not ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    query = text("SELECT version_num FROM alembic_version")
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def upgrade(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision`; none needs the keys, because none writes documents."""
    # Slow to load, and a start that carries nothing up goes without them.
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415

    config = Config()
    config.attributes["connection"] = connection
    scripts = _scripts()

    def steps(current: Any, context: Any) -> Any:
        return scripts._upgrade_revs(revision, current)

    # As `alembic upgrade` does it, which reads all migrations anew each time.
    with EnvironmentContext(config, scripts, fn=steps, destination_rev=revision):
        scripts.run_env()
