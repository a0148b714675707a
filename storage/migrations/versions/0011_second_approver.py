"""Who agreed, as the second person, to a disposal; nobody was asked before."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "disposals", sa.Column("agreed_by", sa.String(40), nullable=False, server_default="")
    )
    op.add_column("disposals", sa.Column("agreed_at", sa.String(32), nullable=True))
