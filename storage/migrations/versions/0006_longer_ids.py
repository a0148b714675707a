"""Longer ids of what stands on a platform: how long those of a calendar are is not written down."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("posts") as table:
        table.alter_column(
            "external_id", existing_type=sa.String(60), type_=sa.String(255), nullable=False
        )
