"""The head of the audit trail carries a MAC, and checkpoints are chained.

What stands is taken as it is: storage/database.py refuses a database that was set back to an
earlier version by hand, so that nobody has a head of their own made good by this.
"""

import hashlib

import sqlalchemy as sa
from alembic import context, op

from storage.head import Head, mac_of

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REFUSAL = "the audit trail is only added to"
SIGNED = ("seq", "at", "hash", "signature", "version", "previous", "decisions")


def upgrade() -> None:
    connection = op.get_bind()
    text, digest, short = sa.Text(), sa.String(64), sa.String(100)
    for name, kind in (("rows", text), ("checkpoint", digest), ("decisions", short)):
        op.add_column("trail_head", sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column("trail_head", sa.Column("mac", digest, nullable=False, server_default=""))
    version = sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    op.add_column("checkpoints", version)
    for name, kind in (("previous", digest), ("decisions", short)):
        op.add_column("checkpoints", sa.Column(name, kind, nullable=False, server_default=""))
    _guard(connection.dialect.name)
    vault = context.config.attributes.get("vault")
    if vault is None:  # the rows of a backup come next, and with them its head
        return
    newest = connection.execute(
        sa.text("SELECT seq, at, hash FROM checkpoints ORDER BY seq DESC LIMIT 1")
    ).one_or_none()
    checkpoint = ""
    if newest is not None:
        signed = f"tsunagu-checkpoint-1\n{newest.seq}\n{newest.at}\n{newest.hash}\n"
        checkpoint = hashlib.sha256(signed.encode()).hexdigest()
    for row in connection.execute(sa.text("SELECT seq, hash FROM trail_head")).all():
        head = Head(row.seq, row.hash, checkpoint=checkpoint)
        connection.execute(
            sa.text("UPDATE trail_head SET checkpoint = :checkpoint, mac = :mac"),
            {"checkpoint": checkpoint, "mac": mac_of(vault, head)},
        )


def _guard(dialect: str) -> None:
    """The new columns of a checkpoint are changed by nobody, as those that it had."""
    if dialect == "postgresql":
        run, each, differs = "EXECUTE FUNCTION trail_refuse()", "FOR EACH ROW ", "IS DISTINCT FROM"
        op.execute("DROP TRIGGER IF EXISTS checkpoints_no_update ON checkpoints")
    else:
        run, each, differs = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END", "", "IS NOT"
        op.execute("DROP TRIGGER IF EXISTS checkpoints_no_update")
    changed = " OR ".join(f"NEW.{c} {differs} OLD.{c}" for c in SIGNED)
    op.execute(
        "CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints"
        f" {each}WHEN ({changed}) {run}"
    )
