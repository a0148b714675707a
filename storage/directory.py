"""The town, its agencies and members. One that does not open breaks nothing but itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Row, Select, select

from storage.documents import from_text, to_text
from storage.row_tags import RowChanged, RowVerifier, Total, WholeTable
from storage.tables import agencies, members, town
from storage.tagged_rows import TaggedRows, TaggedSession
from workflows.core.errors import Refused
from workflows.core.ports import FAULTS
from workflows.model.directory import Agency, AgencyKind, Member, Town
from workflows.model.roster import Roster

T = TypeVar("T")
P = TypeVar("P", Agency, Member)
KNOWN: Final = 8_192


_ROW: Final = ("id", "content", "version", "tag")
_TOWN_ROW: Final = tuple(c.name for c in town.columns)
_MEMBER_ROW: Final = (*_ROW, "agency_id")
# Asked in every transaction: written once.
_OF_TOWN: Final = select(town)
_OF_AGENCIES: Final = select(*(agencies.c[n] for n in _ROW))
_OF_MEMBERS: Final = select(*(members.c[n] for n in _MEMBER_ROW))


# The town, an agency and a member are frozen, and their row tells all of them: the same row need
# not be held against its tag, opened and read twice. No words of a story are in any of them. The
# text alone tells what is read from it, under whatever tag, key and version it stood.
@lru_cache(maxsize=KNOWN)
def _read(text: str, kind: type[T]) -> T:
    return from_text(text, kind)


@lru_cache(maxsize=KNOWN)
def _town(reader: RowVerifier, row: tuple[Any, ...]) -> Town:
    values = dict(zip(_TOWN_ROW, row, strict=True))
    if not reader.is_authentic(values):
        raise RowChanged(town.name)
    found: Town = _read(values["content"], Town)
    return found


def _agency(reader: RowVerifier, row: tuple[Any, ...]) -> Agency:
    values = dict(zip(_ROW, row, strict=True))
    if not reader.is_authentic(values):
        raise RowChanged(agencies.name)
    found: Agency = _read(values["content"], Agency)
    return found


def _member(reader: RowVerifier, row: tuple[Any, ...]) -> Member:
    text = reader.opened(dict(zip(_MEMBER_ROW, row, strict=True)), "content")
    found: Member = _read(text, Member)
    return found


def _unread_agency(row: Row[Any]) -> Agency:
    """One that does not open, or is not as the bot wrote it: known by its id, it takes part in
    nothing."""
    return Agency(row.id, row.id, "", AgencyKind.OTHER, active_from=date.max)


def _unread_member(row: Row[Any]) -> Member:
    """The same of a member: known by their id, they cannot act."""
    return Member(row.id, row.agency_id, row.id, "", active_from=date.max)


@dataclass
class _All(WholeTable, Generic[P]):
    """All agencies, or all members; shared by transactions for as long as the trail's head says
    that its table adds up to `total`, and never changed but for that.

    `rows` are those from which they were read, by id; `versions` tell when somebody else has
    written one since: then who writes over it begins anew (PostgreSQL; SQLite has one writer
    anyhow).
    """

    rows: Mapping[str, tuple[Any, ...]]
    by_id: Mapping[str, P]
    versions: Mapping[str, int]
    roster: Roster | None = field(default=None, init=False)  # the last that was asked for

    @cached_property
    def in_order(self) -> Sequence[P]:
        """In 五十音 order, as they are asked for many times in one transaction."""
        return tuple(sorted(self.by_id.values(), key=lambda one: one.kana))


def _read_all(
    rows: TaggedRows,
    found: Sequence[Row[Any]],
    total: Total | None,
    read: Callable[[RowVerifier, tuple[Any, ...]], P],
    unread: Callable[[Row[Any]], P],
) -> _All[P]:
    """Every row, by `read`, or where that fails by `unread`. They are kept for the transactions to
    come where all are sound and it is known what they add up to."""
    kept = rows.reader.kept
    before: _All[P] = kept if isinstance(kept, _All) else _All(None, {}, {}, {})
    plain = {row.id: tuple(row) for row in found}
    by_id, sound = {}, total is not None
    for row in found:
        try:
            same = before.rows.get(row.id) == plain[row.id]
            one = before.by_id[row.id] if same else read(rows.reader, plain[row.id])
            if not rows.is_newest(row.id, row.version):
                raise RowChanged(row.id)
            # One that was read before somebody wrote it is right this once, and no more later.
            sound = sound and row.version >= rows.reader.newest.get(row.id, 0)
        except FAULTS:
            one, sound = unread(row), False
        by_id[row.id] = one
    all_ = _All(total, plain, by_id, {row.id: row.version for row in found})
    if sound:
        rows.reader.kept = all_
    return all_


class DirectoryStore:
    """The town, its agencies and members: read whole, and kept in memory.

    Nobody writes there without changing, in the same transaction, what the table adds up to in the
    trail's head. So a transaction asks the head alone, and reads a table again once it adds up to
    something else: what a replica has changed holds in the next transaction of all.
    """

    def __init__(self, session: TaggedSession) -> None:
        self._session, self._connection = session, session.connection
        self._town_rows = session.of(town)
        self._agency_rows, self._member_rows = session.of(agencies), session.of(members)
        self._town: Town | None = None
        self._town_version = 0
        self._agencies: _All[Agency] | None = None
        self._members: _All[Member] | None = None

    def town(self) -> Town:
        """The town; an empty one where none was set up. Raises Refused when somebody else wrote
        there: nobody works on it then."""
        if self._town is None:
            row = self._connection.execute(_OF_TOWN).one_or_none()
            if row is None and self._has_people():
                raise Refused("rows_changed.town")  # nobody sets up a town that has them
            if row is None:
                self._town = Town("", (), frozenset())
            else:
                self._town, self._town_version = self._sound_town(row), row.version
        return self._town

    def _sound_town(self, row: Row[Any]) -> Town:
        try:
            found = _town(self._town_rows.reader, tuple(row))
        except RowChanged:
            raise Refused("rows_changed.town") from None
        if not self._town_rows.is_newest(row.id, row.version):
            raise Refused("rows_changed.town")
        return found

    def _has_people(self) -> bool:
        found = (select(t.c.id).limit(1) for t in (agencies, members))
        return any(self._connection.execute(query).first() for query in found)

    def save_town(self, new: Town) -> None:
        read = -1 if self._town is None else self._town_version
        self._town_rows.put({"id": 1, "content": to_text(new)}, read=read)
        self._town = new

    def _all_agencies(self) -> _All[Agency]:
        if self._agencies is None:
            rows = self._agency_rows
            self._agencies = self._whole(rows, _OF_AGENCIES, _agency, _unread_agency)
        return self._agencies

    def _all_members(self) -> _All[Member]:
        if self._members is None:
            self._members = self._whole(self._member_rows, _OF_MEMBERS, _member, _unread_member)
        return self._members

    def _whole(
        self,
        rows: TaggedRows,
        query: Select[Any],
        read: Callable[[RowVerifier, tuple[Any, ...]], P],
        unread: Callable[[Row[Any]], P],
    ) -> _All[P]:
        """A whole table: as it was read before, if it still adds up to the same."""
        total = self._session.total_of(rows.reader.table)  # asked first: it is never ahead of them
        kept = rows.reader.kept
        if total is not None and isinstance(kept, _All) and kept.total == total:
            return kept
        return _read_all(rows, self._connection.execute(query).all(), total, read, unread)

    def agencies(self) -> Sequence[Agency]:
        return self._all_agencies().in_order

    def agency(self, agency_id: str) -> Agency | None:
        return self._all_agencies().by_id.get(agency_id)

    def members(self) -> Sequence[Member]:
        return self._all_members().in_order

    def member(self, member_id: str) -> Member | None:
        return self._all_members().by_id.get(member_id)

    def roster(self, on: date) -> Roster:
        """Who is here on that day; the same one while neither the directory nor the day changes."""
        agencies, everybody = self._all_agencies().in_order, self._all_members()
        found = everybody.roster
        if found is None or found.agencies is not agencies or found.on != on:
            found = everybody.roster = Roster(agencies, everybody.in_order, on)
        return found

    def save_agencies(self, new: Iterable[Agency]) -> None:
        before = self._all_agencies()
        saved = dict(before.by_id)
        for one in new:
            read = before.versions.get(one.id, 0)
            self._agency_rows.put({"id": one.id, "content": to_text(one)}, read=read)
            saved[one.id] = one
        self._agencies = replace(before, by_id=saved)

    def save_members(self, new: Iterable[Member]) -> None:
        before = self._all_members()
        saved = dict(before.by_id)
        for one in new:
            values = {"id": one.id, "agency_id": one.agency_id}
            read = before.versions.get(one.id, 0)
            self._member_rows.put(values, {"content": to_text(one)}, read=read)
            saved[one.id] = one
        self._members = replace(before, by_id=saved)
