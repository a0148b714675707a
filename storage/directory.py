"""The town, its agencies and members. One that does not open breaks nothing but itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Row, select

from storage.documents import from_text, to_text
from storage.row_tags import RowChanged, RowVerifier
from storage.tables import agencies, members, town
from storage.tagged_rows import TaggedRows, TaggedSession
from workflows.directory.model import Agency, AgencyKind, Member, Town
from workflows.errors import Refused
from workflows.ports import FAULTS

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


@lru_cache(maxsize=KNOWN)
def _agency(reader: RowVerifier, row: tuple[Any, ...]) -> Agency:
    values = dict(zip(_ROW, row, strict=True))
    if not reader.is_authentic(values):
        raise RowChanged(agencies.name)
    found: Agency = _read(values["content"], Agency)
    return found


@lru_cache(maxsize=KNOWN)
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


@dataclass(frozen=True)
class _All(Generic[P]):
    """All agencies, or all members, as `rows` of their table tell them; shared by transactions.

    `newest` are the versions that no row may be older than; `versions` those that were read: who
    writes over what somebody else has written since begins anew (PostgreSQL; SQLite has one writer
    anyhow).
    """

    rows: list[tuple[Any, ...]]
    newest: dict[object, int]
    by_id: Mapping[str, P]
    versions: dict[object, int]

    @cached_property
    def in_order(self) -> Sequence[P]:
        """In 五十音 order, as they are asked for many times in one transaction."""
        return tuple(sorted(self.by_id.values(), key=lambda one: one.kana))


_last: WeakKeyDictionary[RowVerifier, _All[Any]] = WeakKeyDictionary()


def _read_all(
    rows: TaggedRows,
    found: Sequence[Row[Any]],
    read: Callable[[RowVerifier, tuple[Any, ...]], P],
    unread: Callable[[Row[Any]], P],
) -> _All[P]:
    """Every row, by `read`, or where that fails by `unread`.

    Where neither a row nor what is known of the newest ones has changed since all were sound,
    nothing they tell has.
    """
    plain = [tuple(row) for row in found]
    last = _last.get(rows.reader)
    if last is not None and last.rows == plain and last.newest == rows.reader.newest:
        return last
    by_id, sound = {}, True
    for row, values in zip(found, plain, strict=True):
        try:
            one = read(rows.reader, values)
            if not rows.is_newest(row.id, row.version):
                raise RowChanged(row.id)
            # One that was read before somebody wrote it is right this once, and no more later.
            sound = sound and row.version >= rows.reader.newest.get(row.id, 0)
        except FAULTS:
            one, sound = unread(row), False
        by_id[row.id] = one
    versions = {row.id: row.version for row in found}
    all_ = _All(plain, dict(rows.reader.newest), by_id, versions)
    if sound:
        _last[rows.reader] = all_
    return all_


class DirectoryStore:
    """The town, its agencies and members: small, so read whole, once per transaction."""

    def __init__(self, session: TaggedSession) -> None:
        self._connection = session.connection
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
            found = self._connection.execute(_OF_AGENCIES).all()
            self._agencies = _read_all(self._agency_rows, found, _agency, _unread_agency)
        return self._agencies

    def _all_members(self) -> _All[Member]:
        if self._members is None:
            found = self._connection.execute(_OF_MEMBERS).all()
            self._members = _read_all(self._member_rows, found, _member, _unread_member)
        return self._members

    def agencies(self) -> Sequence[Agency]:
        return self._all_agencies().in_order

    def agency(self, agency_id: str) -> Agency | None:
        return self._all_agencies().by_id.get(agency_id)

    def members(self) -> Sequence[Member]:
        return self._all_members().in_order

    def member(self, member_id: str) -> Member | None:
        return self._all_members().by_id.get(member_id)

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
