"""つなぐ, 返信, 主担当: who takes what part in a case."""

from dataclasses import replace
from typing import cast

from flask import Blueprint, redirect, request

from handlers.web.door import ask, door, errors_of, handle, page, raw_of, say, texts, today
from handlers.web.form_words import Option, in_words, options
from handlers.web.sheet import (
    Page,
    case_to,
    or_raise,
    referral_rows,
    referrals_of,
    settled,
    sheet_form,
)
from workflows.cases.find_case import CaseIdOf, GetMyReply
from workflows.cases.lines import ReferralLine
from workflows.cases.model import ReplyAnswer
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral, SetLead
from workflows.cases.views import CaseView, GetCase
from workflows.dates import show_date
from workflows.errors import NotAllowed, NotFound, Refused
from workflows.forms import Field, Form, Raw, Section
from workflows.permissions import Action

pages = Blueprint("referrals", __name__)

_PASSES = (ReplyAnswer.PASSED_ON, ReplyAnswer.DECLINED)
_TAKEN = ("", ReplyAnswer.ACCEPTED, ReplyAnswer.PARTLY)  # waiting, or taking part


# -- refer ----------------------------------------------------------------------------------------


def _refer_form() -> Form:
    """Further referrals, and why it is told where nobody agreed to it."""
    sheet, rows = sheet_form(), referral_rows()
    basis = [f for f in sheet.fields if f.id in ("unconsented_basis", "unconsented_reason")]
    sections = [Section(rows.section, rows.label)]
    sections += [s for s in sheet.sections if s.id in {f.section for f in basis}]
    return Form("refer", rows.label, tuple(sections), (rows, *basis))


@pages.get("/cases/<number>/refer")
def refer(number: str) -> Page:
    case = case_to(number, Action.REFER)
    if not case.is_open:
        return settled(case, "closed")
    held = case.sheet or {}
    return _refer(case, {f.id: cast(str, held.get(f.id, "")) for f in _refer_form().fields[1:]})


def _refer(case: CaseView, raw: Raw, wrong: Refused | None = None) -> Page:
    form = _refer_form()
    busy = {r.agency_id for r in case.referrals if r.answer in _TAKEN}
    drawn = page(
        "refer.html",
        texts().say("page.case.title_refer", number=case.number),
        case=case,
        form=form,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        options={"agency": _agencies(case, without=busy)},
        beyond=[case.names[a] for a in sorted(case.beyond_consent) if a in case.names],
    )
    return (drawn, 422) if wrong else drawn


def _agencies(case: CaseView, *, without: set[str]) -> list[Option]:
    """Agencies to choose from; those that the consent does not cover say so."""
    outside = texts().say("page.case.outside_consent")
    marked = case.beyond_consent if case.has_consent else frozenset()
    return [
        (a, name + (outside if a in marked else ""), group)
        for a, name, group in options()["agency"]
        if a not in without
    ]


@pages.post("/cases/<number>/refer")
def send(number: str) -> Page:
    case = case_to(number, Action.REFER)
    if not case.is_open:
        return settled(case, "closed")
    raw = dict(raw_of(_refer_form()))
    if "add_row" in request.form:
        raw["referrals"] = [*cast(list[dict[str, str]], raw["referrals"]), {}]
        return _refer(case, raw)
    basis, reason = (str(raw.get(f, "")) for f in ("unconsented_basis", "unconsented_reason"))
    try:
        count = handle(Refer(case.id, referrals_of(raw), basis, reason))
    except Refused as wrong:
        return _refer(case, raw, or_raise(wrong))
    after = ask(GetCase(case.id, content=False))
    new = max(after.referrals, key=lambda r: r.asked_at)
    say("page.case.referred", number=case.number, count=count, reply_by=new.reply_by)
    return redirect(f"/cases/{case.number}")


# -- reply ----------------------------------------------------------------------------------------


@pages.get("/cases/<number>/referrals/<referral_id>/reply")
def reply(number: str, referral_id: str) -> Page:
    found = _to_reply(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, referral = found
    quiet = any(not f.result for f in case.follow_ups)
    return _reply(case, referral, {} if quiet else {"next_check_on": show_date(case.in_a_month)})


def _to_reply(number: str, referral_id: str) -> str | tuple[CaseView, ReferralLine]:
    """The referral that waits for my answer; or the page that says how it stands now."""
    try:
        case = ask(GetCase(ask(CaseIdOf(number))))
    except NotFound:
        # Who passed it on no longer sees the case, but may be told what they answered.
        mine = ask(GetMyReply(number, referral_id))
        facts = {"at": mine.at, "by": mine.by, "answer": mine.answer, "next": mine.next_agency}
        return page(
            "case_settled.html",
            mine.number,
            case=None,
            title=texts().say("page.settled.replied_title"),
            body=texts().say("page.settled.replied", number=mine.number, **facts),
        )
    referral = next((r for r in case.referrals if r.id == referral_id), None)
    if referral is None:
        raise NotFound("not_found.referral")
    if referral.answer:
        return settled(
            case,
            "replied",
            at=referral.replied_at,
            by=referral.replied_by,
            answer=referral.answer,
            next=referral.next_agency,
        )
    if not referral.mine:
        raise NotAllowed("denied.reply")
    if not case.is_open:
        return settled(case, "closed")
    return case, referral


def _reply_form(case: CaseView) -> Form:
    """Who leads is asked only while nobody does."""
    form = door().forms.form("reply")
    if not case.lead_agency_id:
        return form
    return replace(form, fields=tuple(f for f in form.fields if f.id != "lead"))


def _reply(case: CaseView, referral: ReferralLine, raw: Raw, wrong: Refused | None = None) -> Page:
    form = _reply_form(case)
    chain = _chain(case, referral)
    groups: dict[str, list[Field]] = {"answer": [], "both": [], "passes": [], "takes": []}
    homes = {"answer": "answer", "next_agency": "passes", "lead": "takes", "next_check_on": "takes"}
    for one in form.fields:
        groups[homes.get(one.id, "both")].append(one)
    drawn = page(
        "reply.html",
        texts().say("page.case.title_reply", number=case.number),
        case=case,
        referral=referral,
        chain=chain,
        form=form,
        groups=groups,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        agencies=_agencies(case, without={r.agency_id for r in chain}),
        sections=in_words(sheet_form(), case.sheet or {}, case.names),
    )
    return (drawn, 422) if wrong else drawn


def _chain(case: CaseView, referral: ReferralLine) -> list[ReferralLine]:
    """The referral with those it came from, oldest first."""
    chain = [referral]
    for earlier in reversed(case.referrals[: case.referrals.index(referral)]):
        if earlier.depth == chain[0].depth - 1:
            chain.insert(0, earlier)
    return chain


@pages.post("/cases/<number>/referrals/<referral_id>/reply")
def answer(number: str, referral_id: str) -> Page:
    found = _to_reply(number, referral_id)
    if not isinstance(found, tuple):
        return found
    case, referral = found
    raw = dict(raw_of(_reply_form(case)))
    # A hidden part of the form must not speak: what is not asked for an answer is not sent on.
    sent = {k: v for k, v in raw.items() if k not in _unasked(str(raw.get("answer", "")))}
    try:
        given = handle(ReplyToReferral(case.id, referral_id, sent))
    except Refused as wrong:
        return _reply(case, referral, raw, or_raise(wrong))
    label = texts().label("reply_answer", given)
    if given in _PASSES:
        agency = case.names.get(str(raw.get("next_agency", "")), "—")
        say("page.case.passed_on", number=case.number, answer=label, agency=agency)
    else:
        say("page.case.replied", number=case.number, answer=label, writer=case.writer_agency)
    try:
        ask(CaseIdOf(number))
    except NotFound:
        return redirect("/")  # it is another agency's now
    return redirect(f"/cases/{case.number}")


def _unasked(answer: str) -> tuple[str, ...]:
    return ("lead", "next_check_on") if answer in _PASSES else ("next_agency",)


# -- lead -----------------------------------------------------------------------------------------


def _lead_form(case: CaseView) -> Form:
    reply = door().forms.form("reply")
    day = replace(reply.field("next_check_on"), required=True, required_when={}, section="lead")
    agency = Field(
        id="agency",
        label=texts().say("label.page_field.lead_agency"),
        type=reply.field("next_agency").type,
        section="lead",
        required=True,
        guideline=texts().say("page.case.lead_guideline"),
    )
    return Form("lead", "", (Section("lead", ""),), (agency, day))


@pages.get("/cases/<number>/lead")
def lead(number: str) -> Page:
    case = case_to(number, Action.SET_LEAD, content=False)
    if not case.is_open:
        return settled(case, "closed")
    only = [a for a, _ in case.takes_part]
    agency = case.lead_agency_id or (only[0] if len(only) == 1 else "")
    waiting = [f.due_on for f in case.follow_ups if not f.result]
    day = min((d for d in waiting if d > today()), default=case.in_a_month)
    return _lead(case, {"agency": agency, "next_check_on": show_date(day)})


def _lead(case: CaseView, raw: Raw, wrong: Refused | None = None) -> Page:
    form = _lead_form(case)
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


@pages.post("/cases/<number>/lead")
def set_lead(number: str) -> Page:
    case = case_to(number, Action.SET_LEAD, content=False)
    if not case.is_open:
        return settled(case, "closed")
    raw = raw_of(_lead_form(case))
    agency, day = str(raw["agency"]), str(raw["next_check_on"])
    try:
        handle(SetLead(case.id, agency, day))
    except Refused as wrong:
        return _lead(case, raw, or_raise(wrong))
    say("page.case.lead_set", number=case.number, agency=case.names.get(agency, "—"))
    return redirect(f"/cases/{case.number}")
