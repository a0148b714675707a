"""Whether a way that leaves the house is up: one state for all notices, in the database.

While it is down nothing is sent by it but a probe, which one replica makes at a time, at first
after seconds, later once a minute. When anything gets through it is up again and everything that
is due goes at once. How the probe is made is the channel's affair; without one a notice is it.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import Enum, auto
from secrets import SystemRandom
from typing import Final, Protocol

from handlers.delivery.platform_state import PlatformHealth, Probeable
from workflows.core.permissions import Caller
from workflows.core.ports import ChannelState
from workflows.delivery.channel_trouble import ReportOutage
from workflows.desk import Desk

RANDOM: Final = SystemRandom()
log = logging.getLogger(__name__)

# [ours] How long until it is tried again; the last one from then on. Each is up to a fifth less,
# so that several towns do not come back in the same second.
PROBES: Final = tuple(timedelta(seconds=s) for s in (5, 10, 20, 40, 60))
PROBING: Final = timedelta(minutes=1)  # until somebody else may, if whoever tries it says nothing
# [ours] Shorter than that it is no news.
NEWS_AFTER: Final = timedelta(minutes=5)
MIN_JITTER: Final = 0.8


class ProbeResult(Enum):
    """What may go by a way that was down when it was asked for."""

    OPEN = auto()
    SHUT = auto()
    BY_NOTICE = auto()  # one notice, which is the probe


class WayRows(Protocol):
    def get(self, name: str) -> ChannelState: ...
    def all(self) -> list[ChannelState]: ...
    def fell(self, name: str, reason: str, now: datetime, probe_at: datetime) -> None: ...
    def take_probe(self, name: str, now: datetime, until: datetime) -> bool: ...
    def rose(self, name: str, now: datetime) -> bool: ...
    def note_announced(self, name: str, told: str) -> None: ...


class ChannelStateUnit(Protocol):
    @property
    def ways(self) -> WayRows: ...
    def commit(self) -> None: ...


class OpenChannelStateUnit(Protocol):
    def __call__(self) -> AbstractContextManager[ChannelStateUnit]: ...


def jittered(wait: timedelta, part: Callable[[], float] = RANDOM.random) -> timedelta:
    """Up to a fifth less, so that not everything comes back at once."""
    return wait * (MIN_JITTER + (1 - MIN_JITTER) * part())


class ChannelStates:
    """`channels` by the names of their ways; the `Probeable` are tried without a notice."""

    def __init__(
        self, open_unit: OpenChannelStateUnit, desk: Desk, channels: Mapping[str, object]
    ) -> None:
        self._open, self._desk, self._channels = open_unit, desk, channels

    def is_open(self, state: ChannelState) -> bool:
        """Whether notices go by it now, as far as anybody knows."""
        health = self._health(state.name)
        if state.is_down:
            return False
        if health and health.is_down:  # another replica found that it is back
            self._reopen(state.name)
        return not (health and health.trouble)

    def try_again(self, name: str, now: datetime) -> ProbeResult:
        """What may go by one that is not open: tried here and now, if it is time for that."""
        with self._open() as unit:
            state = unit.ways.get(name)
        health = self._health(name)
        if not state.is_down:  # some call of ours got no answer: is it the way?
            why = health.trouble if health else ""
            return ProbeResult.SHUT if self.suspect(name, why, now) else ProbeResult.OPEN
        if health and not health.is_down:
            health.note_down()
        if health and health.is_back:
            self.rise(name, now)
            return ProbeResult.OPEN
        with self._open() as unit:
            mine = unit.ways.take_probe(name, now, now + PROBING)
            unit.commit()
        if not mine:
            return ProbeResult.SHUT
        channel = self._channels.get(name)
        if not isinstance(channel, Probeable):
            return ProbeResult.BY_NOTICE
        if why := channel.probe():
            self.fall(name, why, now)
            return ProbeResult.SHUT
        self.rise(name, now)
        return ProbeResult.OPEN

    def suspect(self, name: str, why: str, now: datetime) -> bool:
        """Something got no answer: whether nothing gets one. Not asked where it cannot be told."""
        channel = self._channels.get(name)
        if not isinstance(channel, Probeable):
            return False
        if found := channel.probe():
            self.fall(name, found or why, now)
            return True
        channel.health.answered()
        return False

    def fall(self, name: str, why: str, now: datetime) -> None:
        """Nothing goes by it."""
        with self._open() as unit:
            state = unit.ways.get(name)
            probes = state.probes + 1 if state.is_down else 0
            wait = jittered(PROBES[min(probes, len(PROBES) - 1)])
            unit.ways.fell(name, why, now, now + wait)
            unit.commit()
        if health := self._health(name):
            health.note_down()
        if not state.is_down:
            log.warning("way_down way=%s error=%s", name, why)

    def rise(self, name: str, now: datetime) -> None:
        """Something got through."""
        with self._open() as unit:
            rose = unit.ways.rose(name, now)
            unit.commit()
        self._reopen(name)
        if rose:
            log.warning("way_up way=%s", name)

    def tell(self, now: datetime) -> None:
        """Say once of an outage that it is there, and once that it is over."""
        with self._open() as unit:
            states = [s for s in unit.ways.all() if s.name in self._channels]
        for state in states:
            if state.is_down and not state.told and now - (state.down_since or now) >= NEWS_AFTER:
                self._told(state, "down")
            elif state.up_at and state.told == "down":
                self._told(state, "back")

    def _told(self, state: ChannelState, what: str) -> None:
        since = state.down_since
        assert since is not None  # noqa: S101 - it is down, or was
        over = what == "back"
        report = ReportOutage(state.name, state.reason, since, is_over=over, late=state.late)
        self._desk.handle(report, Caller.CLOCK)
        with self._open() as unit:
            unit.ways.note_announced(state.name, what)
            unit.commit()

    def _health(self, name: str) -> PlatformHealth | None:
        channel = self._channels.get(name)
        return channel.health if isinstance(channel, Probeable) else None

    def _reopen(self, name: str) -> None:
        channel = self._channels.get(name)
        if isinstance(channel, Probeable):
            channel.health.note_up()
            channel.reopen()
