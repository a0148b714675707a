"""What sending a notice needs, and how it ends: shapes for `outbox.py` and the channels."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from handlers.delivery.channel_states import WayRows as AllWayRows
from handlers.delivery.overdue_notices import OverdueRows as LateRows
from workflows.core.ports import Account, ClaimedNotice, Post
from workflows.delivery.receiver import Receiver
from workflows.model.card import Card
from workflows.model.directory import Member
from workflows.model.notice import Notice


class SendOutcome(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Result:
    """How it went. With `after` a RETRY comes that much later and is not counted as an attempt:
    the way was busy, or closed for all. `post` is what stands on a platform now because of it.

    `is_down`: nothing goes by this way, whatever it is; `maybe_down`: it may be so. `in_doubt`: it
    may have arrived, and is looked for before it is sent again.
    """

    outcome: SendOutcome
    error: str = ""
    after: timedelta | None = None
    post: Post | None = None
    is_down: bool = False
    maybe_down: bool = False
    in_doubt: bool = False


class OutboxToSend(Protocol):
    def put(self, notice: Notice) -> None: ...
    def claim(self, now: datetime, worker: str, via: str) -> ClaimedNotice | None: ...
    def claim_without_channel(
        self, now: datetime, worker: str, ways: Collection[str]
    ) -> ClaimedNotice | None: ...
    def settle(
        self,
        notice_id: str,
        worker: str,
        attempt: int,
        state: str,
        now: datetime,
        *,
        try_at: datetime | None = None,
        error: str = "",
        counted: bool = True,
        in_doubt: bool = False,
    ) -> bool: ...


class InboxWriter(Protocol):
    def deliver(self, notice: Notice, at: datetime) -> bool: ...


class AccountsToSendTo(Protocol):
    def of_member(self, member_id: str) -> list[Account]: ...


class ReceiverDirectory(Protocol):
    def member(self, member_id: str) -> Member | None: ...
    def members(self) -> Sequence[Member]: ...


class SentPosts(Protocol):
    def put(self, post: Post) -> None: ...
    def stale(self, at: datetime, *, readers: Collection[str] = ()) -> None: ...


class WayRows(AllWayRows, LateRows, Protocol):
    def went_another_way(self, notice: Notice, passed_to: str, names: Collection[str]) -> bool: ...


class SendingUnit(Protocol):
    """The part of a unit of work that sending needs."""

    @property
    def outbox(self) -> OutboxToSend: ...
    @property
    def ways(self) -> WayRows: ...
    @property
    def mailbox(self) -> InboxWriter: ...
    @property
    def accounts(self) -> AccountsToSendTo: ...
    @property
    def posts(self) -> SentPosts: ...
    @property
    def directory(self) -> ReceiverDirectory: ...
    def commit(self) -> None: ...


class OpenSendingUnit(Protocol):
    def __call__(self) -> AbstractContextManager[SendingUnit]: ...


class InHouse(Protocol):
    """A way to a member that ends in our own database: part of the transaction `unit`, in which
    the result is recorded as well."""

    def send(
        self,
        notice: Notice,
        card: Card,
        unit: SendingUnit,
        now: datetime,
        *,
        quiet: bool = False,
    ) -> Result: ...


class Channel(Protocol):
    """A way to a member that leaves the house. No transaction is open while it sends.

    It says how it went and raises nothing for what may go wrong out there: RETRY when it surely
    did not arrive and may later, DEAD when it never will, UNKNOWN when it may have arrived.
    """

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result: ...


@runtime_checkable
class Searchable(Protocol):
    """A channel that can look whether a message of ours stands there."""

    def found(self, receiver: Receiver, notice: Notice, now: datetime) -> Result | None:
        """SENT when it does; None when it does not, or when that cannot be told."""
        ...
