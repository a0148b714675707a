"""The tables. Columns that queries need are class N or S; everything else lies sealed in `content`.

An aggregate (case, meeting) is one row: its line (`facts`, a CaseRow or MeetingRow as JSON) and
its sealed document. Instants are ISO texts in UTC, so that both databases sort them alike.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite

from workflows.dates import TOKYO

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as a UTC text of fixed width: sortable, the same everywhere.

    It comes back in Japan's time, because a day in this product is a day there.
    """

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime must not be stored")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value).astimezone(TOKYO)


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may say what to do about a row that is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


about = Table(
    "about",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

town = Table(
    "town",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("content", Text, nullable=False),
)

agencies = Table(
    "agencies",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("content", Text, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency_id", String(40), ForeignKey("agencies.id"), nullable=False),
    Column("content", Text, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", String(12), nullable=False, unique=True),
    Column("is_open", Boolean, nullable=False),
    Column("facts", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("cases_open", "is_open"),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("fiscal_year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

match_keys = Table(
    "match_keys",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Index("match_keys_digest", "digest"),
)

meetings = Table(
    "meetings",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("is_live", Boolean, nullable=False),
    Column("facts", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("meetings_live", "is_live"),
)

promises = Table(
    "promises",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("subject_id", String(40), nullable=False),
    Column("item_id", String(80), nullable=False),
    Column("case_id", String(40)),
    Column("meeting_id", String(40)),
    Column("agency_id", String(40)),
    Column("member_id", String(40)),
    Column("since", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("step", Integer, nullable=False),
    Column("next_at", Instant),
    Index("promises_subject", "subject_id"),
    Index("promises_next", "next_at"),
    Index("promises_agency", "agency_id"),
    Index("promises_member", "member_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("dedupe_key", String(300), nullable=False, unique=True),
    Column("member_id", String(40), nullable=False),
    Column("key", String(40), nullable=False),
    Column("promise", String(160)),
    Column("content", Text, nullable=False),  # sealed; emptied once it is settled
    Column("state", String(10), nullable=False),  # waiting, sending, sent, dropped, dead, unknown
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("try_at", Instant),
    Column("worker", String(40)),
    Column("sent_at", Instant),
    Column("error", String(200), nullable=False),
    Index("outbox_try", "state", "try_at"),
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("notice_id", String(40), primary_key=True),
    Column("member_id", String(40), nullable=False),
    Column("content", Text, nullable=False),
    Column("delivered_at", Instant, nullable=False),
    Column("read_at", Instant),
    Index("mailbox_member", "member_id", "delivered_at"),
)

seen = Table(
    "seen",
    metadata,
    Column("door", String(20), primary_key=True),
    Column("event_id", String(120), primary_key=True),
    Column("at", Instant, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor_id", String(40)),
    Column("kind", String(40), nullable=False),
    Column("case_id", String(40)),
    Column("meeting_id", String(40)),
    Column("facts", Text, nullable=False),
    Index("events_case", "case_id", "id"),
    Index("events_meeting", "meeting_id", "id"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("member_id", String(40), nullable=False),
    Column("form", String(20), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("content", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Index("drafts_member", "member_id"),
)

digests = Table(
    "digests",
    metadata,
    Column("on_day", Date, primary_key=True),
    Column("content", Text, nullable=False),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(10), nullable=False),  # link, session
    Column("member_id", String(40), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)
