"""閲覧制限を解く: proposed on a page that shows who would read then; agreed there by another."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.cases.sheet import already_done_page, case_to, or_raise
from handlers.web.door import ask, errors_of, handle, page, say, texts
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetCaseId
from workflows.cases.unrestrict import (
    GetUnrestricting,
    ProposeUnrestricting,
    SettleUnrestricting,
)
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Refused
from workflows.core.permissions import Action

pages = Blueprint("unrestrict", __name__)

Page = str | tuple[str, int] | Response


@pages.get("/cases/<number>/unrestrict")
def look(number: str) -> Page:
    return _page(ask(GetCase(ask(GetCaseId(number)))))


def _page(case: CaseView, wrong: Refused | None = None) -> Page:
    if not case.restricted:
        return already_done_page(case, "not_restricted")
    drawn = page(
        "case_unrestrict.html",
        texts().say("page.unrestrict.title", number=case.number),
        case=case,
        view=ask(GetUnrestricting(case.id)),
        typed=request.form.get("reason", ""),
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post("/cases/<number>/unrestrict")
def propose(number: str) -> Page:
    case = case_to(number, Action.NAME_MEMBERS)
    try:
        handle(ProposeUnrestricting(case.id, request.form.get("reason", "")))
    except Refused as wrong:
        return _page(case, or_raise(wrong))
    say("page.unrestrict.proposed")
    return redirect(f"/cases/{case.number}/unrestrict")


@pages.post("/cases/<number>/unrestrict/<proposal>")
def settle(number: str, proposal: str) -> Page:
    case = ask(GetCase(ask(GetCaseId(number))))
    agrees = request.form.get("answer") == "agree"
    try:
        handle(SettleUnrestricting(case.id, proposal, agrees))
    except Refused as wrong:
        return _page(case, or_raise(wrong))
    say("page.unrestrict.agreed" if agrees else "page.unrestrict.ended")
    return redirect(address_of("open_case", case.number))
