"""A desk that fails when told to, and holds every command to what a command may do."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

from storage.database import SqlUnitOfWork
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.core.errors import AlreadyDone, Refused
from workflows.core.messages import Command
from workflows.core.permissions import Caller
from workflows.core.ports import TransactionConflict
from workflows.desk import Desk
from workflows.meetings.fix_date import MoveMeeting
from workflows.meetings.record import SaveRecord
from workflows.model.meeting import Meeting, MeetingState

S = MeetingState
# From where a meeting goes where, by one command.
EDGES: Mapping[MeetingState, frozenset[MeetingState]] = {
    S.COLLECTING: frozenset({S.ANSWERS_CLOSED, S.FIXED, S.CANCELLED}),
    S.ANSWERS_CLOSED: frozenset({S.COLLECTING, S.FIXED, S.CANCELLED}),
    S.FIXED: frozenset({S.RECORDED, S.CANCELLED}),
    S.RECORDED: frozenset(),
    S.CANCELLED: frozenset(),
}
# Where it may fail: as an event or a notice is written, once all is, and as it is kept.
STEPS = ("add", "put", "changed", "commit")


class Crash(Exception):
    """Something of ours breaks in the middle."""


class LifeDesk(Desk):
    """With `twice` every command comes in a second time with the same token. `fail` lets the next
    one fail at a step: for good, or so that it is begun anew."""

    def __init__(self, hall: TownHall) -> None:
        super().__init__(self._open_unit, hall.clock, FORMS, holiday_name)
        self._hall = hall
        self._count = 0
        self._failing: tuple[str, Exception] | None = None
        self.twice = False
        self.stated: dict[tuple[str, str], str] = {}  # meeting and agency: who came, as stated last
        self.stood: dict[str, tuple[MeetingState, int, int]] = {}
        self._watch = sqlite3.connect(str(hall.database.engine.url.database))

    def close(self) -> None:
        self._watch.close()

    def fail(self, step: str, *, for_good: bool) -> None:
        self._failing = (step, Crash(step) if for_good else TransactionConflict(step))

    def fail_no_more(self) -> None:
        self._failing = None

    @property
    def kept(self) -> int:
        """Another number after every transaction in which anything was kept."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def _open_unit(self) -> Iterator[SqlUnitOfWork]:
        with self._hall.database.open() as unit:
            if self._failing:
                step, error = self._failing

                def fails(*_: Any, **__: Any) -> NoReturn:
                    self._failing = None
                    raise error

                stores = {"add": unit.events, "put": unit.outbox}
                setattr(stores.get(step, unit), step, fails)
            yield unit

    def handle(self, command: Command[Any], actor: str | Caller, **more: Any) -> Any:
        if isinstance(actor, Caller):
            answer = super().handle(command, actor, **more)
            self._follow()
            return answer
        self._count += 1
        more["once"] = ("web", f"press{self._count}")
        before = self.kept
        try:
            answer = super().handle(command, actor, **more)
        except (Refused, Crash):
            assert self.kept == before, f"{command} was not carried out, and something was kept"
            raise
        if self.twice:
            done = self.kept
            with pytest.raises((AlreadyDone, Refused)):  # Refused: they left by it
                super().handle(command, actor, **more)
            assert self.kept == done, f"{command} came twice, and something was kept"
        self._remember(command)
        self._follow()
        return answer

    def _remember(self, command: Command[Any]) -> None:
        if isinstance(command, SaveRecord):
            for agency, (presence, _) in command.attended.items():
                self.stated[command.meeting_id, agency] = presence
        if isinstance(command, MoveMeeting):
            for key in [k for k in self.stated if k[0] == command.meeting_id]:
                del self.stated[key]

    def _follow(self) -> None:
        """Every meeting went on by an edge that there is, and its numbers do not fall."""
        with self._hall.database.open() as unit:
            rows = unit.meetings.rows(live_only=False)
            for row in rows:
                meeting = unit.meetings.get(row.id)
                assert meeting is not None
                self._went_on(meeting)

    def _went_on(self, meeting: Meeting) -> None:
        now = (meeting.state, meeting.sequence, meeting.entry_number)
        was = self.stood.get(meeting.id, (S.COLLECTING, 0, 0))
        self.stood[meeting.id] = now
        assert now[0] == was[0] or now[0] in EDGES[was[0]], f"{was[0]} became {now[0]}"
        assert now[1:] >= was[1:], f"the numbers of {meeting.id} fell: {was} {now}"
        assert now[2] >= was[2]
