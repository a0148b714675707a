"""Cases and meetings, kept as documents with the line that lists need.

One document or line that does not open breaks nothing but itself: lists have a line that says so.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
)  # fmt: skip

from storage.documents import from_text, to_text
from storage.numbers import take_next_number
from storage.row_cache import CASE_ROW_CACHE, MEETING_ROW_CACHE, RowCache
from storage.row_tags import RowChanged
from storage.row_texts import OutdatedRow, row_text
from storage.tables import case_numbers, cases, match_keys, meetings
from storage.tagged_rows import TaggedSession
from workflows.cases.open_case import case_keys
from workflows.core.errors import frames_of
from workflows.core.ports import FAULTS, BrokenRecord
from workflows.japanese.same_person import MatchKey
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, broken_case, case_row
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow, broken_meeting, meeting_row

E = TypeVar("E", Case, Meeting)
L = TypeVar("L", CaseRow, MeetingRow)

log = logging.getLogger(__name__)

PAGE = 500  # lines that are read at once of all that there are
DATES_LOCK = 20_106  # a number of ours among PostgreSQL's advisory locks


@cache
def _document_of(table: Table, *, change: bool) -> Select[Any]:
    """The row `wanted`, without its line unless that is to follow from a change. Asked many times
    in every transaction: written once."""
    columns = [column for column in table.c if change or column.name != "facts"]
    query = select(*columns).where(table.c.id == bindparam("wanted"))
    return query.with_for_update() if change else query


@cache
def _all_lines(table: Table) -> Select[Any]:
    return select(*[column for column in table.c if column.name != "content"])


@cache
def _lines_of(table: Table) -> Select[Any]:
    """The lines of the rows `wanted`."""
    return _all_lines(table).where(table.c.id.in_(bindparam("wanted", expanding=True)))


@dataclass
class _Held(Generic[E]):
    entity: E
    stored: str | None  # the text as the database has it; None: not there yet
    row: Row[Any] | None = None  # as it was locked, with its line; None once it was written


class _Aggregates(Generic[E, L]):
    """What cases and meetings share: an identity map, locks, and saving what changed."""

    _name: str  # "case" or "meeting"
    _lines_kept: RowCache[L]

    def __init__(self, session: TaggedSession, table: Table, kind: type[E]) -> None:
        self._session, self._connection, self._vault = session, session.connection, session.vault
        self._table, self._stored = table, session.of(table)
        self._kind: type[E] = kind
        self._held: dict[str, _Held[E]] = {}
        self._seen: dict[str, L | None] = {}  # lines as stored, asked for many times over
        self.has_written = False

    def get(self, entity_id: str, *, change: bool = False) -> E | None:
        if entity_id in self._held:
            return self._held[entity_id].entity
        if change:
            self._seen.pop(entity_id, None)  # until it was locked, somebody else could change it
        row = self._row(entity_id, change=change)
        if row is None:
            return None
        try:
            entity = self._read(row)
        except FAULTS:
            line = self.row_before(entity_id)
            if line is None:
                return None  # it was set aside
            raise BrokenRecord(self._name, entity_id) from None
        if change:
            self._stored.note_locked(row)
            self._held[entity_id] = _Held(entity, to_text(entity), row)
        return entity

    def _row(self, entity_id: str, *, change: bool = False) -> Row[Any] | None:
        """The row with its document; without its line unless it is to be changed."""
        query = _document_of(self._table, change=change)
        return self._connection.execute(query, {"wanted": entity_id}).one_or_none()

    def _read(self, row: Row[Any]) -> E:
        entity: E = from_text(self._stored.opened(row, "content"), self._kind)
        return entity

    def add(self, entity: E) -> None:
        self._held[entity.id] = _Held(entity, None)
        self._write(entity, to_text(entity), new=True)

    def remove(self, entity_id: str) -> None:
        self._held.pop(entity_id, None)
        self._seen.pop(entity_id, None)
        self._stored.remove(self._table.c.id == entity_id)

    def changed(self) -> list[E]:
        return [h.entity for h in self._held.values() if to_text(h.entity) != h.stored]

    def flush(self) -> None:
        for held in self._held.values():
            text = to_text(held.entity)
            if text != held.stored:
                self._write(held.entity, text)
                held.stored = text

    def _write(self, entity: E, text: str, *, new: bool = False) -> None:
        self.has_written = True
        self._forget_line(entity.id)
        line = self._line(entity)
        values = {"id": entity.id, **self._columns(entity)}
        sealed = {"facts": row_text(line), "content": text}
        if new:
            self._stored.insert(values, sealed)
        else:
            self._lines_kept.written(
                self._stored.reader, self._stored.put_locked(values, sealed), line
            )

    def _forget_line(self, entity_id: str) -> None:
        """It is another one from now on."""
        self._seen.pop(entity_id, None)
        if held := self._held.get(entity_id):
            held.row = None

    def redraw(self, ids: Collection[str]) -> set[str]:
        """Draw the lines of these anew from their documents, and what is derived beside them;
        the documents stay as they are. Answers with those that others hold just now: not done.

        One that does not open is marked and logged, and the rest is done; that it is so is told
        by the clock, unless it has been.
        """
        query = select(self._table).where(self._table.c.id.in_(list(ids)))
        rows = self._connection.execute(
            query.order_by(self._table.c.id).with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            self._forget_line(row.id)
            line = self._line_of(row.id)
            try:
                entity = self._read(row)
                drawn = self._line(entity)
            except FAULTS as fault:
                log.error(
                    "record_broken kind=%s id=%s error=%s at=%s",
                    self._name, row.id, type(fault).__name__, frames_of(fault),
                )  # fmt: skip
                if not line.broken:
                    self._write_line(replace(line, broken=True))
                continue
            if line.set_aside:  # whoever set it aside puts it back
                drawn = replace(drawn, broken=True, noted=True, set_aside=True)
            self._write_derived(row, entity, drawn)
        left = set(ids) - {row.id for row in rows}
        if not left:
            return left
        there = select(self._table.c.id).where(self._table.c.id.in_(left))
        return set(self._connection.execute(there).scalars())

    def _write_derived(self, row: Row[Any], entity: E, line: L) -> None:
        """Write what of a row is drawn from its document, where it is not so already."""
        text = row_text(line)
        if self._line_stored(row) != text:
            self._stored.seal_in_place(row.id, {"facts": text})
        shown = self._columns(entity) | (self._shown(line) if line.set_aside else {})
        if any(getattr(row, name) != value for name, value in shown.items()):
            self._stored.change_in_place(row.id, shown)

    def _line_stored(self, row: Row[Any]) -> str:
        try:
            return self._stored.unsealed(row, "facts")
        except FAULTS:
            return ""

    # -- lines, and what does not open ------------------------------------------------------------

    def ids(self) -> list[str]:
        return list(self._connection.execute(select(self._table.c.id)).scalars())

    def row(self, entity_id: str) -> L | None:
        if entity_id in self._held:
            return self._line(self._held[entity_id].entity)
        return self.row_before(entity_id)

    def row_before(self, entity_id: str) -> L | None:
        return self.rows_as_stored([entity_id]).get(entity_id)

    def rows_of(self, ids: Collection[str]) -> dict[str, L]:
        found = self.rows_as_stored(ids)
        return found | {i: self._line(h.entity) for i, h in self._held.items() if i in found}

    def rows_as_stored(self, ids: Collection[str]) -> dict[str, L]:
        for entity_id in ids:
            held = self._held.get(entity_id)
            if held and held.row and entity_id not in self._seen:
                stored = self._opened(held.row)
                self._seen[entity_id] = None if stored.set_aside else stored
        if unseen := [i for i in ids if i not in self._seen]:
            self._seen |= dict.fromkeys(unseen)
            found = self._connection.execute(_lines_of(self._table), {"wanted": unseen})
            self._seen |= {line.id: line for line in self._drawn(found) if not line.set_aside}
        return {i: line for i in ids if (line := self._seen[i])}

    def _remembered(self, lines: list[L]) -> list[L]:
        """The same; who asks for one of them again in this transaction gets it as it was read."""
        self._seen |= {line.id: line for line in lines}
        return lines

    def marked(self) -> list[L]:
        return [line for line in self._lines(true(), aside=True) if line.broken]

    def mark(self, entity_id: str, *, set_aside: bool = False) -> None:
        before = self._line_of(entity_id)
        line = replace(before, broken=True, noted=True, set_aside=set_aside)
        self._write_line(line)
        if set_aside != before.set_aside:
            self._stored.change_in_place(entity_id, self._shown(line))

    def proof(self, entity_id: str) -> str:
        query = select(self._table.c.content).where(self._table.c.id == entity_id)
        sealed: str = self._connection.execute(query).scalar_one()
        return sha256(sealed.encode()).hexdigest()

    def renew(self, entity_id: str) -> E:
        row = self._row(entity_id, change=True)
        if row is None:
            raise LookupError(entity_id)
        entity = self._read(row)
        self._stored.note_locked(row)
        self._write(entity, to_text(entity))
        return entity

    def _write_line(self, line: L) -> None:
        self._forget_line(line.id)
        self._stored.seal_in_place(line.id, {"facts": row_text(line)})

    def _line_of(self, entity_id: str) -> L:
        return next(iter(self._lines(self._table.c.id == entity_id, aside=True)))

    def _lines(self, which: ColumnElement[bool], *, aside: bool = False) -> list[L]:
        """The lines as they are stored; without those that were set aside, unless wanted."""
        # Not the documents: they are long, and only what does not open is looked up there.
        found = self._drawn(self._connection.execute(_all_lines(self._table).where(which)))
        return [line for line in found if aside or not line.set_aside]

    def _drawn(self, rows: CursorResult[Any]) -> list[L]:
        return [self._opened(row) for row in rows.all()]

    def _opened(self, row: Row[Any]) -> L:
        """The line; where it does not open, drawn from the document; else one that says so."""
        try:
            line = self._lines_kept.of(self._stored.reader, row)
            if self._stored.is_newest(row.id, row.version):
                return line
            return self._changed(row)
        except RowChanged:
            return self._changed(row)
        except OutdatedRow as found:
            if self._stored.is_newest(row.id, row.version):
                return self._redrawn(row, cast(L, found.line))
            return self._changed(row)
        except FAULTS:
            pass
        whole = self._row(row.id)
        try:
            return self._line(self._read(whole)) if whole else self._unknown(row)
        except FAULTS:
            return self._unknown(row)

    def _redrawn(self, row: Row[Any], earlier: L) -> L:
        """What an older version of the program drew, as this one does, with its marks."""
        whole = self._row(row.id)
        try:
            line = self._line(self._read(whole)) if whole else earlier
        except FAULTS:
            return earlier
        marks = {name: getattr(earlier, name) for name in ("broken", "noted", "set_aside")}
        return replace(line, **marks)

    def _changed(self, row: Row[Any]) -> L:
        """The line of a row that is not as the bot wrote it: one that cannot be read. What was
        sealed at its version tells whether that is known, and for whom it is restricted."""
        unknown = self._unknown(row)
        try:
            line = from_text(self._stored.unsealed(row, "facts"), type(unknown))
        except FAULTS:
            return unknown
        return replace(line, broken=True)

    def _unknown(self, row: Row[Any]) -> L:
        raise NotImplementedError

    def _shown(self, line: L) -> dict[str, Any]:
        """The column by which lists find what is open, for a line that is marked."""
        raise NotImplementedError

    def _columns(self, entity: E) -> dict[str, Any]:
        """The columns in the clear."""
        raise NotImplementedError

    def _line(self, entity: E) -> L:
        raise NotImplementedError


class CaseStore(_Aggregates[Case, CaseRow]):
    _name = "case"
    _lines_kept = CASE_ROW_CACHE

    def __init__(self, session: TaggedSession) -> None:
        super().__init__(session, cases, Case)

    def _columns(self, entity: Case) -> dict[str, Any]:
        return {"number": entity.number, "is_open": entity.is_open}

    def _line(self, entity: Case) -> CaseRow:
        return case_row(entity)

    def remove(self, entity_id: str) -> None:
        self._connection.execute(delete(match_keys).where(match_keys.c.case_id == entity_id))
        super().remove(entity_id)

    def _unknown(self, row: Row[Any]) -> CaseRow:
        return broken_case(row.id, row.number)

    def _shown(self, line: CaseRow) -> dict[str, Any]:
        return {"is_open": line.is_open and not line.set_aside}

    def id_of(self, number: str) -> str | None:
        query = select(cases.c.id).where(cases.c.number == number)
        return self._connection.execute(query).scalar_one_or_none()

    def ids_of(self, numbers: Collection[str]) -> list[str]:
        query = select(cases.c.id).where(cases.c.number.in_(list(numbers)))
        return list(self._connection.execute(query).scalars())

    def rows(self, *, open_only: bool = True) -> list[CaseRow]:
        found = self._remembered(self._lines(cases.c.is_open if open_only else true()))
        return sorted(found, key=lambda line: line.number)

    def each_row(self) -> Iterator[CaseRow]:
        last = ""
        while True:
            query = _all_lines(cases).where(cases.c.id > last).order_by(cases.c.id).limit(PAGE)
            rows = self._connection.execute(query).all()
            yield from (line for row in rows if not (line := self._opened(row)).set_aside)
            if len(rows) < PAGE:
                return
            last = rows[-1].id

    def state_of_open(self) -> str:
        query = select(cases.c.id, cases.c.content).where(cases.c.is_open).order_by(cases.c.id)
        found = sha256()
        for case_id, sealed in self._connection.execute(query):
            found.update(f"{case_id}:{sealed}\n".encode())
        return found.hexdigest()

    def next_number(self, fiscal_year: int) -> int:
        return take_next_number(self._session, case_numbers, fiscal_year)

    def renew(self, entity_id: str) -> Case:
        case = super().renew(entity_id)
        self.keep_match_keys(entity_id, case_keys(case))
        return case

    def _write_derived(self, row: Row[Any], entity: Case, line: CaseRow) -> None:
        super()._write_derived(row, entity, line)
        if self._match_keys_of(entity.id) != self._indexed(case_keys(entity)):
            self.keep_match_keys(entity.id, case_keys(entity))

    def _match_keys_of(self, case_id: str) -> set[tuple[str, str]]:
        query = select(match_keys).where(match_keys.c.case_id == case_id)
        return {(row.kind, row.digest) for row in self._connection.execute(query)}

    def repair_match_keys(self, case: Case) -> bool:
        """Whether the search keys of a case were not those of its document, and are now."""
        if self._match_keys_of(case.id) == self._indexed(case_keys(case)):
            return False
        log.error("match_keys_changed case=%s", case.id)
        self.keep_match_keys(case.id, case_keys(case))
        return True

    def keep_match_keys(self, case_id: str, keys: Iterable[MatchKey]) -> None:
        self._connection.execute(delete(match_keys).where(match_keys.c.case_id == case_id))
        rows = [
            {"case_id": case_id, "kind": kind, "digest": digest}
            for kind, digest in sorted(self._indexed(keys))
        ]
        if rows:
            self._connection.execute(insert(match_keys), rows)

    def matching(self, keys: Iterable[MatchKey]) -> dict[str, tuple[str, ...]]:
        digests = {self._vault.index(k.kind, k.value) for k in keys}
        if not digests:
            return {}
        query = select(match_keys).where(match_keys.c.digest.in_(digests))
        found: dict[str, set[tuple[str, str]]] = {}
        for row in self._connection.execute(query):
            found.setdefault(row.case_id, set()).add((row.kind, row.digest))
        matched = {
            case_id: tuple(sorted({kind for kind, _ in stand & self._keys_of(case_id)}))
            for case_id, stand in sorted(found.items())
        }
        return {case_id: kinds for case_id, kinds in matched.items() if kinds}

    def _keys_of(self, case_id: str) -> set[tuple[str, str]]:
        """The search keys that a case itself bears: whoever can write the table could turn another
        case's keys to one that they may read, and ask by searching whose they are."""
        try:
            case = self.get(case_id)
        except BrokenRecord:
            return set()
        return self._indexed(case_keys(case)) if case else set()

    def _indexed(self, keys: Iterable[MatchKey]) -> set[tuple[str, str]]:
        return {(k.kind, self._vault.index(k.kind, k.value)) for k in keys}


class MeetingStore(_Aggregates[Meeting, MeetingRow]):
    _name = "meeting"
    _lines_kept = MEETING_ROW_CACHE

    def __init__(self, session: TaggedSession) -> None:
        super().__init__(session, meetings, Meeting)

    def one_at_a_time(self) -> None:
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
            self._connection.execute(select(func.pg_advisory_xact_lock(DATES_LOCK)))

    def _columns(self, entity: Meeting) -> dict[str, Any]:
        return {"is_live": entity.is_live}

    def _line(self, entity: Meeting) -> MeetingRow:
        return meeting_row(entity)

    def _unknown(self, row: Row[Any]) -> MeetingRow:
        return broken_meeting(row.id, is_live=row.is_live)

    def _shown(self, line: MeetingRow) -> dict[str, Any]:
        return {"is_live": line.is_live and not line.set_aside}

    def rows(self, *, live_only: bool = True) -> list[MeetingRow]:
        found = self._remembered(self._lines(meetings.c.is_live if live_only else true()))
        return sorted(found, key=lambda line: line.created_at)
