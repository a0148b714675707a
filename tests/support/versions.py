"""A database as an earlier version left it, so that opening it carries it up again."""

from typing import Any

from sqlalchemy import Connection, Table, select, text, update

from storage.database import Database, migrate_database, open_database
from storage.marks import SEAL, SEAL_PLACE, WORD
from storage.revisions import TAGGED_SINCE
from storage.tables import SEALED, place
from storage.vault import Keys, Vault

# What later versions made, newest first: the version, and how it is taken back.
_VERSIONED = (
    "town", "agencies", "members", "cases", "meetings",
    "accounts", "answer_links", "sign_ins", "passkeys", "disposals", "person_requests",
)  # fmt: skip
_TAGGED = (
    *_VERSIONED,
    "case_numbers", "request_numbers", "outbox", "mailbox", "drafts", "posts",
)  # fmt: skip
_MADE_LATER = (
    ("0019", "ALTER TABLE seen DROP COLUMN digest"),
    ("0019", "ALTER TABLE seen DROP COLUMN made"),
    ("0018", "ALTER TABLE replicas DROP COLUMN keys"),
    ("0017", "DROP INDEX outbox_open"),
    ("0017", "DROP INDEX outbox_open_member"),
    *(
        ("0017", f"ALTER TABLE outbox DROP COLUMN {name}")
        for name in ("rank", "lost", "in_doubt", "passed_to", "late_told_at")
    ),
    ("0017", "DROP TABLE ways"),
    ("0016", "DROP INDEX callbacks_number"),
    ("0015", "DROP TABLE replicas"),
    *(("0014", f"ALTER TABLE {name} DROP COLUMN version") for name in _VERSIONED),
    *(("0014", f"ALTER TABLE {name} DROP COLUMN tag") for name in _TAGGED),
    ("0013", "DROP TABLE passkeys"),
    *(
        ("0012", f"ALTER TABLE trail_head DROP COLUMN {name}")
        for name in ("mac", "decisions", "checkpoint", "rows")
    ),
    ("0012", "DROP TRIGGER IF EXISTS checkpoints_no_update"),
    *(
        ("0012", f"ALTER TABLE checkpoints DROP COLUMN {name}")
        for name in ("decisions", "previous", "version")
    ),
    ("0011", "ALTER TABLE disposals DROP COLUMN agreed_by"),
    ("0011", "ALTER TABLE disposals DROP COLUMN agreed_at"),
    ("0009", "DROP TABLE person_requests"),
    ("0009", "DROP TABLE request_numbers"),
)


def place_in_row(connection: Connection, table: Table, column: str, key: object) -> str:
    """The place for which a value in this row is sealed now."""
    (primary,) = table.primary_key.columns
    version = 0
    if "version" in table.c:
        query = select(table.c.version).where(primary == key)
        version = connection.execute(query).scalar_one()
    return place(table, column, key, version)


def sealed_before(vault: Vault, table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """The sealed columns of a row as they were before rows had versions."""
    (primary,) = table.primary_key.columns
    key, version = values[primary.name], values.get("version", 0)
    return {
        column: vault.seal(
            vault.open(values[column], place(table, column, key, version)),
            place(table, column, key),
        )
        for one, column in SEALED
        if one is table and values[column]
    }


def _without_versions(connection: Connection, vault: Vault) -> None:
    for table in dict.fromkeys(table for table, _ in SEALED):
        if "version" in table.c:
            for row in connection.execute(select(table)).mappings().all():
                (primary,) = table.primary_key.columns
                sealed = sealed_before(vault, table, dict(row))
                change = update(table).where(primary == row[primary.name])
                connection.execute(change.values(sealed))


def carried_up(url: str, keys: Keys, kind: str = "local") -> Database:
    """The database of an earlier version, carried up by an operator and opened."""
    migrate_database(url, keys, kind)
    return open_database(url, keys, kind)


def back_to(database: Database, version: str) -> None:
    """Tables, columns and marks of later versions go; the documents are the caller's to change."""
    with database.engine.begin() as connection:
        if version < TAGGED_SINCE:
            _without_versions(connection, database.vault)
        for made_by, undo in _MADE_LATER:
            if made_by > version:
                connection.execute(text(undo))
        vault = database.vault
        connection.execute(
            text("UPDATE about SET value = :value WHERE name = :name"),
            {"name": SEAL, "value": vault.seal(WORD, SEAL_PLACE)},
        )
        connection.execute(
            text("DELETE FROM about WHERE name IN ('writers', 'documents', 'lines')")
        )
        connection.execute(
            text("UPDATE alembic_version SET version_num = :version"), {"version": version}
        )
