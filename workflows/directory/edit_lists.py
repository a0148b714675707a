"""The lists of agencies and members: imported as a whole, or changed one by one on a page."""

from dataclasses import dataclass
from hashlib import sha256

from workflows.cases.name_members import off_named_lists
from workflows.desk import Command, Query, handles
from workflows.directory.exports import (
    agency_cells,
    export_agencies,
    export_members,
    member_cells,
)
from workflows.directory.labels import Labels
from workflows.directory.lists import Changed, Plan, plan_agencies, plan_members, read_table
from workflows.directory.model import Agency, Member
from workflows.errors import Conflict
from workflows.permissions import Action
from workflows.sessions import end_of_changed_agencies, end_of_changed_members
from workflows.work import Work


@dataclass(frozen=True)
class ImportAgencies(Command[Plan[Agency]]):
    """Read the list; with `save` and no bad row, keep it. Answers with what changes, or why not.

    `stamp`, if given, is that of the directory whose changes were looked at before.
    Raises UnreadableTable when the file is no such list at all.
    """

    data: bytes
    labels: Labels
    save: bool
    stamp: str = ""


@handles(ImportAgencies, Action.EDIT_DIRECTORY)
def import_agencies(command: ImportAgencies, work: Work) -> Plan[Agency]:
    directory = work.uow.directory
    plan = plan_agencies(
        read_table(command.data, command.labels.agency_columns.values()),
        directory.agencies(),
        directory.town(),
        command.labels,
        work.today,
    )
    if command.save and not plan.errors:
        _check_stamp(command.stamp, work, command.labels)
        before = directory.agencies()
        directory.save_agencies(plan.to_save)
        end_of_changed_agencies(before, plan.to_save, work)
        work.record("agencies_imported", added=len(plan.added), changed=len(plan.changed))
    return plan


@dataclass(frozen=True)
class ImportMembers(Command[Plan[Member]]):
    """The same for the members; their agencies must be there."""

    data: bytes
    labels: Labels
    save: bool
    stamp: str = ""


@handles(ImportMembers, Action.EDIT_DIRECTORY)
def import_members(command: ImportMembers, work: Work) -> Plan[Member]:
    directory = work.uow.directory
    plan = plan_members(
        read_table(command.data, command.labels.member_columns.values()),
        directory.members(),
        directory.agencies(),
        directory.town(),
        command.labels,
        work.today,
    )
    if command.save and not plan.errors:
        _check_stamp(command.stamp, work, command.labels)
        before = directory.members()
        directory.save_members(plan.to_save)
        end_of_changed_members(before, plan.to_save, work)
        off_named_lists(before, plan.to_save, work)
        work.record("members_imported", added=len(plan.added), changed=len(plan.changed))
    return plan


@dataclass(frozen=True)
class ExportAgencies(Query[bytes]):
    labels: Labels


@handles(ExportAgencies, Action.EDIT_DIRECTORY)
def give_agencies(query: ExportAgencies, work: Work) -> bytes:
    directory = work.uow.directory
    return export_agencies(directory.agencies(), directory.town(), query.labels)


@dataclass(frozen=True)
class ExportMembers(Query[bytes]):
    labels: Labels


@handles(ExportMembers, Action.EDIT_DIRECTORY)
def give_members(query: ExportMembers, work: Work) -> bytes:
    directory = work.uow.directory
    return export_members(directory.members(), directory.town(), query.labels)


@dataclass(frozen=True)
class GetDirectoryStamp(Query[str]):
    """A digest of both lists as they are: whether what was looked at is still so."""

    labels: Labels


@handles(GetDirectoryStamp, Action.EDIT_DIRECTORY)
def get_directory_stamp(query: GetDirectoryStamp, work: Work) -> str:
    lists = give_agencies(ExportAgencies(query.labels), work)
    lists += give_members(ExportMembers(query.labels), work)
    return sha256(lists).hexdigest()[:24]


@dataclass(frozen=True)
class GetChangeWords(Query[tuple[tuple[str, str, str], ...]]):
    """What differs in one changed entry, as the lists write it: (column code, old, new)."""

    change: Changed[Agency] | Changed[Member]
    labels: Labels


@handles(GetChangeWords, Action.EDIT_DIRECTORY)
def get_change_words(query: GetChangeWords, work: Work) -> tuple[tuple[str, str, str], ...]:
    old, new = (_cells(e, query.labels, work) for e in (query.change.old, query.change.new))
    return tuple((what, old[what], new[what]) for what in query.change.fields)


def _cells(entry: Agency | Member, labels: Labels, work: Work) -> dict[str, str]:
    town = work.uow.directory.town()
    if isinstance(entry, Agency):
        return agency_cells(entry, town, labels)
    return member_cells(entry, town, labels)


def _check_stamp(seen: str, work: Work, labels: Labels) -> None:
    if seen and seen != get_directory_stamp(GetDirectoryStamp(labels), work):
        raise Conflict("directory.changed_meanwhile")
