"""名簿: who is who, for everybody; the administrators keep it here one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from handlers.web.administration.permission_requests import say_what_waits
from handlers.web.door import ShownError, ask, handle, page, say, sentence, texts
from handlers.web.server.form_words import too_long_words
from handlers.words import filters
from handlers.words.form_words import label_or_nothing
from handlers.words.labels import load_labels
from handlers.words.verbs import route
from workflows.core.errors import Conflict, Invalid, Refused
from workflows.directory.edit_one import (
    EntryToEdit,
    GetAgencyToEdit,
    GetMemberToEdit,
    SaveAgency,
    SaveMember,
    SaveResult,
)
from workflows.directory.holdings import GetAgencyHoldings, GetMemberHoldings, Holding
from workflows.directory.labels import AGENCY_COLUMNS, MEMBER_COLUMNS, Labels
from workflows.directory.last_readers import NEW_READER_FIELD
from workflows.directory.look import LONGEST_SEARCH, ROWS, GetAgency, GetDirectory, GetMember
from workflows.directory.settle_permission_requests import (
    GetPermissionRequests,
    PermissionRequestLine,
)

pages = Blueprint("directory", __name__)

MANY: Final = ("fields", "district_ids", "roles")
DAYS: Final = ("active_from", "active_until")
Page = str | tuple[str, int] | AnyResponse
Offered = Sequence[tuple[str, str, str]]  # who can follow the last reader: id, name, agency


@pages.get(route("directory"))
def directory() -> str:
    asked = GetDirectory(
        text=request.args.get("q", ""),
        kind=request.args.get("kind", ""),
        field=request.args.get("field", ""),
        district_id=request.args.get("district", ""),
        ended=bool(request.args.get("ended")),
    )
    view = ask(asked)
    groups = [(row, [a for a in view.agencies if a.row == row]) for row in ROWS]
    return page(
        "directory.html",
        texts().say("page.directory.title"),
        view=view,
        groups=[(row, found) for row, found in groups if found],
        asked=asked,
        kinds=_options("agency_kind", load_labels().kinds),
        fields=_options("field", load_labels().fields),
        filtered=asked != GetDirectory(),
        too_long=too_long_words(asked.text, LONGEST_SEARCH),
    )


def _options(group: str, codes: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(code, texts().label(group, code)) for code in codes]


# -- one agency -----------------------------------------------------------------------------------


@pages.get("/directory/agencies/<agency_id>")
def agency(agency_id: str) -> Page:
    return _agency_page(agency_id)


@pages.get("/directory/agencies/new")
def new_agency() -> Page:
    return _agency_page("")


@pages.post("/directory/agencies/new")
def add_agency() -> Page:
    return _save_agency("")


@pages.post("/directory/agencies/<agency_id>")
def save_agency(agency_id: str) -> Page:
    return _save_agency(agency_id)


def _save_agency(agency_id: str) -> Page:
    labels = load_labels()
    cells = _typed(AGENCY_COLUMNS, agency_id)
    try:
        saved = handle(SaveAgency(cells, request.form.get("stamp", ""), labels, **_confirmed()))
    except (Invalid, Conflict) as wrong:
        errors = _errors(wrong, labels.agency_columns)
        return _agency_page(agency_id, cells, errors, _offered(wrong)), _status(wrong)
    _tell(saved, "agency", cells["name"])
    return redirect(f"/directory/agencies/{saved.entry_id}")


def _agency_page(
    agency_id: str,
    cells: Mapping[str, str] | None = None,
    errors: list[ShownError] | None = None,
    offered: Offered = (),
) -> str:
    labels = load_labels()
    view = ask(GetAgency(agency_id)) if agency_id else None
    edit = _to_edit(GetAgencyToEdit(agency_id, labels), needed=not agency_id)
    held = ask(GetAgencyHoldings(agency_id)) if agency_id and edit else ()
    title = view.name if view else texts().say("page.directory.new_agency")
    return page(
        "agency.html",
        title,
        agency=view,
        offered=offered,
        districts=ask(GetDirectory()).districts,
        **_form(edit, cells, errors, labels, labels.agency_columns, held),
    )


# -- one member -----------------------------------------------------------------------------------


@pages.get("/directory/members/<member_id>")
def member(member_id: str) -> Page:
    return _member_page(member_id)


@pages.get("/directory/members/new")
def new_member() -> Page:
    return _member_page("")


@pages.post("/directory/members/new")
def add_member() -> Page:
    return _save_member("")


@pages.post("/directory/members/<member_id>")
def save_member(member_id: str) -> Page:
    return _save_member(member_id)


def _save_member(member_id: str) -> Page:
    labels = load_labels()
    cells = _typed(MEMBER_COLUMNS, member_id)
    try:
        saved = handle(SaveMember(cells, request.form.get("stamp", ""), labels, **_confirmed()))
    except (Invalid, Conflict) as wrong:
        errors = _errors(wrong, labels.member_columns)
        return _member_page(member_id, cells, errors, _offered(wrong)), _status(wrong)
    _tell(saved, "member", "")
    return redirect(f"/directory/members/{saved.entry_id}")


def _member_page(
    member_id: str,
    cells: Mapping[str, str] | None = None,
    errors: list[ShownError] | None = None,
    offered: Offered = (),
) -> str:
    labels = load_labels()
    view = ask(GetMember(member_id)) if member_id else None
    query = GetMemberToEdit(member_id, labels, request.args.get("agency", ""))
    edit = _to_edit(query, needed=not member_id)
    held = ask(GetMemberHoldings(member_id)) if member_id and edit else ()
    everybody = ask(GetDirectory(ended=True))
    return page(
        "member.html",
        view.name if view else texts().say("page.directory.new_member"),
        member=view,
        offered=offered,
        districts=everybody.districts,
        agencies=[(a.id, a.name) for a in everybody.agencies],
        waiting=_waiting(member_id) if view and view.has_waiting_request and edit else [],
        **_form(edit, cells, errors, labels, labels.member_columns, held),
    )


def _waiting(member_id: str) -> list[PermissionRequestLine]:
    """What was asked for this member and waits for a second person."""
    return [g for g in ask(GetPermissionRequests()).waiting if g.member_id == member_id]


# -- what both forms share ------------------------------------------------------------------------


def _to_edit(query: GetAgencyToEdit | GetMemberToEdit, *, needed: bool) -> EntryToEdit | None:
    """The entry for its form; None for one who may look but not edit."""
    try:
        return ask(query)
    except Refused as refused:
        if needed or not refused.key.startswith("denied."):
            raise
        return None


def _confirmed() -> dict[str, Any]:
    """What was said beside the cells: seen, meant so, and why the name is another one."""
    return {
        "handover_seen": bool(request.form.get("handover_seen")),
        "doubts_seen": bool(request.form.get("doubts_seen")),
        "name_change": request.form.get("name_change", ""),
        "follower": request.form.get("follower", ""),
    }


def _typed(columns: tuple[str, ...], entry_id: str) -> dict[str, str]:
    """The row as it was typed; ticked words are joined as a cell of the list would have them."""
    typed = {
        what: "、".join(request.form.getlist(what)) if what in MANY else request.form.get(what, "")
        for what in columns
    }
    return typed | ({"id": entry_id} if entry_id else {})


def _shown(what: str, cell: str) -> str:
    """A cell of the list as a person would type it: its days in Japanese."""
    return filters.day(cell) if what in DAYS else cell


def _form(  # noqa: PLR0917 -- what both pages know
    edit: EntryToEdit | None,
    cells: Mapping[str, str] | None,
    errors: list[ShownError] | None,
    labels: Labels,
    columns: Mapping[str, str],
    held: tuple[Holding, ...],
) -> dict[str, Any]:
    if edit is None:
        return {"edit": None, "errors": []}
    values = dict(cells) if cells is not None else {k: _shown(k, v) for k, v in edit.cells.items()}
    return {
        "edit": edit,
        "values": values,
        # After a refusal the form is sent on for the entry that was seen, unless it has changed:
        # then it shows what changed, and the next attempt goes on from there.
        "stamp": edit.stamp,
        "errors": errors or [],
        "columns": columns,
        "chosen": {what: values[what].split("、") for what in MANY if what in values},
        "labels": labels,
        "held": held,
        "ask_handover": any(e.field == "handover_seen" for e in errors or []),
        "ask_doubts": any(e.field == "doubts_seen" for e in errors or []),
        "confirmed": _confirmed() if errors else {},
    }


def _errors(wrong: Invalid | Conflict, columns: Mapping[str, str]) -> list[ShownError]:
    if isinstance(wrong, Conflict):
        return [ShownError("", "", sentence(wrong))]
    found = []
    for error in wrong.errors:
        label = columns.get(error.field) or label_or_nothing(
            f"page.directory_field.{error.field}", texts()
        )
        found.append(ShownError(error.field, label, texts().say(error.key, **error.facts)))
    return found


def _offered(wrong: Invalid | Conflict) -> Offered:
    errors = wrong.errors if isinstance(wrong, Invalid) else ()
    found = (e.facts["candidates"] for e in errors if e.field == NEW_READER_FIELD)
    return cast(Offered, next(found, ()))


def _status(wrong: Invalid | Conflict) -> int:
    return 409 if isinstance(wrong, Conflict) else 422


def _tell(saved: SaveResult, what: str, name: str) -> None:
    state = "saved" if saved.changed or saved.waiting_count else "same"
    if saved.is_only_asked:
        before = saved.was_asked_before
        say(
            "permission_requests.asked_already" if before else "page.permission_requests.asked_only"
        )
    else:
        # A flash is kept in a cookie: an agency has its name there, a person has not.
        say(f"page.directory.{what}_{state}", **({"name": name} if name else {}))
        say_what_waits(saved.waiting_count, saved.effective_count)
    for key, facts in saved.warnings:
        say(key, **facts)
