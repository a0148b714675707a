"""The audit trail is chained, every line is sealed, sign-ins know their browser, disposals."""

import json
import logging
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from storage.tables import Instant
from storage.trail import link
from storage.vault import Vault
from workflows.core.ports import FAULTS, Event
from workflows.model.trail import GENESIS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)

GUARDED = {
    "trail": ("seq", "at", "actor_id", "door", "kind", "basis", "case_id", "meeting_id", "hash"),
    "checkpoints": ("seq", "at", "hash", "signature"),
}
REFUSAL = "the audit trail is only added to"


def upgrade() -> None:
    connection = op.get_bind()
    # Only an empty database can be carried up without its keys.
    vault = context.config.attributes.get("vault")
    _trail()
    if vault is not None:
        _carry_events(connection, vault)
    op.drop_table("events")
    _guard(connection.dialect.name)
    _sign_ins()
    _disposals()
    op.add_column("drafts", sa.Column("warned_at", sa.String(32)))
    for name in ("outbox", "mailbox"):
        op.add_column(name, sa.Column("case_id", sa.String(40)))
        op.add_column(name, sa.Column("meeting_id", sa.String(40)))
        op.create_index(f"{name}_case", name, ["case_id"])
        op.create_index(f"{name}_meeting", name, ["meeting_id"])
    if vault is not None:
        _fill_subjects(connection, vault, "outbox", "id")
        _fill_subjects(connection, vault, "mailbox", "notice_id")
        _seal_digests(connection, vault)


def _trail() -> None:
    op.create_table(
        "trail",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.String(40)),
        sa.Column("door", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("basis", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(40)),
        sa.Column("meeting_id", sa.String(40)),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("trail_case", "trail", ["case_id", "seq"])
    op.create_index("trail_meeting", "trail", ["meeting_id", "seq"])
    op.create_index("trail_actor", "trail", ["actor_id", "seq"])
    op.create_index("trail_kind", "trail", ["kind", "seq"])
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.execute(f"INSERT INTO trail_head (id, seq, hash) VALUES (1, 0, '{GENESIS}')")  # noqa: S608
    op.create_table(
        "checkpoints",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
    )


def _carry_events(connection: sa.Connection, vault: Vault) -> None:
    """What happened before is chained as it stands; where it came in was not written down."""
    seq, last = 0, GENESIS
    old = "SELECT id, at, actor_id, kind, case_id, meeting_id, facts FROM events ORDER BY id"
    instant = Instant()
    rows = connection.execute(sa.text(old)).mappings().all()
    for row in rows:
        text = row["facts"]
        try:
            at = instant.process_result_value(row["at"], connection.dialect)
            assert isinstance(at, datetime)  # noqa: S101 - the column holds no null
        except FAULTS as fault:  # what happened at no time cannot be chained
            _log("events", row["id"], fault)
            continue
        try:
            facts = dict(json.loads(text))
        except FAULTS as fault:  # that it happened stays, without what was said of it
            _log("events", row["id"], fault)
            facts, text = {}, "{}"
        seq += 1
        event = Event(
            id=seq,
            at=at,
            actor_id=row["actor_id"],
            door="",
            kind=row["kind"],
            basis="",
            case_id=row["case_id"],
            meeting_id=row["meeting_id"],
            facts=facts,
        )
        last = link(vault, last, event)
        connection.execute(
            sa.text(
                "INSERT INTO trail"
                " (seq, at, actor_id, door, kind, basis, case_id, meeting_id, facts, hash) VALUES"
                " (:seq, :at, :actor_id, '', :kind, '', :case_id, :meeting_id, :facts, :hash)"
            ),
            {
                **{n: row[n] for n in ("at", "actor_id", "kind", "case_id", "meeting_id")},
                "seq": seq,
                "facts": vault.seal(text, f"trail.facts:{seq}"),
                "hash": last,
            },
        )
    connection.execute(
        sa.text("UPDATE trail_head SET seq = :seq, hash = :hash"), {"seq": seq, "hash": last}
    )


def _guard(dialect: str) -> None:
    """Nobody edits trail or checkpoints: how facts are sealed may change, nothing else."""
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


def _sign_ins() -> None:
    # Whoever is signed in signs in once more: nothing else is lost.
    op.drop_table("sign_ins")
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("member_id", sa.String(40), nullable=False),
        sa.Column("browser", sa.String(64)),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
    )
    op.create_index("sign_ins_member", "sign_ins", ["member_id"])


def _disposals() -> None:
    op.create_table(
        "disposals",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject_id", sa.String(40), nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.String(40), nullable=False),
        sa.Column("approved_at", sa.String(32), nullable=False),
        sa.Column("disposed_at", sa.String(32)),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("proof", sa.String(64), nullable=False),
    )
    op.create_index("disposals_subject", "disposals", ["kind", "subject_id"], unique=True)
    op.create_index("disposals_done", "disposals", ["disposed_at"])


def _fill_subjects(connection: sa.Connection, vault: Vault, table: str, key: str) -> None:
    """Which case and meeting a notice is about, so that it is found when they are disposed of."""
    rows = connection.execute(
        sa.text(f"SELECT {key} AS id, content FROM {table} WHERE content <> ''")  # noqa: S608
    ).all()
    for row in rows:
        try:
            notice: dict[str, Any] = json.loads(
                vault.open(row.content, f"{table}.content:{row.id}")
            )
            about = {"case_id": notice["case_id"], "meeting_id": notice["meeting_id"]}
        except FAULTS as fault:
            _log(table, row.id, fault)
            continue  # nobody is told what does not open; it names no case
        connection.execute(
            sa.text(
                f"UPDATE {table} SET case_id = :case_id, meeting_id = :meeting_id"  # noqa: S608
                f" WHERE {key} = :id"
            ),
            {**about, "id": row.id},
        )


def _seal_digests(connection: sa.Connection, vault: Vault) -> None:
    for row in connection.execute(sa.text("SELECT on_day, content FROM digests")).all():
        connection.execute(
            sa.text("UPDATE digests SET content = :content WHERE on_day = :on_day"),
            {
                "content": vault.seal(row.content, f"digests.content:{row.on_day}"),
                "on_day": row.on_day,
            },
        )


def _log(table: str, row_id: object, fault: Exception) -> None:
    log.error("row_unreadable table=%s id=%s error=%s", table, row_id, type(fault).__name__)
