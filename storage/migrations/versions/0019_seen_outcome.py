"""What came in is remembered with a digest of it and with the id of what it made.

Whoever sends a form again is led to what was made of it, and told when they wrote something else.
Earlier versions leave both empty, and need not know of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen", sa.Column("digest", sa.String(64)))
    op.add_column("seen", sa.Column("made", sa.String(64)))
