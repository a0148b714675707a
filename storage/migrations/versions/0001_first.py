"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "about",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "agencies",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "case_numbers",
        sa.Column("fiscal_year", sa.Integer(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("number", sa.String(12), nullable=False, unique=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_index("cases_open", "cases", ["is_open"])
    op.create_table(
        "digests",
        sa.Column("on_day", sa.Date(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("form", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.String(32), nullable=False),
    )
    op.create_index("drafts_member", "drafts", ["member_id"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.String(40)),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(40)),
        sa.Column("meeting_id", sa.String(40)),
        sa.Column("facts", sa.Text(), nullable=False),
    )
    op.create_index("events_case", "events", ["case_id", "id"])
    op.create_index("events_meeting", "events", ["meeting_id", "id"])
    op.create_table(
        "mailbox",
        sa.Column("notice_id", sa.String(40), primary_key=True),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.String(32), nullable=False),
        sa.Column("read_at", sa.String(32)),
    )
    op.create_index("mailbox_member", "mailbox", ["member_id", "delivered_at"])
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_index("meetings_live", "meetings", ["is_live"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("dedupe_key", sa.String(300), nullable=False, unique=True),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("promise", sa.String(160)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("try_at", sa.String(32)),
        sa.Column("worker", sa.String(40)),
        sa.Column("sent_at", sa.String(32)),
        sa.Column("error", sa.String(200), nullable=False),
    )
    op.create_index("outbox_try", "outbox", ["state", "try_at"])
    op.create_table(
        "promises",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.String(40), nullable=False),
        sa.Column("item_id", sa.String(80), nullable=False),
        sa.Column("case_id", sa.String(40)),
        sa.Column("meeting_id", sa.String(40)),
        sa.Column("agency_id", sa.String(40)),
        sa.Column("member_id", sa.String(40)),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.String(32)),
    )
    op.create_index("promises_agency", "promises", ["agency_id"])
    op.create_index("promises_member", "promises", ["member_id"])
    op.create_index("promises_next", "promises", ["next_at"])
    op.create_index("promises_subject", "promises", ["subject_id"])
    op.create_table(
        "seen",
        sa.Column("door", sa.String(20), primary_key=True),
        sa.Column("event_id", sa.String(120), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("used_at", sa.String(32)),
    )
    op.create_table(
        "town",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "match_keys",
        sa.Column("case_id", sa.String(40), sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
    )
    op.create_index("match_keys_digest", "match_keys", ["digest"])
    op.create_table(
        "members",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("agency_id", sa.String(40), sa.ForeignKey("agencies.id"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
