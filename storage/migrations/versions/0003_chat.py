"""Who is who on chat platforms, what stands there because of us, and by which way notices go."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("via", sa.String(20), nullable=False, server_default=""))
    op.execute("UPDATE outbox SET via = 'mail' WHERE key = 'sign_in_link'")
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(90), primary_key=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("external_id", sa.String(60), nullable=False),
        sa.Column("member_id", sa.String(40)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_index("accounts_member", "accounts", ["member_id"])
    op.create_table(
        "posts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(60), nullable=False),
        sa.Column("external_id", sa.String(60), nullable=False),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(40)),
        sa.Column("meeting_id", sa.String(40)),
        sa.Column("matter", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("shown", sa.String(64), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("try_at", sa.String(32)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("error", sa.String(200), nullable=False),
    )
    op.create_index("posts_stale", "posts", ["platform", "try_at"])
    op.create_index("posts_case", "posts", ["case_id"])
    op.create_index("posts_meeting", "posts", ["meeting_id"])
    op.create_index("posts_member", "posts", ["member_id"])
    op.create_index("posts_place", "posts", ["platform", "place", "external_id"])
    op.create_table(
        "streams",
        sa.Column("name", sa.String(160), primary_key=True),
        sa.Column("position", sa.String(40), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
