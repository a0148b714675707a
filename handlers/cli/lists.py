"""`import` and `export`: the two lists as files, and what a file would change as a table."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from rich.table import Table

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.runtime.spreadsheet import as_csv
from handlers.words.labels import load_labels
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.directory.edit_lists import (
    ExportAgencies,
    ExportMembers,
    GetChangeWords,
    GetDirectoryStamp,
    ImportAgencies,
    ImportMembers,
)
from workflows.directory.labels import Labels
from workflows.directory.last_readers import NEW_READER_FIELD, new_reader_errors
from workflows.directory.lists import Changed, ImportPlan, RowError, UnreadableTable


@dataclass(frozen=True)
class ListKind:
    """One of the two lists: its code in the words, and how it is read and written."""

    code: str

    def columns(self, labels: Labels) -> Mapping[str, str]:
        return labels.agency_columns if self is AGENCIES else labels.member_columns

    def plan(
        self,
        desk: Desk,
        data: bytes,
        labels: Labels,
        *,
        save: bool = False,
        stamp: str = "",
        followers: Mapping[str, str] = MappingProxyType({}),
    ) -> ImportPlan[Any]:
        # What looks like a mistake was shown before: whoever goes on means it so.
        kind = ImportAgencies if self is AGENCIES else ImportMembers
        command = kind(data, labels, save, stamp, doubts_seen=save, followers=followers)
        return desk.handle(command, Caller.CONSOLE)

    def export(self, desk: Desk, labels: Labels) -> bytes:
        if self is AGENCIES:
            return desk.ask(ExportAgencies(labels), Caller.CONSOLE)
        return desk.ask(ExportMembers(labels), Caller.CONSOLE)


AGENCIES: Final = ListKind("agencies")
MEMBERS: Final = ListKind("members")


def import_list(
    what: ListKind,
    data: bytes,
    desk: Desk,
    voice: Voice,
    *,
    yes: bool,
    dry_run: bool,
    followers: Sequence[str] = (),
) -> int:
    """Show what the file would change and, when confirmed, change it: all of it or nothing.

    `followers` are CODE=CODE: who reads the restricted cases of which that one is the last reader.
    """
    labels = load_labels()
    stamp = desk.ask(GetDirectoryStamp(labels), Caller.CONSOLE)
    try:
        data = as_csv(data)
        plan = what.plan(desk, data, labels)
    except UnreadableTable as unreadable:
        voice.complain("lists.unreadable")
        voice.err.print(_rows(unreadable.errors, voice))
        return NOT_DONE
    if plan.errors:
        voice.complain("cli.lists.wrong", count=len(plan.errors))
        voice.err.print(_rows(plan.errors, voice))
        return NOT_DONE
    _show(plan, what, labels, desk, voice)
    if not plan.changes_something:
        voice.say("cli.lists.nothing")
        return DONE
    chosen = _pairs(followers)
    missing = new_reader_errors(plan.unread, chosen)
    for error in missing:
        code, facts = error.field.removeprefix(f"{NEW_READER_FIELD}."), error.facts
        voice.complain("cli.lists.unread", code=code, said=voice.words(error.key, **facts))
        offered = cast(Sequence[tuple[str, str, str]], facts["candidates"])
        for who, name, agency in offered:
            voice.complain("cli.lists.candidate", left=code, code=who, name=name, agency=agency)
    if dry_run:
        voice.say("cli.lists.dry")
        return DONE
    if missing:
        return NOT_DONE
    if not yes and not voice.confirm("cli.lists.confirm"):
        voice.complain("cli.lists.declined")
        return NOT_DONE
    # What was looked at is what is done: a change made meanwhile by another is a Conflict.
    done = what.plan(desk, data, labels, save=True, stamp=stamp, followers=chosen)
    voice.say(
        "cli.lists.done",
        what=voice.words(f"cli.lists.{what.code}"),
        added=len(plan.added),
        changed=len(plan.changed),
    )
    if done.waiting_member_ids:
        voice.say("cli.permission_requests.waits", count=len(done.waiting_member_ids))
    if done.effective_member_ids:
        voice.say("cli.permission_requests.at_once", count=len(done.effective_member_ids))
    return DONE


def _pairs(typed: Sequence[str]) -> dict[str, str]:
    """What was typed as CODE=CODE; anything else chooses nobody."""
    found = (one.partition("=") for one in typed)
    return {left.strip(): follower.strip() for left, _, follower in found}


def export_list(what: ListKind, place: str, desk: Desk, voice: Voice, *, force: bool) -> int:
    """Write the list as a file for Excel; `-` is the standard output, bytes as they are."""
    data = what.export(desk, load_labels())
    if place == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return DONE
    if Path(place).exists() and not force:
        voice.complain("cli.lists.exists", place=place)
        return NOT_DONE
    # Names and addresses of people: for the operator alone, as the keys file is, from the start.
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        Path(place).chmod(0o600)
        file.write(data)
    count = data.count(b"\r\n") - 1
    name = voice.words(f"cli.lists.{what.code}")
    voice.say("cli.lists.exported", what=name, place=place, count=count)
    return DONE


def _rows(errors: Iterable[RowError], voice: Voice) -> Table:
    columns = ("column_row", "column_column", "column_reason")
    table = voice.table(*(voice.words(f"cli.lists.{c}") for c in columns))
    for error in errors:
        row = (
            voice.words("cli.lists.row", number=error.row_number)
            if error.row_number
            else voice.words("cli.lists.whole_file")
        )
        table.add_row(row, error.column, voice.words(error.key, **error.facts))
    return table


def _show(plan: ImportPlan[Any], what: ListKind, labels: Labels, desk: Desk, voice: Voice) -> None:
    columns = what.columns(labels)
    heads = ("column_what", "column_code", "column_name", "column_change")
    table = voice.table(
        *(voice.words(f"cli.lists.{c}") for c in heads),
        title=voice.words(f"cli.lists.{what.code}"),
    )
    for entry in plan.added:
        table.add_row(voice.words("cli.lists.added"), entry.id, entry.name, "")
    for change in plan.changed:
        table.add_row(
            voice.words("cli.lists.changed"),
            change.new.id,
            change.new.name,
            "\n".join(_differences(change, columns, labels, desk, voice)),
        )
    for entry in plan.missing:
        left = voice.words("cli.lists.left_alone")
        table.add_row(voice.words("cli.lists.missing"), entry.id, entry.name, left)
    if table.row_count:
        voice.out.print(table)
    voice.say(
        "cli.lists.summary",
        added=len(plan.added),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        missing=len(plan.missing),
    )
    if plan.waiting_member_ids:
        voice.say("cli.permission_requests.will_wait", codes=list(plan.waiting_member_ids))
    if plan.warnings:
        voice.say("cli.lists.warnings")
        for warning in plan.warnings:
            where = f"{warning.row_number}　{warning.column}：" if warning.row_number else ""
            voice.out.print(f"・{where}{voice.words(warning.key, **warning.facts)}", soft_wrap=True)


def _differences(
    change: Changed[Any], columns: Mapping[str, str], labels: Labels, desk: Desk, voice: Voice
) -> list[str]:
    words = desk.ask(GetChangeWords(change, labels), Caller.CONSOLE)
    return [
        voice.words("cli.lists.change", column=columns[what], old=old, new=new)
        for what, old, new in words
    ]
