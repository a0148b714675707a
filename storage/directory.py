"""The town, its agencies and members. One that does not open breaks nothing but itself."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.documents import from_text, to_text
from storage.tables import agencies, members, place, town
from storage.vault import Vault
from workflows.directory.model import Agency, AgencyKind, Member, Town
from workflows.ports import FAULTS

KNOWN: Final = 8_192


# The town, an agency and a member are frozen, and their text tells all of them: the same text need
# not be opened and read twice. No words of a person's story are in any of them.
@lru_cache(maxsize=KNOWN)
def _town(content: str) -> Town:
    return from_text(content, Town)


@lru_cache(maxsize=KNOWN)
def _agency(content: str) -> Agency:
    return from_text(content, Agency)


@lru_cache(maxsize=KNOWN)
def _member(vault: Vault, member_id: str, content: str) -> Member:
    return from_text(vault.open(content, place(members, "content", member_id)), Member)


def _readable_agency(agency_id: str, content: str) -> Agency:
    """The agency; one that does not open is known by its id, and takes part in nothing."""
    try:
        return _agency(content)
    except FAULTS:
        return Agency(agency_id, agency_id, "", AgencyKind.OTHER, active_from=date.max)


def _readable_member(vault: Vault, row: Row[Any]) -> Member:
    """The member; one that does not open is known by their id, and cannot act."""
    try:
        return _member(vault, row.id, row.content)
    except FAULTS:
        return Member(row.id, row.agency_id, row.id, "", active_from=date.max)


class DirectoryStore:
    """The town, its agencies and members: small, so read whole, once per transaction."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault
        self._town: Town | None = None
        self._agencies: dict[str, Agency] | None = None
        self._members: dict[str, Member] | None = None
        # In 五十音 order, as they are asked for many times in one transaction.
        self._agencies_sorted: tuple[Agency, ...] | None = None
        self._members_sorted: tuple[Member, ...] | None = None

    def town(self) -> Town:
        if self._town is None:
            text = self._connection.execute(select(town.c.content)).scalar_one_or_none()
            self._town = _town(text) if text else Town("", (), frozenset())
        return self._town

    def save_town(self, new: Town) -> None:
        self._connection.execute(delete(town))
        self._connection.execute(insert(town).values(id=1, content=to_text(new)))
        self._town = new

    def _all_agencies(self) -> dict[str, Agency]:
        if self._agencies is None:
            stored = self._connection.execute(select(agencies.c.id, agencies.c.content))
            self._agencies = {i: _readable_agency(i, content) for i, content in stored}
        return self._agencies

    def _all_members(self) -> dict[str, Member]:
        if self._members is None:
            found = self._connection.execute(select(members)).all()
            self._members = {row.id: _readable_member(self._vault, row) for row in found}
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
        for one in new:
            values = {"content": to_text(one)}
            if one.id in self._all_agencies():
                self._connection.execute(
                    update(agencies).where(agencies.c.id == one.id).values(**values)
                )
            else:
                self._connection.execute(insert(agencies).values(id=one.id, **values))
            self._all_agencies()[one.id] = one
            self._agencies_sorted = None

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
            self._members_sorted = None
