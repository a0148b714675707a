"""What agencies and members were called before: kept when a name changes, not when it is mended."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, cast

from workflows.directory.labels import folded
from workflows.model.directory import Agency, FormerName, Member

Entry = TypeVar("Entry", Agency, Member)


class NameChange(StrEnum):
    """Why a name is another one."""

    RENAMED = "renamed"  # by marriage, by reorganisation: what was done before keeps the old name
    CORRECTED = "corrected"  # it was written wrongly: it was never the name


def with_former(
    new: Iterable[Entry],
    known: Iterable[Entry],
    at: datetime,
    why: NameChange = NameChange.RENAMED,
) -> tuple[Entry, ...]:
    """The entries as they are to be kept: each with what it was called until now.

    A correction of a name keeps no former one; a move to another agency is kept whatever it is.
    """
    before = {folded(entry.id): entry for entry in known}
    return tuple(
        _kept(one, before[key], at, why) if (key := folded(one.id)) in before else one
        for one in new
    )


def _kept(new: Entry, old: Entry, at: datetime, why: NameChange) -> Entry:
    then = FormerName(old.name, at, _agency_of(old))
    former: tuple[FormerName, ...] = old.former
    if new.name != old.name and why is NameChange.CORRECTED:  # a slip was at no time the name
        former = tuple(replace(f, name=new.name) if f.name == old.name else f for f in former)
        then = replace(then, name=new.name)
        new = cast(Entry, _corrected(new, old.name))
    if (then.name, then.agency_id) != (new.name, _agency_of(new)):
        former = (*former, then)
    return replace(new, former=former)


def _corrected(entry: Agency | Member, name: str) -> Agency | Member:
    if isinstance(entry, Agency):
        return entry
    return replace(entry, corrected=tuple(dict.fromkeys((*entry.corrected, name))))


def _agency_of(entry: Agency | Member) -> str:
    return entry.agency_id if isinstance(entry, Member) else ""
