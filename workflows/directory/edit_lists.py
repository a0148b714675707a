"""The lists of agencies and members: imported as a whole, or changed one by one on a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from workflows.cases.name_members import off_named_lists
from workflows.core.checking import one_error
from workflows.core.errors import Conflict, Refused
from workflows.core.free_text import scan_for_my_numbers
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.doubts import doubts_in, restore_code_zeros
from workflows.directory.exports import (
    agency_cells,
    export_agencies,
    export_members,
    member_cells,
)
from workflows.directory.former_names import with_former
from workflows.directory.labels import Labels
from workflows.directory.last_readers import left_unread, must_choose_new_readers, name_new_readers
from workflows.directory.lists import Changed, ImportPlan, plan_agencies, plan_members, read_table
from workflows.directory.permission_requests import SplitChanges, announce_requests
from workflows.directory.split_changes import (
    leaves_no_administrator,
    members_returning_with,
    split_changes,
    split_returning_members,
)
from workflows.directory.tables import RowError, Table, UnreadableTable
from workflows.japanese.text_scans import scan_between_transactions
from workflows.model.directory import Agency, Member
from workflows.sign_in.sessions import end_of_changed_agencies, end_of_changed_members


def _table(data: bytes, columns: tuple[str, ...]) -> Table:
    """The file as a table, read and scanned for My Numbers with no transaction open.

    Raises UnreadableTable and what else `read_table` does.
    """

    def read() -> Table | UnreadableTable | Refused:
        try:
            table = read_table(data, columns)
        except (UnreadableTable, Refused) as wrong:
            return wrong
        scan_for_my_numbers(cell for row in table.rows for cell in row.cells.values())
        return table

    nothing: Table | UnreadableTable | Refused = Table((), ())
    found = scan_between_transactions((_table, sha256(data).digest(), columns), read, nothing)
    if isinstance(found, Exception):
        raise found
    return found


@dataclass(frozen=True)
class ImportAgencies(Command[ImportPlan[Agency]]):
    """Read the list; with `save` and no bad row, keep it. Answers with what changes, or why not.

    `stamp`, if given, is that of the directory whose changes were looked at before. With
    `zeros`, codes get back the zeros that they lost in Excel. What looks like a mistake is kept
    once somebody has said that it is meant so (`doubts_seen`); until then Invalid is raised. Where
    a row ends the last reading of restricted cases (`ImportPlan.unread`), `followers` says by the
    row's code who reads them from then on.
    Raises UnreadableTable when the file is no such list at all.
    """

    data: bytes
    labels: Labels
    save: bool
    stamp: str = ""
    zeros: bool = False
    doubts_seen: bool = False
    followers: Mapping[str, str] = field(default_factory=dict)


@handles(ImportAgencies, Action.EDIT_DIRECTORY, code="import_agencies")
def import_agencies(command: ImportAgencies, work: Work) -> ImportPlan[Agency]:
    directory = work.uow.directory
    columns = (*command.labels.agency_columns.values(), command.labels.core_column)
    table = _table(command.data, columns)
    if command.zeros:
        codes = [a.id for a in directory.agencies()]
        table = restore_code_zeros(table, command.labels.agency_columns["id"], codes)
    plan = plan_agencies(
        table,
        directory.agencies(),
        directory.town(),
        command.labels,
        work.today,
    )
    changes = SplitChanges()
    if not plan.errors:
        changes = split_returning_members(
            members_returning_with(directory.agencies(), plan.to_save, work), work
        )
        unread = tuple(left_unread(work, agencies=plan.to_save))
        plan = replace(
            plan,
            unread=unread,
            waiting_member_ids=changes.waiting_member_ids,
            effective_member_ids=changes.effective_member_ids,
        )
    if command.save and not plan.errors:
        _check_stamp(command.stamp, work, command.labels)
        _check_doubts(plan.warnings, seen=command.doubts_seen)
        must_choose_new_readers(plan.unread, command.followers)
        before = directory.agencies()
        directory.save_agencies(with_former(plan.to_save, before, work.now))
        directory.save_members(changes.to_save)
        announce_requests(changes, work)
        end_of_changed_agencies(before, plan.to_save, work)
        name_new_readers(plan.unread, command.followers, work)
        work.record("agencies_imported", added=len(plan.added), changed=len(plan.changed))
        if plan.core:
            town = directory.town()
            directory.save_town(replace(town, core_agency_id=plan.core))
            work.record(
                "town_saved", fields=["core_agency_id"], retention_years=town.retention_years
            )
    return plan


@dataclass(frozen=True)
class ImportMembers(Command[ImportPlan[Member]]):
    """The same for the members; their agencies must be there."""

    data: bytes
    labels: Labels
    save: bool
    stamp: str = ""
    zeros: bool = False
    doubts_seen: bool = False
    followers: Mapping[str, str] = field(default_factory=dict)


@handles(ImportMembers, Action.EDIT_DIRECTORY, code="import_members")
def import_members(command: ImportMembers, work: Work) -> ImportPlan[Member]:
    directory = work.uow.directory
    columns = command.labels.member_columns
    table = _table(command.data, tuple(columns.values()))
    if command.zeros:
        table = restore_code_zeros(table, columns["id"], [m.id for m in directory.members()])
        table = restore_code_zeros(
            table, columns["agency_id"], [a.id for a in directory.agencies()]
        )
    plan = plan_members(
        table,
        directory.members(),
        directory.agencies(),
        directory.town(),
        command.labels,
        work.today,
    )
    changes = SplitChanges()
    if not plan.errors:
        changes = split_changes(directory.members(), plan.to_save, work)
        if leaves_no_administrator(changes, directory.members(), work):
            wrong = RowError(None, columns["roles"], "lists.no_administrator_yet", {})
            plan = replace(plan, added=(), changed=(), errors=(wrong,))
        unread = tuple(left_unread(work, members=changes.to_save))
        plan = replace(
            plan,
            unread=unread,
            waiting_member_ids=changes.waiting_member_ids,
            effective_member_ids=changes.effective_member_ids,
        )
    if command.save and not plan.errors:
        _check_stamp(command.stamp, work, command.labels)
        _check_doubts(plan.warnings, seen=command.doubts_seen)
        must_choose_new_readers(plan.unread, command.followers)
        before = directory.members()
        entries = with_former(changes.to_save, before, work.now)
        directory.save_members(entries)
        end_of_changed_members(before, entries, work)
        off_named_lists(before, entries, work)
        name_new_readers(plan.unread, command.followers, work)
        announce_requests(changes, work)
        work.record("members_imported", added=len(plan.added), changed=len(plan.changed))
    return plan


@dataclass(frozen=True)
class ExportAgencies(Query[bytes]):
    labels: Labels


@handles(ExportAgencies, Action.EDIT_DIRECTORY, code="export_agencies")
def export_agency_list(query: ExportAgencies, work: Work) -> bytes:
    work.record("read.agency_list", rows=len(work.uow.directory.agencies()))
    return _agency_list(query.labels, work)


def _agency_list(labels: Labels, work: Work) -> bytes:
    directory = work.uow.directory
    return export_agencies(directory.agencies(), directory.town(), labels)


@dataclass(frozen=True)
class ExportMembers(Query[bytes]):
    labels: Labels


@handles(ExportMembers, Action.EDIT_DIRECTORY, code="export_members")
def export_member_list(query: ExportMembers, work: Work) -> bytes:
    work.record("read.member_list", rows=len(work.uow.directory.members()))
    return _member_list(query.labels, work)


def _member_list(labels: Labels, work: Work) -> bytes:
    directory = work.uow.directory
    return export_members(directory.members(), directory.town(), labels)


@dataclass(frozen=True)
class GetDirectoryStamp(Query[str]):
    """A digest of both lists as they are: whether what was looked at is still so."""

    labels: Labels


@handles(GetDirectoryStamp, Action.EDIT_DIRECTORY, code="get_directory_stamp")
def get_directory_stamp(query: GetDirectoryStamp, work: Work) -> str:
    lists = _agency_list(query.labels, work) + _member_list(query.labels, work)
    return sha256(lists).hexdigest()[:24]


@dataclass(frozen=True)
class GetChangeWords(Query[tuple[tuple[str, str, str], ...]]):
    """What differs in one changed entry, as the lists write it: (column code, old, new)."""

    change: Changed[Agency] | Changed[Member]
    labels: Labels


@handles(GetChangeWords, Action.EDIT_DIRECTORY, code="get_change_words")
def get_change_words(query: GetChangeWords, work: Work) -> tuple[tuple[str, str, str], ...]:
    old, new = (_cells(e, query.labels, work) for e in (query.change.old, query.change.new))
    return tuple((what, old[what], new[what]) for what in query.change.fields)


def _cells(entry: Agency | Member, labels: Labels, work: Work) -> dict[str, str]:
    town = work.uow.directory.town()
    if isinstance(entry, Agency):
        return agency_cells(entry, town, labels)
    return member_cells(entry, town, labels)


def _check_doubts(warnings: Iterable[RowError], *, seen: bool) -> None:
    doubts = doubts_in(warnings)
    if doubts and not seen:
        raise one_error("doubts_seen", "directory.doubts", count=len(doubts))


def _check_stamp(seen: str, work: Work, labels: Labels) -> None:
    if seen and seen != get_directory_stamp(GetDirectoryStamp(labels), work):
        raise Conflict("directory.changed_meanwhile")
