"""The town, its agencies and members. One that does not open breaks nothing but itself."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from sqlalchemy import Row, select

from storage.documents import from_text, to_text
from storage.row_tags import RowChanged, RowVerifier
from storage.tables import agencies, members, town
from storage.tagged_rows import TaggedRows, TaggedSession
from workflows.directory.model import Agency, AgencyKind, Member, Town
from workflows.errors import Refused
from workflows.ports import FAULTS

T = TypeVar("T")
KNOWN: Final = 8_192


_ROW: Final = ("id", "content", "version", "tag")
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


def _readable_agency(rows: TaggedRows, row: Row[Any]) -> Agency:
    """The agency; one that does not open, or is not as the bot wrote it, is known by its id, and
    takes part in nothing."""
    try:
        agency = _agency(rows.reader, tuple(row))
        if rows.is_newest(row.id, row.version):
            return agency
    except FAULTS:
        pass
    return Agency(row.id, row.id, "", AgencyKind.OTHER, active_from=date.max)


def _readable_member(rows: TaggedRows, row: Row[Any]) -> Member:
    """The member; one that does not open, or is not as the bot wrote it, is known by their id, and
    cannot act."""
    try:
        member = _member(rows.reader, tuple(row))
        if rows.is_newest(row.id, row.version):
            return member
    except FAULTS:
        pass
    return Member(row.id, row.agency_id, row.id, "", active_from=date.max)


class DirectoryStore:
    """The town, its agencies and members: small, so read whole, once per transaction."""

    def __init__(self, session: TaggedSession) -> None:
        self._connection = session.connection
        self._town_rows = session.of(town)
        self._agency_rows, self._member_rows = session.of(agencies), session.of(members)
        # The versions at which they were read: who writes over what somebody else has written since
        # begins anew (PostgreSQL; SQLite has one writer anyhow).
        self._versions: dict[str, dict[object, int]] = {}
        self._town: Town | None = None
        self._agencies: dict[str, Agency] | None = None
        self._members: dict[str, Member] | None = None
        # In 五十音 order, as they are asked for many times in one transaction.
        self._agencies_sorted: tuple[Agency, ...] | None = None
        self._members_sorted: tuple[Member, ...] | None = None

    def town(self) -> Town:
        """The town; an empty one where none was set up. Raises Refused when somebody else wrote
        there: nobody works on it then."""
        if self._town is None:
            row = self._connection.execute(_OF_TOWN).one_or_none()
            if row is None and self._has_people():
                raise Refused("rows_changed.town")  # nobody sets up a town that has them
            if row is not None and not self._town_rows.is_authentic(row):
                raise Refused("rows_changed.town")
            self._versions[town.name] = {1: row.version} if row else {}
            self._town = _read(row.content, Town) if row else Town("", (), frozenset())
        return self._town

    def _has_people(self) -> bool:
        found = (select(t.c.id).limit(1) for t in (agencies, members))
        return any(self._connection.execute(query).first() for query in found)

    def save_town(self, new: Town) -> None:
        read = -1 if self._town is None else self._versions.get(town.name, {}).get(1, 0)
        self._town_rows.put({"id": 1, "content": to_text(new)}, read=read)
        self._town = new

    def _all_agencies(self) -> dict[str, Agency]:
        if self._agencies is None:
            found = self._connection.execute(_OF_AGENCIES).all()
            self._versions[agencies.name] = {row.id: row.version for row in found}
            self._agencies = {row.id: _readable_agency(self._agency_rows, row) for row in found}
        return self._agencies

    def _all_members(self) -> dict[str, Member]:
        if self._members is None:
            found = self._connection.execute(_OF_MEMBERS).all()
            self._versions[members.name] = {row.id: row.version for row in found}
            self._members = {row.id: _readable_member(self._member_rows, row) for row in found}
        return self._members

    def agencies(self) -> Sequence[Agency]:
        if self._agencies_sorted is None:
            self._agencies_sorted = tuple(
                sorted(self._all_agencies().values(), key=lambda a: a.kana)
            )
        return self._agencies_sorted

    def agency(self, agency_id: str) -> Agency | None:
        return self._all_agencies().get(agency_id)

    def members(self) -> Sequence[Member]:
        if self._members_sorted is None:
            self._members_sorted = tuple(sorted(self._all_members().values(), key=lambda m: m.kana))
        return self._members_sorted

    def member(self, member_id: str) -> Member | None:
        return self._all_members().get(member_id)

    def save_agencies(self, new: Iterable[Agency]) -> None:
        known = self._all_agencies()
        for one in new:
            read = self._versions[agencies.name].get(one.id, 0)
            self._agency_rows.put({"id": one.id, "content": to_text(one)}, read=read)
            known[one.id] = one
            self._agencies_sorted = None

    def save_members(self, new: Iterable[Member]) -> None:
        known = self._all_members()
        for one in new:
            values = {"id": one.id, "agency_id": one.agency_id}
            read = self._versions[members.name].get(one.id, 0)
            self._member_rows.put(values, {"content": to_text(one)}, read=read)
            known[one.id] = one
            self._members_sorted = None
