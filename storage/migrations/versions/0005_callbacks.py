"""What a chat platform told us, kept before it is answered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("sender", sa.String(255), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.String(32), nullable=False),
        sa.Column("try_at", sa.String(32)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("error", sa.String(200), nullable=False),
    )
    op.create_index("callbacks_due", "callbacks", ["platform", "try_at"])
    op.create_index("callbacks_sender", "callbacks", ["platform", "sender"])
