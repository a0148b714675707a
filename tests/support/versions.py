"""A database as an earlier version left it, so that opening it carries it up again."""

from sqlalchemy import text

from storage.database import Database
from storage.marks import SEAL, SEAL_PLACE, WORD

# What later versions made, newest first: the version, and how it is taken back.
_MADE_LATER = (
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


def back_to(database: Database, version: str) -> None:
    """Tables and columns of later versions go; the documents are the caller's to change."""
    with database.engine.begin() as connection:
        for made_by, undo in _MADE_LATER:
            if made_by > version:
                connection.execute(text(undo))
        vault = database.vault
        connection.execute(
            text("UPDATE about SET value = :value WHERE name = :name"),
            {"name": SEAL, "value": vault.seal(WORD, SEAL_PLACE)},
        )
        connection.execute(
            text("UPDATE alembic_version SET version_num = :version"), {"version": version}
        )
