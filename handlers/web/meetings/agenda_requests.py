"""会議で取り上げる依頼: answered by who answers for the case, in sight of who would hear it."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.cases.sheet import or_raise
from handlers.web.door import ask, errors_of, handle, page, say, texts
from handlers.words.verbs import address_of, route
from workflows.cases.find_case import GetCaseId
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Refused
from workflows.meetings.settle_agenda_request import (
    GetAgendaRequests,
    SettleAgendaRequest,
    TakeBackAgendaRequest,
)

pages = Blueprint("agenda_requests", __name__)

Page = str | tuple[str, int] | Response


@pages.get(route("agenda_requests"))
def look(number: str) -> Page:
    return _page(ask(GetCase(ask(GetCaseId(number)))))


def _page(case: CaseView, wrong: Refused | None = None) -> Page:
    lines = ask(GetAgendaRequests(case.id))
    drawn = page(
        "agenda_requests.html",
        texts().say("page.agenda_requests.title", number=case.number),
        case=case,
        waiting=[one for one in lines if one.may_answer],
        others=[one for one in lines if not one.may_answer],
        typed=request.form.getlist("agency") if wrong else None,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post("/cases/<number>/agenda-requests/<asked>")
def settle(number: str, asked: str) -> Page:
    case = ask(GetCase(ask(GetCaseId(number))))
    answer = request.form.get("answer", "")
    chosen = tuple(request.form.getlist("agency"))
    agrees = answer in ("agree", "confirm")
    try:
        handle(SettleAgendaRequest(case.id, asked, agrees, chosen))
    except Refused as wrong:
        return _page(case, or_raise(wrong))
    done = {"agree": "agreed", "confirm": "confirmed", "take_off": "taken_off"}.get(
        answer, "declined"
    )
    say(f"page.agenda_requests.{done}", restricted=case.restricted)
    return redirect(address_of("agenda_requests", case.number))


@pages.post("/meetings/<meeting_id>/asked/<number>/end")
def take_back(meeting_id: str, number: str) -> Response:
    handle(TakeBackAgendaRequest(meeting_id, number))
    say("page.agenda_requests.taken_back")
    return redirect(address_of("open_meeting", meeting_id))
