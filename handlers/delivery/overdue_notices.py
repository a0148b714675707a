"""What waits too long for its way: 緊急 goes by another one as well, and who waits is told."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from handlers.delivery.repeats import REPEATED
from workflows.core.errors import NotFound
from workflows.core.permissions import Caller
from workflows.core.ports import NOWHERE, ChannelState
from workflows.delivery.receiver import GetReceiver, Receiver
from workflows.delivery.returned import STILL_WAITS, ReportReturned
from workflows.desk import Desk
from workflows.model.notice import EMERGENCY, Notice, new_notice_id, rank_of
from workflows.sign_in.sign_in import MAIL

# [ours] 緊急 is with its receiver within five minutes, by whichever way.
EMERGENCY_WAITS: Final = timedelta(minutes=3)
# [ours] Where there is no other way: until somebody is asked to telephone.
EMERGENCY_TOLD: Final = timedelta(minutes=15)
OTHERS_TOLD: Final = timedelta(hours=4)


class OverdueRows(Protocol):
    def get(self, name: str) -> ChannelState: ...
    def due_for_fallback(self, names: Collection[str], before: datetime) -> list[Notice]: ...
    def set_fallback(self, notice_id: str, way: str) -> bool: ...
    def late(
        self, names: Collection[str], *, emergencies: datetime, others: datetime
    ) -> list[tuple[str, str]]: ...
    def note_overdue_told(self, notice_id: str, at: datetime) -> None: ...
    def state_by(self, notice: Notice, way: str) -> str: ...


class OverdueOutbox(Protocol):
    def put(self, notice: Notice) -> None: ...


class OverdueUnit(Protocol):
    @property
    def ways(self) -> OverdueRows: ...
    @property
    def outbox(self) -> OverdueOutbox: ...
    def commit(self) -> None: ...


class OpenOverdueUnit(Protocol):
    def __call__(self) -> AbstractContextManager[OverdueUnit]: ...


def as_fallback(notice: Notice, way: str, now: datetime) -> Notice:
    """A copy of the notice for another channel: a row of its own with the same inbox key."""
    base = notice.dedupe_key.removesuffix(f":{notice.via}") if notice.via else notice.dedupe_key
    return replace(
        notice,
        id=new_notice_id(now),
        via=way,
        dedupe_key=f"{base}:{way}",
        created_at=now,
        not_before=now,
    )


class OverdueNotices:
    """`ways` are the names of those that are switched on, in the order in which they are taken."""

    def __init__(self, open_unit: OpenOverdueUnit, desk: Desk, ways: Collection[str]) -> None:
        self._open, self._desk, self._ways = open_unit, desk, tuple(ways)

    def look(self, now: datetime) -> None:
        """Do what is to be done about everything that waits too long."""
        with self._open() as unit:
            slow = unit.ways.due_for_fallback(self._ways, now - EMERGENCY_WAITS)
            late = unit.ways.late(
                self._ways, emergencies=now - EMERGENCY_TOLD, others=now - OTHERS_TOLD
            )
        for notice in slow:
            self.pass_on(notice, now)
        for notice_id, key in late:
            if key in REPEATED:
                self._desk.handle(ReportReturned(notice_id, STILL_WAITS, sure=False), Caller.CLOCK)
            with self._open() as unit:
                unit.ways.note_overdue_told(notice_id, now)
                unit.commit()

    def pass_on(self, notice: Notice, now: datetime) -> bool:
        """Send one by its next way as well; whether there is one, or it has come by another."""
        emergency = rank_of(notice) == EMERGENCY
        receiver = self._receiver(notice) if emergency else None
        with self._open() as unit:
            way, has_come = notice.instead, False
            if emergency:
                way, has_come = self._next_way(notice, receiver, unit)
            passed = unit.ways.set_fallback(notice.id, way or NOWHERE)
            if passed and way:
                other = replace(as_fallback(notice, way, now), instead="", if_refused="")
                unit.outbox.put(other)
            if has_come:
                unit.ways.note_overdue_told(notice.id, now)
            unit.commit()
        return bool(way) or has_come

    def _next_way(
        self, notice: Notice, receiver: Receiver | None, unit: OverdueUnit
    ) -> tuple[str, bool]:
        """Another chat of theirs, else their mail; "" without one. Beside it, whether they have it
        by another way already."""
        if receiver is None:
            return "", False
        chats = [way for way in self._ways if way in receiver.accounts and way != notice.via]
        mail = [MAIL] if receiver.email and MAIL in self._ways and notice.via != MAIL else []
        way = ""
        for one in (*chats, *mail):
            match unit.ways.state_by(notice, one):
                case "sent":
                    return "", True
                case "" if not way and (one == MAIL or not unit.ways.get(one).is_down):
                    way = one
                case _:
                    pass
        return way, False

    def _receiver(self, notice: Notice) -> Receiver | None:
        about = GetReceiver(notice.member_id, str(notice.facts.get("address", "")))
        try:
            return self._desk.ask(about, Caller.CLOCK)
        except NotFound:
            return None
