"""Drains the outbox: claim, check that it is still true, send, record how it ended.

At least once, said openly: a kill between sending and recording repeats a notice where the
channel cannot tell; the members' inbox is filled in the transaction that records it, so there
it is exactly once. From there a notice goes on, as a row of its own, to the chat of whoever has
one, or by mail to who has none and must do something. What leaves the house is sent between two
transactions, inside neither.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import uuid4

from handlers.delivery.channel_states import MIN_JITTER, ChannelStates, ProbeResult
from handlers.delivery.guarded_notice import Held, guarded_card
from handlers.delivery.overdue_notices import OverdueNotices, as_fallback
from handlers.delivery.repeats import MOST_REPEATS, REPEATED, next_attempt
from handlers.delivery.sending import (
    Channel,
    InHouse,
    OpenSendingUnit,
    Result,
    Searchable,
    SendingUnit,
    SendOutcome,
)
from handlers.words.texts import Texts
from workflows.core.permissions import Caller
from workflows.core.ports import ClaimedNotice, Post
from workflows.core.restore_gate import WAITS
from workflows.delivery.drop_reason import AWAY, GetDropReason
from workflows.delivery.receiver import GetReceiver
from workflows.delivery.returned import ReportReturned
from workflows.delivery.stand_ins import NotifyStandIns, is_quiet
from workflows.desk import Desk
from workflows.guard.mask_card import GuardResult
from workflows.japanese.dates import TOKYO
from workflows.model.card import Card
from workflows.model.notice import EMERGENCY, Notice, as_repeat, rank_of
from workflows.sign_in.sign_in import MAIL

log = logging.getLogger(__name__)

# How long to wait in the house after the first, second … failed attempt; after the last one it is
# dead. What leaves the house: repeats.py.
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
WENT_ANOTHER_WAY: Final = "went_another_way"
INTERRUPTED: Final = "interrupted"  # whoever sent it ended without a word
CANNOT_LOOK: Final = "cannot_look"  # whether it stands there

FAILED: Final = frozenset({"dead", "unknown"})
# Nothing to telephone about: they may not be told, nothing is left to say, or our own template or
# guard held it back, which the administrators see on the deliveries page.
HELD_BACK: Final = frozenset(
    {"may_not_be_told", "nothing_to_say", "cannot_render", "guard_unreadable", "guard_button"}
)


class Inbox:
    """The members' own inbox on the pages: always there, for everybody.

    `onward` are the platforms on which a notice goes on to whoever is linked there, `mailed` the
    keys of those that go by mail to whoever is linked on none of them, or whom their one platform
    refuses for good.
    """

    def __init__(self, onward: Collection[str] = (), mailed: Collection[str] = ()) -> None:
        self._onward, self._mailed = onward, mailed

    def send(
        self,
        notice: Notice,
        card: Card,
        unit: SendingUnit,
        now: datetime,
        *,
        quiet: bool = False,
    ) -> Result:
        """Into the inbox; `quiet`: and no further."""
        unit.mailbox.deliver(notice, now)
        if self._onward:
            unit.posts.stale(now, readers=[notice.member_id])  # their home page says what waits
        if quiet:
            return Result(SendOutcome.SENT)
        linked = [
            account.platform
            for account in unit.accounts.of_member(notice.member_id)
            if account.platform in self._onward
        ]
        mail = self._mail_for(notice, unit, now)
        only = mail if len(linked) == 1 else ""
        for platform in linked:
            unit.outbox.put(as_fallback(replace(notice, if_refused=only), platform, now))
        if mail and not linked:
            unit.outbox.put(as_fallback(notice, MAIL, now))
        return Result(SendOutcome.SENT)

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


def _other_way(notice: Notice, settled: "_Settled", now: datetime) -> Notice | None:
    """A copy of the notice for its fallback channel, when the first one fails or is too slow."""
    slow = settled.state == "waiting" and settled.is_slow
    way = notice.instead if slow or settled.state in FAILED else ""
    if settled.state == "dead":
        way = way or notice.if_refused
    return replace(as_fallback(notice, way, now), instead="", if_refused="") if way else None


@dataclass(frozen=True)
class _Settled:
    """What becomes of a notice after an attempt; `is_slow`: it is not tried again soon."""

    state: str
    try_at: datetime | None = None
    error: str = ""
    counted: bool = True
    in_doubt: bool = False
    is_slow: bool = False
    post: Post | None = None


def _cause(error: str) -> str:
    return error.partition(":")[0]


class OutboxSender:
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
        self._states = ChannelStates(open_unit, desk, self._ways)
        self._late = OverdueNotices(open_unit, desk, self._ways)
        self._worker = uuid4().hex

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(self._ways)

    def drain(self) -> int:
        """Send everything whose time has come; answers with how many were dealt with."""
        self.check_channels()
        done = 0
        for via in ("", *self._ways):
            while self.send_next(via):
                done += 1
        return done

    def check_channels(self) -> None:
        """Tell of ways that are down or back, and see to what waits too long for its way."""
        now = self._desk.now()
        self._states.tell(now)
        self._late.look(now)

    def send_next(self, via: str = "") -> bool:
        """Send one that goes by this way; whether there was one. In the house, also put aside what
        is to go by a way that is switched off."""
        now = self._desk.now()
        is_probe = False
        with self._open() as unit:
            is_open = not via or self._states.is_open(unit.ways.get(via))
            claimed = self._claim(unit, now, via) if is_open else None
            unit.commit()
        if not is_open:
            gate = self._states.try_again(via, now)
            if gate is not ProbeResult.BY_NOTICE:
                return gate is ProbeResult.OPEN
            is_probe = True
            with self._open() as unit:
                claimed = self._claim(unit, now, via)
                unit.commit()
        if claimed is None:
            return False
        if claimed.notice.via != via:
            self._put_aside(claimed, now)
        elif claimed.lost > len(RETRIES):  # every worker that took it ended without a word
            self._give_up(claimed, now)
        else:
            self._attempt(claimed, now, is_probe=is_probe)
        return True

    def _claim(self, unit: SendingUnit, now: datetime, via: str) -> ClaimedNotice | None:
        claimed = unit.outbox.claim(now, self._worker, via)
        if claimed is None and not via:
            claimed = unit.outbox.claim_without_channel(now, self._worker, ("", *self._ways))
        return claimed

    def _attempt(self, claimed: ClaimedNotice, now: datetime, *, is_probe: bool) -> None:
        notice, via = claimed.notice, claimed.notice.via
        reason = self._desk.ask(GetDropReason(notice, is_sent=True), Caller.CLOCK)
        if reason == WAITS:
            later = _Settled("waiting", now + RETRIES[1], reason, counted=False)
            with self._open() as unit:
                self._record(claimed, later, now, unit)
                unit.commit()
            return
        # Before it is recorded as sent: a kill between the two gives it to them no second time.
        others_hear = reason == AWAY and self._desk.handle(NotifyStandIns(notice), Caller.CLOCK)
        quiet = others_hear and is_quiet(notice)
        if reason not in ("", AWAY) or (quiet and via):
            self._drop(claimed, reason, now)
            return
        if not via:
            drawn = self._drawn(notice)
            with self._open() as unit:
                put = self._put_in(drawn, unit, now, quiet=quiet)
                settled = self._settled(put, claimed, now)
                state = self._settle(claimed, settled, now, unit)
        else:
            result = self._send_out(claimed, now)
            if result is None:
                self._drop(claimed, WENT_ANOTHER_WAY, now)
                return
            result = self._by_its_way(claimed, result, now)
            settled = self._settled(result, claimed, now)
            if is_probe and not result.is_down and _cause(result.error) not in HELD_BACK:
                self._states.rise(via, now)
            self._report(claimed, settled, now)
            with self._open() as unit:
                state = self._settle(claimed, settled, now, unit)
        # Lost: the lease ran out meanwhile, and what another worker does with it counts.
        log.info("notice_%s id=%s key=%s attempt=%d", state, notice.id, notice.key, claimed.attempt)

    def _by_its_way(self, claimed: ClaimedNotice, result: Result, now: datetime) -> Result:
        """The result as it counts: what is the way's failure is no attempt of the notice, and what
        may have arrived is repeated where somebody must act upon it."""
        via, key = claimed.notice.via, claimed.notice.key
        searched = isinstance(self._ways[via], Searchable)
        if result.outcome is SendOutcome.UNKNOWN and not searched:
            again = key in REPEATED and claimed.attempt < MOST_REPEATS
            outcome = SendOutcome.RETRY if again else SendOutcome.UNKNOWN
            result = replace(result, outcome=outcome, in_doubt=True, maybe_down=True)
        if result.is_down:
            self._states.fall(via, result.error, now)
        elif result.maybe_down:
            is_down = self._states.suspect(via, result.error, now)
            result = replace(result, is_down=is_down)
        return result

    def _settled(self, result: Result, claimed: ClaimedNotice, now: datetime) -> _Settled:
        """What becomes of it after this."""
        done = _Settled(
            str(result.outcome), error=result.error, in_doubt=result.in_doubt, post=result.post
        )
        if result.outcome is not SendOutcome.RETRY:
            return done
        if result.is_down:  # due as soon as the way is up
            return replace(done, state="waiting", try_at=now, counted=False, is_slow=True)
        if result.after is not None:
            slow = result.after >= SOON
            at = now + result.after
            return replace(done, state="waiting", try_at=at, counted=False, is_slow=slow)
        in_doubt = result.in_doubt or claimed.in_doubt
        at_or_never = self._next_attempt(claimed, now, in_doubt=in_doubt)
        if at_or_never is None:
            return replace(done, state="unknown" if in_doubt and claimed.notice.via else "dead")
        slow = at_or_never - now >= SOON * MIN_JITTER
        return replace(done, state="waiting", try_at=at_or_never, is_slow=slow)

    @staticmethod
    def _next_attempt(claimed: ClaimedNotice, now: datetime, *, in_doubt: bool) -> datetime | None:
        if claimed.notice.via:
            since = claimed.notice.created_at or now
            return next_attempt(claimed.attempt, since, now, in_doubt=in_doubt)
        return now + RETRIES[claimed.attempt - 1] if claimed.attempt <= len(RETRIES) else None

    def _settle(
        self, claimed: ClaimedNotice, settled: _Settled, now: datetime, unit: SendingUnit
    ) -> str:
        """Record how it went. "lost" without the lease: then nothing of this transaction stays."""
        other_way = _other_way(claimed.notice, settled, now)
        if other_way:
            settled = replace(settled, state="dropped", try_at=None, counted=True)
        if not self._record(claimed, settled, now, unit):
            return "lost"
        if other_way:
            unit.outbox.put(other_way)
        if settled.post:
            unit.posts.put(settled.post)
        unit.commit()
        return settled.state

    def _record(
        self, claimed: ClaimedNotice, settled: _Settled, now: datetime, unit: SendingUnit
    ) -> bool:
        return unit.outbox.settle(
            claimed.notice.id,
            self._worker,
            claimed.attempt,
            settled.state,
            now,
            try_at=settled.try_at,
            error=settled.error,
            counted=settled.counted,
            in_doubt=settled.in_doubt,
        )

    def _drop(self, claimed: ClaimedNotice, reason: str, now: datetime) -> None:
        with self._open() as unit:
            self._record(claimed, _Settled("dropped", error=reason), now, unit)
            unit.commit()
        notice = claimed.notice
        log.info("notice_dropped id=%s key=%s reason=%s", notice.id, notice.key, reason)

    def _put_aside(self, claimed: ClaimedNotice, now: datetime) -> None:
        """By its other way, if it has one; else it is let go. What everybody is to read has its
        copy in the inbox; a sign-in link or a live card leads nowhere later."""
        notice = claimed.notice
        other_way = _other_way(replace(notice, if_refused=""), _Settled("dead"), now)
        with self._open() as unit:
            aside = _Settled("dropped", error=SWITCHED_OFF)
            if self._record(claimed, aside, now, unit) and other_way:
                unit.outbox.put(other_way)
            unit.commit()
        log.info("notice_dropped id=%s key=%s reason=%s", notice.id, notice.key, SWITCHED_OFF)

    def _report(self, claimed: ClaimedNotice, settled: _Settled, now: datetime) -> None:
        """Tell who waits for it that it reached nobody, before that is recorded: a kill between
        the two tells it once more, and they are told once a day. 緊急 goes another way first."""
        notice = claimed.notice
        if settled.state not in FAILED or _other_way(notice, settled, now):
            return
        if _cause(settled.error) in HELD_BACK:
            return
        if rank_of(notice) == EMERGENCY and self._late.pass_on(notice, now):
            return
        report = ReportReturned(notice.id, settled.error, sure=settled.state == "dead")
        self._desk.handle(report, Caller.CLOCK)

    def _give_up(self, claimed: ClaimedNotice, now: datetime) -> None:
        notice = claimed.notice
        if notice.via:
            self._desk.handle(ReportReturned(notice.id, "gave_up", sure=False), Caller.CLOCK)
        with self._open() as unit:
            self._record(claimed, _Settled("dead", error="gave_up"), now, unit)
            unit.commit()
        log.error("notice_dead id=%s key=%s attempt=%d", notice.id, notice.key, claimed.attempt)

    def _put_in(
        self, drawn: GuardResult | Result, unit: SendingUnit, now: datetime, *, quiet: bool
    ) -> Result:
        if isinstance(drawn, Result):
            return drawn
        return self._inbox.send(drawn.notice, drawn.card, unit, now, quiet=quiet)

    def _send_out(self, claimed: ClaimedNotice, now: datetime) -> Result | None:
        """None when there is nothing to send any more: its receiver has it by another way."""
        notice, channel = claimed.notice, self._ways[claimed.notice.via]
        searched = isinstance(channel, Searchable)
        if claimed.was_lost and not searched and notice.key not in REPEATED:
            return Result(SendOutcome.UNKNOWN, INTERRUPTED)
        in_doubt = claimed.in_doubt and not searched
        drawn = self._drawn(as_repeat(notice) if in_doubt else notice)
        if isinstance(drawn, Result):
            return drawn
        about = GetReceiver(drawn.notice.member_id, str(drawn.notice.facts.get("address", "")))
        receiver = self._desk.ask(about, Caller.CLOCK)
        if self._has_come(claimed):
            if claimed.in_doubt and isinstance(channel, Searchable):
                return channel.found(receiver, drawn.notice, now)
            return None
        attempt = max(claimed.attempt, 2 if claimed.in_doubt else 1)
        result = channel.send(receiver, drawn.notice, drawn.card, now, attempt)
        if result.error != CANNOT_LOOK or notice.key not in REPEATED:
            return result
        again = self._drawn(as_repeat(notice))
        if isinstance(again, Result):
            return again
        return channel.send(receiver, again.notice, again.card, now, 1)

    def _has_come(self, claimed: ClaimedNotice) -> bool:
        """Whether its receiver has it by another way: only what is urgent goes by two."""
        if not claimed.notice.urgent:
            return False
        with self._open() as unit:
            return unit.ways.went_another_way(claimed.notice, claimed.passed_to, self._ways)

    def _drawn(self, notice: Notice) -> GuardResult | Result:
        """What may leave, as the guard lets it go; or why nothing does."""
        try:
            return guarded_card(self._desk, self._texts, notice)
        except Held as held:
            return Result(SendOutcome.DEAD, held.why)
