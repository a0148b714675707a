"""不在の予定: one's own, and a colleague's for their agency's contact or an administrator."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, errors_of, handle, me, page, say, sentence, texts
from handlers.words import filters
from handlers.words.form_words import label_or_nothing
from workflows.absences.enter import EndAbsence, SaveAbsence
from workflows.absences.views import AbsencesView, GetAbsences, GetColleagues
from workflows.core.errors import Conflict, Invalid, Refused

pages = Blueprint("absences", __name__)

FIELDS = ("from_on", "until_on", "deputy_id")
Page = str | tuple[str, int] | Response


@pages.get("/absences")
def own() -> Page:
    return _page(me())


@pages.get("/absences/<member_id>")
def of_member(member_id: str) -> Page:
    return _page(member_id)


@pages.post("/absences/<member_id>")
def save(member_id: str) -> Page:
    """Enter one; with `absence` the one that is changed."""
    typed = {name: request.form.get(name, "") for name in FIELDS}
    absence_id = request.form.get("absence", "")
    command = SaveAbsence(
        member_id, **typed, absence_id=absence_id, stamp=request.form.get("stamp", "")
    )
    try:
        saved = handle(command)
    except Conflict as other:
        return _page(member_id, [ShownError("", "", sentence(other))]), 409
    except (Invalid, Refused) as wrong:
        if not isinstance(wrong, Invalid) and not wrong.key.startswith("absence."):
            raise
        return _page(member_id, _errors(wrong), absence_id, typed), 422
    line = next((one for one in ask(GetAbsences(member_id)).lines if one.id == saved), None)
    if line and line.deputy_is_away:
        say("page.absence.saved_away", contact=line.contact_stands_in)
    else:
        say("page.absence.saved")
    return redirect(_address(member_id))


@pages.post("/absences/<member_id>/end")
def end(member_id: str) -> Page:
    """They are back today, or what has not begun is taken back."""
    try:
        begun = handle(EndAbsence(member_id, request.form.get("absence", "")))
    except Refused as wrong:
        if not wrong.key.startswith("absence."):
            raise
        return _page(member_id, [ShownError("", "", sentence(wrong))]), 409
    say(f"page.absence.{'ended' if begun else 'taken_back'}")
    return redirect(_address(member_id))


def _address(member_id: str) -> str:
    return "/absences" if member_id == me() else f"/absences/{member_id}"


def _errors(wrong: Invalid | Refused) -> list[ShownError]:
    return [
        ShownError(e.field, label_or_nothing(f"page.absence.{e.field}", texts()), e.sentence)
        for e in errors_of(None, wrong)
    ]


def _page(
    member_id: str,
    errors: list[ShownError] | None = None,
    changes: str = "",
    typed: dict[str, str] | None = None,
) -> str:
    """`changes` is the absence whose form comes back with `typed`; "" the form for a new one."""
    view = ask(GetAbsences(member_id))
    colleagues = ask(GetColleagues()) if view.mine else None
    changes = changes or request.args.get("change", "")
    edited = next((one for one in view.lines if one.id == changes), None)
    values = dict.fromkeys(FIELDS, "")
    if edited:
        days = (filters.day(edited.from_on), filters.day(edited.until_on))
        values = dict(zip(FIELDS, (*days, edited.deputy_id), strict=True))
    return page(
        "absences.html",
        texts().say(f"page.absence.{'title' if view.mine else 'title_of'}", name=view.name),
        view=view,
        colleagues=colleagues,
        edited=edited,
        values=typed or values,
        deputies=_deputies(view, (typed or values)["deputy_id"]),
        errors=errors or [],
    )


def _deputies(view: AbsencesView, chosen: str) -> list[tuple[str, str]]:
    """Who may be chosen; who was stays, also where they could not be chosen any more."""
    found = list(view.deputies)
    names = {one.deputy_id: one.deputy for one in view.lines if one.deputy_id}
    if chosen in names and chosen not in dict(found):
        found.append((chosen, names[chosen]))
    return found
