"""つなぐシート: written while the person sits there, kept as a draft, sent, corrected, printed."""

import secrets
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from handlers.web.door import ask, door, errors_of, handle, page, raw_of, say, shell, texts
from handlers.web.server.begun import begun, keep, keep_as
from handlers.web.server.form_words import AnsweredSection, fingerprints, in_words, merge, options
from handlers.words.case_forms import referrals_of, with_referrals
from handlers.words.form_words import ShownError, numbers_in, shown
from handlers.words.verbs import address_of, route
from workflows.cases.drafts import DropDraft, GetDraft, SaveDraft
from workflows.cases.edit_sheet import EditSheet, without_consent
from workflows.cases.find_case import FindSame, GetCaseId, SameCase
from workflows.cases.open_case import OpenCase
from workflows.cases.views import CaseView, GetCase
from workflows.cases.whose_sheet import WHOSE_NEEDED, PreviewWhoseSheet, Whose
from workflows.core.errors import AlreadyDone, Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import FieldError, Form, Raw, Value
from workflows.forms.lost_characters import LETTERS_SEEN
from workflows.japanese.dates import show_instant

pages = Blueprint("sheet", __name__)

Page = str | tuple[str, int] | Response


def sheet_form() -> Form:
    return door().forms.form("sheet")


def edit_form() -> Form:
    """The sheet as it is corrected: consent has a page of its own."""
    return without_consent(sheet_form())


def new_form() -> Form:
    return with_referrals(door().forms, texts(), shell().core_agency)


# -- a new sheet ----------------------------------------------------------------------------------


@pages.get(route("new_sheet"))
def new() -> Page:
    draft_id = request.args.get("draft", "")
    if draft_id:
        draft = ask(GetDraft(draft_id))
        return _new(cast(Raw, draft.raw), draft.id, saved=show_instant(draft.saved_at))
    return _new({"received_at": show_instant(door().desk.now())}, secrets.token_hex(16))


def _new(
    raw: Raw,
    draft_id: str,
    *,
    wrong: Refused | None = None,
    same: tuple[SameCase, ...] | None = None,
    saved: str = "",
) -> Page:
    form = new_form()
    errors = errors_of(form, wrong) if wrong else []
    drawn = page(
        "sheet_new.html",
        texts().say("page.case.title_new"),
        form=form,
        values=raw,
        errors=errors,
        options=options(),
        draft_id=draft_id,
        same=same,
        saved=saved,
    )
    return (drawn, 422) if wrong else drawn


@pages.post(route("new_sheet"))
def send() -> Page:
    form = new_form()
    raw = dict(raw_of(form))
    draft_id = request.form.get("draft_id", "") or secrets.token_hex(16)
    if "add_row" in request.form:
        name = request.form["add_row"]
        if form.has(name):
            raw[name] = [*cast(list[dict[str, str]], raw[name]), {}]
        return _new(raw, draft_id)
    if "check_same" in request.form:
        return _new(raw, draft_id, same=_same())
    if "save_draft" in request.form:
        try:
            handle(SaveDraft("sheet", raw, draft_id), once=False)  # sending is the form's deed
        except Refused as wrong:
            return _new(raw, draft_id, wrong=or_raise(wrong))
        if numbers := numbers_in(raw):
            return _new(raw, draft_id, wrong=Invalid(numbers))
        say("page.case.draft_saved")
        return redirect(f"/cases/new?draft={draft_id}")
    try:
        command = OpenCase(raw, referrals_of(raw), draft_id, letters_seen())
        case_id = handle(command, made=str)
    except Refused as wrong:
        return _new(raw, draft_id, wrong=or_raise(wrong))
    case = ask(GetCase(case_id))
    say(
        "page.case.sent",
        number=case.number,
        count=len(case.referrals),
        reply_by=case.referrals[0].reply_by,
    )
    return redirect(address_of("open_case", case.number))


def letters_seen() -> bool:
    """Whether the letters that may have been lost were seen, and are meant so."""
    return bool(request.form.get(LETTERS_SEEN))


@pages.post("/cases/drafts")
def keep_draft() -> Page:
    """What the page saves by itself while somebody types; the answer is the sentence it shows."""
    draft_id = request.form.get("draft_id", "")
    if "discard" in request.form:
        handle(DropDraft(draft_id))
        say("page.case.draft_dropped")
        return redirect("/")
    form = new_form()
    raw = raw_of(form)
    return keep_as(SaveDraft("sheet", raw, draft_id or None), form, raw)


@pages.post("/cases/same")
def same() -> Page:
    """The cases of the same person or household, while the sheet is being written."""
    return page("_case_same.html", "", same=_same())


def _same(except_case_id: str = "") -> tuple[SameCase, ...] | None:
    typed = request.form
    return ask(
        FindSame(
            name=typed.get("name", ""),
            kana=typed.get("kana", ""),
            birth_date=typed.get("birth_date", ""),
            phone=typed.get("phone", ""),
            address=typed.get("address", ""),
            except_case_id=except_case_id,
        )
    )


# -- a sheet that was sent ------------------------------------------------------------------------


def case_to(number: str, action: Action) -> CaseView:
    """The case without its content, when the one who is here may do this to it.

    Raises NotFound, NotAllowed.
    """
    case = ask(GetCase(ask(GetCaseId(number))))
    decision = case.may[action]
    if not decision.allowed:
        raise NotAllowed(decision.reason)
    return case


def opened_on(case: CaseView, page: CasePage, item: str = "") -> CaseView:
    """As case_to, recording what this page showed as a look."""
    return ask(GetCase(case.id, page, item))


def or_raise(wrong: Refused) -> Refused:
    """A refusal for the page to show with what was typed; one that ends the matter is raised."""
    if isinstance(wrong, AlreadyDone | NotAllowed | NotFound):
        raise wrong
    return wrong


def already_done_page(case: CaseView, key: str, **facts: object) -> str:
    """An old link to something that is done already: how it stands now, instead of an error."""
    return page(
        "case_settled.html",
        case.number,
        case=case,
        title=texts().say(f"page.settled.{key}_title", **facts),
        body=texts().say(f"page.settled.{key}", number=case.number, **facts),
    )


@pages.get(route("edit_sheet"))
def edit(number: str) -> Page:
    case = case_to(number, Action.EDIT_SHEET)
    if not case.is_open:
        return already_done_page(case, "closed")
    case = opened_on(case, CasePage.SHEET)
    form, values = edit_form(), dict(case.sheet or {})
    mine = begun(
        "sheet", case.number, shown(form, values), fingerprints(form, values), case.sheet_version
    )
    return _edit(
        case,
        mine.raw,
        mine.opened,
        version=mine.version,
        draft_id=mine.draft_id,
        kept_at=mine.saved_at,
    )


def _edit(
    case: CaseView, raw: Raw, opened: str, *, wrong: Refused | None = None, **more: Any
) -> Page:
    form = edit_form()
    status = 409 if isinstance(wrong, Conflict) else 422
    drafted = {"draft_id": request.form.get("draft_id", ""), "kept_at": None}
    drawn = page(
        "sheet_edit.html",
        texts().say("page.case.title_edit", number=case.number),
        case=case,
        form=form,
        values=raw,
        errors=_errors(form, wrong),
        options=options(),
        opened=opened,
        whose=_whose(case, wrong),
        **{"version": case.sheet_version, "same": None, "conflict": None, **drafted, **more},
    )
    return (drawn, status) if wrong else drawn


def _errors(form: Form, wrong: Refused | None) -> list[ShownError]:
    """Beside each field; whose sheet it is is one question, whatever of the person was changed."""
    if wrong is None or isinstance(wrong, Conflict):
        return []
    if isinstance(wrong, Invalid) and any(e.key == WHOSE_NEEDED for e in wrong.errors):
        others = [e for e in wrong.errors if e.key != WHOSE_NEEDED]
        wrong = Invalid([FieldError("whose", "page.whose.choose", {}), *others])
    return errors_of(form, wrong)


def _whose(case: CaseView, wrong: Refused | None) -> dict[str, Any] | None:
    """Whether it is the same person, asked where that was changed, with who would be told."""
    said = request.form.get("whose", "")
    errors = wrong.errors if isinstance(wrong, Invalid) else ()
    is_asked = any(e.key == WHOSE_NEEDED for e in errors)
    if not is_asked and said not in set(Whose):
        return None
    return {"said": said, "is_asked": is_asked, "told": ask(PreviewWhoseSheet(case.id))}


@pages.post(route("edit_sheet"))
def save_edit(number: str) -> Page:
    form = edit_form()
    raw = dict(raw_of(form))
    opened = request.form.get("opened", "")
    version = request.form.get("version", type=int, default=0)
    case = case_to(number, Action.EDIT_SHEET)
    if "add_row" in request.form or "check_same" in request.form:
        name = request.form.get("add_row", "")
        if form.has(name):
            raw[name] = [*cast(list[dict[str, str]], raw[name]), {}]
        found = _same(case.id) if "check_same" in request.form else None
        return _edit(case, raw, opened, version=version, same=found)
    try:
        said = request.form.get("whose", "")
        draft_id = request.form.get("draft_id", "")
        new = handle(EditSheet(case.id, version, raw, letters_seen(), said, draft_id))
    except Conflict as conflict:
        return _conflict(number, raw, opened, conflict)
    except Refused as wrong:
        return _edit(case, raw, opened, wrong=or_raise(wrong), version=version)
    say("page.case.sheet_saved" if new != version else "page.case.sheet_unchanged", version=new)
    try:
        ask(GetCaseId(number))
    except NotFound:  # restricted once more: who was not named before is not by that
        say("page.case.restricted_again", number=case.number)
        return redirect("/")
    return redirect(address_of("open_case", case.number))


@pages.post("/cases/<number>/sheet/draft")
def keep_edit(number: str) -> Page:
    """What the page saves by itself while somebody corrects a sheet that was sent."""
    case = case_to(number, Action.EDIT_SHEET)
    return keep("sheet", case.number, raw_of(edit_form()), address_of("edit_sheet", case.number))


def _conflict(number: str, raw: Raw, opened: str, conflict: Conflict) -> Page:
    """The page with both versions side by side; saving again overwrites the newer one."""
    case = opened_on(case_to(number, Action.EDIT_SHEET), CasePage.SHEET)
    current = dict(case.sheet or {})
    merged = merge(edit_form(), opened, raw, current, case.names)
    return _edit(
        case,
        merged.raw,
        fingerprints(edit_form(), current),
        wrong=conflict,
        conflict={"sentence": texts().say(conflict.key, **conflict.facts), "merged": merged},
    )


@pages.get(route("print"))
def paper(number: str) -> Page:
    case = opened_on(case_to(number, Action.READ_CASE), CasePage.PAPER)
    return render_template(
        "paper/sheet.html",
        page_title=sheet_form().title,
        print_ref=case.number,
        print_date=show_instant(door().desk.now()),
        back_href=address_of("open_case", case.number),
        **printed_case(case),
    )


def printed_case(case: CaseView) -> dict[str, Any]:
    """What the paper of a case is drawn from."""
    return {
        "case": case,
        "sections": in_words(sheet_form(), case.sheet or {}, case.names),
        "plan": _printed("plan", case.plans[0].values, case) if case.plans else [],
        "closures": [(c, _printed("closure", c.values, case)) for c in case.closures],
    }


def _printed(form_id: str, values: Mapping[str, Value], case: CaseView) -> list[AnsweredSection]:
    return in_words(door().forms.form(form_id), values, case.names)
