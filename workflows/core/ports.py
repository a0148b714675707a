"""The shapes workflows need from outside: a unit of work with its stores, and a clock.

`storage/` is the real thing. Nothing here knows a database; every list is small enough to hold.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol, TypeVar

from workflows.japanese.same_person import MatchKey
from workflows.model.case import Case
from workflows.model.case_row import CaseRow
from workflows.model.decision_line import DecisionListEnd, ListedDecision
from workflows.model.directory import Agency, Member, Town
from workflows.model.disposal import Disposals, Purge
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow
from workflows.model.notice import IN_ORDER, Notice
from workflows.model.person_request import PersonRequest
from workflows.model.promise import Promise, PromiseKind
from workflows.model.roster import Roster
from workflows.model.trail import ChainProgress, Checkpoint, LastCheck, RowFault, TrailFilter

D_co = TypeVar("D_co", Case, Meeting, covariant=True)
L = TypeVar("L", CaseRow, MeetingRow)

GONE: Final = "gone"  # the kind of a post that is to be taken away


class TransactionConflict(Exception):
    """The transaction lost against another one (deadlock, or a row changed meanwhile) and changed
    nothing; run it again."""


class CannotStore(Exception):
    """The database takes nothing now, whatever it is: nothing was changed. Only where a connection
    was cut while the answer to the commit was on its way, a repeat finds out. `code` says why:
    disk_full, read_only, disk_broken; database_down (no connection, or no answer on it) or
    database_busy (it did not come to it in time); schema_newer, schema_older (this program must not
    write this database), key_missing (a key that was not given to this program)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# The codes of a database that comes again by itself: nobody has to mend a disk.
COMES_AGAIN: Final = frozenset({"database_down", "database_busy"})


class Unreadable(Exception):
    """What is stored does not open: its key is missing, or it is not what was sealed there."""


class BrokenRecord(Unreadable):
    """The document of a case or meeting does not open; `kind` is "case" or "meeting"."""

    def __init__(self, kind: str, record_id: str) -> None:
        super().__init__(kind)
        self.kind, self.record_id = kind, record_id


# What a document makes the code raise that opens and yet does not fit: a name that is nowhere, a
# day that is none. Never an error of the database, which is about no document.
FAULTS: Final = (
    Unreadable, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError,
)  # fmt: skip


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware."""
        ...


@dataclass(frozen=True)
class Draft:
    """A form begun and not yet sent: kept for its writer alone, `raw` as typed."""

    id: str
    member_id: str
    form: str
    subject: str
    raw: Mapping[str, object]
    saved_at: datetime


@dataclass(frozen=True)
class Event:
    """What happened, for a case's story and the audit trail: ids, never people's words.

    `door` is where it came in (web, cli, clock …), `basis` the standing that allowed it. `id` is
    its number in the trail; 0 until the transaction ends.
    """

    id: int
    at: datetime
    actor_id: str | None
    door: str
    kind: str
    basis: str
    case_id: str | None
    meeting_id: str | None
    facts: Mapping[str, object]


@dataclass(frozen=True)
class TrailRow:
    """A row of the audit trail as it stands, which may not be as it was written.

    `at` and `facts` are None when what stands there is no instant, or does not open.
    """

    seq: int
    at: datetime | None
    actor_id: str | None
    door: str
    kind: str
    basis: str
    case_id: str | None
    meeting_id: str | None
    facts: Mapping[str, object] | None


@dataclass(frozen=True)
class InboxItem:
    """A delivered notice in a member's inbox."""

    notice: Notice
    delivered_at: datetime
    read_at: datetime | None


# Why a notice that failed is sent no more: an administrator said so; it may have arrived.
LET_GO: Final = "let_go"
LET_GO_IN_DOUBT: Final = "let_go:unknown"


@dataclass(frozen=True)
class DeliveryState:
    """The state of one outbox row, for the administrator: no content."""

    notice_id: str
    member_id: str
    key: str
    state: str
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None
    via: str = ""
    case_id: str | None = None
    meeting_id: str | None = None
    promise: str | None = None
    rank: int = IN_ORDER  # workflows/model/notice.py: rank_of


@dataclass(frozen=True)
class ClaimedNotice:
    """A notice that one worker has for a while. `attempt` counts from 1. `lost` is how often a
    worker that had it ended without a word, and `was_lost` whether the last one did; `in_doubt`:
    an attempt was made of which nobody knows how it ended. `passed_to` is the other way by which it
    was sent as well."""

    notice: Notice
    attempt: int
    lost: int = 0
    was_lost: bool = False
    in_doubt: bool = False
    passed_to: str = ""


NOWHERE = "-"  # in a notice's `passed_to`: its receiver has no other way


@dataclass(frozen=True)
class ChannelState:
    """State of a delivery channel (Slack, LINE WORKS, mail), shared by all processes.

    `down_since` and `up_at` are of its last outage; `probes` how often it was tried in vain, and
    `probe_at` when it is tried next; `late` how many notices waited when it was over, and `told`
    what was said of it: "", then down, then back.
    """

    name: str
    down_since: datetime | None = None
    up_at: datetime | None = None
    reason: str = ""
    probe_at: datetime | None = None
    probes: int = 0
    late: int = 0
    told: str = ""

    @property
    def is_down(self) -> bool:
        return self.down_since is not None and self.up_at is None


@dataclass(frozen=True)
class Account:
    """Who a member is on a chat platform: `external_id` is theirs there, `name` what they go by.

    `state` is linked; asked (wants to be linked), refused (was turned down), apart (was unlinked on
    purpose) or gone (cannot be reached there any more). Of one that is not linked `member_id` is
    whose it was, if it was anybody's. `email` is the address they have confirmed there, if any.
    """

    platform: str
    external_id: str
    member_id: str | None
    state: str
    name: str
    at: datetime
    email: str = ""


@dataclass(frozen=True)
class Post:
    """A message of ours on a chat platform that is redrawn when what it is about changes.

    `kind` is notice (a card to one member), board (a case's card for the coordinators), home (a
    member's start page there), room (a meeting's channel), room_card (what stands in it), calendar
    (a meeting in a member's calendar), question (what somebody was asked last: nothing to draw) or
    gone (to be taken away there, nothing is known of it any more);
    `place` the platform's channel (of a home: the person), `external_id` the platform's message, ""
    while it is not there yet. `matter`: of several cards of one matter only the newest is live,
    the others are `over`. `shown` is a digest of what stands there now.
    """

    id: str
    platform: str
    kind: str
    place: str
    member_id: str
    matter: str
    created_at: datetime
    external_id: str = ""
    case_id: str | None = None
    meeting_id: str | None = None
    notice: Notice | None = None
    shown: str = ""
    over: bool = False


@dataclass(frozen=True)
class ClaimedPost:
    """One that may say something old, leased by a worker. `moves` is how often its matter had
    moved when it was claimed, `attempt` the number of this try to bring it up to date."""

    post: Post
    moves: int
    attempt: int


@dataclass(frozen=True)
class Callback:
    """What a chat platform told us, kept until it is worked off.

    `id` is a digest of what was told, `sender` whose callbacks are worked off one after the other;
    `content` is what was told, and once it was `answered` what is left to be said about it.
    """

    id: str
    platform: str
    sender: str
    content: str
    received_at: datetime
    answered: bool = False
    attempt: int = 0  # the number of this try, once it is claimed
    error: str = ""  # what kept it from being done or said before


@dataclass(frozen=True)
class SignIn:
    """A one-time link, a session or the answered challenge of a passkey, known by a keyed digest
    of its token, never by the token.

    `kind` is link, session or challenge, `method` how it came about (link, console, oidc, chat,
    passkey; of a challenge register or passkey), `browser` the
    keyed digest of what the browser that asked for it keeps; `ended_at` when it was spent or ended.
    """

    digest: str
    kind: str
    member_id: str
    browser: str | None
    method: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Passkey:
    """A member's passkey (WebAuthn). `credential_id` and `public_key` (COSE) are base64url.

    `sign_count` is what its authenticator counted at its last use: 0 when it does not count.
    """

    id: str
    member_id: str
    credential_id: str
    public_key: str = field(repr=False)
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True)
class AnswerLink:
    """A way in from a mail, for one member and one thing: the dates of `meeting_id` and whether
    one comes, or the referral `item` of `case_id`. Good until `expires_at`, or until revoked."""

    id: str
    member_id: str
    agency_id: str
    made_at: datetime
    expires_at: datetime
    meeting_id: str | None = None
    case_id: str | None = None
    item: str = ""
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class StandingPromise:
    """A promise as the store holds it: how far up the ladder it is."""

    promise: Promise
    step: int
    next_at: datetime | None


class Documents(Protocol[D_co, L]):
    """What cases and meetings have in common: a document each, and the line that lists read.

    What was set aside is as good as gone for every look at lines but `marked`.
    """

    def get(self, record_id: str, *, change: bool = False) -> D_co | None:
        """`change=True` locks it until the end of the transaction and saves what changed.

        Raises BrokenRecord where it does not open.
        """
        ...

    def remove(self, record_id: str) -> None:
        """Its document and its line; of a case its match keys too, and its number is never given
        again."""
        ...

    def row(self, record_id: str) -> L | None: ...
    def row_before(self, record_id: str) -> L | None:
        """As it was before this transaction changed it; None when there is no such one."""
        ...

    def rows_of(self, ids: Collection[str]) -> dict[str, L]:
        """The lines of these by id, in one look."""
        ...

    def marked(self) -> list[L]:
        """The lines of those that are marked as broken, set aside or not."""
        ...

    def ids(self) -> list[str]:
        """Of all that there are, set aside or not."""
        ...

    def mark(self, record_id: str, *, set_aside: bool = False) -> None:
        """Write into the line that its document does not open. Nothing of one that is `set_aside`
        is lost: see `renew`."""
        ...

    def proof(self, record_id: str) -> str:
        """A digest (64 hex digits) of the document as it stands there, sealed."""
        ...

    def renew(self, record_id: str) -> D_co:
        """Draw the line anew from the document, which lifts every mark; answers with the document.

        Raises one of FAULTS where the document does not open or fit.
        """
        ...


class Cases(Documents[Case, CaseRow], Protocol):
    def add(self, case: Case) -> None: ...
    def id_of(self, number: str) -> str | None: ...
    def ids_of(self, numbers: Collection[str]) -> list[str]: ...
    def rows(self, *, open_only: bool = True) -> list[CaseRow]: ...
    def each_row(self) -> Iterator[CaseRow]:
        """The lines of all cases one after the other, in no order that says anything: a town has
        more that are closed than are to be held at once."""
        ...

    def state_of_open(self) -> str:
        """A digest of all open cases as they are stored: another one after any change of one."""
        ...

    def next_number(self, fiscal_year: int) -> int:
        """The next running number of this fiscal year: without gaps or repeats."""
        ...

    def keep_match_keys(self, case_id: str, keys: Iterable[MatchKey]) -> None: ...
    def repair_match_keys(self, case: Case) -> bool:
        """Whether the search keys of a case were not those of its document, and are now."""
        ...

    def matching(self, keys: Iterable[MatchKey]) -> dict[str, tuple[str, ...]]:
        """Case id to the kinds of key that are the same."""
        ...


class Meetings(Documents[Meeting, MeetingRow], Protocol):
    def add(self, meeting: Meeting) -> None: ...
    def one_at_a_time(self) -> None:
        """Until the end of this transaction no other one gets past here: for a look at all dates
        on which a decision rests."""
        ...

    def rows(self, *, live_only: bool = True) -> list[MeetingRow]: ...


class Directory(Protocol):
    def town(self) -> Town: ...
    def save_town(self, town: Town) -> None: ...
    def agencies(self) -> Sequence[Agency]: ...
    def agency(self, agency_id: str) -> Agency | None: ...
    def members(self) -> Sequence[Member]: ...
    def member(self, member_id: str) -> Member | None: ...
    def roster(self, on: date) -> Roster: ...
    def save_agencies(self, agencies: Iterable[Agency]) -> None: ...
    def save_members(self, members: Iterable[Member]) -> None: ...


class Promises(Protocol):
    def replace(self, subject_id: str, wanted: Iterable[tuple[Promise, datetime | None]]) -> None:
        """Make the open promises of a subject these; each with its first moment to act.

        One that stays as it was keeps its step; one whose due time moved begins anew.
        """
        ...

    def open(
        self, *, subject_id: str | None = None, kinds: Collection[PromiseKind] | None = None
    ) -> list[Promise]: ...
    def owed_by(self, agency_id: str, member_ids: Collection[str], key: str = "") -> list[Promise]:
        """What the agency owes, or one of these members by themselves; of it the one of this key
        alone, if one is named."""
        ...

    def holds(self, key: str) -> bool: ...
    def held(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that are still open."""
        ...

    def due_times(self, keys: Collection[str]) -> Mapping[str, datetime]:
        """By when those of the keys that are still open are due, by key."""
        ...

    def standing(self, subject_ids: Collection[str]) -> list[StandingPromise]:
        """What is owed on these subjects, with what the clock does next, the earliest due first."""
        ...

    def due(self, now: datetime) -> list[str]:
        """Keys of the promises whose moment has come, the earliest first."""
        ...

    def next_due(self) -> datetime | None:
        """The earliest moment at which the clock has to act."""
        ...

    def claim(self, now: datetime, key: str = "") -> StandingPromise | None:
        """One promise whose moment has come, locked for this transaction alone.

        `key` names the one to take; None when another holds it, or its moment has not come.
        """
        ...

    def silent(self, kinds: Collection[PromiseKind]) -> list[StandingPromise]:
        """Those of these kinds on which nothing is to act any more."""
        ...

    def scheduled(self, after: datetime) -> list[StandingPromise]:
        """Those on which something is to act later than that."""
        ...

    def stepped(self, key: str, step: int, next_at: datetime | None) -> None: ...


class DueTimes(Protocol):
    """Waiting rows whose time is wrong since the clock was corrected or a day was closed."""

    def mornings(self, now: datetime) -> list[datetime]:
        """When what is not urgent comes into inboxes, from now on."""
        ...

    def postpone(self, morning: datetime, to: datetime) -> set[str]:
        """Let that of one morning come at another time. Answers with whom it is for."""
        ...

    def latest_moment(self) -> datetime | None:
        """The latest one at which anything was done of late, in whatever order."""
        ...

    def bring_forward(
        self, now: datetime, morning: datetime, reminders: Collection[str] = ()
    ) -> int:
        """Let be due by the clock as it is now what waits for a time that the other one set: at
        once, or in the `morning` what was to come then. Of `reminders`, by their keys, what nobody
        has seen yet goes: it is not true yet. Answers with how much it was."""
        ...


@dataclass(frozen=True)
class QueuedReminder:
    """A reminder of the promise with this key, which comes into an inbox `at` a moment."""

    notice_id: str
    dedupe_key: str
    promise: str
    at: datetime


class Outbox(Protocol):
    def put(self, notice: Notice) -> None:
        """A second notice with the same dedupe key is dropped."""
        ...

    def next_try(self) -> datetime | None: ...
    def failed(self) -> list[DeliveryState]: ...
    def recent(self, limit: int = 100) -> list[DeliveryState]: ...
    def counts(self) -> Mapping[str, int]: ...
    def get(self, notice_id: str) -> DeliveryState | None: ...
    def came_back(self, notice_id: str, error: str) -> bool:
        """Let one that went out be dead after all; False when it did not go, or is dead by now."""
        ...

    def undelivered(
        self, *, case_id: str | None = None, meeting_id: str | None = None
    ) -> list[DeliveryState]:
        """What left the house about a case or meeting and lies dead, or may not have arrived."""
        ...

    def waiting(self, meeting_id: str) -> list[Notice]:
        """What has not come into its receivers' inboxes yet of a meeting, the first one first;
        without what does not open."""
        ...

    def said(self, notice_id: str) -> Notice | None:
        """The notice, from here or from its reader's inbox; None when neither has it any more.

        Raises Unreadable.
        """
        ...

    def is_in_inbox(self, notice_id: str) -> bool:
        """Whether what one said that went on by another way still lies in its reader's inbox."""
        ...

    def refill(self, notice_id: str) -> bool:
        """Give one that went out its content again, from its reader's inbox; whether it is there.

        Raises Unreadable.
        """
        ...

    def send_again(self, notice_id: str, now: datetime, states: Collection[str]) -> bool:
        """Let one in these states wait to be sent again; False when it is in none of them, or
        when nothing of it is left to send."""
        ...

    def due_in_house(self, now: datetime, keys: Collection[str]) -> list[Notice]:
        """Those of these keys that are about to come into inboxes; without what does not open."""
        ...

    def waiting_reminders(
        self, member_ids: Collection[str], keys: Collection[str]
    ) -> list[QueuedReminder]:
        """Of the notices of these keys that have not come into the inboxes of these members yet,
        the first one first."""
        ...

    def let_go(self, notice_ids: Collection[str], now: datetime, reason: str) -> None:
        """Of what waits nothing is said."""
        ...

    def hold(self, now: datetime) -> int:
        """Set aside as unknown all that waits and is due; answers with how many."""
        ...


class Ways(Protocol):
    def get(self, name: str) -> ChannelState: ...
    def all(self) -> list[ChannelState]:
        """Those that were ever down, by their names."""
        ...

    def waiting(self, name: str) -> int:
        """How many notices wait for it."""
        ...


class DeadLetters(Protocol):
    """Notices that lie dead, or of which nobody knows whether they arrived."""

    def page(self, before: str, limit: int) -> list[DeliveryState]:
        """The newest first; with `before`, an id, those older than that one."""
        ...

    def let_go(self, notice_id: str, at: datetime, reason: str) -> bool:
        """Send one no more and empty it; False when it is none of them."""
        ...

    def find_fallback(self, notice: Notice, via: str, way: str) -> tuple[str, DeliveryState | None]:
        """The dedupe key by which one goes another way, and what goes by it already."""
        ...


class Mailbox(Protocol):
    def items(
        self,
        member_id: str,
        limit: int = 50,
        *,
        before: str = "",
        keys: Collection[str] = (),
    ) -> list[InboxItem]:
        """The newest first; `before` the one of this id, and of these keys alone."""
        ...

    def item(self, member_id: str, notice_id: str) -> InboxItem | None: ...
    def unread(self, member_id: str) -> int: ...
    def mark_read(self, member_id: str, notice_ids: Collection[str], at: datetime) -> None: ...


class Events(Protocol):
    """The audit trail. There is no way to change what stands in it."""

    def add(self, event: Event) -> None: ...
    def store_list_end(self, end: str) -> None:
        """Keep beside the end of the trail how far the list of decisions goes
        (DecisionListEnd.text)."""
        ...

    def stored_list_end(self) -> str:
        """The same as it was kept; "" of none, and where that is not the bot's own note."""
        ...

    def of_case(self, case_id: str) -> list[Event]: ...
    def of_meeting(self, meeting_id: str) -> list[Event]: ...
    def subjects_acted_on_by(self, actor_id: str) -> set[tuple[str | None, str | None]]:
        """The cases and meetings, by their ids, with which somebody had to do."""
        ...

    def of_kinds_after(self, kinds: Collection[str], seq: int, limit: int) -> list[TrailRow]:
        """Rows of these kinds beyond that one, the oldest first."""
        ...

    def last_of(self, kinds: Collection[str]) -> TrailRow | None:
        """The newest row of one of these kinds."""
        ...

    def of_kinds(self, kinds: Collection[str], since: datetime) -> list[TrailRow]:
        """What happened of these kinds since then, in its order."""
        ...

    def page(self, wanted: TrailFilter, before: int, limit: int) -> list[TrailRow]:
        """Rows that fit, the newest first, older than row `before` (0: from the newest)."""
        ...


class Chain(Protocol):
    """The audit trail followed from its first row, and what its last check found."""

    def follow(
        self, so_far: ChainProgress, kept: Sequence[Checkpoint], limit: int
    ) -> ChainProgress:
        """Follow the chain on by up to `limit` rows; `kept` are checkpoints kept elsewhere."""
        ...

    def last_check(self) -> LastCheck | None: ...
    def remember_check(self, walk: ChainProgress, at: datetime) -> None: ...


class RowCheck(Protocol):
    """Rows outside the trail that decide who may what, held against what the bot wrote."""

    def tables(self) -> tuple[str, ...]: ...
    def check(self, name: str, *, opens: bool) -> list[RowFault]:
        """What is wrong in one table; `opens` what is sealed there, too."""
        ...

    def accept(self) -> int:
        """Take all rows for good as they stand; answers with how many were not as written."""
        ...


class Decisions(Protocol):
    """The lines of the list that is kept outside the database (workflows/restore/decisions.py)."""

    def seal(
        self,
        decision: ListedDecision,
        before: DecisionListEnd,
        *,
        first: bool,
        mailed: bool = False,
    ) -> str:
        """The line that follows where a list ends; `first` where one is begun, also anew."""
        ...

    def ending(self, end: DecisionListEnd) -> str:
        """The last line of a list that goes by mail."""
        ...

    def is_mail_terminator(self, line: str) -> bool: ...

    def is_complete(self, lines: Iterable[str], expected: Collection[DecisionListEnd] = ()) -> bool:
        """Whether no line is missing from these lists, and they go as far as each of `expected`."""
        ...

    def list_end_in(self, lines: Iterable[str]) -> DecisionListEnd:
        """How far the folder's list goes in these lines."""
        ...

    def precedence_of(self, line: str) -> tuple[int, int]:
        """Of two lines of one row the one with the higher rank counts."""
        ...

    def row_of(self, line: str) -> int | None:
        """The row of the trail that stands in the clear; None when the line is none of ours."""
        ...

    def open(self, line: str) -> ListedDecision | None:
        """None when it does not open: it was changed, broken off, or its key is gone."""
        ...


class Checkpoints(Protocol):
    """Signed notes of where the audit trail stood."""

    def sign(self, at: datetime) -> Checkpoint | None:
        """Note and sign the last row that is written; None when there is none."""
        ...

    def after(self, seq: int) -> list[Checkpoint]:
        """Those of rows beyond `seq`, the oldest first."""
        ...

    def last(self) -> Checkpoint | None: ...
    def is_ours(self, checkpoint: Checkpoint) -> bool:
        """Whether this bot, or whoever has its keys, signed it."""
        ...

    def public_key(self) -> str:
        """What proves a checkpoint, as PEM."""
        ...


class Accounts(Protocol):
    """Who is who on the chat platforms. A member has at most one linked account on each."""

    def one_at_a_time(self) -> None:
        """Until the end of this transaction nobody else links anybody."""
        ...

    def get(self, platform: str, external_id: str) -> Account | None: ...
    def of_member(self, member_id: str) -> list[Account]:
        """The linked ones alone."""
        ...

    def all(self, platform: str = "") -> list[Account]: ...
    def save(self, account: Account) -> None:
        """Add it, or put it in the place of what was known of it."""
        ...

    def remove(self, platform: str, external_id: str) -> None: ...


class Posts(Protocol):
    """What stands on chat platforms because of us."""

    def put(self, post: Post) -> None:
        """Keep a card; older ones of the same matter, reader and platform are over now, and are
        drawn anew. It is drawn once more itself: one without an `external_id` is posted then,
        and what moved while it was put up shows."""
        ...

    def get(self, post_id: str) -> Post | None: ...
    def find(
        self,
        platform: str,
        *,
        kind: str = "",
        place: str = "",
        external_id: str = "",
        member_id: str = "",
        case_id: str = "",
        meeting_id: str = "",
    ) -> list[Post]:
        """Those that fit everything that is said, the newest last; platform "": on all of them."""
        ...

    def stale(
        self,
        at: datetime,
        *,
        subjects: Collection[str] = (),
        homes_of: Collection[str] = (),
        readers: Collection[str] = (),
        cards_of: Collection[str] = (),
        matter: str = "",
    ) -> None:
        """Let these be drawn anew: cards about a case or meeting, or of the members `cards_of` (of
        them those about `matter` alone, if one is named), and the home pages whose `matter` (an
        agency's id, or "*" for who sees everything) is among `homes_of`, or whose member is among
        `readers`."""
        ...

    def remove(self, post_id: str) -> None: ...
    def hold(self, now: datetime) -> None:
        """After a restore: what was not put up yet is not put up by itself any more, because it
        may stand there by now; what stands there is drawn anew, because it may be newer."""
        ...


class Requests(Protocol):
    """開示・訂正・利用停止の請求."""

    def save(self, request: PersonRequest) -> None: ...
    def get(self, request_id: str, *, change: bool = False) -> PersonRequest | None: ...
    def all(self) -> list[PersonRequest]: ...
    def of_number(self, number: str) -> PersonRequest | None: ...
    def remove(self, request_id: str) -> None: ...
    def next_number(self, fiscal_year: int) -> int: ...
    def pass_number(self, fiscal_year: int, number: int) -> None:
        """Give out no number up to this one any more."""
        ...


class Drafts(Protocol):
    def save(self, draft: Draft) -> None: ...
    def get(self, draft_id: str) -> Draft | None: ...
    def of_member(self, member_id: str) -> list[Draft]: ...
    def of_everybody(self) -> list[Draft]: ...
    def delete(self, draft_id: str) -> None: ...


class Digests(Protocol):
    def save(self, on: date, content: Mapping[str, object]) -> None: ...
    def get(self, on: date) -> Mapping[str, object] | None: ...
    def days(self) -> list[date]: ...


class SignIns(Protocol):
    """One-time links and the sessions they open."""

    def token_digest(self, token: str) -> str:
        """By what the link or session of this token is known: nobody makes it without the keys."""
        ...

    def browser_digest(self, secret: str) -> str:
        """By what the browser that asked for a link is known again; keyed as well."""
        ...

    def challenge_digest(self, text: str) -> str:
        """What shows that a challenge is ours, and for whom it was made; keyed as well."""
        ...

    def add(self, sign_in: SignIn) -> None: ...
    def add_once(self, sign_in: SignIn) -> bool:
        """Add it unless one of its digest is there; of several who do so one alone hears True."""
        ...

    def get(self, digest: str) -> SignIn | None: ...
    def end(self, digest: str, at: datetime) -> bool:
        """Spend a link, or end a session; of several who do so at once one alone hears True."""
        ...

    def saw(self, digest: str, at: datetime) -> None:
        """Remember that somebody was at work in this session."""
        ...

    def open_of(self, member_id: str, now: datetime) -> list[SignIn]:
        """Links and sessions of a member that were neither ended nor are past their time."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop the rows whose time was over before then."""
        ...

    def count_link_not_made(self, hour: str) -> int:
        """Count one more link that was asked for and not made; how many they are in this hour."""
        ...


class Passkeys(Protocol):
    """Passkeys that open. What was changed in the database without the keys is none."""

    def of_credential(self, credential_id: str) -> Passkey | None: ...
    def of_member(self, member_id: str) -> list[Passkey]:
        """The oldest first."""
        ...

    def all(self) -> list[Passkey]: ...
    def save(self, passkey: Passkey) -> None: ...
    def remove(self, passkey_id: str) -> bool:
        """False when it was gone already."""
        ...


class AnswerLinks(Protocol):
    """Ways in from mails, each to one thing that was asked."""

    def add(self, link: AnswerLink) -> None: ...
    def get(self, link_id: str) -> AnswerLink | None: ...
    def good(
        self,
        now: datetime,
        *,
        meeting_id: str | None = None,
        case_id: str | None = None,
        item: str = "",
        agency_id: str = "",
    ) -> list[AnswerLink]:
        """Those to this thing that are neither over nor revoked; of one agency, or of all."""
        ...

    def revoke(self, link_ids: Collection[str], at: datetime) -> None: ...
    def revoke_all(self, at: datetime) -> int:
        """Those that are neither over nor revoked; answers with how many they were."""
        ...


@dataclass(frozen=True)
class HandledEvent:
    """An event handled before: when, the digest of its content, and the id of what was made of
    it."""

    at: datetime
    digest: str
    made: str


class UnitOfWork(Protocol):
    """One transaction. Everything is rolled back unless `commit` is called."""

    @property
    def cases(self) -> Cases: ...
    @property
    def meetings(self) -> Meetings: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def promises(self) -> Promises: ...
    @property
    def waits(self) -> DueTimes: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def ways(self) -> Ways: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def mailbox(self) -> Mailbox: ...
    @property
    def events(self) -> Events: ...
    @property
    def chain(self) -> Chain: ...
    @property
    def row_check(self) -> RowCheck: ...
    @property
    def has_versioned_writes(self) -> bool:
        """Whether rows that decide who may what were written, cases and meetings not yet."""
        ...

    @property
    def has_events(self) -> bool:
        """Whether an event says what happened in this transaction."""
        ...

    @property
    def checkpoints(self) -> Checkpoints: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def disposals(self) -> Disposals: ...
    @property
    def purge(self) -> Purge: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def passkeys(self) -> Passkeys: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def posts(self) -> Posts: ...
    @property
    def answer_links(self) -> AnswerLinks: ...
    @property
    def requests(self) -> Requests: ...

    def mark_handled(self, door: str, event_id: str, at: datetime, digest: str = "") -> bool:
        """Remember that this event came in; False when it had come before. `digest` is of what it
        said: another digest under the same id is another text."""
        ...

    def find_handled(self, door: str, event_id: str) -> HandledEvent | None: ...
    def note_result(self, door: str, event_id: str, made: str) -> None:
        """Remember of an event that came in the id of what was made of it."""
        ...

    def was_handled(self, door: str, event_id: str) -> bool: ...
    def advance_stream(self, stream: str, position: str, at: datetime) -> bool:
        """Remember how far along a row of presses is; False when a later one came before."""
        ...

    def changed(self) -> Sequence[Case | Meeting]:
        """The cases and meetings that were added or changed in this transaction."""
        ...

    def undone(self) -> AbstractContextManager[None]:
        """What is written while it lasts takes the time that it takes, and is gone after it.
        Nothing waits to be written when it begins."""
        ...

    def commit(self) -> None: ...


class OpenUnitOfWork(Protocol):
    def __call__(self) -> AbstractContextManager[UnitOfWork]: ...
