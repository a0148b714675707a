"""個人情報の提供・閲覧の記録: who was told what of a case, on a page and on paper."""

from flask import Blueprint, render_template, request

from handlers.web.cases.sheet import Page
from handlers.web.door import ask, door, errors_of, page, texts
from handlers.words.verbs import address_of, route
from workflows.cases.disclosures import Disclosures, GetDisclosures
from workflows.cases.find_case import GetCaseId
from workflows.core.errors import Invalid
from workflows.core.looks import Part
from workflows.japanese.dates import show_instant

pages = Blueprint("disclosures", __name__)


@pages.get(route("disclosures"))
def one(number: str) -> Page:
    try:
        return _page(number, _asked(number, printed=False))
    except Invalid as wrong:
        return _page(number, None, wrong), 422


def _asked(number: str, *, printed: bool) -> Disclosures:
    return ask(
        GetDisclosures(
            ask(GetCaseId(number)),
            request.args.get("since", ""),
            request.args.get("until", ""),
            names=not (printed and request.args.get("agencies_only")),
            printed=printed,
        )
    )


def _page(number: str, seen: Disclosures | None, wrong: Invalid | None = None) -> str:
    return page(
        "disclosures.html",
        texts().say("page.disclosure.title", number=number),
        number=number,
        seen=seen,
        since=request.args.get("since", ""),
        until=request.args.get("until", ""),
        agencies_only=bool(request.args.get("agencies_only")),
        labels=part_labels(),
        names=True,
        errors=errors_of(None, wrong) if wrong else [],
    )


# The form whose questions a part of a look names.
_FORMS = {
    Part.SHEET: "sheet",
    Part.FORMER: "sheet",
    Part.CONSENT_FORM: "sheet",
    Part.PLAN: "plan",
    Part.ENDS: "closure",
    Part.RECORD: "record",
}


def part_labels() -> dict[str, dict[str, str]]:
    """What the answers of the forms are called that a look may have shown, by part and id."""
    forms = door().forms
    return {str(p): {f.id: f.label for f in forms.form(form).fields} for p, form in _FORMS.items()}


@pages.get("/cases/<number>/disclosures/print")
def paper(number: str) -> Page:
    try:
        seen = _asked(number, printed=True)
    except Invalid as wrong:
        return _page(number, None, wrong), 422
    return render_template(
        "paper/disclosures.html",
        page_title=texts().say("page.disclosure.paper_title"),
        print_ref=seen.number,
        print_date=show_instant(door().desk.now()),
        back_href=address_of("disclosures", seen.number),
        seen=seen,
        labels=part_labels(),
        names=not request.args.get("agencies_only"),
    )
