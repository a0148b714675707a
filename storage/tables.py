"""The tables. Columns in the clear are class N or S; everything else is sealed: see SEALED.

An aggregate (case, meeting) is one row: its line (`facts`, a CaseRow or MeetingRow) and its
document (`content`). Instants are ISO texts in UTC, so that both databases sort them alike.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
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
    literal,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from workflows.japanese.dates import TOKYO

metadata = MetaData()


def instant_text(at: datetime) -> str:
    """An aware instant as a UTC text of fixed width."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
        return instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value).astimezone(TOKYO)


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may say what to do about a row that is there already."""
    return insert_of(connection.dialect.name)(table)


def insert_of(dialect: str) -> Callable[[Table], postgresql.Insert | sqlite.Insert]:
    """What makes such an INSERT for a database of this kind."""
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


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
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
)

agencies = Table(
    "agencies",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
)

members = Table(
    "members",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency_id", String(40), ForeignKey("agencies.id"), nullable=False),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", String(12), nullable=False, unique=True),
    Column("is_open", Boolean, nullable=False),
    Column("facts", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("cases_open", "is_open"),
)

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("fiscal_year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("tag", String(64), nullable=False, server_default=""),
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
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
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

# The same words in each question (storage/sending_order.py), so that the indexes are used for it.
OPEN: dict[str, Any] = {
    f"{dialect}_where": text("state IN ('waiting', 'sending')")
    for dialect in ("sqlite", "postgresql")
}

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("dedupe_key", String(300), nullable=False, unique=True),
    Column("member_id", String(40), nullable=False),
    Column("key", String(40), nullable=False),
    Column("promise", String(160)),
    Column("case_id", String(40)),
    Column("meeting_id", String(40)),
    Column("content", Text, nullable=False),  # emptied once it is settled
    Column("state", String(10), nullable=False),  # waiting, sending, sent, dropped, dead, unknown
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("try_at", Instant),
    Column("worker", String(40)),
    Column("sent_at", Instant),
    Column("error", String(200), nullable=False),
    Column("via", String(20), nullable=False, server_default=""),  # "": the members' inbox
    Column("rank", Integer, nullable=False, server_default="2"),  # what is urgent goes first
    # How often it was taken by a worker that ended without a word.
    Column("lost", Integer, nullable=False, server_default="0"),
    # An attempt was made of which nobody knows how it ended.
    Column("in_doubt", Boolean, nullable=False, server_default="0"),
    # The other way by which it was sent as well, because this one took too long.
    Column("passed_to", String(20), nullable=False, server_default=""),
    Column("late_told_at", Instant),  # when who waits for it was told that it waits
    Column("tag", String(64), nullable=False, server_default=""),
    Index("outbox_try", "state", "try_at"),
    # Of what is still to go: in its order, and what goes before it to the same member.
    Index("outbox_open", "via", "rank", "created_at", "id", **OPEN),
    Index("outbox_open_member", "via", "member_id", "created_at", **OPEN),
    Index("outbox_case", "case_id"),
    Index("outbox_meeting", "meeting_id"),
)

# How each way that leaves the house is doing: one row for all notices and replicas.
ways = Table(
    "ways",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("down_since", Instant),  # of the last outage
    Column("up_at", Instant),  # when that was over; empty while it lasts
    Column("reason", String(80), nullable=False),
    Column("probe_at", Instant),  # when it is tried next
    Column("probes", Integer, nullable=False),  # tried in vain so often
    Column("late", Integer, nullable=False),  # how many notices waited when it was over
    Column("told", String(10), nullable=False),  # what was said of it: down, then back
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("notice_id", String(40), primary_key=True),
    Column("member_id", String(40), nullable=False),
    Column("case_id", String(40)),
    Column("meeting_id", String(40)),
    Column("content", Text, nullable=False),
    Column("delivered_at", Instant, nullable=False),
    Column("read_at", Instant),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("mailbox_member", "member_id", "delivered_at"),
    Index("mailbox_case", "case_id"),
    Index("mailbox_meeting", "meeting_id"),
)

seen = Table(
    "seen",
    metadata,
    Column("door", String(20), primary_key=True),
    Column("event_id", String(120), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("digest", String(64)),  # of what was sent: another text under the same id is noticed
    Column("made", String(64)),  # the id of what it made, for whoever sends it again
)

# The audit trail. `hash` chains each row to the one before it (storage/trail.py); triggers of the
# database refuse to remove a row or to change anything but how its facts are sealed.
trail = Table(
    "trail",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor_id", String(40)),
    Column("door", String(20), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("basis", String(40), nullable=False),  # the standing or footing that allowed it
    Column("case_id", String(40)),
    Column("meeting_id", String(40)),
    Column("facts", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("trail_case", "case_id", "seq"),
    Index("trail_meeting", "meeting_id", "seq"),
    Index("trail_actor", "actor_id", "seq"),
    Index("trail_kind", "kind", "seq"),
)

# One row: the last link of the chain, and what else is so at that moment (storage/head.py). Locked
# while a transaction adds to it; `mac` is over all of it.
trail_head = Table(
    "trail_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("rows", Text, nullable=False, server_default=""),
    Column("checkpoint", String(64), nullable=False, server_default=""),
    Column("decisions", String(100), nullable=False, server_default=""),
    Column("mac", String(64), nullable=False, server_default=""),
)

# Each is signed over its columns, of which one is the digest of the one before.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("decisions", String(100), nullable=False),
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
    Column("warned_at", Instant),  # when its writer was told that it will be removed
    Column("tag", String(64), nullable=False, server_default=""),
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
    Column("browser", String(64)),  # a link: keyed digest of what the browser that asked keeps
    Column("method", String(10), nullable=False),  # see ports.SignIn
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),  # a link: spent; a session: signed out or ended
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("sign_ins_member", "member_id"),
)

# Passkeys (WebAuthn): whose, and all that is checked with, sealed together (storage/passkeys.py).
passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # keyed, of the credential's id
    Column("member_id", String(40), nullable=False),
    Column("content", Text, nullable=False),  # member, credential, public key, counter, name
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("passkeys_member", "member_id"),
)

# Who a member is on a chat platform; without a member: somebody who asked to be linked.
accounts = Table(
    "accounts",
    metadata,
    Column("id", String(90), primary_key=True),  # <platform>:<external_id>
    Column("platform", String(20), nullable=False),
    Column("external_id", String(60), nullable=False),
    Column("member_id", String(40)),
    Column("state", String(10), nullable=False),  # linked, asked, refused, apart, gone
    Column("content", Text, nullable=False),  # name and e-mail address that they have there
    Column("at", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("accounts_member", "member_id"),
)

# What stands on a chat platform because of us and is drawn anew when its matter moves.
posts = Table(
    "posts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("platform", String(20), nullable=False),
    Column("kind", String(20), nullable=False),  # notice, board, home, room, room_card
    Column("place", String(60), nullable=False),  # the platform's channel, or a person's home
    Column("external_id", String(255), nullable=False),  # what it is there; "": not there yet
    Column("member_id", String(40), nullable=False),  # who reads it; "": everybody in the place
    Column("case_id", String(40)),
    Column("meeting_id", String(40)),
    Column("matter", String(200), nullable=False),  # of one matter only the newest card is live
    Column("content", Text, nullable=False),  # the notice it says, if it is one
    Column("shown", String(64), nullable=False),  # digest of what stands there
    Column("over", Boolean, nullable=False),  # a newer card of the same matter stands below
    Column("created_at", Instant, nullable=False),
    Column("moves", Integer, nullable=False),  # how often its matter moved
    Column("try_at", Instant),  # when it is drawn anew; empty: it says what is so
    Column("attempts", Integer, nullable=False),
    Column("worker", String(40)),
    Column("error", String(200), nullable=False),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("posts_stale", "platform", "try_at"),
    Index("posts_case", "case_id"),
    Index("posts_meeting", "meeting_id"),
    Index("posts_member", "member_id"),
    Index("posts_place", "platform", "place", "external_id"),
)

# How far along each row of presses is, so that one that was overtaken changes nothing.
streams = Table(
    "streams",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("position", String(40), nullable=False),
    Column("at", Instant, nullable=False),
)

# Ways in from a mail: each for one member and one thing that was asked of their agency.
answer_links = Table(
    "answer_links",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("member_id", String(40), nullable=False),
    Column("agency_id", String(40), nullable=False),
    Column("meeting_id", String(40)),  # whose dates are asked
    Column("case_id", String(40)),  # with `item`: the referral that is to be answered
    Column("item", String(40), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("answer_links_member", "member_id"),
    Index("answer_links_case", "case_id"),
    Index("answer_links_meeting", "meeting_id"),
)

# What a chat platform told us: kept before it is answered, until it is worked off.
callbacks = Table(
    "callbacks",
    metadata,
    Column("id", String(64), primary_key=True),  # digest of what was told
    Column("number", Integer, nullable=False),  # in the order in which they came
    Column("platform", String(20), nullable=False),
    Column("sender", String(255), nullable=False),  # whose callbacks wait for each other
    Column("content", Text, nullable=False),  # what was told, later what is answered
    Column("answered", Boolean, nullable=False),  # worked off: what is left is to say so
    Column("received_at", Instant, nullable=False),
    Column("try_at", Instant),  # empty: it is over
    Column("attempts", Integer, nullable=False),
    Column("worker", String(40)),
    Column("error", String(200), nullable=False),
    Index("callbacks_due", "platform", "try_at"),
    Index("callbacks_sender", "platform", "sender"),
    Index("callbacks_number", "number"),
)

# The processes that work on this database; who was not heard of lately is dead.
replicas = Table(
    "replicas",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("program", String(40), nullable=False),  # its version
    Column("revision", String(40), nullable=False),  # the newest migration that it knows
    Column("started_at", Instant, nullable=False),
    Column("alive_at", Instant, nullable=False),
    Column("keys", Text),  # the ids of those it holds; an older program does not say
)

# What was approved to be disposed of and, once done, the proof of it: never its content.
disposals = Table(
    "disposals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(10), nullable=False),  # case, meeting, member
    Column("subject_id", String(40), nullable=False),
    Column(
        "number", String(12), nullable=False
    ),  # of the case, with which a meeting went; or empty
    Column("ended_on", Date, nullable=False),
    Column("kept_until", Date, nullable=False),
    Column("approved_by", String(40), nullable=False),
    Column("approved_at", Instant, nullable=False),
    # Who agreed to it as the second person: of a restricted case.
    Column("agreed_by", String(40), nullable=False, server_default=""),
    Column("agreed_at", Instant),
    Column("disposed_at", Instant),  # empty while it waits
    Column("counts", Text, nullable=False),  # JSON: how many of what, e.g. notices, drafts
    Column("proof", String(64), nullable=False),  # keyed digest of the document that was there
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
    Index("disposals_subject", "kind", "subject_id", unique=True),
    Index("disposals_done", "disposed_at"),
)

# 開示・訂正・利用停止の請求: who asked, for whom, what was given.
person_requests = Table(
    "person_requests",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("tag", String(64), nullable=False, server_default=""),
)

request_numbers = Table(
    "request_numbers",
    metadata,
    Column("fiscal_year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("tag", String(64), nullable=False, server_default=""),
)

# Every sealed column. The place a value is sealed for is `<table>.<column>:<primary key>`.
SEALED: tuple[tuple[Table, str], ...] = (
    (members, "content"),
    (cases, "facts"),
    (cases, "content"),
    (meetings, "facts"),
    (meetings, "content"),
    (outbox, "content"),
    (mailbox, "content"),
    (trail, "facts"),
    (drafts, "content"),
    (digests, "content"),
    (passkeys, "content"),
    (accounts, "content"),
    (posts, "content"),
    (callbacks, "content"),
    (person_requests, "content"),
)


def version_of(table: Table) -> ColumnElement[int]:
    """The column at whose number the sealed columns of a row open; 0 where it has none."""
    return table.c.version if "version" in table.c else literal(0)


def place(table: Table, column: str, key: object, version: int = 0) -> str:
    """What binds a sealed value to its row and column, and to the row's version where it has one:
    `cases.content:<id>:<version>`. Version 0 is that of tables whose rows have none."""
    where = f"{table.name}.{column}:{key}"
    return f"{where}:{version}" if version else where
