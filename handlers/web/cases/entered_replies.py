"""返信 by telephone or FAX: the sheet that goes out, the answer entered for the agency."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template

from handlers.web.cases.referrals import line_of, replied_page, reply_groups
from handlers.web.cases.sheet import (
    Page,
    already_done_page,
    case_to,
    opened_on,
    or_raise,
    sheet_form,
)
from handlers.web.door import ask, door, errors_of, handle, page, raw_of, shell, texts
from handlers.web.server.form_words import in_words, options
from handlers.words.case_forms import (
    PASSES,
    agencies_for,
    chain_of,
    entered_reply_fields,
    entered_words,
    reply_form,
    reply_initial_values,
    without_hidden_fields,
)
from handlers.words.verbs import address_of
from workflows.cases.enter_reply import EnterReply
from workflows.cases.fax import GetFaxReply
from workflows.cases.find_case import GetCaseId
from workflows.cases.lines import ReferralLine
from workflows.cases.views import CaseView
from workflows.core.errors import NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import Form, Raw
from workflows.japanese.dates import show_date
from workflows.model.case import ReplyAnswer

pages = Blueprint("entered_replies", __name__)


@pages.get("/cases/<number>/referrals/<referral_id>/entered")
def enter(number: str, referral_id: str) -> Page:
    found = _to_enter(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, referral = found
    return _enter(case, referral, reply_initial_values(case))


def _to_enter(number: str, referral_id: str) -> str | tuple[CaseView, ReferralLine]:
    """The referral that waits for another agency's answer; or the page that says how it stands."""
    case = case_to(number, Action.ENTER_REPLY)
    referral = line_of(case, referral_id)
    if referral.answer:
        return replied_page(case, referral)
    if not case.is_open:
        return already_done_page(case, "closed")
    if not referral.waits:
        raise NotFound("not_found.referral")
    if referral.mine:
        raise Refused("reply.own_agency")
    return case, referral


def _form(case: CaseView, referral: ReferralLine) -> Form:
    form = reply_form(door().forms, case, referral.agency_id)
    return replace(form, fields=(*entered_reply_fields(texts()), *form.fields))


def _enter(case: CaseView, referral: ReferralLine, raw: Raw, wrong: Refused | None = None) -> Page:
    case = opened_on(case, CasePage.REPLY, referral.id)
    referral = line_of(case, referral.id)
    form, chain = _form(case, referral), chain_of(case, referral)
    reply = reply_form(door().forms, case, referral.agency_id)
    drawn = page(
        "reply_enter.html",
        texts().say("page.case.title_enter", number=case.number),
        case=case,
        referral=referral,
        chain=chain,
        action=f"/cases/{case.number}/referrals/{referral.id}/entered",
        heard=form.fields[: len(form.fields) - len(reply.fields)],
        groups=reply_groups(reply),
        scope_known=True,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        agencies=agencies_for(case, options()["agency"], {r.agency_id for r in chain}, texts()),
        sections=in_words(sheet_form(), case.sheet or {}, case.names),
    )
    return (drawn, 422) if wrong else drawn


@pages.post("/cases/<number>/referrals/<referral_id>/entered")
def save(number: str, referral_id: str) -> Page:
    found = _to_enter(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, referral = found
    raw = dict(raw_of(_form(case, referral)))
    heard_by, said_by = str(raw["heard_by"]), str(raw["said_by"])
    try:
        given = handle(
            EnterReply(case.id, referral_id, without_hidden_fields(raw), heard_by, said_by)
        )
    except Refused as wrong:
        return _enter(case, referral, raw, or_raise(wrong))
    flash(entered_words(case, referral, given, raw, texts()))
    return redirect(address_of("open_case", case.number))


@pages.get("/cases/<number>/referrals/<referral_id>/fax")
def paper(number: str, referral_id: str) -> str:
    seen = ask(GetFaxReply(ask(GetCaseId(number)), referral_id))
    return render_template(
        "paper/fax_reply.html",
        page_title=texts().say("page.case.fax"),
        print_ref=seen.number,
        print_date=show_date(door().desk.now().date()),
        town_name=shell().town_name,
        back_href=address_of("open_case", seen.number),
        seen=seen,
        late=seen.reply_by < door().desk.now(),
        answers=[str(a) for a in ReplyAnswer],
        passes=[str(a) for a in PASSES],
    )
