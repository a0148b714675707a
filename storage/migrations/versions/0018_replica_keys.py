"""Each process says which keys it holds: a new one is used when all of them have it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("replicas", sa.Column("keys", sa.Text(), nullable=True))
