"""One agency or one member changed on a page: the same checks as a row of the lists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from workflows.cases.name_members import off_named_lists
from workflows.core.errors import Conflict, Invalid, NotFound
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.doubts import DOUBTS, doubts_in
from workflows.directory.exports import agency_cells, member_cells
from workflows.directory.former_names import NameChange, with_former
from workflows.directory.holdings import agency_holds, member_holds
from workflows.directory.import_plan import Entry, ImportPlan
from workflows.directory.labels import AGENCY_COLUMNS, MEMBER_COLUMNS, Labels, folded
from workflows.directory.last_readers import (
    NEW_READER_FIELD,
    LeftUnread,
    left_unread,
    name_new_readers,
    new_reader_errors,
)
from workflows.directory.lists import plan_agencies, plan_members
from workflows.directory.permission_requests import SplitChanges, announce_requests
from workflows.directory.split_changes import (
    leaves_no_administrator,
    members_returning_with,
    split_changes,
    split_returning_members,
)
from workflows.directory.tables import Row, RowError, Table
from workflows.forms import FieldError
from workflows.model.directory import Agency, Member
from workflows.sign_in.sessions import end_of_changed_agencies, end_of_changed_members


@dataclass(frozen=True)
class EntryToEdit:
    """An entry as its row would be typed; `stamp` tells later whether it is still this one."""

    cells: Mapping[str, str]
    stamp: str


@dataclass(frozen=True)
class SaveResult:
    """What was kept, and what it leads to: (key, facts) of sentences that warn. `waiting_count`
    is how many members wait for a second person, `effective_count` for how many nobody could
    confirm it."""

    entry_id: str
    changed: bool
    warnings: tuple[tuple[str, Mapping[str, object]], ...]
    waiting_count: int = 0
    effective_count: int = 0
    is_only_asked: bool = False  # nothing was kept but the request
    was_asked_before: bool = False  # just this waits already


@dataclass(frozen=True)
class GetAgencyToEdit(Query[EntryToEdit]):
    """`agency_id` empty: a new one, with the next free code."""

    agency_id: str
    labels: Labels


@handles(GetAgencyToEdit, Action.EDIT_DIRECTORY, code="get_agency_to_edit")
def get_agency_to_edit(query: GetAgencyToEdit, work: Work) -> EntryToEdit:
    directory = work.uow.directory
    if not query.agency_id:
        empty = dict.fromkeys(AGENCY_COLUMNS, "")
        return EntryToEdit(empty | {"id": next_code("A", [a.id for a in directory.agencies()])}, "")
    cells = agency_cells(work.agency(query.agency_id), directory.town(), query.labels)
    return EntryToEdit(cells, stamp(cells))


@dataclass(frozen=True)
class GetMemberToEdit(Query[EntryToEdit]):
    """`member_id` empty: a new one, of the agency `agency_id`."""

    member_id: str
    labels: Labels
    agency_id: str = ""


@handles(GetMemberToEdit, Action.EDIT_DIRECTORY, code="get_member_to_edit")
def get_member_to_edit(query: GetMemberToEdit, work: Work) -> EntryToEdit:
    directory = work.uow.directory
    if not query.member_id:
        code = next_code("M", [m.id for m in directory.members()])
        no = query.labels.flags["no"][0]
        empty = dict.fromkeys(MEMBER_COLUMNS, "")
        return EntryToEdit(empty | {"id": code, "agency_id": query.agency_id, "is_contact": no}, "")
    member = directory.member(query.member_id)
    if member is None:
        raise NotFound("not_found.member")
    cells = member_cells(member, directory.town(), query.labels)
    return EntryToEdit(cells, stamp(cells))


@dataclass(frozen=True)
class SaveAgency(Command[SaveResult]):
    """`cells` as typed. `stamp` is that of the entry that was opened; empty makes a new one.

    An end is taken once the administrator has seen what is still open (`handover_seen`), what
    looks like a mistake once they have said that it is meant so (`doubts_seen`), and another name
    with why it is another one (`name_change`: a NameChange). `follower` is the member who reads
    the restricted cases that it would leave without a reader (last_readers.py).
    """

    cells: Mapping[str, str]
    stamp: str
    labels: Labels
    handover_seen: bool = False
    doubts_seen: bool = False
    name_change: str = ""
    follower: str = ""


@handles(SaveAgency, Action.EDIT_DIRECTORY, code="save_agency")
def save_agency(command: SaveAgency, work: Work) -> SaveResult:
    directory, labels = work.uow.directory, command.labels
    known = {folded(a.id): a for a in directory.agencies()}
    old = known.get(folded(command.cells.get("id", "")))
    same = agency_cells(old, directory.town(), labels) if old else None
    _check_stamp(command.stamp, command.cells.get("id", ""), same)
    columns = labels.agency_columns
    table = _one_row(command.cells, columns)
    plan = plan_agencies(table, known.values(), directory.town(), labels, work.today)
    new = _only(plan, columns)
    ends = bool(new and old and _ends(old, new) and not command.handover_seen)
    held = [h.stuck for h in agency_holds(old, work)] if old and ends else []
    left = left_unread(work, agencies=plan.to_save)
    why = _asked_first(command, old, new, plan.warnings, held, left)
    changes = split_returning_members(
        members_returning_with(known.values(), plan.to_save, work), work
    )
    directory.save_agencies(with_former(plan.to_save, known.values(), work.now, why))
    directory.save_members(changes.to_save)
    announce_requests(changes, work)
    end_of_changed_agencies(known.values(), plan.to_save, work)
    name_new_readers(left, {one.code: command.follower for one in left}, work)
    if new:
        work.record("agency_saved", agency=new.id)
    return _saved(command.cells["id"], new, plan.warnings, changes)


@dataclass(frozen=True)
class SaveMember(Command[SaveResult]):
    """The same for a member."""

    cells: Mapping[str, str]
    stamp: str
    labels: Labels
    handover_seen: bool = False
    doubts_seen: bool = False
    name_change: str = ""
    follower: str = ""


@handles(SaveMember, Action.EDIT_DIRECTORY, code="save_member")
def save_member(command: SaveMember, work: Work) -> SaveResult:
    directory, labels = work.uow.directory, command.labels
    known = {folded(m.id): m for m in directory.members()}
    old = known.get(folded(command.cells.get("id", "")))
    same = member_cells(old, directory.town(), labels) if old else None
    _check_stamp(command.stamp, command.cells.get("id", ""), same)
    if old and old.erased_on:
        raise Invalid([FieldError("name", "directory.erased", {"code": old.id})])
    columns = labels.member_columns
    plan = plan_members(
        _one_row(command.cells, columns),
        known.values(),
        directory.agencies(),
        directory.town(),
        labels,
        work.today,
    )
    new = _only(plan, columns)
    leaves = new and old and (_ends(old, new) or old.agency_id != new.agency_id)
    held = []
    if old and leaves and not command.handover_seen:
        held = [h.stuck for h in member_holds(old, work)]
    # Why the name is another one is asked for by itself: whether it is another person as well.
    doubts = [w for w in plan.warnings if w.key != "lists.other_person"]
    wanted = plan.to_save
    if old and not new and old.is_unconfirmed and not old.waiting_permission_requests:
        wanted = (old,)  # it was declined or lapsed: whoever saves it as it is asks once more
    changes = split_changes(known.values(), wanted, work)
    if leaves_no_administrator(changes, known.values(), work):
        raise Invalid([FieldError("roles", "lists.no_administrator_yet", {})])
    left = left_unread(work, members=changes.to_save)
    why = _asked_first(command, old, new, doubts, held, left)
    entries = with_former(changes.to_save, known.values(), work.now, why)
    directory.save_members(entries)
    end_of_changed_members(known.values(), entries, work)
    off_named_lists(known.values(), entries, work)
    name_new_readers(left, {one.code: command.follower for one in left}, work)
    announce_requests(changes, work)
    if new:
        work.record("member_saved", member=new.id)
    touched = {m.agency_id for m in (old, new) if m}
    ours = [w for w in plan.warnings if w.key != "lists.no_contact" or w.facts["code"] in touched]
    saved = _saved(command.cells["id"], new, ours, changes)
    only = bool(new) and _is_only_asked(old, changes)
    return replace(saved, is_only_asked=only, was_asked_before=not changes.new_requests)


def _is_only_asked(old: Member | None, changes: SplitChanges) -> bool:
    return bool(changes.waiting_member_ids) and all(
        old and replace(m, permission_requests=old.permission_requests) == old
        for m in changes.to_save
    )


def stamp(cells: Mapping[str, str]) -> str:
    """A short digest of an entry as it is."""
    return sha256(repr(sorted(cells.items())).encode()).hexdigest()[:24]


def next_code(letter: str, taken: Iterable[str]) -> str:
    """The code after the highest of this form: A46 after A45."""
    numbers = [int(c[1:]) for c in taken if c[:1].upper() == letter and c[1:].isdecimal()]
    return f"{letter}{max(numbers, default=0) + 1:02}"


def _check_stamp(seen: str, code: str, now: Mapping[str, str] | None) -> None:
    if not seen and now is not None:
        raise Invalid([FieldError("id", "directory.code_taken", {"value": code})])
    if seen and (now is None or stamp(now) != seen):
        raise Conflict("directory.changed_meanwhile")


def _one_row(cells: Mapping[str, str], columns: Mapping[str, str]) -> Table:
    row = Row(1, {header: cells.get(what, "") for what, header in columns.items()})
    return Table(tuple(columns.values()), (row,))


def _only(plan: ImportPlan[Entry], columns: Mapping[str, str]) -> Entry | None:
    """The entry to save, or None when nothing differs. Raises Invalid."""
    if plan.errors:
        fields = {header: what for what, header in columns.items()}
        raise Invalid([FieldError(fields[e.column], e.key, e.facts) for e in plan.errors])
    return plan.to_save[0] if plan.to_save else None


def _ends(old: Agency | Member, new: Agency | Member) -> bool:
    return new.active_until is not None and new.active_until != old.active_until


def _asked_first(  # noqa: PLR0917 -- all that may have to be asked
    command: SaveAgency | SaveMember,
    old: Agency | Member | None,
    new: Agency | Member | None,
    warnings: Iterable[RowError],
    held: list[bool],
    left: list[LeftUnread],
) -> NameChange:
    """Why the name is another one, once all is said that has to be. Raises Invalid with what is
    asked for: beside the name, beside what looks like a mistake, about what is still held."""
    errors: list[FieldError] = []
    labels = command.labels
    columns = labels.member_columns if isinstance(command, SaveMember) else labels.agency_columns
    known = {change.value for change in NameChange}
    if old and new and old.name != new.name and command.name_change not in known:
        errors.append(FieldError("name_change", "directory.why_another_name", {"old": old.name}))
    doubts = doubts_in(warnings)
    if doubts and not command.doubts_seen:
        fields = {header: what for what, header in columns.items()}
        errors += [FieldError(fields[d.column], d.key, d.facts) for d in doubts]
        errors.append(FieldError("doubts_seen", "directory.doubts", {"count": len(doubts)}))
    if held:
        facts = {"count": len(held), "stuck": sum(held)}
        errors.append(FieldError("handover_seen", "directory.holds_still", facts))
    errors += new_reader_errors(
        left, {one.code: command.follower for one in left}, field=NEW_READER_FIELD
    )
    if errors:
        raise Invalid(errors)
    return NameChange(command.name_change) if command.name_change in known else NameChange.RENAMED


def _saved(
    typed: str, new: Agency | Member | None, warnings: Iterable[RowError], changes: SplitChanges
) -> SaveResult:
    told = tuple((w.key, w.facts) for w in warnings if w.key not in DOUBTS)
    waiting, effective = len(changes.waiting_member_ids), len(changes.effective)
    return SaveResult(new.id if new else typed, new is not None, told, waiting, effective)
