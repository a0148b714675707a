"""Lines of cases and meetings that this process has read or written, kept opened in memory."""

from collections.abc import Hashable
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Row

from storage.row_tags import RowVerifier, Values
from storage.row_texts import parse_row
from storage.tables import cases, meetings
from workflows.model.case_row import CaseRow
from workflows.model.meeting_row import MeetingRow

L = TypeVar("L", CaseRow, MeetingRow)

MOST_OPEN_ROWS = 65_536  # of what goes on: more than the largest town has
MOST_ENDED_ROWS = 8_192  # of what is over

CASE_COLUMNS: Final = tuple(c.name for c in cases.columns if c.name != "content")
MEETING_COLUMNS: Final = tuple(c.name for c in meetings.columns if c.name != "content")


class RowCache(Generic[L]):
    """A line is frozen, and its row tells all of it: the same row need not be held against its tag,
    opened and read twice, nor one that this process wrote even once. No words of a person's story
    are in any of them. Shared by all threads.

    Of each row the newest one that was met is kept. What goes on (`current` is the column that says
    so) is walked through at every turn, and there is room for all of it; of what is over the oldest
    go first, and push out nothing else.
    """

    def __init__(self, kind: type[L], columns: tuple[str, ...], current: str) -> None:
        self._kind: type[L] = kind
        self._columns, self._current = columns, columns.index(current)
        self._kept: dict[bool, dict[Hashable, tuple[tuple[Any, ...], L]]] = {True: {}, False: {}}
        self._lock = Lock()

    def of(self, reader: RowVerifier, row: Row[Any]) -> L:
        """The line in a row as it is stored."""
        values = self._values(row._mapping)
        kept = self._kept[bool(values[self._current])].get((reader, row.id))
        if kept is not None and kept[0] == values:
            return kept[1]
        line = parse_row(reader.opened(row._mapping, "facts"), self._kind)
        self._keep(reader, values, line)
        return line

    def written(self, reader: RowVerifier, row: Values, line: L) -> None:
        """This process puts the row there, with this line in it."""
        self._keep(reader, self._values(row), line)

    def forget(self) -> None:
        """All of them; they are read again when they are asked for."""
        with self._lock:
            self._kept = {True: {}, False: {}}

    def _values(self, row: Values) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._columns)

    def _keep(self, reader: RowVerifier, values: tuple[Any, ...], line: L) -> None:
        is_current, key = bool(values[self._current]), (reader, line.id)
        room, most = self._kept[is_current], MOST_OPEN_ROWS if is_current else MOST_ENDED_ROWS
        with self._lock:
            self._kept[not is_current].pop(key, None)
            while len(room) >= most and key not in room:
                del room[next(iter(room))]
            room[key] = values, line


CASE_ROW_CACHE: Final = RowCache(CaseRow, CASE_COLUMNS, "is_open")
MEETING_ROW_CACHE: Final = RowCache(MeetingRow, MEETING_COLUMNS, "is_live")
