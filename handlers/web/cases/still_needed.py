"""続ける必要の確認: why a case that nobody closed is still needed; such an answer taken back."""

from flask import Blueprint, redirect, request

from handlers.web.cases.cases import case_refused
from handlers.web.cases.sheet import Page, already_done_page, case_to, opened_on, or_raise
from handlers.web.door import errors_of, handle, page, say, texts
from handlers.words.verbs import address_of, route
from workflows.cases.still_needed import SayStillNeeded, TakeBackStillNeeded
from workflows.cases.views import CaseView
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.model.promise import PromiseKind

pages = Blueprint("still_needed", __name__)


@pages.get(route("still_needed"))
def still_needed(number: str) -> Page:
    case = case_to(number, Action.SAY_STILL_NEEDED)
    if not case.need_asked_at:
        return already_done_page(case, "still_needed")
    return _page(case, {"reason": "", "next_step": ""})


def _page(case: CaseView, typed: dict[str, str], wrong: Refused | None = None) -> Page:
    case = opened_on(case, CasePage.STILL_NEEDED)
    owed = [p for p in case.promises if p.kind == PromiseKind.STILL_NEEDED]
    drawn = page(
        "still_needed.html",
        texts().say("page.still_needed.title", number=case.number),
        case=case,
        due_at=owed[0].due_at if owed else None,
        overdue=any(p.overdue for p in owed),
        typed=typed,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("still_needed"))
def answer(number: str) -> Page:
    case = case_to(number, Action.SAY_STILL_NEEDED)
    if not case.need_asked_at:
        return already_done_page(case, "still_needed")
    typed = {name: request.form.get(name, "") for name in ("reason", "next_step")}
    try:
        next_on = handle(SayStillNeeded(case.id, **typed))
    except Refused as wrong:
        return _page(case, typed, or_raise(wrong))
    say("page.still_needed.saved", number=case.number, next_on=next_on)
    return redirect(address_of("open_case", case.number))


@pages.post("/cases/<number>/still-needed/<need_ask_id>/take-back")
def take_back(number: str, need_ask_id: str) -> Page:
    case = case_to(number, Action.SAY_STILL_NEEDED)
    try:
        handle(TakeBackStillNeeded(case.id, need_ask_id))
    except Refused as wrong:
        return case_refused(number, or_raise(wrong))
    say("page.still_needed.taken_back", number=case.number)
    return redirect(address_of("open_case", case.number))
