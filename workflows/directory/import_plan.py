"""A list beside what is there: what is new, changed, the same, missing, or wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from workflows.directory.cells import Cells
from workflows.directory.labels import folded
from workflows.directory.last_readers import LeftUnread
from workflows.directory.tables import RowError, Table
from workflows.model.directory import Agency, Member

Entry = TypeVar("Entry", bound=Agency | Member)
_UNORDERED: Final = ("fields", "district_ids")
_NOT_TYPED: Final = (
    *("id", "former", "corrected", "ended_by", "window_ended_by"),
    *("is_unconfirmed", "permission_requests", "absences"),
)  # fmt: skip


@dataclass(frozen=True)
class Changed(Generic[Entry]):
    """An entry as it is, as the file has it, and the names of the fields that differ."""

    old: Entry
    new: Entry
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ImportPlan(Generic[Entry]):
    """What importing a list would do. With errors, nothing; warnings are said and do not stop."""

    added: tuple[Entry, ...] = ()
    changed: tuple[Changed[Entry], ...] = ()
    unchanged: int = 0
    missing: tuple[Entry, ...] = ()
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict, compare=False)  # folded code: its row
    core: str = ""  # the agency that becomes the 中核機関; "" leaves it as it is
    # What it would leave without a reader (last_readers.py): somebody has to be chosen first.
    unread: tuple[LeftUnread, ...] = field(default=(), compare=False)
    # Members of whom something waits for a second person (permission_requests.py), and those for
    # whom it takes effect at once because nobody could confirm it.
    waiting_member_ids: tuple[str, ...] = field(default=(), compare=False)
    effective_member_ids: tuple[str, ...] = field(default=(), compare=False)

    @property
    def to_save(self) -> tuple[Entry, ...]:
        """The entries to write, new ones first; empty when there is any error."""
        return (*self.added, *(change.new for change in self.changed))

    @property
    def changes_something(self) -> bool:
        return bool(self.to_save or self.core)


CheckTogether = Callable[[tuple[Entry, ...]], tuple[tuple[RowError, ...], tuple[RowError, ...]]]


def plan_import(
    table: Table,
    existing: tuple[Entry, ...],
    columns: Mapping[str, str],
    read: Callable[[Cells], Entry],
    judge: CheckTogether[Entry],
    *,
    may_be_there: Mapping[str, str] = MappingProxyType({}),
) -> ImportPlan[Entry]:
    """The plan of one list; `judge` gives errors and warnings about all entries together.

    `may_be_there` are columns that are read where the list has them.
    """
    absent = [header for header in columns.values() if header not in table.header]
    if absent:
        # A column left out would read as emptied everywhere, so it is asked for instead.
        return ImportPlan(
            errors=tuple(
                RowError(None, header, "lists.missing_column", {"column": header})
                for header in absent
            )
        )
    errors: list[RowError] = []
    warnings = [
        RowError(None, header, "lists.unread_column", {"column": header})
        for header in table.header
        if header not in (*columns.values(), *may_be_there.values())
    ]
    old = {folded(entry.id): entry for entry in existing}
    new: dict[str, Entry] = {}
    first_seen: dict[str, int] = {}
    for row in table.rows:
        cells = Cells(row, {**columns, **may_be_there}, errors, warnings)
        entry = read(cells)
        key = folded(entry.id)
        if key in first_seen:
            cells.error("id", "lists.duplicate_code", value=entry.id, first=first_seen[key])
        elif key:
            first_seen[key] = row.number
            new[key] = entry
    if errors:
        return ImportPlan(errors=tuple(errors), warnings=tuple(warnings))
    found, advice = judge(tuple({**old, **new}.values()))
    if found:
        return ImportPlan(errors=found, warnings=(*warnings, *advice))
    changes = [_change(old[key], entry) for key, entry in new.items() if key in old]
    changed = tuple(change for change in changes if change.fields)
    return ImportPlan(
        added=tuple(entry for key, entry in new.items() if key not in old),
        changed=changed,
        unchanged=len(changes) - len(changed),
        missing=tuple(entry for key, entry in old.items() if key not in new),
        warnings=(*warnings, *advice),
        rows=first_seen,
    )


def _change(old: Entry, new: Entry) -> Changed[Entry]:
    """The difference; the code keeps the spelling it has, and sets have no order."""

    def differs(name: str) -> bool:
        before, after = getattr(old, name), getattr(new, name)
        if name in _UNORDERED:
            return set(before) != set(after)
        return bool(before != after)

    names = [one.name for one in fields(old) if one.name not in _NOT_TYPED]
    new = replace(new, id=old.id, former=old.former)
    if isinstance(new, Member) and isinstance(old, Member):
        new = replace(
            new, is_unconfirmed=old.is_unconfirmed, permission_requests=old.permission_requests
        )
        new = replace(new, corrected=old.corrected, ended_by=old.ended_by)
        new = replace(new, window_ended_by=old.window_ended_by, absences=old.absences)
    return Changed(old, new, tuple(filter(differs, names)))
