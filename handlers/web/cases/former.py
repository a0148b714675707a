"""別の方のものだった版: what stood on a sheet about another person, for who may know it."""

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from handlers.web.cases.sheet import Page, or_raise
from handlers.web.door import ask, door, handle, page, say, sentence, texts
from handlers.web.server.form_words import in_words
from workflows.cases.find_case import GetCaseId
from workflows.cases.views import GetCase
from workflows.cases.whose_sheet import GetFormerSheet, TakeBackWrongPersonReport
from workflows.core.errors import Refused

pages = Blueprint("former", __name__)


@pages.get("/cases/<number>/former")
def look(number: str) -> Page:
    return _page(number)


def _page(number: str, wrong: Refused | None = None) -> Page:
    case = ask(GetCase(ask(GetCaseId(number))))
    form = door().forms.form("sheet")
    drawn = page(
        "case_former.html",
        texts().say("page.former.title", number=case.number),
        case=case,
        formers=[
            (one, in_words(form, one.sheet, case.names)) for one in ask(GetFormerSheet(case.id))
        ],
        refused=sentence(wrong) if wrong else "",
    )
    return (drawn, 409) if wrong else drawn


@pages.post("/cases/<number>/former/<wrong>/same")
def take_back(number: str, wrong: str) -> Page | Response:
    try:
        handle(TakeBackWrongPersonReport(ask(GetCaseId(number)), wrong))
    except Refused as refused:
        return _page(number, or_raise(refused))
    say("page.former.taken_back")
    return redirect(f"/cases/{number}/former")
