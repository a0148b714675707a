"""What a meeting judged of a case: why it is not carried out, said by who may close the case."""

from flask import Blueprint, redirect, request

from handlers.web.cases.sheet import Page, already_done_page, case_to, opened_on, or_raise
from handlers.web.door import errors_of, handle, page, say, texts
from handlers.words.verbs import address_of
from workflows.cases.lines import JudgementLine
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.views import CaseView
from workflows.core.errors import NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action

pages = Blueprint("judgements", __name__)


@pages.get("/cases/<number>/judgements/<judgement_id>")
def judgement(number: str, judgement_id: str) -> Page:
    found = _waiting(number, judgement_id)
    return _page(*found, "") if isinstance(found, tuple) else found


def _waiting(number: str, judgement_id: str) -> str | tuple[CaseView, JudgementLine]:
    """What still waits to be carried out; or the page that says how it stands now."""
    case = case_to(number, Action.CLOSE_CASE)
    line = next((j for j in case.judgements if j.id == judgement_id), None)
    if line is None:
        raise NotFound("not_found.judgement")
    if not case.is_open:
        return already_done_page(case, "closed")
    if not line.waits:
        return already_done_page(case, "judgement", at=line.ended_at, how=line.how)
    return case, line


def _page(case: CaseView, line: JudgementLine, typed: str, wrong: Refused | None = None) -> Page:
    case = opened_on(case, CasePage.JUDGEMENT, line.id)
    line = next(j for j in case.judgements if j.id == line.id)
    drawn = page(
        "set_aside.html",
        texts().say("page.case.title_set_aside", number=case.number),
        case=case,
        line=line,
        typed=typed,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post("/cases/<number>/judgements/<judgement_id>")
def set_aside(number: str, judgement_id: str) -> Page:
    found = _waiting(number, judgement_id)
    if not isinstance(found, tuple):
        return found
    case, line = found
    reason = request.form.get("reason", "")
    try:
        handle(SetAsideJudgement(case.id, line.id, reason))
    except Refused as wrong:
        return _page(case, line, reason, or_raise(wrong))
    say("page.case.set_aside", number=case.number)
    return redirect(address_of("open_case", case.number))
