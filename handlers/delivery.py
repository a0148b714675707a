"""Drains the outbox: claim, check that it is still true, send, record how it ended.

At least once, said openly: a kill between sending and recording repeats a notice where the
channel cannot tell; the members' inbox is filled in the transaction that records it, so there
it is exactly once. What leaves the house is sent between two transactions, inside neither.
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import uuid4

from jinja2 import TemplateError

from handlers.texts import Texts
from workflows.cards import Card
from workflows.desk import Desk
from workflows.guard import GuardCard, Guarded
from workflows.notices import Notice
from workflows.permissions import Caller
from workflows.receivers import GetReceiver, Receiver
from workflows.truth import WhyNotSend

log = logging.getLogger(__name__)

# A word that is missing, or a fact that a filter cannot read: a town may have its own templates.
CANNOT_DRAW: Final = (TemplateError, KeyError, ValueError, TypeError)

# How long to wait after the first, second … failed attempt; after the last one it is dead.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)


class Outcome(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    error: str = ""


class Outbox(Protocol):
    def claim(self, now: datetime, worker: str) -> tuple[Notice, int] | None: ...
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
    ) -> bool: ...


class Mailbox(Protocol):
    def deliver(self, notice: Notice, at: datetime) -> bool: ...


class SendingUnit(Protocol):
    """The part of a unit of work that sending needs."""

    @property
    def outbox(self) -> Outbox: ...
    @property
    def mailbox(self) -> Mailbox: ...
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

    def send(self, receiver: Receiver, notice: Notice, card: Card, now: datetime) -> Result: ...


class Inbox:
    """The members' own inbox on the pages: always there, for everybody."""

    def send(self, notice: Notice, card: Card, unit: SendingUnit, now: datetime) -> Result:
        unit.mailbox.deliver(notice, now)
        return Result(Outcome.SENT)


class Delivery:
    """`outside` names the notices that leave the house, each with its channel; all others lie in
    the inbox."""

    def __init__(
        self,
        open_unit: OpenSendingUnit,
        desk: Desk,
        texts: Texts,
        inbox: InHouse,
        outside: Mapping[str, Channel] | None = None,
    ) -> None:
        self._open, self._desk, self._texts, self._inbox = open_unit, desk, texts, inbox
        self._outside = outside or {}
        self._worker = uuid4().hex

    def drain(self) -> int:
        """Send everything whose time has come; answers with how many were dealt with."""
        done = 0
        while self.send_next():
            done += 1
        return done

    def send_next(self) -> bool:
        now = self._desk.now()
        with self._open() as unit:
            claimed = unit.outbox.claim(now, self._worker)
            unit.commit()
        if claimed is None:
            return False
        notice, attempt = claimed
        if attempt > len(RETRIES) + 1:  # every worker that took it ended without a word
            self._give_up(notice, attempt, now)
            return True
        reason = self._desk.ask(WhyNotSend(notice), Caller.CLOCK)
        if reason:
            with self._open() as unit:
                unit.outbox.settle(notice.id, self._worker, attempt, "dropped", now, error=reason)
                unit.commit()
            log.info("notice_dropped id=%s key=%s reason=%s", notice.id, notice.key, reason)
            return True
        drawn = self._drawn(notice)
        channel = self._outside.get(notice.key)
        if channel is None:
            with self._open() as unit:
                result = self._put_in(drawn, unit, now)
                state = self._settle(notice, attempt, result, now, unit)
        else:
            result = self._send_out(drawn, channel, now)
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
        kept = unit.outbox.settle(
            notice.id, self._worker, attempt, state, now, try_at=try_at, error=result.error
        )
        if not kept:
            return "lost"
        unit.commit()
        return state

    def _give_up(self, notice: Notice, attempt: int, now: datetime) -> None:
        with self._open() as unit:
            unit.outbox.settle(notice.id, self._worker, attempt, "dead", now, error="gave_up")
            unit.commit()
        log.error("notice_dead id=%s key=%s attempt=%d", notice.id, notice.key, attempt)

    def _put_in(self, drawn: Guarded | Result, unit: SendingUnit, now: datetime) -> Result:
        if isinstance(drawn, Result):
            return drawn
        return self._inbox.send(drawn.notice, drawn.card, unit, now)

    def _send_out(self, drawn: Guarded | Result, channel: Channel, now: datetime) -> Result:
        if isinstance(drawn, Result):
            return drawn
        receiver = self._desk.ask(GetReceiver(drawn.notice.member_id), Caller.CLOCK)
        return channel.send(receiver, drawn.notice, drawn.card, now)

    def _drawn(self, notice: Notice) -> Guarded | Result:
        """What may leave, as the guard lets it go; or why nothing does."""
        card = self._card(notice)
        if isinstance(card, Result):
            return card
        words = self._texts.own_words(notice.key)
        guarded = self._desk.handle(GuardCard(notice, card, words), Caller.CLOCK)
        return Result(Outcome.DEAD, guarded.held) if guarded.held else guarded

    def _card(self, notice: Notice) -> Card | Result:
        """The card, or why there is none."""
        try:
            return self._texts.card(notice)
        except CANNOT_DRAW as error:
            # Named by its kind alone: the text of a template error may quote what it was given.
            return Result(Outcome.DEAD, f"cannot_render:{type(error).__name__}")

    @staticmethod
    def _settled(result: Result, attempt: int, now: datetime) -> tuple[str, datetime | None]:
        if result.outcome is Outcome.RETRY:
            if attempt > len(RETRIES):
                return "dead", None
            return "waiting", now + RETRIES[attempt - 1]
        return str(result.outcome), None
