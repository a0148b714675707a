"""Ways in from a mail, each to one thing that was asked of an agency."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_links",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("agency_id", sa.String(40), nullable=False),
        sa.Column("meeting_id", sa.String(40)),
        sa.Column("case_id", sa.String(40)),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32)),
    )
    for name in ("member", "case", "meeting"):
        op.create_index(f"answer_links_{name}", "answer_links", [f"{name}_id"])
