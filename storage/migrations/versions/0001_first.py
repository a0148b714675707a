"""All tables, and what keeps anybody from changing the audit trail."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID, INSTANT = sa.String(40), sa.String(32)
STILL_TO_GO: dict[str, Any] = {
    f"{dialect}_where": sa.text("state IN ('waiting', 'sending')")
    for dialect in ("sqlite", "postgresql")
}
# What is only added to: how facts are sealed may change, nothing else.
GUARDED = {
    "trail": ("seq", "at", "actor_id", "door", "kind", "basis", "case_id", "meeting_id", "hash"),
    "checkpoints": ("seq", "at", "hash", "signature", "version", "previous", "decisions"),
}
REFUSAL = "the audit trail is only added to"


def upgrade() -> None:
    _tables()
    _guard(op.get_bind().dialect.name)


def _guard(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        run = "EXECUTE FUNCTION trail_refuse()"
        each, differs = "FOR EACH ROW ", "IS DISTINCT FROM"
        for table in GUARDED:
            op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {run}")
    else:
        run = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        each, differs = "", "IS NOT"
        for table in GUARDED:
            # INSERT OR REPLACE removes the row that was there without asking a DELETE trigger.
            there = f"EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)"  # noqa: S608
            when = f"WHEN {there}"
            op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {when} {run}")
    for table, columns in GUARDED.items():
        # By value: SQLite knows the column seq by other names as well (rowid).
        changed = " OR ".join(f"NEW.{c} {differs} OLD.{c}" for c in columns)
        when = f"{each}WHEN ({changed})"
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {each}{run}")
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {when} {run}")


def _tables() -> None:
    op.create_table(
        "about",
        sa.Column("name", ID, primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(90), primary_key=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("external_id", sa.String(60), nullable=False),
        sa.Column("member_id", ID),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("accounts_member", "member_id"),
    )
    op.create_table(
        "agencies",
        sa.Column("id", ID, primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "answer_links",
        sa.Column("id", ID, primary_key=True),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("agency_id", ID, nullable=False),
        sa.Column("meeting_id", ID),
        sa.Column("case_id", ID),
        sa.Column("item", ID, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("answer_links_case", "case_id"),
        sa.Index("answer_links_meeting", "meeting_id"),
        sa.Index("answer_links_member", "member_id"),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("sender", sa.String(255), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("try_at", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", ID),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Index("callbacks_due", "platform", "try_at"),
        sa.Index("callbacks_number", "number"),
        sa.Index("callbacks_sender", "platform", "sender"),
    )
    op.create_table(
        "case_numbers",
        sa.Column("fiscal_year", sa.Integer(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "cases",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.String(12), unique=True, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("cases_open", "is_open"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("decisions", sa.String(100), nullable=False),
    )
    op.create_table(
        "digests",
        sa.Column("on_day", sa.Date(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "disposals",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("approved_by", ID, nullable=False),
        sa.Column("approved_at", INSTANT, nullable=False),
        sa.Column("agreed_by", ID, nullable=False, server_default=""),
        sa.Column("agreed_at", INSTANT),
        sa.Column("disposed_at", INSTANT),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("proof", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("disposals_done", "disposed_at"),
        sa.Index("disposals_subject", "kind", "subject_id", unique=True),
    )
    op.create_table(
        "drafts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("form", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("warned_at", INSTANT),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("drafts_member", "member_id"),
    )
    op.create_table(
        "mailbox",
        sa.Column("notice_id", ID, primary_key=True),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("case_id", ID),
        sa.Column("meeting_id", ID),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("mailbox_case", "case_id"),
        sa.Index("mailbox_meeting", "meeting_id"),
        sa.Index("mailbox_member", "member_id", "delivered_at"),
    )
    op.create_table(
        "meetings",
        sa.Column("id", ID, primary_key=True),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("meetings_live", "is_live"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, primary_key=True),
        sa.Column("dedupe_key", sa.String(300), unique=True, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("promise", sa.String(160)),
        sa.Column("case_id", ID),
        sa.Column("meeting_id", ID),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("try_at", INSTANT),
        sa.Column("worker", ID),
        sa.Column("sent_at", INSTANT),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("via", sa.String(20), nullable=False, server_default=""),
        sa.Column("rank", sa.Integer(), nullable=False, server_default="2"),
        sa.Column("lost", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("passed_to", sa.String(20), nullable=False, server_default=""),
        sa.Column("late_told_at", INSTANT),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("outbox_case", "case_id"),
        sa.Index("outbox_meeting", "meeting_id"),
        sa.Index("outbox_open", "via", "rank", "created_at", "id", **STILL_TO_GO),
        sa.Index("outbox_open_member", "via", "member_id", "created_at", **STILL_TO_GO),
        sa.Index("outbox_try", "state", "try_at"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", ID, primary_key=True),
        sa.Column("digest", sa.String(64), unique=True, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("passkeys_member", "member_id"),
    )
    op.create_table(
        "person_requests",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.String(20), unique=True, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "posts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(60), nullable=False),
        sa.Column("external_id", sa.String(255), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("case_id", ID),
        sa.Column("meeting_id", ID),
        sa.Column("matter", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("shown", sa.String(64), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("try_at", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", ID),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("posts_case", "case_id"),
        sa.Index("posts_meeting", "meeting_id"),
        sa.Index("posts_member", "member_id"),
        sa.Index("posts_place", "platform", "place", "external_id"),
        sa.Index("posts_stale", "platform", "try_at"),
    )
    op.create_table(
        "promises",
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("item_id", sa.String(80), nullable=False),
        sa.Column("case_id", ID),
        sa.Column("meeting_id", ID),
        sa.Column("agency_id", ID),
        sa.Column("member_id", ID),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT),
        sa.Index("promises_agency", "agency_id"),
        sa.Index("promises_member", "member_id"),
        sa.Index("promises_next", "next_at"),
        sa.Index("promises_subject", "subject_id"),
    )
    op.create_table(
        "replicas",
        sa.Column("id", ID, primary_key=True),
        sa.Column("program", ID, nullable=False),
        sa.Column("revision", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("alive_at", INSTANT, nullable=False),
        sa.Column("keys", sa.Text()),
    )
    op.create_table(
        "request_numbers",
        sa.Column("fiscal_year", sa.Integer(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "seen",
        sa.Column("door", sa.String(20), primary_key=True),
        sa.Column("event_id", sa.String(120), primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("made", sa.String(64)),
    )
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("browser", sa.String(64)),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
        sa.Index("sign_ins_member", "member_id"),
    )
    op.create_table(
        "streams",
        sa.Column("name", sa.String(160), primary_key=True),
        sa.Column("position", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_table(
        "town",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "trail",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", ID),
        sa.Column("door", sa.String(20), nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("basis", ID, nullable=False),
        sa.Column("case_id", ID),
        sa.Column("meeting_id", ID),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Index("trail_actor", "actor_id", "seq"),
        sa.Index("trail_case", "case_id", "seq"),
        sa.Index("trail_kind", "kind", "seq"),
        sa.Index("trail_meeting", "meeting_id", "seq"),
    )
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False, server_default=""),
        sa.Column("checkpoint", sa.String(64), nullable=False, server_default=""),
        sa.Column("decisions", sa.String(100), nullable=False, server_default=""),
        sa.Column("mac", sa.String(64), nullable=False, server_default=""),
    )
    op.create_table(
        "ways",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("down_since", INSTANT),
        sa.Column("up_at", INSTANT),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("probe_at", INSTANT),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
    )
    op.create_table(
        "match_keys",
        sa.Column("case_id", ID, sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Index("match_keys_digest", "digest"),
    )
    op.create_table(
        "members",
        sa.Column("id", ID, primary_key=True),
        sa.Column("agency_id", ID, sa.ForeignKey("agencies.id"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tag", sa.String(64), nullable=False, server_default=""),
    )
