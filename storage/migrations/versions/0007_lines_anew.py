"""Lines are drawn anew: they say what is to be looked back on, also of what was written before."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing in the tables: lines are drawn from the documents after every new version."""
