"""Cases, meetings and the directory, kept as documents with the line that lists need."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from storage.documents import from_text, to_text
from storage.tables import (
    agencies,
    case_numbers,
    cases,
    match_keys,
    meetings,
    members,
    place,
    town,
    upsert,
)
from storage.vault import Vault
from workflows.cases.model import Case
from workflows.cases.open_case import sheet_keys
from workflows.cases.row import CaseRow, case_row
from workflows.directory.model import Agency, Member, Town
from workflows.meetings.model import Meeting
from workflows.meetings.row import MeetingRow, meeting_row
from workflows.people import MatchKey

E = TypeVar("E", Case, Meeting)

KNOWN_LINES = 8_192
DATES_LOCK = 20_106  # a number of ours among PostgreSQL's advisory locks


# A line, an agency, a member are frozen, and their text tells all of them: the same text need not
# be opened and read twice. No words of a person's story are in any of them.
@lru_cache(maxsize=KNOWN_LINES)
def _case_line(vault: Vault, case_id: str, facts: str) -> CaseRow:
    return from_text(vault.open(facts, place(cases, "facts", case_id)), CaseRow)


@lru_cache(maxsize=KNOWN_LINES)
def _meeting_line(vault: Vault, meeting_id: str, facts: str) -> MeetingRow:
    return from_text(vault.open(facts, place(meetings, "facts", meeting_id)), MeetingRow)


@lru_cache(maxsize=KNOWN_LINES)
def _agency(content: str) -> Agency:
    return from_text(content, Agency)


@lru_cache(maxsize=KNOWN_LINES)
def _member(vault: Vault, member_id: str, content: str) -> Member:
    return from_text(vault.open(content, place(members, "content", member_id)), Member)


@dataclass
class _Held(Generic[E]):
    entity: E
    stored: str | None  # the text as the database has it; None: not there yet


class _Aggregates(Generic[E]):
    """What cases and meetings share: an identity map, locks, and saving what changed."""

    def __init__(self, connection: Connection, vault: Vault, table: Table, kind: type[E]) -> None:
        self._connection, self._vault, self._table = connection, vault, table
        self._kind: type[E] = kind
        self._held: dict[str, _Held[E]] = {}

    def get(self, entity_id: str, *, change: bool = False) -> E | None:
        if entity_id in self._held:
            return self._held[entity_id].entity
        query = select(self._table.c.content).where(self._table.c.id == entity_id)
        if change:
            query = query.with_for_update()
        sealed = self._connection.execute(query).scalar_one_or_none()
        if sealed is None:
            return None
        text = self._vault.open(sealed, place(self._table, "content", entity_id))
        entity: E = from_text(text, self._kind)
        if change:
            self._held[entity_id] = _Held(entity, to_text(entity))
        return entity

    def add(self, entity: E) -> None:
        self._held[entity.id] = _Held(entity, None)
        self._write(entity, new=True)

    def remove(self, entity_id: str) -> None:
        self._held.pop(entity_id, None)
        self._connection.execute(delete(self._table).where(self._table.c.id == entity_id))

    def changed(self) -> list[E]:
        return [h.entity for h in self._held.values() if to_text(h.entity) != h.stored]

    def flush(self) -> None:
        for held in self._held.values():
            text = to_text(held.entity)
            if text != held.stored:
                self._write(held.entity, new=False)
                held.stored = text

    def _write(self, entity: E, *, new: bool) -> None:
        values = self._columns(entity) | {
            "facts": self._sealed("facts", self._line(entity), entity.id),
            "content": self._sealed("content", entity, entity.id),
        }
        if new:
            self._connection.execute(insert(self._table).values(id=entity.id, **values))
        else:
            self._connection.execute(
                update(self._table).where(self._table.c.id == entity.id).values(**values)
            )

    def write_anew(self) -> None:
        """Write every line as this version draws it from the document, after a migration."""
        for entity_id in self._connection.execute(select(self._table.c.id)).scalars().all():
            entity = self.get(entity_id)
            if entity is not None:
                self._write(entity, new=False)

    def _sealed(self, column: str, what: object, entity_id: str) -> str:
        return self._vault.seal(to_text(what), place(self._table, column, entity_id))

    def _columns(self, entity: E) -> dict[str, Any]:
        """The columns in the clear."""
        raise NotImplementedError

    def _line(self, entity: E) -> object:
        raise NotImplementedError


class CaseStore(_Aggregates[Case]):
    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, vault, cases, Case)

    def _columns(self, entity: Case) -> dict[str, Any]:
        return {"number": entity.number, "is_open": entity.is_open}

    def _line(self, entity: Case) -> CaseRow:
        return case_row(entity)

    def remove(self, entity_id: str) -> None:
        self._connection.execute(delete(match_keys).where(match_keys.c.case_id == entity_id))
        super().remove(entity_id)

    def row(self, case_id: str) -> CaseRow | None:
        if case_id in self._held:
            return case_row(self._held[case_id].entity)
        return self.row_before(case_id)

    def row_before(self, case_id: str) -> CaseRow | None:
        query = select(cases.c.facts).where(cases.c.id == case_id)
        facts = self._connection.execute(query).scalar_one_or_none()
        return self._opened(case_id, facts) if facts else None

    def _opened(self, case_id: str, facts: str) -> CaseRow:
        return _case_line(self._vault, case_id, facts)

    def rows_of(self, ids: Collection[str]) -> dict[str, CaseRow]:
        query = select(cases.c.id, cases.c.facts).where(cases.c.id.in_(list(ids)))
        found = {i: self._opened(i, facts) for i, facts in self._connection.execute(query)}
        return found | {i: case_row(h.entity) for i, h in self._held.items() if i in found}

    def id_of(self, number: str) -> str | None:
        query = select(cases.c.id).where(cases.c.number == number)
        return self._connection.execute(query).scalar_one_or_none()

    def rows(self, *, open_only: bool = True) -> list[CaseRow]:
        query = select(cases.c.id, cases.c.facts).order_by(cases.c.number)
        if open_only:
            query = query.where(cases.c.is_open)
        return [self._opened(i, facts) for i, facts in self._connection.execute(query)]

    def state_of_open(self) -> str:
        query = select(cases.c.id, cases.c.content).where(cases.c.is_open).order_by(cases.c.id)
        found = sha256()
        for case_id, sealed in self._connection.execute(query):
            found.update(f"{case_id}:{sealed}\n".encode())
        return found.hexdigest()

    def next_number(self, fiscal_year: int) -> int:
        # Taken inside the case's own transaction: a rollback gives the number back, and the
        # row's lock makes a second writer wait for it.
        statement = (
            upsert(self._connection, case_numbers)
            .values(fiscal_year=fiscal_year, last=1)
            .on_conflict_do_update(
                index_elements=["fiscal_year"], set_={"last": case_numbers.c.last + 1}
            )
            .returning(case_numbers.c.last)
        )
        return int(self._connection.execute(statement).scalar_one())

    def write_anew(self) -> None:
        super().write_anew()
        self.keys_anew()

    def keys_anew(self) -> None:
        """Keep every case under the search keys that this version draws from its document."""
        for case_id in self._connection.execute(select(cases.c.id)).scalars().all():
            case = self.get(case_id)
            if case is not None:
                self.keep_match_keys(case_id, sheet_keys(case.sheet))

    def keep_match_keys(self, case_id: str, keys: Iterable[MatchKey]) -> None:
        self._connection.execute(delete(match_keys).where(match_keys.c.case_id == case_id))
        rows = [
            {"case_id": case_id, "kind": k.kind, "digest": self._vault.index(k.kind, k.value)}
            for k in keys
        ]
        if rows:
            self._connection.execute(insert(match_keys), rows)

    def matching(self, keys: Iterable[MatchKey]) -> dict[str, tuple[str, ...]]:
        digests = {self._vault.index(k.kind, k.value) for k in keys}
        if not digests:
            return {}
        query = select(match_keys.c.case_id, match_keys.c.kind).where(
            match_keys.c.digest.in_(digests)
        )
        found: dict[str, set[str]] = {}
        for case_id, kind in self._connection.execute(query):
            found.setdefault(case_id, set()).add(kind)
        return {case_id: tuple(sorted(kinds)) for case_id, kinds in sorted(found.items())}


class MeetingStore(_Aggregates[Meeting]):
    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, vault, meetings, Meeting)

    def one_at_a_time(self) -> None:
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
            self._connection.execute(select(func.pg_advisory_xact_lock(DATES_LOCK)))

    def _columns(self, entity: Meeting) -> dict[str, Any]:
        return {"is_live": entity.is_live}

    def _line(self, entity: Meeting) -> MeetingRow:
        return meeting_row(entity)

    def row(self, meeting_id: str) -> MeetingRow | None:
        if meeting_id in self._held:
            return meeting_row(self._held[meeting_id].entity)
        return self.row_before(meeting_id)

    def row_before(self, meeting_id: str) -> MeetingRow | None:
        query = select(meetings.c.facts).where(meetings.c.id == meeting_id)
        facts = self._connection.execute(query).scalar_one_or_none()
        return self._opened(meeting_id, facts) if facts else None

    def _opened(self, meeting_id: str, facts: str) -> MeetingRow:
        return _meeting_line(self._vault, meeting_id, facts)

    def rows_of(self, ids: Collection[str]) -> dict[str, MeetingRow]:
        query = select(meetings.c.id, meetings.c.facts).where(meetings.c.id.in_(list(ids)))
        found = {i: self._opened(i, facts) for i, facts in self._connection.execute(query)}
        return found | {i: meeting_row(h.entity) for i, h in self._held.items() if i in found}

    def rows(self, *, live_only: bool = True) -> list[MeetingRow]:
        query = select(meetings.c.id, meetings.c.facts)
        if live_only:
            query = query.where(meetings.c.is_live)
        found = [self._opened(i, facts) for i, facts in self._connection.execute(query)]
        return sorted(found, key=lambda m: m.created_at)


class DirectoryStore:
    """The town, its agencies and members: small, so read whole, once per transaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._town: Town | None = None
        self._agencies: dict[str, Agency] | None = None
        self._members: dict[str, Member] | None = None

    def town(self) -> Town:
        if self._town is None:
            text = self._connection.execute(select(town.c.content)).scalar_one_or_none()
            self._town = from_text(text, Town) if text else Town("", (), frozenset())
        return self._town

    def save_town(self, new: Town) -> None:
        self._connection.execute(delete(town))
        self._connection.execute(insert(town).values(id=1, content=to_text(new)))
        self._town = new

    def _all_agencies(self) -> dict[str, Agency]:
        if self._agencies is None:
            texts = self._connection.execute(select(agencies.c.content)).scalars()
            self._agencies = {a.id: a for a in map(_agency, texts)}
        return self._agencies

    def _all_members(self) -> dict[str, Member]:
        if self._members is None:
            found = self._connection.execute(select(members.c.id, members.c.content)).all()
            self._members = {m.id: m for m in (_member(self._vault, i, c) for i, c in found)}
        return self._members

    def agencies(self) -> Sequence[Agency]:
        return sorted(self._all_agencies().values(), key=lambda a: a.kana)

    def agency(self, agency_id: str) -> Agency | None:
        return self._all_agencies().get(agency_id)

    def members(self) -> Sequence[Member]:
        return sorted(self._all_members().values(), key=lambda m: m.kana)

    def member(self, member_id: str) -> Member | None:
        return self._all_members().get(member_id)

    def save_agencies(self, new: Iterable[Agency]) -> None:
        for one in new:
            values = {"content": to_text(one)}
            if one.id in self._all_agencies():
                self._connection.execute(
                    update(agencies).where(agencies.c.id == one.id).values(**values)
                )
            else:
                self._connection.execute(insert(agencies).values(id=one.id, **values))
            self._all_agencies()[one.id] = one

    def save_members(self, new: Iterable[Member]) -> None:
        for one in new:
            values = {
                "agency_id": one.agency_id,
                "content": self._vault.seal(to_text(one), place(members, "content", one.id)),
            }
            if one.id in self._all_members():
                self._connection.execute(
                    update(members).where(members.c.id == one.id).values(**values)
                )
            else:
                self._connection.execute(insert(members).values(id=one.id, **values))
            self._all_members()[one.id] = one
