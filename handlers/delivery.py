"""Drains the outbox: claim, check that it is still true, send, record how it ended.

At least once, said openly: a kill between sending and recording repeats a notice where the
channel cannot tell; the members' inbox is filled in the transaction that records it, so there
it is exactly once. From there a notice goes on, as a row of its own, to the chat of whoever has
one, or by mail to who has none and must do something. What leaves the house is sent between two
transactions, inside neither.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import uuid4

from handlers.guarded import Held, guarded_card
from handlers.texts import Texts
from workflows.cards import Card
from workflows.dates import TOKYO
from workflows.desk import Desk
from workflows.directory.model import Member
from workflows.guard import Guarded
from workflows.notices import Notice
from workflows.permissions import Caller
from workflows.ports import Account, Post
from workflows.receivers import GetReceiver, Receiver
from workflows.restore_gate import WAITS
from workflows.returned import ReportReturned
from workflows.sign_in import MAIL
from workflows.truth import WhyNotSend

log = logging.getLogger(__name__)

# How long to wait after the first, second … failed attempt; after the last one it is dead.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)

# Who waits for something that has another way is not kept waiting for longer than that.
SOON: Final = timedelta(minutes=1)

SWITCHED_OFF: Final = "way_switched_off"

FAILED: Final = frozenset({"dead", "unknown"})
# Nothing to telephone about: they may not be told, nothing is left to say, or our own template or
# guard held it back, which the administrators see on the deliveries page.
HELD_BACK: Final = frozenset(
    {"may_not_be_told", "nothing_to_say", "cannot_render", "guard_unreadable", "guard_button"}
)


class Outcome(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Result:
    """How it went. With `after` a RETRY comes that much later and is not counted as an attempt:
    the way was busy, or closed for all. `post` is what stands on a platform now because of it."""

    outcome: Outcome
    error: str = ""
    after: timedelta | None = None
    post: Post | None = None


class Outbox(Protocol):
    def put(self, notice: Notice) -> None: ...
    def claim(self, now: datetime, worker: str, via: str) -> tuple[Notice, int] | None: ...
    def claim_stray(
        self, now: datetime, worker: str, ways: Collection[str]
    ) -> tuple[Notice, int] | None: ...
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
    ) -> bool: ...


class Mailbox(Protocol):
    def deliver(self, notice: Notice, at: datetime) -> bool: ...


class Accounts(Protocol):
    def of_member(self, member_id: str) -> list[Account]: ...


class Directory(Protocol):
    def member(self, member_id: str) -> Member | None: ...
    def members(self) -> Sequence[Member]: ...


class Posts(Protocol):
    def put(self, post: Post) -> None: ...
    def stale(self, at: datetime, *, readers: Collection[str] = ()) -> None: ...


class SendingUnit(Protocol):
    """The part of a unit of work that sending needs."""

    @property
    def outbox(self) -> Outbox: ...
    @property
    def mailbox(self) -> Mailbox: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def posts(self) -> Posts: ...
    @property
    def directory(self) -> Directory: ...
    def commit(self) -> None: ...


class OpenSendingUnit(Protocol):
    def __call__(self) -> AbstractContextManager[SendingUnit]: ...


class InHouse(Protocol):
    """A way to a member that ends in our own database: part of the transaction `unit`, in which
    the result is recorded as well."""

    def send(self, notice: Notice, card: Card, unit: SendingUnit, now: datetime) -> Result: ...


class Channel(Protocol):
    """A way to a member that leaves the house. No transaction is open while it sends.

    It says how it went and raises nothing for what may go wrong out there: RETRY when it surely
    did not arrive and may later, DEAD when it never will, UNKNOWN when it may have arrived.
    """

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result: ...


class Inbox:
    """The members' own inbox on the pages: always there, for everybody.

    `onward` are the platforms on which a notice goes on to whoever is linked there, `mailed` the
    keys of those that go by mail to whoever is linked on none of them, or whom their one platform
    refuses for good.
    """

    def __init__(self, onward: Collection[str] = (), mailed: Collection[str] = ()) -> None:
        self._onward, self._mailed = onward, mailed

    def send(self, notice: Notice, card: Card, unit: SendingUnit, now: datetime) -> Result:
        unit.mailbox.deliver(notice, now)
        if self._onward:
            unit.posts.stale(now, readers=[notice.member_id])  # their home page says what waits
        linked = [
            account.platform
            for account in unit.accounts.of_member(notice.member_id)
            if account.platform in self._onward
        ]
        mail = self._mail_for(notice, unit, now)
        only = mail if len(linked) == 1 else ""
        for platform in linked:
            unit.outbox.put(_onward(replace(notice, if_refused=only), platform, now))
        if mail and not linked:
            unit.outbox.put(_onward(notice, MAIL, now))
        return Result(Outcome.SENT)

    def _mail_for(self, notice: Notice, unit: SendingUnit, now: datetime) -> str:
        """The name of the way by mail, when it is one for this notice and its reader. Without an
        address too, where nobody of the agency has any way: that it leads nowhere is then told."""
        reader = unit.directory.member(notice.member_id) if notice.key in self._mailed else None
        if reader is None:
            return ""
        today = now.astimezone(TOKYO).date()
        return MAIL if reader.email or self._hears_nothing(reader.agency_id, unit, today) else ""

    def _hears_nothing(self, agency_id: str, unit: SendingUnit, today: date) -> bool:
        """Whether nobody who works at the agency has an address or a chat that is switched on."""
        return not any(
            member.email
            or any(a.platform in self._onward for a in unit.accounts.of_member(member.id))
            for member in unit.directory.members()
            if member.agency_id == agency_id and member.is_active(today)
        )


def _onward(notice: Notice, platform: str, now: datetime) -> Notice:
    return replace(
        notice,
        id=uuid4().hex,
        via=platform,
        dedupe_key=f"{notice.dedupe_key}:{platform}",
        created_at=now,
        not_before=now,
    )


def _other_way(notice: Notice, state: str, try_at: datetime | None, now: datetime) -> Notice | None:
    """The same notice by its other way, when the first one does not lead there soon, or never."""
    slow = state == "waiting" and try_at is not None and try_at - now >= SOON
    way = notice.instead if slow or state in ("dead", "unknown") else ""
    if state == "dead":
        way = way or notice.if_refused
    if not way:
        return None
    # Known by what it is in the inbox, from where it is taken again when it comes back.
    told = replace(notice, dedupe_key=notice.dedupe_key.removesuffix(f":{notice.via}"))
    return replace(_onward(told, way, now), instead="", if_refused="")


class Delivery:
    """`ways` are the channels that leave the house by their names, as in a notice's `via`."""

    def __init__(
        self,
        open_unit: OpenSendingUnit,
        desk: Desk,
        texts: Texts,
        inbox: InHouse,
        ways: Mapping[str, Channel] | None = None,
    ) -> None:
        self._open, self._desk, self._texts, self._inbox = open_unit, desk, texts, inbox
        self._ways = ways or {}
        self._worker = uuid4().hex

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(self._ways)

    def drain(self) -> int:
        """Send everything whose time has come; answers with how many were dealt with."""
        done = 0
        for via in ("", *self._ways):
            while self.send_next(via):
                done += 1
        return done

    def send_next(self, via: str = "") -> bool:
        """Send one that goes by this way; whether there was one. In the house, also put aside what
        is to go by a way that is switched off."""
        now = self._desk.now()
        with self._open() as unit:
            claimed = unit.outbox.claim(now, self._worker, via)
            if claimed is None and not via:
                claimed = unit.outbox.claim_stray(now, self._worker, ("", *self._ways))
            unit.commit()
        if claimed is None:
            return False
        notice, attempt = claimed
        if notice.via != via:
            self._put_aside(notice, attempt, now)
            return True
        if attempt > len(RETRIES) + 1:  # every worker that took it ended without a word
            self._give_up(notice, attempt, now)
            return True
        reason = self._desk.ask(WhyNotSend(notice), Caller.CLOCK)
        if reason == WAITS:
            with self._open() as unit:
                later = now + RETRIES[1]
                unit.outbox.settle(
                    *(notice.id, self._worker, attempt, "waiting", now),
                    try_at=later,
                    error=reason,
                    counted=False,
                )
                unit.commit()
            return True
        if reason:
            with self._open() as unit:
                unit.outbox.settle(notice.id, self._worker, attempt, "dropped", now, error=reason)
                unit.commit()
            log.info("notice_dropped id=%s key=%s reason=%s", notice.id, notice.key, reason)
            return True
        drawn = self._drawn(notice)
        if not via:
            with self._open() as unit:
                result = self._put_in(drawn, unit, now)
                state = self._settle(notice, attempt, result, now, unit)
        else:
            result = self._send_out(drawn, self._ways[via], now, attempt)
            self._report(notice, attempt, result, now)
            with self._open() as unit:
                state = self._settle(notice, attempt, result, now, unit)
        # Lost: the lease ran out meanwhile, and what another worker does with it counts.
        log.info("notice_%s id=%s key=%s attempt=%d", state, notice.id, notice.key, attempt)
        return True

    def _settle(
        self, notice: Notice, attempt: int, result: Result, now: datetime, unit: SendingUnit
    ) -> str:
        """Record how it went. "lost" without the lease: then nothing of this transaction stays."""
        state, try_at = self._settled(result, attempt, now)
        other_way = _other_way(notice, state, try_at, now)
        if other_way:
            state, try_at = "dropped", None
        kept = unit.outbox.settle(
            notice.id,
            self._worker,
            attempt,
            state,
            now,
            try_at=try_at,
            error=result.error,
            counted=result.after is None or other_way is not None,
        )
        if not kept:
            return "lost"
        if other_way:
            unit.outbox.put(other_way)
        if result.post:
            unit.posts.put(result.post)
        unit.commit()
        return state

    def _put_aside(self, notice: Notice, attempt: int, now: datetime) -> None:
        """By its other way, if it has one; else it is let go. What everybody is to read has its
        copy in the inbox; a sign-in link or a live card leads nowhere later."""
        other_way = _other_way(replace(notice, if_refused=""), "dead", None, now)
        with self._open() as unit:
            kept = unit.outbox.settle(
                notice.id, self._worker, attempt, "dropped", now, error=SWITCHED_OFF
            )
            if kept and other_way:
                unit.outbox.put(other_way)
            unit.commit()
        log.info("notice_dropped id=%s key=%s reason=%s", notice.id, notice.key, SWITCHED_OFF)

    def _report(self, notice: Notice, attempt: int, result: Result, now: datetime) -> None:
        """Tell who waits for it that it reached nobody, before that is recorded: a kill between
        the two tells it once more, and they are told once a day."""
        state, try_at = self._settled(result, attempt, now)
        if state not in FAILED or _other_way(notice, state, try_at, now):
            return
        if result.error.partition(":")[0] not in HELD_BACK:
            report = ReportReturned(notice.id, result.error, sure=state == "dead")
            self._desk.handle(report, Caller.CLOCK)

    def _give_up(self, notice: Notice, attempt: int, now: datetime) -> None:
        if notice.via:
            self._desk.handle(ReportReturned(notice.id, "gave_up", sure=False), Caller.CLOCK)
        with self._open() as unit:
            unit.outbox.settle(notice.id, self._worker, attempt, "dead", now, error="gave_up")
            unit.commit()
        log.error("notice_dead id=%s key=%s attempt=%d", notice.id, notice.key, attempt)

    def _put_in(self, drawn: Guarded | Result, unit: SendingUnit, now: datetime) -> Result:
        if isinstance(drawn, Result):
            return drawn
        return self._inbox.send(drawn.notice, drawn.card, unit, now)

    def _send_out(
        self, drawn: Guarded | Result, channel: Channel, now: datetime, attempt: int
    ) -> Result:
        if isinstance(drawn, Result):
            return drawn
        about = GetReceiver(drawn.notice.member_id, str(drawn.notice.facts.get("address", "")))
        receiver = self._desk.ask(about, Caller.CLOCK)
        return channel.send(receiver, drawn.notice, drawn.card, now, attempt)

    def _drawn(self, notice: Notice) -> Guarded | Result:
        """What may leave, as the guard lets it go; or why nothing does."""
        try:
            return guarded_card(self._desk, self._texts, notice)
        except Held as held:
            return Result(Outcome.DEAD, held.why)

    @staticmethod
    def _settled(result: Result, attempt: int, now: datetime) -> tuple[str, datetime | None]:
        if result.outcome is Outcome.RETRY and result.after is not None:
            return "waiting", now + result.after
        if result.outcome is Outcome.RETRY:
            if attempt > len(RETRIES):
                return "dead", None
            return "waiting", now + RETRIES[attempt - 1]
        return str(result.outcome), None
