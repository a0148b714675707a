"""A desk that is watched: what every command changed in the database, and what rows it left."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from storage.tables import metadata, place, trail
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.core.ports import TrailRow
from workflows.desk import Desk
from workflows.model.trail import TrailFilter

# The trail itself; and what only keeps a repeat of the same press from doing it twice.
NOT_WATCHED = frozenset({"trail", "trail_head", "seen"})


@dataclass(frozen=True)
class Deed:
    """A command that was carried out: the tables it changed and the rows it left."""

    name: str
    actor: str | Caller
    changed: frozenset[str]
    rows: tuple[TrailRow, ...]


class WatchedDesk(Desk):
    """Asserts of every refusal that nothing was changed and nothing written."""

    def __init__(self, hall: TownHall) -> None:
        super().__init__(hall.database.open, hall.clock, FORMS, holiday_name)
        self._hall = hall
        self.deeds: list[Deed] = []
        self.refused: set[str] = set()

    def handle(self, command: Command[Any], actor: str | Caller, **more: Any) -> Any:
        if not isinstance(actor, Caller):
            more.setdefault("door", "web")
        before, end = contents(self._hall), last_row(self._hall)
        try:
            answer = super().handle(command, actor, **more)
        except Refused:
            assert contents(self._hall) == before, f"{command} was refused and changed something"
            assert last_row(self._hall) == end, f"{command} was refused and left a row"
            self.refused.add(type(command).__name__)
            raise
        after = contents(self._hall)
        changed = frozenset(t for t in after if after[t] != before[t])
        self.deeds.append(Deed(type(command).__name__, actor, changed, rows_after(self._hall, end)))
        return answer


def watched(hall: TownHall) -> WatchedDesk:
    """The hall with a watched desk in place of its own."""
    desk = WatchedDesk(hall)
    hall.desk = desk
    return desk


def contents(hall: TownHall) -> Mapping[str, set[tuple[Any, ...]]]:
    """Every row of every table that is watched."""
    with hall.database.engine.connect() as connection:
        return {
            table.name: {tuple(row) for row in connection.execute(select(table))}
            for table in metadata.sorted_tables
            if table.name not in NOT_WATCHED
        }


def last_row(hall: TownHall) -> int:
    with hall.database.engine.connect() as connection:
        return connection.execute(select(func.max(trail.c.seq))).scalar_one() or 0


def rows_after(hall: TownHall, seq: int) -> tuple[TrailRow, ...]:
    """The rows of the trail beyond `seq`, in their order."""
    added = last_row(hall) - seq
    if not added:
        return ()  # as after most looks: no row is opened for it
    with hall.database.open() as unit:
        newest = unit.events.page(TrailFilter(), 0, added)
    return tuple(sorted((r for r in newest if r.seq > seq), key=lambda r: r.seq))


def looked(hall: TownHall, query: Query[Any], actor: str | Caller) -> tuple[Any, list[TrailRow]]:
    """What a question is answered, and the rows that asking it left."""
    end = last_row(hall)
    answer = hall.desk.ask(query, actor, door="" if isinstance(actor, Caller) else "web")
    return answer, list(rows_after(hall, end))


def facts_of_all(hall: TownHall) -> list[tuple[str, Mapping[str, Any]]]:
    """(kind, facts) of every row of the trail."""
    vault = hall.database.vault
    with hall.database.engine.connect() as connection:
        rows = connection.execute(select(trail).order_by(trail.c.seq)).all()
    return [(r.kind, json.loads(vault.open(r.facts, place(trail, "facts", r.seq)))) for r in rows]
