"""名簿 as files: a list is looked at, then brought in as it was looked at; or written out."""

import base64
import binascii
from typing import Any, Final

from flask import Blueprint, Response, redirect, request

from handlers.runtime.spreadsheet import as_csv
from handlers.web.administration.directory import DAYS, Page
from handlers.web.administration.permission_requests import say_what_waits
from handlers.web.door import ask, handle, page, say, sentence, texts
from handlers.words import filters
from handlers.words.labels import load_labels
from workflows.core.errors import Conflict, Invalid
from workflows.directory.doubts import LOST_CODE_ZEROS, doubts_in
from workflows.directory.edit_lists import (
    ExportAgencies,
    ExportMembers,
    GetChangeWords,
    GetDirectoryStamp,
    ImportAgencies,
    ImportMembers,
)
from workflows.directory.last_readers import NEW_READER_FIELD
from workflows.directory.lists import ImportPlan, RowError, UnreadableTable

pages = Blueprint("directory_lists", __name__)

# The file goes to the page and back while it is looked at; a form field holds half a megabyte.
LARGEST_FILE: Final = 300 * 1024
LISTS: Final = ("agencies", "members")


@pages.get("/directory/import")
def import_page() -> Page:
    return _import_page()


@pages.post("/directory/import")
def import_list() -> Page:
    """First the file is looked at; what was looked at then comes back to be applied."""
    which = request.form.get("list", "")
    if which not in LISTS:
        return _import_page(problem=texts().say("page.directory.no_file")), 422
    apply = bool(request.form.get("apply"))
    data = _sent_back() if request.form.get("data") else _uploaded()
    if not data:
        return _import_page(which=which, problem=texts().say("page.directory.no_file")), 422
    if len(data) > LARGEST_FILE:
        return _import_page(which=which, problem=texts().say("page.directory.too_large")), 422
    try:
        data = as_csv(data)
        if len(data) > LARGEST_FILE:  # a workbook is packed
            raise UnreadableTable([RowError(None, "", "lists.workbook_too_large", {})])
        plan = _plan(which, data, save=apply)
    except UnreadableTable as unreadable:
        problem = texts().say("lists.unreadable")
        rows = _rows(unreadable.errors)
        return _import_page(which=which, problem=problem, wrong=rows), 422
    except Conflict as changed:
        plan = _plan(which, data, save=False)
        return _preview(which, data, plan, problem=sentence(changed)), 409
    except Invalid as wrong:
        plan = _plan(which, data, save=False)
        return _preview(which, data, plan, problem=_still_to_say(wrong)), 422
    if plan.errors or not apply:
        return _preview(which, data, plan), 422 if plan.errors else 200
    name = texts().say(f"page.directory.list.{which}")
    say("page.directory.imported", what=name, added=len(plan.added), changed=len(plan.changed))
    say_what_waits(len(plan.waiting_member_ids), len(plan.effective_member_ids))
    return redirect("/directory")


def _plan(which: str, data: bytes, *, save: bool, zeros: bool | None = None) -> ImportPlan[Any]:
    labels, stamp = load_labels(), request.form.get("stamp", "") if save else ""
    with_zeros = bool(request.form.get("zeros")) if zeros is None else zeros
    seen = bool(request.form.get("doubts_seen"))
    kind = ImportAgencies if which == "agencies" else ImportMembers
    followers = {
        name.removeprefix(f"{NEW_READER_FIELD}."): chosen
        for name, chosen in request.form.items()
        if name.startswith(f"{NEW_READER_FIELD}.")
    }
    return handle(kind(data, labels, save, stamp, with_zeros, seen, followers), once=save)


def _still_to_say(wrong: Invalid) -> str:
    say_ = texts().say
    followers = [e for e in wrong.errors if e.field != "doubts_seen"]
    if not followers:
        return say_("page.directory.doubts_first")
    return " ".join(f"{e.facts['name']}：{say_(e.key, **e.facts)}" for e in followers)


def _mends_zeros(which: str, data: bytes, plan: ImportPlan[Any]) -> bool:
    """Whether the file would be read better with the zeros that its codes lost."""
    if request.form.get("zeros"):
        return False
    mended = _plan(which, data, save=False, zeros=True)
    doubts = [sum(w.key == LOST_CODE_ZEROS for w in p.warnings) for p in (mended, plan)]
    return len(mended.errors) < len(plan.errors) or (not mended.errors and doubts[0] < doubts[1])


def _uploaded() -> bytes:
    file = request.files.get("file")
    return file.read(LARGEST_FILE + 1) if file else b""


def _sent_back() -> bytes:
    try:
        return base64.b64decode(request.form.get("data", ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _import_page(
    *, which: str = "", problem: str = "", wrong: list[tuple[str, str, str]] | None = None
) -> str:
    ask(GetDirectoryStamp(load_labels()))  # refused here for one who may not edit the lists
    title = texts().say("page.directory.import")
    return page("import.html", title, which=which, problem=problem, wrong=wrong or [])


def _preview(which: str, data: bytes, plan: ImportPlan[Any], problem: str = "") -> str:
    labels = load_labels()
    columns = labels.agency_columns if which == "agencies" else labels.member_columns
    changed = [
        (
            change.new.id,
            change.new.name,
            [
                (columns[w], *((filters.day(old), filters.day(new)) if w in DAYS else (old, new)))
                for w, old, new in ask(GetChangeWords(change, labels))
            ],
        )
        for change in plan.changed
    ]
    return page(
        "import_preview.html",
        texts().say("page.directory.import"),
        which=which,
        which_name=texts().say(f"page.directory.list.{which}"),
        plan=plan,
        changed=changed,
        wrong=_rows(plan.errors),
        warnings=_rows(tuple(w for w in plan.warnings if w not in doubts_in(plan.warnings))),
        problem=problem,
        doubts=_rows(doubts_in(plan.warnings)),
        chosen_followers=dict(request.form),
        zeros=bool(request.form.get("zeros")),
        mends_zeros=_mends_zeros(which, data, plan),
        data=base64.b64encode(data).decode(),
        stamp=ask(GetDirectoryStamp(labels)),
    )


def _rows(errors: tuple[RowError, ...]) -> list[tuple[str, str, str]]:
    """(row as Excel counts, column, what to mend)."""
    return [
        (
            texts().say("cli.lists.row", number=e.row_number)
            if e.row_number
            else texts().say("cli.lists.whole_file"),
            e.column,
            texts().say(e.key, **e.facts),
        )
        for e in errors
    ]


@pages.get("/directory/export/agencies.csv")
def export_agencies() -> Response:
    return _csv(ask(ExportAgencies(load_labels())), "agencies.csv")


@pages.get("/directory/export/members.csv")
def export_members() -> Response:
    return _csv(ask(ExportMembers(load_labels())), "members.csv")


def _csv(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, content_type="text/csv; charset=utf-8", headers=headers)
