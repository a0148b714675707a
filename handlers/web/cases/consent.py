"""本人同意: what the person said and when, what was shared without it, a new answer recorded."""

import hashlib
import json
from typing import cast

from flask import Blueprint, redirect, request

from handlers.web.cases.sheet import Page, case_to, or_raise, sheet_form
from handlers.web.door import (
    ask,
    errors_of,
    handle,
    page,
    raw_of,
    say,
    texts,
)
from handlers.web.server.form_words import options
from handlers.words.form_words import shown
from handlers.words.verbs import address_of, route
from workflows.cases.consents import Consents, GetConsents
from workflows.cases.find_case import GetCaseId
from workflows.cases.preview_consent import Effects, PreviewConsent
from workflows.cases.record_consent import (
    FIELDS,
    GOES_ON,
    REASON,
    REASON_MAX,
    RecordConsent,
)
from workflows.core.errors import Conflict, Refused
from workflows.core.permissions import Action
from workflows.forms import Field, FieldType, Form, Raw

pages = Blueprint("consent", __name__)


def consent_form() -> Form:
    """The sheet's fields on consent and on what stands in its place; before these, the agencies
    that it is for."""
    sheet = sheet_form()
    fields = [f for f in sheet.fields if f.id in FIELDS]
    basis = next(n for n, f in enumerate(fields) if f.id == "unconsented_basis")
    fields.insert(basis, _goes_on(fields[basis].section))
    sections = tuple(s for s in sheet.sections if s.id in {f.section for f in fields})
    return Form("consent", sheet.title, sections, tuple(fields))


def _goes_on(section: str) -> Field:
    return Field(
        id=GOES_ON,
        label=texts().say("label.page_field.goes_on"),
        type=FieldType.AGENCIES,
        section=section,
        guideline=texts().say("page.consent.goes_on_guideline"),
    )


@pages.get(route("consent"))
def one(number: str) -> Page:
    seen = ask(GetConsents(ask(GetCaseId(number))))
    # Today's answer, and why anybody is told all the same, is asked for anew.
    scope = shown(consent_form(), seen.values).get("consent_scope", [])
    return _page(seen, {"consent_scope": scope})


def _page(
    seen: Consents,
    raw: Raw,
    *,
    reason: str = "",
    effects: Effects | None = None,
    wrong: Refused | None = None,
    again: bool = False,
) -> Page:
    form = consent_form()
    drawn = page(
        "consent.html",
        texts().say("page.consent.title", number=seen.number),
        case=seen,
        form=form,
        values=raw,
        reason=reason,
        reason_field=REASON,
        reason_max=REASON_MAX,
        options=options(),
        effects=effects,
        mark=_mark(raw, reason, seen.sheet_version) if effects else "",
        again=again,
        errors=errors_of(form, wrong) if wrong else [],
    )
    if wrong is None:
        return drawn
    return drawn, 409 if isinstance(wrong, Conflict) else 422


def _mark(raw: Raw, reason: str, version: int) -> str:
    """What was looked at before saving: saving something else asks to look again."""
    plain = json.dumps([raw, reason, version], ensure_ascii=False, sort_keys=True)
    return hashlib.blake2s(plain.encode(), digest_size=12).hexdigest()


@pages.post(route("consent"))
def record(number: str) -> Page:
    case = case_to(number, Action.EDIT_SHEET)
    raw = cast(Raw, dict(raw_of(consent_form())))
    goes_on = tuple(request.form.getlist(GOES_ON))
    reason = request.form.get(REASON, "")
    version = request.form.get("version", type=int, default=0)
    looked = request.form.get("mark", "") == _mark(raw, reason, version)
    saves = "save" in request.form
    try:
        if not (saves and looked):
            effects = ask(PreviewConsent(case.id, raw, reason, goes_on))
            seen = ask(GetConsents(case.id))
            return _page(seen, raw, reason=reason, effects=effects, again=saves)
        new = handle(RecordConsent(case.id, version, raw, reason, goes_on))
    except Refused as wrong:
        told = or_raise(wrong)
        return _page(ask(GetConsents(case.id)), raw, reason=reason, wrong=told)
    say("page.consent.saved" if new != version else "page.consent.unchanged", version=new)
    return redirect(address_of("consent", case.number))
