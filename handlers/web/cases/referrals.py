"""つなぐ, 返信, 主担当: who takes what part in a case."""

from typing import Final, cast

from flask import Blueprint, flash, redirect, request

from handlers.web.cases.sheet import (
    Page,
    already_done_page,
    case_to,
    opened_on,
    or_raise,
    sheet_form,
)
from handlers.web.door import ask, door, errors_of, handle, page, raw_of, say, texts, today
from handlers.web.server.form_words import Option, in_words, options
from handlers.words.case_forms import (
    agencies_already_asked,
    agencies_for,
    chain_of,
    lead_form,
    lead_initial_values,
    refer_form,
    referrals_of,
    replied_words,
    reply_form,
    reply_initial_values,
    without_hidden_fields,
)
from handlers.words.verbs import address_of, route
from workflows.cases.find_case import GetCaseId, GetMyReply
from workflows.cases.lines import ReferralLine
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral, SetLead
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import Field, Form, Raw

pages = Blueprint("referrals", __name__)


# -- refer ----------------------------------------------------------------------------------------


def _refer_form() -> Form:
    return refer_form(door().forms)


@pages.get(route("refer"))
def refer(number: str) -> Page:
    case = case_to(number, Action.REFER)
    if not case.is_open:
        return already_done_page(case, "closed")
    return _refer(case, {})  # what was stated for others is nobody's reason to tell one more


def _refer(case: CaseView, raw: Raw, wrong: Refused | None = None) -> Page:
    case, form = opened_on(case, CasePage.REFER), _refer_form()
    drawn = page(
        "refer.html",
        texts().say("page.case.title_refer", number=case.number),
        case=case,
        form=form,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        options={"agency": _agencies(case, agencies_already_asked(case))},
        beyond=[case.names[a] for a in sorted(case.beyond_consent) if a in case.names],
    )
    return (drawn, 422) if wrong else drawn


def _agencies(case: CaseView, without: set[str]) -> list[Option]:
    return agencies_for(case, options()["agency"], without, texts())


@pages.post(route("refer"))
def send(number: str) -> Page:
    case = case_to(number, Action.REFER)
    if not case.is_open:
        return already_done_page(case, "closed")
    raw = dict(raw_of(_refer_form()))
    if "add_row" in request.form:
        raw["referrals"] = [*cast(list[dict[str, str]], raw["referrals"]), {}]
        return _refer(case, raw)
    basis, reason = (str(raw.get(f, "")) for f in ("unconsented_basis", "unconsented_reason"))
    try:
        count = handle(Refer(case.id, referrals_of(raw), basis, reason))
    except Refused as wrong:
        return _refer(case, raw, or_raise(wrong))
    after = ask(GetCase(case.id))
    new = max(after.referrals, key=lambda r: r.asked_at)
    say("page.case.referred", number=case.number, count=count, reply_by=new.reply_by)
    return redirect(address_of("open_case", case.number))


# -- reply ----------------------------------------------------------------------------------------


@pages.get(route("reply"))
def reply(number: str, referral_id: str) -> Page:
    found = _to_reply(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, referral = found
    return _reply(case, referral, reply_initial_values(case))


def _to_reply(number: str, referral_id: str) -> str | tuple[CaseView, ReferralLine]:
    """The referral that waits for my answer; or the page that says how it stands now."""
    try:
        case = ask(GetCase(ask(GetCaseId(number))))
    except NotFound:
        # Who passed it on no longer sees the case, but may be told what they answered.
        mine = ask(GetMyReply(number, referral_id))
        facts = {"at": mine.at, "by": mine.by, "answer": mine.answer, "next": mine.next_agency}
        facts |= {"heard_by": mine.heard_by, "said_by": ""}
        return page(
            "case_settled.html",
            mine.number,
            case=None,
            title=texts().say("page.settled.replied_title"),
            body=texts().say("page.settled.replied", number=mine.number, **facts),
        )
    referral = line_of(case, referral_id)
    if referral.answer:
        return replied_page(case, referral)
    if not referral.mine:
        raise NotAllowed("denied.reply")
    if not case.is_open:
        return already_done_page(case, "closed")
    return case, referral


def line_of(case: CaseView, referral_id: str) -> ReferralLine:
    """Raises NotFound."""
    found = next((r for r in case.referrals if r.id == referral_id), None)
    if found is None:
        raise NotFound("not_found.referral")
    return found


def replied_page(case: CaseView, referral: ReferralLine) -> str:
    """How a referral was replied to, for who comes to reply to it."""
    case = opened_on(case, CasePage.REPLIED, referral.id)
    referral = line_of(case, referral.id)
    return already_done_page(
        case,
        "replied",
        at=referral.replied_at,
        by=referral.replied_by,
        answer=referral.answer,
        next=referral.next_agency,
        heard_by=referral.heard_by,
        said_by=referral.said_by,
    )


def _reply(case: CaseView, referral: ReferralLine, raw: Raw, wrong: Refused | None = None) -> Page:
    case = opened_on(case, CasePage.REPLY, referral.id)
    referral = line_of(case, referral.id)
    form = reply_form(door().forms, case, referral.agency_id)
    chain = chain_of(case, referral)
    drawn = page(
        "reply.html",
        texts().say("page.case.title_reply", number=case.number),
        case=case,
        referral=referral,
        chain=chain,
        form=form,
        groups=reply_groups(form),
        scope_known=True,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        agencies=_agencies(case, {r.agency_id for r in chain}),
        sections=in_words(sheet_form(), case.sheet or {}, case.names),
    )
    return (drawn, 422) if wrong else drawn


_GROUPS: Final = {
    "answer": "answer",
    "next_agency": "passes",
    "pass_basis": "ground",
    "pass_reason": "ground",
    "lead": "takes",
    "next_check_on": "takes",
}


def reply_groups(form: Form) -> dict[str, list[Field]]:
    """The fields of a reply by the answers that ask for them."""
    groups: dict[str, list[Field]] = {
        name: [] for name in ("answer", "both", "passes", "ground", "takes")
    }
    for one in form.fields:
        groups[_GROUPS.get(one.id, "both")].append(one)
    return groups


@pages.post(route("reply"))
def answer(number: str, referral_id: str) -> Page:
    found = _to_reply(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, referral = found
    raw = dict(raw_of(reply_form(door().forms, case, referral.agency_id)))
    try:
        given = handle(ReplyToReferral(case.id, referral_id, without_hidden_fields(raw)))
    except Refused as wrong:
        return _reply(case, referral, raw, or_raise(wrong))
    flash(replied_words(case, given, raw, texts()))
    try:
        ask(GetCaseId(number))
    except NotFound:
        return redirect("/")  # it is another agency's now
    return redirect(address_of("open_case", case.number))


# -- lead -----------------------------------------------------------------------------------------


@pages.get(route("set_lead"))
def lead(number: str) -> Page:
    case = case_to(number, Action.SET_LEAD)
    if not case.is_open:
        return already_done_page(case, "closed")
    return _lead(case, lead_initial_values(case, today()))


def _lead(case: CaseView, raw: Raw, wrong: Refused | None = None) -> Page:
    form = lead_form(door().forms, texts())
    drawn = page(
        "lead.html",
        texts().say("page.case.title_lead", number=case.number),
        case=case,
        form=form,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        options={"agency": [(a, name, "") for a, name in case.takes_part]},
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("set_lead"))
def set_lead(number: str) -> Page:
    case = case_to(number, Action.SET_LEAD)
    if not case.is_open:
        return already_done_page(case, "closed")
    raw = raw_of(lead_form(door().forms, texts()))
    agency, day = str(raw["agency"]), str(raw["next_check_on"])
    try:
        handle(SetLead(case.id, agency, day))
    except Refused as wrong:
        return _lead(case, raw, or_raise(wrong))
    say("page.case.lead_set", number=case.number, agency=case.names.get(agency, "—"))
    return redirect(address_of("open_case", case.number))
