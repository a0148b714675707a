"""How each way out is doing, and what goes first; what waited before goes as what is not urgent."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ways",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("down_since", sa.String(32), nullable=True),
        sa.Column("up_at", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("probe_at", sa.String(32), nullable=True),
        sa.Column("probes", sa.Integer, nullable=False),
        sa.Column("late", sa.Integer, nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
    )
    for column in (
        sa.Column("rank", sa.Integer, nullable=False, server_default="2"),
        sa.Column("lost", sa.Integer, nullable=False, server_default="0"),
        sa.Column("in_doubt", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("passed_to", sa.String(20), nullable=False, server_default=""),
        sa.Column("late_told_at", sa.String(32), nullable=True),
    ):
        op.add_column("outbox", column)
    still_to_go = sa.text("state IN ('waiting', 'sending')")
    for name, columns in (
        ("outbox_open", ["via", "rank", "created_at", "id"]),
        ("outbox_open_member", ["via", "member_id", "created_at"]),
    ):
        op.create_index(
            name,
            "outbox",
            columns,
            sqlite_where=still_to_go,
            postgresql_where=still_to_go,
        )
