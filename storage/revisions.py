"""The versions of the tables: our migrations in their order, and how a database is taken along."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.vault import Vault

MIGRATIONS = Path(__file__).parent / "migrations"
TAGGED_SINCE: Final = "0014"  # the version of the first database whose rows bear tags


@cache
def _scripts() -> ScriptDirectory:
    """Our migrations, each read once."""
    return ScriptDirectory(str(MIGRATIONS))


@cache
def _in_order() -> tuple[str, ...]:
    return tuple(s.revision for s in _scripts().walk_revisions())[::-1]


@cache
def known_revisions() -> frozenset[str]:
    return frozenset(_in_order())


@cache
def newest_revision() -> str | None:
    return _scripts().get_current_head()


def later_than(revision: str) -> tuple[str, ...]:
    """The versions that come after this one ("" for an empty database), in their order."""
    order = _in_order()
    return order[order.index(revision) + 1 :] if revision else order


@cache
def oldest_writer(revision: str) -> str:
    """The oldest version of a program that may write a database of this version.

    A migration that earlier programs do not bear says so by `oldest_writer = revision`; those
    until 0014 say nothing, and nobody bears them but who knows them.
    """
    found = TAGGED_SINCE
    for name in _in_order()[: _in_order().index(revision) + 1]:
        script = _scripts().get_revision(name)
        found = max(found, str(getattr(script.module, "oldest_writer", "")))
    return found


def revision_of(connection: Connection) -> str | None:
    """The version at which a database stands; None for one that is empty, or not ours."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection, revision: str, vault: Vault | None = None) -> None:
    """Run the migrations up to `revision`; only where there are no rows yet without the keys."""
    config = Config()
    config.attributes["connection"] = connection
    config.attributes["vault"] = vault
    scripts = _scripts()

    def steps(current: Any, context: MigrationContext) -> Any:
        return scripts._upgrade_revs(revision, current)

    # As `alembic upgrade` does it, which reads all migrations anew each time.
    with EnvironmentContext(config, scripts, fn=steps, destination_rev=revision):
        scripts.run_env()
