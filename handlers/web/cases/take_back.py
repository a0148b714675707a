"""つなぎの取り下げ: a referral that ends by whoever asked it."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, redirect, request

from handlers.web.cases.sheet import Page, already_done_page, case_to, or_raise
from handlers.web.door import errors_of, handle, page, say, texts
from handlers.words.verbs import address_of
from workflows.cases.lines import ReferralLine
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.views import CaseView
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.free_text import REASON_MAX, read_text
from workflows.core.permissions import Action
from workflows.forms import FieldError

pages = Blueprint("take_back", __name__)
BLANK: Final = {"mistake": "", "reason": ""}


@pages.get("/cases/<number>/referrals/<referral_id>/take-back")
def take_back(number: str, referral_id: str) -> Page:
    found = _to_take_back(number, referral_id)
    return _take_back(*found, BLANK) if isinstance(found, tuple) else found


def _to_take_back(number: str, referral_id: str) -> str | tuple[CaseView, ReferralLine]:
    """The referral that may be taken back; or the page that says how it stands now."""
    case = case_to(number, Action.REFER)
    line = next((r for r in case.referrals if r.id == referral_id), None)
    if line is None:
        raise NotFound("not_found.referral")
    if not case.is_open:
        return already_done_page(case, "closed")
    if line.taken_back:
        return already_done_page(case, "taken_back", at=line.taken_back.at, by=line.taken_back.by)
    if not line.may_take_back:
        raise NotAllowed("denied.take_back")
    return case, line


def _take_back(
    case: CaseView, line: ReferralLine, typed: Mapping[str, str], wrong: Refused | None = None
) -> Page:
    drawn = page(
        "take_back.html",
        texts().say("page.case.title_take_back", number=case.number),
        case=case,
        line=line,
        typed=typed,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post("/cases/<number>/referrals/<referral_id>/take-back")
def take_back_now(number: str, referral_id: str) -> Page:
    found = _to_take_back(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, line = found
    typed = {name: request.form.get(name, "") for name in BLANK}
    try:
        _must_be_whole(typed)
        mistake = typed["mistake"] == "yes"
        looked = handle(TakeBackReferral(case.id, line.id, mistake, typed["reason"]))
    except Refused as wrong:
        return _take_back(case, line, typed, or_raise(wrong))
    say("page.case.taken_back", agency=line.agency_name, mistake=mistake, looked=looked)
    return redirect(address_of("open_case", case.number) + "#referrals")


def _must_be_whole(typed: Mapping[str, str]) -> None:
    """Raises Invalid with everything that lacks, the kind and the reason alike."""
    chosen = typed["mistake"] in ("yes", "no")
    wrong = [] if chosen else [FieldError("mistake", "form.required", {"choose": True})]
    _, reason = read_text("reason", typed["reason"], REASON_MAX, required=True, lines=True)
    if wrong:
        raise Invalid([*wrong, *reason])
