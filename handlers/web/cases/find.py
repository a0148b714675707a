"""方を探す: by reading, birth date, telephone or address; posted, so that nothing is in the URL."""

from dataclasses import replace

from flask import Blueprint, request

from handlers.web.cases.sheet import Page, sheet_form
from handlers.web.door import ShownError, ask, errors_of, page, texts
from workflows.cases.find_person import FindPerson, PeopleFound
from workflows.core.errors import Invalid
from workflows.forms import Form, Section

pages = Blueprint("find", __name__)

FIELDS = ("kana", "birth_date", "phone", "address")


def find_form() -> Form:
    """The sheet's own fields, none of them required, with what helps to find."""
    say = texts().say
    fields = [replace(sheet_form().field(f), section="find", required=False) for f in FIELDS]
    told = [replace(f, guideline=say(f"page.find.guideline_{f.id}")) for f in fields]
    section = Section("find", say("page.find.section"), say("page.find.note"))
    return Form("find", say("page.find.title"), (section,), tuple(told))


@pages.get("/find")
def form() -> Page:
    return _page({})


@pages.post("/find")
def find() -> Page:
    typed = {f: request.form.get(f, "") for f in FIELDS}
    try:
        found = ask(FindPerson(**typed))
    except Invalid as wrong:
        return _page(typed, wrong=wrong), 422
    drawn = _page(typed, found)
    return (drawn, 429) if found.again_at else drawn


def _page(
    typed: dict[str, str], found: PeopleFound | None = None, wrong: Invalid | None = None
) -> str:
    form = find_form()
    return page(
        "find.html",
        form.title,
        form=form,
        values=typed,
        found=found,
        errors=sorted(errors_of(form, wrong), key=_place) if wrong else [],
    )


def _place(error: ShownError) -> int:
    """Errors stand in the order of their fields, so that the first one is the first on the page."""
    return FIELDS.index(error.field)
