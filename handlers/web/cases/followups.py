"""支援プラン, 見守り, 役割, 終結: what keeps a case going until it is solved."""

from typing import Any, cast

from flask import Blueprint, redirect, request

from handlers.web.cases.sheet import Page, already_done_page, case_to, opened_on, or_raise
from handlers.web.door import door, errors_of, handle, page, raw_of, say, texts
from handlers.web.server.begun import begun, keep
from handlers.web.server.form_words import fingerprints, in_words, merge, options
from handlers.words.case_forms import check_of, next_check_of
from handlers.words.case_words import open_closing_judgements
from handlers.words.form_words import shown
from handlers.words.verbs import address_of, route
from workflows.cases.close_case import CloseCase, ReopenCase
from workflows.cases.lines import FollowUpLine
from workflows.cases.plan import SavePlan
from workflows.cases.roles import TickRole
from workflows.cases.views import CaseView
from workflows.core.errors import Conflict, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.followups.answer import AnswerFollowUp
from workflows.followups.reassess import EndReassessment
from workflows.forms import Form, Raw
from workflows.japanese.dates import show_date

pages = Blueprint("followups", __name__)


def _form(form_id: str) -> Form:
    return door().forms.form(form_id)


# -- plan -----------------------------------------------------------------------------------------


@pages.get(route("plan"))
def plan(number: str) -> Page:
    case = case_to(number, Action.MAKE_PLAN)
    if not case.is_open:
        return already_done_page(case, "closed")
    case = opened_on(case, CasePage.PLAN)
    form, values = _form("plan"), dict(case.plans[0].values) if case.plans else {}
    raw = shown(form, values)
    if not case.plans:
        raw = {"wishes": case.wishes}
    version = case.plans[0].version if case.plans else 0
    mine = begun("plan", case.number, raw, fingerprints(form, values), version)
    return _plan(
        case,
        mine.raw,
        mine.opened,
        version=mine.version,
        draft_id=mine.draft_id,
        kept_at=mine.saved_at,
    )


def _plan(
    case: CaseView, raw: Raw, opened: str, *, wrong: Refused | None = None, **more: Any
) -> Page:
    form = _form("plan")
    version = case.plans[0].version if case.plans else 0
    drafted = {"draft_id": request.form.get("draft_id", ""), "kept_at": None}
    drawn = page(
        "plan.html",
        texts().say("page.case.title_plan", number=case.number),
        case=case,
        form=form,
        values=raw,
        errors=errors_of(form, wrong) if wrong and not isinstance(wrong, Conflict) else [],
        options=options(),
        opened=opened,
        labels={f.id: f.label for f in form.fields},
        **{"version": version, "conflict": None, **drafted, **more},
    )
    return (drawn, 409 if isinstance(wrong, Conflict) else 422) if wrong else drawn


@pages.post(route("plan"))
def save_plan(number: str) -> Page:
    case = case_to(number, Action.MAKE_PLAN)
    if not case.is_open:
        return already_done_page(case, "closed")
    form = _form("plan")
    raw = dict(raw_of(form))
    opened = request.form.get("opened", "")
    version = request.form.get("version", type=int, default=0)
    if "add_row" in request.form:
        name = request.form["add_row"]
        if form.has(name):
            raw[name] = [*cast(list[dict[str, str]], raw[name]), {}]
        return _plan(case, raw, opened, version=version)
    try:
        new = handle(SavePlan(case.id, version, raw, request.form.get("draft_id", "")))
    except Conflict as conflict:
        case = opened_on(case, CasePage.PLAN)
        current = dict(case.plans[0].values) if case.plans else {}
        merged = merge(form, opened, raw, current, case.names)
        told = {"sentence": texts().say(conflict.key, **conflict.facts), "merged": merged}
        return _plan(case, merged.raw, fingerprints(form, current), wrong=conflict, conflict=told)
    except Refused as wrong:
        return _plan(case, raw, opened, wrong=or_raise(wrong), version=version)
    key = "page.case.plan_saved" if new != version else "page.case.plan_unchanged"
    say(key, version=new, consented=case.has_consent)
    return redirect(address_of("open_case", case.number))


@pages.post("/cases/<number>/plan/draft")
def keep_plan(number: str) -> Page:
    """What the page saves by itself while somebody types: as typed, unchecked, theirs alone."""
    case = case_to(number, Action.MAKE_PLAN)
    return keep("plan", case.number, raw_of(_form("plan")), address_of("plan", case.number))


# -- follow-up ------------------------------------------------------------------------------------


@pages.get(route("follow_up"))
def follow_up(number: str, follow_up_id: str) -> Page:
    found = _to_answer(number, follow_up_id)
    if not isinstance(found, tuple):
        return found
    case, line = found
    return _follow_up(case, line, {"next_on": show_date(line.next_on)})


def _to_answer(number: str, follow_up_id: str) -> str | tuple[CaseView, FollowUpLine]:
    """The check that waits for an answer; or the page that says how it stands now."""
    case = case_to(number, Action.ANSWER_FOLLOW_UP)
    if not case.is_open:
        return already_done_page(case, "closed")
    line = check_of(case, follow_up_id)
    if line is None:
        return already_done_page(case, "follow_up_gone", next_on=next_check_of(case))
    if line.result:
        return already_done_page(case, "follow_up", at=line.at, by=line.by, result=line.result)
    return case, line


def _follow_up(case: CaseView, line: FollowUpLine, raw: Raw, wrong: Refused | None = None) -> Page:
    case, form = opened_on(case, CasePage.CHECK), _form("followup")
    drawn = page(
        "follow_up.html",
        texts().say("page.case.title_follow_up", number=case.number),
        case=case,
        line=line,
        form=form,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        before=[f for f in case.follow_ups if f.result],
        plan=in_words(_form("plan"), case.plans[0].values, case.names) if case.plans else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("follow_up"))
def answer(number: str, follow_up_id: str) -> Page:
    found = _to_answer(number, follow_up_id)
    if not isinstance(found, tuple):
        return found
    case, line = found
    raw = raw_of(_form("followup"))
    try:
        next_on = handle(AnswerFollowUp(case.id, follow_up_id, raw))
    except Refused as wrong:
        return _follow_up(case, line, raw, or_raise(wrong))
    label = texts().label("follow_up_result", str(raw["result"]))
    say("page.case.follow_up_saved", number=case.number, result=label, next_on=next_on)
    return redirect(address_of("open_case", case.number))


# -- reassessment --------------------------------------------------------------------------------


@pages.get(route("reassess"))
def reassessment(number: str) -> Page:
    case = case_to(number, Action.END_REASSESSMENT)
    return _reassessment(case, "") if case.reassess else already_done_page(case, "reassessed")


def _reassessment(case: CaseView, typed: str, wrong: Refused | None = None) -> Page:
    drawn = page(
        "reassessment.html",
        texts().say("page.case.title_reassessment", number=case.number),
        case=case,
        typed=typed,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("reassess"))
def end_reassessment(number: str) -> Page:
    case = case_to(number, Action.END_REASSESSMENT)
    if not case.reassess:
        return already_done_page(case, "reassessed")
    outcome = request.form.get("outcome", "")
    try:
        handle(EndReassessment(case.id, outcome))
    except Refused as wrong:
        return _reassessment(case, outcome, or_raise(wrong))
    say("page.case.reassessed", number=case.number)
    return redirect(address_of("open_case", case.number))


# -- role -----------------------------------------------------------------------------------------


@pages.get(route("tick_role"))
def role(number: str, role_id: str) -> Page:
    return _role(number, role_id)


def _role(number: str, role_id: str, typed: str = "", wrong: Refused | None = None) -> Page:
    case = case_to(number, Action.TICK_ROLE)
    line = next((r for r in case.roles if r.id == role_id), None)
    if line is None:
        raise NotFound("not_found.role")
    if line.done_at:
        return already_done_page(case, "role", at=line.done_at, by=line.done_by)
    if line.stopped:
        raise Refused("role.stopped")
    case = opened_on(case, CasePage.ROLE, role_id)
    line = next(r for r in case.roles if r.id == role_id)
    drawn = page(
        "role.html",
        texts().say("page.case.title_role", number=case.number),
        case=case,
        role=line,
        typed=typed,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("tick_role"))
def tick(number: str, role_id: str) -> Page:
    case = case_to(number, Action.TICK_ROLE)
    line = next((r for r in case.roles if r.id == role_id), None)
    outcome = request.form.get("outcome", "")
    try:
        handle(TickRole(case.id, role_id, outcome))
    except Refused as wrong:
        return _role(number, role_id, outcome, or_raise(wrong))
    say("page.case.role_done", agency=line.agency_name if line else "", number=case.number)
    return redirect(address_of("open_case", case.number))


# -- close and reopen -----------------------------------------------------------------------------


@pages.get(route("close_case"))
def close(number: str) -> Page:
    case = case_to(number, Action.CLOSE_CASE)
    if not case.is_open:
        return already_done_page(case, "closed")
    return _close(case, None)


def _close(case: CaseView, raw: Raw | None, wrong: Refused | None = None) -> Page:
    """Without anything typed it begins with what a meeting judged."""
    case, form = opened_on(case, CasePage.CLOSE), _form("closure")
    judged = open_closing_judgements(case)
    drawn = page(
        "close.html",
        texts().say("page.case.title_close", number=case.number),
        case=case,
        form=form,
        values=raw if raw is not None else {"kind": judged[0].what} if judged else {},
        errors=errors_of(form, wrong) if wrong else [],
        waiting=[r.agency_name for r in case.referrals if r.waits],
        undone=[r for r in case.roles if r.keeps_open],
        live=[m for m in case.meetings if m.live],
        judged=judged,
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("close_case"))
def end(number: str) -> Page:
    case = case_to(number, Action.CLOSE_CASE)
    if not case.is_open:
        return already_done_page(case, "closed")
    raw = raw_of(_form("closure"))
    try:
        kind = handle(CloseCase(case.id, raw))
    except Refused as wrong:
        return _close(case, raw, or_raise(wrong))
    say(
        "page.case.watching" if kind == "watching" else "page.case.closed",
        number=case.number,
        kind=texts().label("closure_kind", kind),
    )
    return redirect(address_of("open_case", case.number))


@pages.get(route("reopen_case"))
def reopen(number: str) -> Page:
    case = case_to(number, Action.CLOSE_CASE)
    return already_done_page(case, "open") if case.is_open else _reopen(case, "")


def _reopen(case: CaseView, typed: str, wrong: Refused | None = None) -> Page:
    drawn = page(
        "reopen.html",
        texts().say("page.case.title_reopen", number=case.number),
        case=case,
        typed=typed,
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("reopen_case"))
def begin_again(number: str) -> Page:
    case = case_to(number, Action.CLOSE_CASE)
    if case.is_open:
        return already_done_page(case, "open")
    reason = request.form.get("reason", "")
    try:
        handle(ReopenCase(case.id, reason))
    except Refused as wrong:
        return _reopen(case, reason, or_raise(wrong))
    say("page.case.reopened", number=case.number, agency=case.answering_agency)
    return redirect(address_of("open_case", case.number))
