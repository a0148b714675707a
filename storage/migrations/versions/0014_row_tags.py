"""Rows that decide who may what, or who is shown what, bear tags; those that decide have versions.

What is there is tagged once all migrations have run (storage/database.py: migrate). Sessions and
links end: their digests were not keyed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

VERSIONED = (
    "town", "agencies", "members", "cases", "meetings",
    "accounts", "answer_links", "sign_ins", "passkeys", "disposals", "person_requests",
)  # fmt: skip
TAGGED = (
    *VERSIONED,
    "case_numbers", "request_numbers", "outbox", "mailbox", "drafts", "posts",
)  # fmt: skip


def upgrade() -> None:
    for name in VERSIONED:
        op.add_column(name, sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    for name in TAGGED:
        op.add_column(name, sa.Column("tag", sa.String(64), nullable=False, server_default=""))
    op.execute("DELETE FROM sign_ins")
