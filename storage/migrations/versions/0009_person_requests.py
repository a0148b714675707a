"""Requests of persons: a record of their own, and their running numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_requests",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "request_numbers",
        sa.Column("fiscal_year", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
