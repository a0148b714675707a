"""The newest callback is found without reading all of them: presses in Slack are there, too."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("callbacks_number", "callbacks", ["number"])
